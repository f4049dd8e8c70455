"""A C file as a Unit: parsed once, and again where arms of an `#if` split a construct."""

from __future__ import annotations

import re
from collections.abc import Iterator

import tree_sitter_c
from msgspec import Struct
from msgspec.structs import replace
from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser, Point, Range

from reviewer.finding import Skip
from reviewer.patch.types import Context, SourceFile
from reviewer.source.c_cfg import lower
from reviewer.source.c_clean import Choice, Prepared, Region, prepare
from reviewer.source.c_globals import includes, macros, variables, written_attributes
from reviewer.source.c_hunk import Fragment, fragments
from reviewer.source.c_notes import Cleaned, Rewrite, Variant
from reviewer.source.conditions import TRUE, And, Condition, conjoin, disjoin
from reviewer.source.types import Function, Language
from reviewer.source.unit import Definition, Unit

_GRAMMAR = Grammar(tree_sitter_c.language())

#: Bytes of code, blanks not counted, above which a file is not parsed: no source is so large.
MAX_CODE = 8_000_000
#: Skips of one file before the rest of it is said in one.
MAX_SKIPS = 200
#: Lines between two unparsed places at file scope that are still said as one.
NEAR = 5


class _Found(Struct, frozen=True):
    """A definition and its parses."""

    definition: Definition
    variants: tuple[Variant, ...]


def read(
    file: SourceFile,
    *,
    noreturn: frozenset[str] = frozenset(),
    attributes: frozenset[bytes] = frozenset(),
) -> Unit:
    """The file as code. Nothing is raised: what does not parse is a Skip.

    `noreturn` are functions known not to return, `attributes` further attribute macros. A file
    rebuilt from hunks is read fragment by fragment.
    """
    parts = fragments(file) if file.context is Context.HUNK else (Fragment(file.text),)
    units = [_read(file, part, noreturn, attributes) for part in parts]
    return units[0] if len(units) == 1 else _joined(file, units)


def _read(
    file: SourceFile, part: Fragment, noreturn: frozenset[str], attributes: frozenset[bytes]
) -> Unit:
    prepared = prepare(part.text, attributes)
    code = prepared.cleaned.text
    skips = list(part.skips)
    found: list[_Found] = []
    root = None
    if len(code) > MAX_CODE and len(code.translate(None, b" \t\n\r")) > MAX_CODE:
        skips.append(Skip(file.path, part.first_line, "too large to parse", _last_line(part)))
    else:
        root = parse(code, part.first_line)
        found = list(_definitions(root, prepared, part.first_line))
        skips.extend(_skips(file.path, root, prepared, part, found))
    parses = {item.definition.start_byte: item for item in found}

    def lowering(definition: Definition) -> Function:
        variants = parses[definition.start_byte].variants
        return lower(definition, variants, file.path, noreturn)

    return Unit(
        file=file,
        language=Language.C,
        definitions=tuple(item.definition for item in found),
        macros=tuple(macros(prepared, part.first_line)),
        variables=tuple(variables(root, prepared, part.first_line)) if root else (),
        includes=tuple(includes(prepared, part.first_line)),
        skips=tuple(sorted(skips)),
        lowering=lowering,
        completed=part.text,
    )


def parse(text: bytes, first_line: int = 1, start: int = 0, end: int = -1) -> Node:
    """The syntax tree of a text whose first line has that number, or of a range of it."""
    parser = Parser(_GRAMMAR)
    if start or end >= 0 or first_line > 1:
        end = len(text) if end < 0 else end
        parser.included_ranges = [
            Range(_point(text, start, first_line), _point(text, end, first_line), start, end)
        ]
    return parser.parse(text).root_node


def _point(text: bytes, offset: int, first_line: int) -> Point:
    row = text.count(b"\n", 0, offset) + first_line - 1
    return Point(row, offset - text.rfind(b"\n", 0, offset) - 1)


def _definitions(root: Node, prepared: Prepared, first_line: int) -> Iterator[_Found]:
    """The definitions in file order; those in regions come from the regions' own parses."""
    regions = prepared.regions
    plain = []
    for node in functions(root):
        if not _inside(node.start_byte, regions):
            presence = prepared.nest.at(node.start_byte)
            variant = Variant(node, prepared.cleaned, TRUE)
            plain.append(_Found(_definition(variant, presence), (variant,)))
    for region in regions:
        plain.extend(_in_region(region, prepared, first_line))
    yield from sorted(plain, key=lambda item: item.definition.start_byte)


def _in_region(region: Region, prepared: Prepared, first_line: int) -> Iterator[_Found]:
    """The definitions of each choice of arms; equal ones are one, with several variants."""
    names: dict[int, str] = {}
    texts: dict[int, dict[bytes, list[Variant]]] = {}
    for choices, source in prepared.alternatives(region):
        for node in functions(parse(source.text, first_line, region.start, region.end)):
            start, end = node.start_byte, node.end_byte
            condition = _within(choices, start, end, prepared.nest.at(start))
            variant = Variant(node, source, condition)
            if names.setdefault(start, _name(variant)) == _name(variant):
                same = texts.setdefault(start, {}).setdefault(source.text[start:end], [])
                same.append(variant)
    for start, by_text in texts.items():
        variants = tuple(
            replace(same[0], condition=disjoin(item.condition for item in same))
            for same in by_text.values()
        )
        outer = prepared.nest.at(start)
        if len(variants) == 1:
            outer = conjoin((outer, variants[0].condition))
            variants = (replace(variants[0], condition=TRUE),)
        yield _Found(_definition(variants[0], outer), variants)


def _within(choices: tuple[Choice, ...], start: int, end: int, outer: Condition) -> Condition:
    """The choices that touch a definition, without what its own presence already says."""
    said = set(outer.operands) if isinstance(outer, And) else {outer}
    made = conjoin(item.condition for item in choices if item.start < end and start < item.end)
    parts = made.operands if isinstance(made, And) else (made,)
    return conjoin(part for part in parts if part not in said)


def functions(root: Node) -> Iterator[Node]:
    """The function definitions of a tree, those inside what did not parse among them."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type == "function_definition":
            yield node
        elif node is root or node.type in _CONTAINERS or (node.is_error or node.has_error):
            pending.extend(reversed(node.children))


_CONTAINERS = frozenset(
    ("preproc_if", "preproc_ifdef", "preproc_elif", "preproc_else", "linkage_specification")
)


def _definition(variant: Variant, presence: Condition) -> Definition:
    node, source = variant.node, variant.source
    body = node.child_by_field_name("body")
    declarator = node.child_by_field_name("declarator") or node
    name = _name_node(node)
    start = _heading_start(source, node.start_byte)
    attributes = written_attributes(source, start, name.start_byte) | written_attributes(
        source, declarator.end_byte, body.start_byte if body else declarator.end_byte
    )
    note = source.notes.get(name.start_byte)
    if note is not None and note.rewrite is Rewrite.HEADING:
        attributes = frozenset({note.name})
    return Definition(
        name=_name(variant),
        attributes=attributes,
        presence=presence,
        line=node.start_point.row + 1,
        end_line=node.end_point.row + 1,
        start_byte=node.start_byte,
        end_byte=node.end_byte,
    )


def _heading_start(source: Cleaned, offset: int) -> int:
    """Where the blanked words right before a definition begin, after blanked macro calls."""
    low = max(0, offset - 400)
    low += len(source.text[low:offset].rstrip())
    for match in _TOKEN.finditer(source.plain, low, offset):
        note = source.notes.get(match.start())
        if note is not None and note.rewrite is Rewrite.INVOCATION:
            low = note.end
    return low


_TOKEN = re.compile(rb"\S++")


def _name_node(node: Node) -> Node:
    inner = node.child_by_field_name("declarator")
    while inner is not None and inner.type != "identifier":
        following = inner.child_by_field_name("declarator")
        if following is None:
            named = [child for child in inner.named_children if child.type != "parameter_list"]
            following = named[-1] if named else None
        if following is None:
            return inner
        inner = following
    return inner or node


def _name(variant: Variant) -> str:
    """The function's name; the macro call as written where a macro makes the name."""
    node, source = _name_node(variant.node), variant.source
    note = source.notes.get(node.start_byte)
    if note is not None and note.rewrite is Rewrite.HEADING:
        return source.text[node.start_byte : node.end_byte].decode("utf-8", "replace")
    return source.read(node)


def _skips(
    path: str, root: Node, prepared: Prepared, part: Fragment, found: list[_Found]
) -> list[Skip]:
    """What did not parse, and bodies that look like a function's but belong to none."""
    first, last = part.known or (1, _last_line(part))
    skips: list[Skip] = []
    for start, end, where in _unparsed(root, prepared, part.first_line, found):
        if len(skips) == MAX_SKIPS:
            skips.append(Skip(path, start, "more that does not parse", last))
            break
        start, end = min(max(start, first), last), min(max(end, first), last)
        skips.append(Skip(path, start, f"does not parse, {where}", end))
    return skips


def _unparsed(
    root: Node, prepared: Prepared, first_line: int, found: list[_Found]
) -> Iterator[tuple[int, int, str]]:
    """First line, last line and place of everything that is not in the definitions found."""
    for item in found:
        for node in _errors(item.variants[0].node):
            start, end = node.start_point.row + 1, node.end_point.row + 1
            yield start, end, f"in {item.definition.name}()"
    outside = [
        (node.start_byte, node.end_byte)
        for node in _errors(root, leave_out="function_definition")
        if not _inside(node.start_byte, prepared.regions)
    ]
    bodies = {item.definition.end_byte for item in found}
    outside += [
        (block.start, block.close + 1)
        for block in prepared.layout.blocks
        if block.function
        and block.close + 1 not in bodies
        and not _inside(block.open, prepared.regions)
        and not any(low <= block.open < high for low, high in outside[:MAX_SKIPS])
    ]
    text = prepared.cleaned.text
    last = (0, 0)
    for low, high in sorted(outside):
        start = low + len(text[low:high]) - len(text[low:high].lstrip())
        line = text.count(b"\n", 0, start) + first_line
        end = line + text[start:high].rstrip().count(b"\n")
        if last[0] and line <= last[1] + NEAR:
            last = (last[0], max(end, last[1]))
            continue
        if last[0]:
            yield *last, "at file scope"
        last = (line, end)
    if last[0]:
        yield *last, "at file scope"


def _inside(offset: int, regions: tuple[Region, ...]) -> bool:
    return any(region.start <= offset < region.end for region in regions)


def _errors(root: Node, leave_out: str = "") -> Iterator[Node]:
    """The outermost errors of a tree in order; a `;` that is merely missing is none."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type == leave_out:
            continue
        if node.is_error or (node.is_missing and node.type != ";"):
            yield node
        elif node.has_error:
            pending.extend(reversed(node.children))


def _last_line(part: Fragment) -> int:
    return part.first_line + part.text.count(b"\n")


def _joined(file: SourceFile, units: list[Unit]) -> Unit:
    """Units of one file's fragments as one, whose texts follow each other."""
    owners: dict[int, tuple[Unit, Definition]] = {}
    definitions = []
    base = 0
    for unit in units:
        for definition in unit.definitions:
            moved = replace(
                definition,
                start_byte=base + definition.start_byte,
                end_byte=base + definition.end_byte,
            )
            owners[moved.start_byte] = (unit, definition)
            definitions.append(moved)
        base += len(unit.completed or b"")

    def lowering(definition: Definition) -> Function:
        unit, own = owners[definition.start_byte]
        return unit.lower(own)

    return Unit(
        file=file,
        language=Language.C,
        definitions=tuple(definitions),
        macros=tuple(item for unit in units for item in unit.macros),
        variables=tuple(item for unit in units for item in unit.variables),
        includes=tuple(item for unit in units for item in unit.includes),
        skips=tuple(sorted(item for unit in units for item in unit.skips)),
        lowering=lowering,
        completed=b"".join(unit.completed or b"" for unit in units),
    )
