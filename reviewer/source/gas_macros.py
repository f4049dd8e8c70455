"""The assembler's macros: definitions, binding of arguments and substitution."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from reviewer.source.conditions import FALSE, TRUE, Condition, conjoin, negate, satisfiable
from reviewer.source.gas_cpp import Branch, Piece, Step, Text
from reviewer.source.gas_expand import MAX_VARIANTS
from reviewer.source.gas_operands import expression, split_operands, statements

_PARAMETER = re.compile(
    r"\s*,?\s*([A-Za-z_.$][\w.$]*)(?:\s*:\s*(req|vararg))?"
    r'(?:\s*=\s*("(?:\\.|[^"\\])*"|(?:\([^()]*\)|[^\s,])*))?'
)
_KEYWORD = re.compile(r"\s*([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*")
_SUBSTITUTED = re.compile(r"\\(@|\(\)|[A-Za-z_.$][\w$]*)")
_ARGUMENT_PART = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\n])\'?|[()\[\]]|[,\s]+|[^\s,"\'()\[\]]+'
)
_JOINING = "+/|&^<>=!"
_LEADING = "+-*/|&^<>=!~"


class Parameter(Struct, frozen=True):
    """A parameter of `.macro`: its default as written, `vararg` if it takes all that is left."""

    name: str
    default: str = ""
    vararg: bool = False


class Template(Struct, frozen=True):
    """A `.macro` definition: its body's pieces carry the lines they stand on."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Piece, ...]
    line: int
    presence: Condition


class Templates:
    """The assembler macros known at a point of the file, each name once for each presence."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Template, ...]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def every(self) -> tuple[Template, ...]:
        """All of them, by name."""
        return tuple(each for name in sorted(self._found) for each in self._found[name])

    def define(self, template: Template) -> None:
        """Adds a definition; it hides earlier ones where its presence holds."""
        self.purge(template.name, template.presence)
        self._found[template.name] = (*self._found.get(template.name, ()), template)

    def purge(self, name: str, presence: Condition) -> None:
        """Removes the definitions of a name where `presence` holds."""
        outside = negate(presence)
        kept = tuple(
            Template(old.name, old.parameters, old.body, old.line, left)
            for old in self._found.pop(name, ())[-MAX_VARIANTS:]
            if satisfiable(left := conjoin((old.presence, outside)))
        )
        if kept:
            self._found[name] = kept

    def expand(
        self, call: Text, name: str, arguments: str, presence: Condition, count: int
    ) -> Iterable[Piece]:
        """The pieces a use becomes, an arm for each definition that `presence` allows."""
        found = self._found[name]
        if len(found) > 1:
            found = tuple(item for item in found if satisfiable(conjoin((presence, item.presence))))
        if len(found) == 1:
            return instantiate(found[0], call, arguments, count)
        return _arms(found, call, arguments, count)


def _arms(found: tuple[Template, ...], call: Text, arguments: str, count: int) -> Iterator[Piece]:
    step = Step.IF
    rest = []
    for template in found:
        yield Branch(step, template.presence, call.line)
        yield from instantiate(template, call, arguments, count)
        rest.append(negate(template.presence))
        step = Step.ELSE
    if found:
        yield Branch(Step.END, conjoin(rest), call.line)


def parameters(text: str) -> tuple[str, tuple[Parameter, ...]]:
    """The name of a `.macro` line and its parameters."""
    name, _, rest = text.strip().partition(" ")
    name, comma, glued = name.partition(",")
    rest = f"{glued} {rest}" if comma else rest
    found = [
        Parameter(match[1], _unquote(match[3] or ""), vararg=match[2] == "vararg")
        for match in _PARAMETER.finditer(rest)
    ]
    return name, tuple(found)


def instantiate(template: Template, call: Text, arguments: str, count: int) -> Iterator[Piece]:
    """The body with the arguments of one use; `count` numbers the uses."""
    values = bind(template.parameters, arguments)
    for piece in template.body:
        if isinstance(piece, Branch):
            yield Branch(piece.step, piece.condition, call.line, piece.guard)
        elif "\\" not in piece.text:
            yield Text(piece.text, call.line, piece.line)
        else:
            yield from _filled(piece.text, values, count, call.line, piece.line)


def bind(parameters: tuple[Parameter, ...], text: str) -> dict[str, str]:
    """Values of the parameters: by keyword, by position, else the default."""
    values = {item.name: item.default for item in parameters}
    if not text:
        return values
    at = 0
    pieces = split_arguments(text)
    for index, (start, piece) in enumerate(pieces):
        match = _KEYWORD.match(piece)
        if match and match[1] in values:
            values[match[1]] = _unquote(piece[match.end() :].strip())
            continue
        if at < len(parameters):
            parameter = parameters[at]
            if parameter.vararg:
                values[parameter.name] = text[start:].strip()
                break
            if piece or index == 0 or len(pieces) > 1:
                values[parameter.name] = _unquote(piece) or parameter.default
        at += 1
    return values


def split_arguments(text: str) -> list[tuple[int, str]]:
    """Arguments and where they start: separated by commas, or by blanks between two operands."""
    found: list[tuple[int, str]] = []
    depth = start = 0
    empty = True
    for match in _ARGUMENT_PART.finditer(text):
        part = match[0]
        if part in "([":
            depth += 1
        elif part in ")]":
            depth -= 1
        elif depth <= 0 and (part.isspace() or part[0] in ", \t"):
            if "," not in part and (empty or _joined(text, match.start(), match.end())):
                continue
            found.extend(_separated(text, start, match.start(), part))
            start, empty = match.end(), True
            continue
        empty = False
    found.append((start, text[start:].strip()))
    return found


def _separated(text: str, start: int, end: int, part: str) -> list[tuple[int, str]]:
    """The argument before a separator; each comma beyond the first stands for an empty one."""
    return [(start, text[start:end].strip())] + [(end, "")] * (part.count(",") - 1)


def _joined(text: str, start: int, end: int) -> bool:
    """Whether a blank is inside an expression: an operator stands beside it."""
    before, after, beyond = text[start - 1 : start], text[end : end + 1], text[end + 1 : end + 2]
    if not after or before in _LEADING:
        return True
    return after in _JOINING or (after in "-*" and beyond.isspace())


def substitute(text: str, values: dict[str, str], count: int) -> str:
    """The text with each backslashed parameter replaced by its value, `@` by the count of uses."""
    parts = list(_cut(text))
    for index in range(1, len(parts), 2):
        name = parts[index]
        if name in values:
            parts[index] = values[name]
        elif name == "@":
            parts[index] = str(count)
        else:
            parts[index] = "" if name == "()" else f"\\{name}"
    return "".join(parts)


@lru_cache(maxsize=1 << 12)
def _cut(text: str) -> tuple[str, ...]:
    """Text and the names after backslashes in it, in turn."""
    return tuple(_SUBSTITUTED.split(text))


def repeat(
    body: tuple[Piece, ...], name: str, choices: Iterable[str], count: int
) -> Iterator[Piece]:
    """The body of `.irp` or `.irpc` for each value in turn."""
    for value in choices:
        for piece in body:
            if isinstance(piece, Branch) or "\\" not in piece.text:
                yield piece
            else:
                values = {name: value}
                yield from _filled(piece.text, values, count, piece.line, piece.macro_line)


def _filled(
    text: str, values: dict[str, str], count: int, line: int, macro_line: int
) -> Iterator[Piece]:
    text = substitute(text, values, count)
    for part in statements(text) if ";" in text else (text,):
        yield Text(part, line, macro_line)


def alternative(word: str, arguments: str, call: Text) -> Iterator[Piece] | None:
    """The arms of ALTERNATIVE: each replacement guarded by its feature, else the original.

    None where the arguments are not as expected; the statement then stays a macro of its own.
    """
    items = split_operands(arguments)
    if word.endswith("TERNARY"):
        if len(items) != 4:
            return None
        return _alternative([(items[1], items[2])], items[3], call)
    if len(items) < 3 or len(items) % 2 == 0:
        return None
    pairs = [(items[index + 1], items[index]) for index in range(1, len(items), 2)]
    return _alternative(pairs[::-1], items[0], call)


def _alternative(pairs: list[tuple[str, str]], original: str, call: Text) -> Iterator[Piece]:
    for flag, replacement in pairs:
        yield Branch(Step.IF, TRUE, call.line, expression(flag))
        yield from _pieces(_unquote(replacement), call)
        yield Branch(Step.ELSE, TRUE, call.line)
    yield from _pieces(_unquote(original), call)
    for _ in pairs:
        yield Branch(Step.END, FALSE, call.line)


def _pieces(text: str, call: Text) -> Iterator[Piece]:
    for part in statements(text):
        yield Text(part, call.line, call.macro_line)


def _unquote(text: str) -> str:
    """A string's contents; `__stringify(x)` is the string of x."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('\\"', '"')
    if text.startswith("__stringify(") and text.endswith(")"):
        return text[len("__stringify(") : -1]
    return text
