"""Logical lines after the C preprocessor: statements, with the `#if` nest as branches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from reviewer.source.conditions import FALSE, TRUE, And, Condition, conjoin, negate
from reviewer.source.gas_expand import MacroTable
from reviewer.source.gas_lines import Line
from reviewer.source.gas_operands import statements
from reviewer.source.presence import defined, parse
from reviewer.source.types import Expr, Macro
from reviewer.source.unit import Include

#: Defined in every assembly file of the kernel.
_ALWAYS = frozenset({"__ASSEMBLY__", "__ASSEMBLER__", "__KERNEL__"})

#: A call that goes on for more lines than this is an unclosed bracket.
MAX_CALL_LINES = 64

#: Conditions joined at most.
MAX_CONDITIONS = 64

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\n])\'?')
_DEFINE = re.compile(r"([A-Za-z_]\w*)(\(([^()]*)\))?\s*(.*)", re.DOTALL)
_INCLUDE = re.compile(r'(?:"([^"]+)"|<([^>]+)>)')


class Step(Enum):
    """Where a branch piece stands in its conditional."""

    IF = "if"
    ELSE = "else"
    END = "end"


class Text(NamedTuple):
    """One statement: `line` is where it takes effect, `macro_line` where a macro spells it or 0."""

    text: str
    line: int
    macro_line: int = 0


class Branch(NamedTuple):
    """The begin of an arm (IF, ELSE) or the end of a conditional.

    `condition` is that of the arm alone, the arms before it excluded; at the END, that of taking
    none. With a `guard` the choice is made at run time instead; the last arm then has none.
    """

    step: Step
    condition: Condition
    line: int
    guard: Expr | None = None


Piece = Text | Branch


def inside(context: Condition, condition: Condition) -> Condition:
    """Both conditions; the outer alone once it has MAX_CONDITIONS parts, a nest nobody writes."""
    if isinstance(context, And) and len(context.operands) >= MAX_CONDITIONS:
        return context
    return conjoin((context, condition))


class Conditional:
    """The arms of one conditional so far: what holds outside, and what no arm has taken yet."""

    __slots__ = ("outside", "rest")

    def __init__(self, outside: Condition, first: Condition) -> None:
        self.outside = outside
        self.rest = negate(first)

    def arm(self, condition: Condition) -> Condition:
        """The condition of a further arm, those before it excluded."""
        taken = inside(self.rest, condition)
        self.rest = inside(self.rest, negate(condition))
        return taken


class Preprocessor:
    """One pass over a file's lines; `macros` and `includes` are complete after it."""

    def __init__(self) -> None:
        self.macros: list[Macro] = []
        self.includes: list[Include] = []
        self.table = MacroTable()
        self._nest: list[Conditional] = []
        self._context: Condition = TRUE

    def pieces(self, lines: Iterable[Line]) -> Iterator[Piece]:
        """The statements and branches of the lines, in order; every branch is closed."""
        for line in _called(lines):
            if line.directive:
                yield from self._directive(line)
            elif self._context != FALSE:
                yield from self._statements(line)
        while self._nest:
            yield self._close(0)

    def expanded(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """Pieces of another file, the macros known here expanded in them."""
        for piece in pieces:
            if isinstance(piece, Branch):
                yield piece
            else:
                yield from self._statements(Line(piece.line, piece.line, piece.text))

    def _directive(self, line: Line) -> Iterator[Piece]:
        match line.directive:
            case "if":
                yield self._open(parse(line.text), line.line)
            case "ifdef":
                yield self._open(_defined(line.text), line.line)
            case "ifndef":
                yield self._open(negate(_defined(line.text)), line.line)
            case "elif" if self._nest:
                yield self._arm(parse(line.text), line.line)
            case "else" if self._nest:
                yield self._arm(TRUE, line.line)
            case "endif" if self._nest:
                yield self._close(line.line)
            case "define" if self._context != FALSE:
                self._define(line)
            case "undef":
                self.table.undefine(line.text.strip(), self._context)
            case "include" if match := _INCLUDE.match(line.text):
                path, system = match[1] or match[2], match[2] is not None
                self.includes.append(Include(path, system, line.line, self._context))
            case _:
                pass

    def _open(self, condition: Condition, line: int) -> Branch:
        self._nest.append(Conditional(self._context, condition))
        self._context = inside(self._context, condition)
        return Branch(Step.IF, condition, line)

    def _arm(self, condition: Condition, line: int) -> Branch:
        arm = self._nest[-1].arm(condition)
        self._context = inside(self._nest[-1].outside, arm)
        return Branch(Step.ELSE, arm, line)

    def _close(self, line: int) -> Branch:
        conditional = self._nest.pop()
        self._context = conditional.outside
        return Branch(Step.END, conditional.rest, line)

    def _define(self, line: Line) -> None:
        match = _DEFINE.match(line.text)
        if match is None:
            return
        parameters = None
        if match[2] is not None:
            parameters = tuple(item.strip() for item in match[3].split(",") if item.strip())
        macro = Macro(match[1], parameters, match[4].strip(), line.line, self._context)
        self.macros.append(macro)
        self.table.define(macro)

    def _statements(self, line: Line) -> Iterator[Piece]:
        if not self.table.mentions(line.text):
            for text in statements(line.text):
                yield Text(text, line.line)
            return
        variants = self.table.expand(line.text, self._context)
        step = Step.IF
        for variant in variants:
            if len(variants) > 1:
                yield Branch(step, variant.condition, line.line)
                step = Step.ELSE
            for text in statements(variant.text):
                yield Text(text, line.line, variant.line)
        if len(variants) > 1:
            yield Branch(Step.END, FALSE, line.line)


def _called(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, a macro call that goes on over several of them made one."""
    open_lines: list[Line] = []
    depth = 0
    for line in lines:
        depth += 0 if line.directive else _depth(line.text)
        if depth > 0 and not line.directive and len(open_lines) < MAX_CALL_LINES:
            open_lines.append(line)
        elif depth == 0 and open_lines and not line.directive:
            text = " ".join(part.text for part in (*open_lines, line))
            yield Line(open_lines[0].line, line.end_line, text)
            open_lines = []
        else:
            yield from open_lines
            yield line
            open_lines, depth = [], 0
    yield from open_lines


def _depth(text: str) -> int:
    """Brackets opened and not closed again, those in quotes aside."""
    if "(" not in text and ")" not in text:
        return 0
    bare = _QUOTED.sub("", text)
    return bare.count("(") - bare.count(")")


def _defined(text: str) -> Condition:
    name = text.split(maxsplit=1)[0] if text.split() else ""
    return TRUE if name in _ALWAYS else defined(name)
