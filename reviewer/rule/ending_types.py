"""Rules on whole series, as data."""

from __future__ import annotations

from msgspec import Struct

from reviewer.finding import Severity
from reviewer.rule.types import EventType, ExampleKind, Rank, Scope


class Platform(Struct, frozen=True):
    """A kind of machine, by the events of the tests that are true on it.

    Code of the files `elsewhere` is for other machines; a kernel without the file `known_by` does
    not know this one, `""` for one that every kernel knows. `condition` is the configuration
    without which there is no such machine.
    """

    name: str
    holds: tuple[str, ...]
    condition: str = ""
    elsewhere: tuple[str, ...] = ()
    known_by: str = ""


class Ending(Struct, frozen=True):
    """What is asked of a series when all of its patches are in: a check by its name in CHECKS.

    `words` are the names of events, by the part they have in the check. `types` are those of the
    per-CPU variables that it is about, `members` those of members of per-CPU structures, `masks`
    those of the others; `flag` is the one variable where it is about no other.
    """

    check: str
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    types: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    flag: str = ""
    platforms: tuple[Platform, ...] = ()
    pedantic: bool = False
    members: tuple[str, ...] = ()

    @property
    def marks(self) -> tuple[str, ...]:
        """Words one of which a file must hold for the check to speak of the file."""
        return (self.flag,) if self.flag else ("_PER_CPU", *self.masks)

    def named(self, part: str) -> tuple[str, ...]:
        """The events that have that part."""
        return dict(self.words).get(part, ())


class EndingExample(Struct, frozen=True):
    """Files before and after a series that a rule must report (bad), must not, or misses (miss).

    `guilty` are the lines afterwards, by path and number, that the rule must speak of.
    """

    kind: ExampleKind
    title: str
    code: str
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]
    guilty: tuple[tuple[str, int], ...]


class EndingRule(Struct, frozen=True):
    """One check of a rule file on whole series; `message` has `{subject}`, `{text}`, `{detail}`.

    `events` are the rule's own words, in front of those of the vocabulary.
    """

    id: str
    title: str
    severity: Severity
    message: str
    body: Ending
    events: tuple[EventType, ...]
    scope: Scope
    rationale: str
    limits: tuple[str, ...]
    references: tuple[str, ...]
    examples: tuple[EndingExample, ...] = ()
    ranks: tuple[Rank, ...] = ()
    source: str = ""
