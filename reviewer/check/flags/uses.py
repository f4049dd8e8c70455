"""Every use of a file-scope variable in a file, in the rules' words.

A use that no event spells is an escape: anything may happen to the variable there. So are words in
assembly, in what does not parse, in initialisers and in macros that do not read as statements.
What is done to an element of an array is done to the array.
Not seen: names that a macro pastes together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body
from reviewer.event.match import Matcher
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.rule.types import covers
from reviewer.source.code_text import code_only
from reviewer.source.read import read
from reviewer.source.types import Edge, Expr, Flow, Kind, Language, Operation, Variable
from reviewer.source.unit import Definition, Unit

#: The binding by which an event names the variable it is about.
FLAG = "flag"
ESCAPE = "escape"
#: Plain accesses of a member of a structure, which no event spells.
READ, WRITE = "read", "write"
#: The end of names of events that stand for the variable itself: a macro may write to one.
_PLACE = ".place"
#: A word that makes a variable known to modules, and does nothing else with it.
_EXPORT = re.compile(rb"^\s*EXPORT_\w+\(\w+\);?\s*$")


#: Operators after which the operand need not be what it was, or is somebody else's to change.
_CHANGING = frozenset({"&", "++", "--", "post++", "post--"})


class Use(Struct, frozen=True):
    """One use: `kind` is the name of the event, or ESCAPE.

    `skips` says that it is a test which, where it is true, leads past the rest of the function.
    """

    kind: str
    location: Location
    function: str
    text: str
    skips: bool = False


class File(Struct, frozen=True, eq=False):
    """A file that names the variable: its declarations there, and its uses."""

    declarations: tuple[Variable, ...]
    uses: tuple[Use, ...]


def uses(file: SourceFile, name: str, matcher: Matcher, protocol: str = "") -> File:
    """What the file does with the variable; nothing where it does not name it.

    Its events are those that bind it, or with `protocol` those of that name that are its own.
    """
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    if not word.search(file.text):
        return File((), ())
    unit = _read(file)
    declared = tuple(each for each in unit.variables if each.name == name)
    look = _Look(unit, Bodies(unit, matcher), name, matcher, protocol)
    inside = tuple(look.inside(word))
    outside = tuple(look.outside(word, frozenset(each.line for each in declared)))
    return File(declared, (*inside, *outside))


def member_uses(file: SourceFile, name: str, line: int, matcher: Matcher) -> tuple[Use, ...]:
    """What the file does with members of that name, of whatever structure.

    `line` is where the member is declared in the file, 0 where it is not.
    """
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    if not word.search(file.text):
        return ()
    unit = _read(file)
    look = _Look(unit, Bodies(unit, matcher), name, matcher, "", member=True)
    return (*look.inside(word), *look.outside(word, frozenset({line})))


@lru_cache(maxsize=64)
def _read(file: SourceFile) -> Unit:
    return read(file)


class _Look(Struct, frozen=True):
    """One variable in one file, or with `member` the members of that name."""

    unit: Unit
    bodies: Bodies
    name: str
    matcher: Matcher
    protocol: str
    member: bool = False

    def inside(self, word: re.Pattern[bytes]) -> Iterator[Use]:
        """The uses in functions and macros that read as statements."""
        for found in self.bodies.by_name.values():
            for body in found:
                named = self.name in body.words or (self.member and self.name == body.name)
                if named and word.search(code_only(body.text)):
                    yield from self._in(body)

    def _in(self, body: Body) -> Iterator[Use]:
        graph = self.bodies.graph(body)
        if graph is None:
            yield Use(ESCAPE, Location(self.unit.path, body.line), body.name, body.name)
            return
        if self.name in graph.function.locals and not self.member:
            return
        count = 0
        for block, events in enumerate(graph.blocks):
            whole = [each.op.expr for each in events if each.op.operation is Operation.STORE]
            for event in events:
                called = event.op.operation is Operation.CALL
                if event.op.operation is Operation.LOAD or (
                    called and _consumed(event.op.expr, whole)
                ):
                    continue
                for claimed, expr in self._claims(event.op.expr):
                    count += 1
                    # Whoever writes the macro may assign to the place that it stands for.
                    place = body.is_macro and claimed.endswith(_PLACE)
                    kind = ESCAPE if place else claimed
                    skips = kind != ESCAPE and _skips(graph, block, expr)
                    yield Use(kind, event.location, body.name, event.text, skips)
            for edge in graph.out[block]:
                if edge.guard is not None and (self.member or self._is_it(edge.guard)):
                    for kind, _ in self._claims(edge.guard):
                        count += 1
                        at = Location(self.unit.path, edge.line)
                        yield Use(kind, at, body.name, self.name)
        if not count and not self.member:
            yield Use(ESCAPE, Location(self.unit.path, body.line), body.name, body.name)

    def _is_it(self, expr: Expr) -> bool:
        """Whether the expression is the variable, or such a member."""
        kinds = (Kind.MEMBER, Kind.ARROW) if self.member else (Kind.IDENTIFIER,)
        return expr.kind in kinds and expr.name == self.name

    def _claims(self, expr: Expr) -> Iterator[tuple[str, Expr]]:
        """The variable's events in an expression, and an escape for each bare use of it."""
        if expr.kind is Kind.SIZEOF:
            return
        if self._is_it(expr):
            yield READ if self.member else ESCAPE, expr
            return
        found = [
            event.name
            for event, bound in self.matcher.c.matches(expr)
            if self._own(event.name, bound)
        ]
        if found:
            yield found[0], expr
            return
        changes = expr.kind is Kind.ASSIGN or (expr.kind is Kind.UNARY and expr.name in _CHANGING)
        for place, part in enumerate(expr.args):
            for kind, claimed in self._claims(part):
                handed = expr.kind is Kind.CALL and claimed == part and kind.endswith(_PLACE)
                escapes = handed or (changes and place == 0)
                if (
                    self.member
                    and expr.kind is Kind.ASSIGN
                    and expr.name == "="
                    and claimed == part
                ):
                    yield (READ if place else WRITE), claimed
                else:
                    yield (ESCAPE if escapes else kind), claimed

    def _own(self, event: str, bound: Mapping[str, Expr]) -> bool:
        """Whether an event that an expression spells is one of the variable."""
        if self.protocol:
            return covers(self.protocol, event)
        flag = bound.get(FLAG)
        while flag is not None and flag.kind is Kind.INDEX:
            flag = flag.args[0]
        return flag is not None and self._is_it(flag)

    def outside(self, word: re.Pattern[bytes], declared: frozenset[int]) -> Iterator[Use]:
        """Words of the variable in lines of no function and no macro that is code."""
        covered = {
            line
            for found in self.bodies.by_name.values()
            for body in found
            for line in _lines(self.unit, body)
        } - {line for skip in self.unit.skips for line in range(skip.line, skip.end_line + 1)}
        text = code_only(self.unit.file.text)
        for number, line in enumerate(text.split(b"\n"), 1):
            if number in declared or number in covered or not word.search(line):
                continue
            if self.unit.language is Language.C and _EXPORT.match(line):
                continue
            shown = " ".join(line.decode("utf-8", "replace").split())
            yield Use(ESCAPE, Location(self.unit.path, number), "", shown)


def _consumed(expr: Expr, stores: list[Expr]) -> bool:
    """Whether the expression is what one of the stores writes to."""
    return any(store.args and store.args[0] == expr for store in stores)


def _lines(unit: Unit, body: Body) -> range:
    source = body.source
    if isinstance(source, Definition):
        return range(source.line, source.end_line + 1)
    if unit.language is not Language.C:
        return range(0)
    lines = unit.file.text.split(b"\n")
    end = body.line
    while end <= len(lines) and lines[end - 1].endswith(b"\\"):
        end += 1
    return range(body.line, end + 1)


def _skips(graph: EventGraph, block: int, expr: Expr) -> bool:
    """Whether the block ends in a test of the expression whose true branch does nothing more."""
    return any(
        edge.flow is Flow.TRUE and edge.guard == expr and _leaves(graph, edge)
        for edge in graph.out[block]
    )


def _leaves(graph: EventGraph, edge: Edge) -> bool:
    """Whether control goes from the edge to the function's end past no event but a return."""
    at, seen = edge.target, {edge.target}
    while at != graph.exit:
        if any(not _returns(event) for event in graph.blocks[at]) or len(graph.out[at]) != 1:
            return False
        at = graph.out[at][0].target
        if at in seen:
            return False
        seen.add(at)
    return True


def _returns(event: Event) -> bool:
    return event.op.operation is Operation.RETURN
