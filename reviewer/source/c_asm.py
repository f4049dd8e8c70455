"""Inline assembly of C as an ASM expression.

Its name is the template: string pieces joined with escapes resolved, one statement line after the
other; a macro between the strings stays as text, and a macro around strings (`ALTERNATIVE("a",
"b", FEATURE)`) is a line of its own, `ALTERNATIVE(FEATURE)`, before the lines of its strings.

Its args are FIELDs: each operand, outputs first, so that an operand's index is its number in the
template, as FIELD constraint(value) or constraint(value, symbolic name); then FIELD `clobber`
around a STRING each; then FIELD `label` around an IDENTIFIER each. An operand that a macro spells
(`ADDR(x)`, which may be `"m" (*x)`, or a name for the constraint) has an empty constraint and the
call as its value; a constraint that a macro spells, `OUT(c) (x)`, is its text and no call.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct
from tree_sitter import Node

from reviewer.source.c_expr import STRINGS, strip
from reviewer.source.c_notes import Cleaned, Note
from reviewer.source.types import Expr, Kind

MAX_NESTING = 8
_TAIL = 200

_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"?|([A-Za-z_]\w*)|(\s+)|(.)', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|(\r?\n)|(.))", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\n", "f": "\n", "v": "\n", "a": "", "b": ""}
_SYMBOL = re.compile(rb"\[\s*(\w+)\s*\]\s*\Z")
_COMPLETE = re.compile(r"[^\s\n;][ \t]+[^\n;]*[\w)]\Z")
_CONSTRAINTS = (*STRINGS, "call_expression")
_STATEMENT_END = ("\n", ";", ":")


class Operand(Struct, frozen=True):
    """One operand: its number is its place; `symbol` is `""` where it has no name."""

    constraint: str
    symbol: str
    value: Node
    output: bool


class Asm(Struct, frozen=True):
    """An asm statement before its operands are lowered."""

    template: str
    operands: tuple[Operand, ...]
    clobbers: tuple[str, ...]
    labels: tuple[str, ...]

    def expr(self, values: Sequence[Expr]) -> Expr:
        """The ASM expression, given the operands' expressions."""
        args = [
            Expr(
                Kind.FIELD,
                operand.constraint,
                (value, Expr(Kind.IDENTIFIER, operand.symbol)) if operand.symbol else (value,),
            )
            for operand, value in zip(self.operands, values, strict=True)
        ]
        args += [Expr(Kind.FIELD, "clobber", (Expr(Kind.STRING, item),)) for item in self.clobbers]
        args += [Expr(Kind.FIELD, "label", (Expr(Kind.IDENTIFIER, item),)) for item in self.labels]
        return Expr(Kind.ASM, self.template, tuple(args))


def asm(node: Node, note: Note, source: Cleaned) -> Asm:
    """The parts of the asm statement that `note` tells of and `node` stands for in the parse."""
    opening, *bounds = note.parts
    first = bounds[0] if bounds else note.end
    text = source.plain[opening + 1 : first].decode("utf-8", "replace")
    operands: list[Operand] = []
    clobbers: list[str] = []
    labels: list[str] = []
    arguments = node.child_by_field_name("arguments")
    for child in arguments.named_children if arguments is not None else ():
        match bisect_left(bounds, child.start_byte):
            case 1 | 2 as section:
                operands += _operand(child, section == 1, source)
            case 3:
                clobbers.append(source.read(child).strip('"'))
            case 4:
                labels.append(source.read(child))
            case _:
                pass
    return Asm(template(text), tuple(operands), tuple(clobbers), tuple(labels))


def _operand(node: Node, output: bool, source: Cleaned) -> list[Operand]:
    constraint = node.child_by_field_name("function")
    arguments = node.child_by_field_name("arguments")
    start = node.start_byte
    symbol = _SYMBOL.search(source.plain[max(0, start - 200) : start])
    name = symbol[1].decode() if symbol else ""
    if constraint is None or arguments is None or not arguments.named_child_count:
        return [Operand("", name, node, output)]
    if constraint.type not in _CONSTRAINTS:
        return [Operand("", name, node, output)]
    value = strip(arguments.named_children[0])
    return [Operand(source.read(constraint).strip('"'), name, value, output)]


def template(text: str, depth: int = 0) -> str:
    """The assembler text of a template as written in C: strings, and macros between them.

    Strings inside macros nested deeper than MAX_NESTING stay as they are written.
    """
    pieces: list[str] = []
    position = 0
    while match := _PIECE.match(text, position):
        position = match.end()
        string, name, _, other = match.groups()
        if string is not None:
            _join(pieces, _unescape(string))
        elif name is not None:
            word, position = _macro(text, match, depth)
            if pieces and word.endswith(") ") and _complete(pieces[-1]):
                pieces.append("\n")
            pieces.append(word.lstrip(" ") if pieces and pieces[-1].endswith("%") else word)
        elif other is not None:
            pieces.append(other)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _complete(piece: str) -> bool:
    """Whether a macro that follows is a statement of its own and no operand."""
    return piece.endswith(") ") or _COMPLETE.search(piece[-_TAIL:]) is not None


def _join(pieces: list[str], string: str) -> None:
    """A macro before a mnemonic (`ANNOTATE "call *%0"`) is a statement of its own."""
    if pieces and pieces[-1].startswith(" ") and string[:1].islower():
        before = pieces[-2].rstrip(" \t") if len(pieces) > 1 else ""
        if not before or before.endswith(_STATEMENT_END):
            pieces.append("\n")
    pieces.append(string)


def _macro(text: str, name: re.Match[str], depth: int) -> tuple[str, int]:
    """A macro between the strings with its arguments, and where it ends."""
    end = _closing(text, name.end())
    arguments = text[name.end() : end].strip()
    if '"' not in arguments or depth >= MAX_NESTING:
        return f" {name[0]}{' '.join(arguments.split())} ", end
    strings: list[str] = []
    others: list[str] = []
    for argument in _arguments(arguments[1:-1]):
        (strings if '"' in argument else others).append(argument.strip())
    lines = [f"{name[0]}({', '.join(others)})"]
    lines += [template(string, depth + 1) for string in strings]
    return "\n" + "\n".join(lines) + "\n", end


def _closing(text: str, position: int) -> int:
    """Where the parentheses that follow `position` end; `position` itself if none follow."""
    depth = 0
    for match in _PIECE.finditer(text, position):
        mark = match[4]
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
            if depth == 0:
                return match.end()
        elif depth == 0 and match[3] is None:
            return position
    return len(text) if depth else position


def _arguments(text: str) -> list[str]:
    """The arguments of a macro: split at the commas outside of parentheses and strings."""
    found: list[str] = [""]
    depth = 0
    for match in _PIECE.finditer(text):
        mark = match[4] or ""
        depth += (mark == "(") - (mark == ")")
        if mark == "," and depth == 0:
            found.append("")
        else:
            found[-1] += match[0]
    return found


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text

    def replace(match: re.Match[str]) -> str:
        octal, hexadecimal, newline, char = match.groups()
        if octal or hexadecimal:
            return chr(int(octal, 8) if octal else int(hexadecimal, 16) & 0xFF)
        return "" if newline else _CONTROL.get(char, char)

    return _ESCAPE.sub(replace, text)
