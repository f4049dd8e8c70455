"""What a C file holds besides functions: macros, includes, variables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from reviewer.source import c_macros
from reviewer.source.c_clean import Prepared
from reviewer.source.c_edit import split_arguments
from reviewer.source.c_expr import expression
from reviewer.source.c_heading import variable_name
from reviewer.source.c_notes import Cleaned, Note, Rewrite
from reviewer.source.conditions import FALSE, Condition
from reviewer.source.types import Expr, Macro, Variable, VariableKind
from reviewer.source.unit import Include

#: Initialisers longer than this are tables of data; they are not kept.
MAX_INITIALIZER = 8000

_DEFINE = re.compile(r"(\w+)(?:\(([^()]*)\))?\s*(.*)", re.DOTALL)
_INCLUDE = re.compile(r'<([^>\n]+)>|"([^"\n]+)"')
_WORD = re.compile(rb"[A-Za-z_]\w*+(?:\s*+\([^()]*+\))?+")
_STORAGE = frozenset((b"static", b"extern", b"inline", b"register"))
_BLANKS = b" \t\n"


def macros(prepared: Prepared, first_line: int) -> Iterator[Macro]:
    """The `#define`s that some configuration sees, in file order."""
    for text, line, presence in _directives(prepared, first_line, ("define",)):
        match = _DEFINE.match(text)
        if match:
            names = match[2]
            parameters = None if names is None else _parameters(names)
            yield Macro(match[1], parameters, " ".join(match[3].split()), line, presence)


def _parameters(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",")) if names.strip() else ()


def includes(prepared: Prepared, first_line: int) -> Iterator[Include]:
    """The `#include`s of a literal path, in file order."""
    wanted = ("include", "include_next")
    for text, line, presence in _directives(prepared, first_line, wanted):
        match = _INCLUDE.match(text)
        if match:
            yield Include(match[1] or match[2], match[1] is not None, line, presence)


def _directives(
    prepared: Prepared, first_line: int, keywords: tuple[str, ...]
) -> Iterator[tuple[str, int, Condition]]:
    text = prepared.cleaned.original
    offset, line = 0, first_line
    for directive in prepared.directives:
        if directive.keyword in keywords:
            presence = prepared.nest.at(directive.start)
            if presence != FALSE:
                line += text.count(b"\n", offset, directive.start)
                offset = directive.start
                yield directive.text, line, presence


def variables(root: Node, prepared: Prepared, first_line: int) -> Iterator[Variable]:
    """The variables declared or defined at file scope, those that macros declare among them."""
    source = prepared.cleaned
    values = {}
    for node in root.children:
        if node.type != "declaration":
            continue
        start = node.start_byte
        for declarator, name, value in _declared(node):
            offset = name.start_byte
            if any(note.start <= offset < note.end for note in _notes_near(source, start)):
                values[start] = value
                continue
            yield _variable(node, declarator, name, value, prepared)
    offset, line = 0, first_line
    for note in source.notes.values():
        if note.rewrite is Rewrite.INVOCATION:
            line += source.original.count(b"\n", offset, note.start)
            offset = note.start
            presence = prepared.nest.at(note.start)
            found = _declared_by_macro(note, source, line, presence, values.get(note.start))
            if found:
                yield found


def _notes_near(source: Cleaned, start: int) -> tuple[Note, ...]:
    note = source.notes.get(start)
    return (note,) if note is not None and note.rewrite is Rewrite.INVOCATION else ()


def _declared(node: Node) -> Iterator[tuple[Node, Node, Node | None]]:
    """Declarator, name and initialiser of every variable in a declaration, no prototypes."""
    for child in node.children_by_field_name("declarator"):
        value = child.child_by_field_name("value") if child.type == "init_declarator" else None
        inner: Node | None = child
        is_function = pointed = False
        while inner is not None and inner.type != "identifier":
            if inner.type == "function_declarator":
                is_function, pointed = True, False
            elif inner.type in ("pointer_declarator", "parenthesized_declarator"):
                pointed = inner.type == "pointer_declarator" or pointed
            following = inner.child_by_field_name("declarator")
            if following is None and inner.type == "parenthesized_declarator":
                following = inner.named_children[0] if inner.named_children else None
            inner = following
        if inner is not None and (not is_function or pointed):
            yield child, inner, value


def _variable(
    node: Node, declarator: Node, name: Node, value: Node | None, prepared: Prepared
) -> Variable:
    source = prepared.cleaned
    attributes = written_attributes(source, node.start_byte, name.start_byte) | written_attributes(
        source, name.end_byte, value.start_byte if value else declarator.end_byte
    )
    return Variable(
        name=source.plain[name.start_byte : name.end_byte].decode("utf-8", "replace"),
        type=_type(node, declarator, name, source),
        kind=VariableKind.GLOBAL,
        line=name.start_point.row + 1,
        definition="extern" not in attributes,
        attributes=attributes,
        presence=prepared.nest.at(node.start_byte),
        initializer=_initializer(value, source),
    )


def _type(node: Node, declarator: Node, name: Node, source: Cleaned) -> str:
    kind = node.child_by_field_name("type")
    if kind is None:
        return ""
    body = kind.child_by_field_name("body")
    end = body.start_byte if body is not None else kind.end_byte
    base = source.plain[kind.start_byte : end].decode("utf-8", "replace").split()
    stars = source.text[declarator.start_byte : name.start_byte].count(b"*")
    return " ".join((*base, "*" * stars)) if stars else " ".join(base)


def _initializer(value: Node | None, source: Cleaned) -> Expr | None:
    if value is None or value.end_byte - value.start_byte > MAX_INITIALIZER:
        return None
    return expression(value, source)


def _declared_by_macro(
    note: Note, source: Cleaned, line: int, presence: Condition, value: Node | None
) -> Variable | None:
    macro = note.name.encode()
    per_cpu = c_macros.PER_CPU.fullmatch(macro)
    if not per_cpu and not c_macros.DECLARING.fullmatch(macro):
        return None
    arguments = source.plain[note.parts[0] + 1 : note.parts[1]]
    name = variable_name(macro, arguments)
    if not name or presence == FALSE:
        return None
    parts = split_arguments(arguments)
    kind = b" ".join(b", ".join(parts[:-1]).split()).decode("utf-8", "replace")
    storage = written_attributes(source, note.start, note.parts[0])
    return Variable(
        name=name.decode(),
        type=kind if per_cpu else note.name,
        kind=VariableKind.PER_CPU if per_cpu else VariableKind.GLOBAL,
        line=line,
        definition=not note.name.startswith(("DECLARE", "EXTERN")),
        attributes=storage | {note.name},
        presence=presence,
        initializer=_initializer(value, source),
    )


def written_attributes(source: Cleaned, start: int, end: int) -> frozenset[str]:
    """Storage words and attribute macros of a range, as written: the words that `text` lacks."""
    if source.plain[start:end] == source.text[start:end]:
        words = source.plain[start:end].split()
        return frozenset(word.decode() for word in words if word in _STORAGE)
    found = set()
    for match in _WORD.finditer(source.plain, start, end):
        word = match[0]
        name = word.partition(b"(")[0].rstrip()
        if name in _STORAGE:
            found.add(name.decode())
        elif not source.text[match.start() : match.start() + len(name)].strip(_BLANKS):
            covered = source.text[match.start() : match.end()].strip(_BLANKS)
            kept = name if covered else b" ".join(word.split())
            found.add(kept.decode("utf-8", "replace"))
    return frozenset(found)
