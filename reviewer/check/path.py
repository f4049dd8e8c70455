"""Paths of the search: where a line of control stands, and the steps that brought it there."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.bodies import Body
from reviewer.check.correlation import Facts
from reviewer.finding import Step
from reviewer.source.conditions import TRUE, Condition
from reviewer.source.types import Expr


class Site(Struct, frozen=True):
    """An event by its place: body, block, position in the block."""

    body: Body
    block: int
    index: int


class Suspect(Struct, frozen=True):
    """A suspected violation: the event, and where to show it when it came out of a macro."""

    event: Site
    shown: Site


class State(Struct, frozen=True):
    """The automaton's state; None as the suspect of a suspecting state: it is the caller's."""

    name: str
    suspect: Suspect | None = None


class Mark(Struct, frozen=True):
    """A step worth showing; whether it opened the window, and whether it goes into a callee.

    `settled` is a test of nothing but globals and how it came out.
    """

    step: Step
    opens: bool = False
    enters: bool = False
    settled: tuple[Expr, bool] | None = None


class Trail(Struct, frozen=True):
    """Marks and conditions in order, shared between paths with the same beginning."""

    before: Trail | None
    marks: tuple[Mark, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def then(self, *marks: Mark, conditions: tuple[Condition, ...] = ()) -> Trail:
        """This trail and more; itself when there is no more."""
        return Trail(self, marks, conditions) if marks or conditions else self

    def all_marks(self) -> tuple[Mark, ...]:
        """Every mark from the start on."""
        return tuple(mark for part in self._parts() for mark in part.marks)

    def all_conditions(self) -> tuple[Condition, ...]:
        """Every condition from the start on, each once."""
        found = dict.fromkeys(item for part in self._parts() for item in part.conditions)
        return tuple(item for item in found if item != TRUE)

    def _parts(self) -> Iterator[Trail]:
        parts: list[Trail] = []
        part: Trail | None = self
        while part is not None:
            parts.append(part)
            part = part.before
        return reversed(parts)


START = Trail(None)


class Line(Struct, frozen=True):
    """A line of control inside a block."""

    state: State
    facts: Facts
    trail: Trail


class Hit(Struct, frozen=True):
    """A violation with its path; None as the suspect: the caller's."""

    suspect: Suspect | None
    marks: tuple[Mark, ...]
    conditions: tuple[Condition, ...]


class Exit(Struct, frozen=True):
    """A way out of a body: the state control returns in, and what the path settled for all."""

    state: State
    condition: Condition
    marks: tuple[Mark, ...]
    conditions: tuple[Condition, ...]


class Summary(Struct, frozen=True):
    """What a body does to a line of control that enters in one state."""

    exits: tuple[Exit, ...]
    hits: tuple[Hit, ...]
