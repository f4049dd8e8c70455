"""Paths of the search: where a line of control stands, and the steps that brought it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reviewer.check.bodies import Body
from reviewer.check.correlation import Facts
from reviewer.finding import Step
from reviewer.source.conditions import TRUE, Condition


@dataclass(frozen=True, slots=True)
class Site:
    """An event by its place: body, block, position in the block."""

    body: Body
    block: int
    index: int


@dataclass(frozen=True, slots=True)
class Suspect:
    """A suspected violation: the event, and where to show it when it came out of a macro."""

    event: Site
    shown: Site


@dataclass(frozen=True, slots=True)
class State:
    """The automaton's state; None as the suspect of a suspecting state: it is the caller's."""

    name: str
    suspect: Suspect | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A step worth showing; whether it opened the window, and whether it goes into a callee."""

    step: Step
    opens: bool = False
    enters: bool = False


@dataclass(frozen=True, slots=True)
class Trail:
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


@dataclass(frozen=True, slots=True)
class Line:
    """A line of control inside a block."""

    state: State
    facts: Facts
    trail: Trail


@dataclass(frozen=True, slots=True)
class Hit:
    """A violation with its path; None as the suspect: the caller's."""

    suspect: Suspect | None
    marks: tuple[Mark, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a body: the state control returns in, and what the path settled for all."""

    state: State
    condition: Condition
    marks: tuple[Mark, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a body does to a line of control that enters in one state."""

    exits: tuple[Exit, ...]
    hits: tuple[Hit, ...]
