"""Rules on what C and assembly agree on, as data."""

from __future__ import annotations

from msgspec import Struct

from reviewer.finding import Severity
from reviewer.rule.types import ExampleKind, Rank, Scope

#: What the entries of a contract are that names none.
EVERY = ("*",)


class Contract(Struct, frozen=True):
    """What C and assembly agree on at the functions that one calls and the other defines.

    `check` names a check in CHECKS. `entries` are the functions, EVERY for each that C declares;
    `files` are globs of the files that define, declare or call them, `exclude` wins. Files of
    `touched` are looked at only where a series touches them. `words` are the names of events, by
    the part they have in the check; `by` are the arguments and flag bits that the check's test must
    be of.
    """

    check: str
    entries: tuple[str, ...]
    files: tuple[str, ...]
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    by: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()

    @property
    def about_every(self) -> bool:
        """Whether it is about each function of assembly that C declares."""
        return self.entries == EVERY

    @property
    def scope(self) -> Scope:
        """The files."""
        return Scope(self.files, self.exclude)

    def named(self, part: str) -> tuple[str, ...]:
        """The events that have that part."""
        return dict(self.words).get(part, ())


class ContractExample(Struct, frozen=True):
    """Several small files that a rule must report (bad), must not (good), or misses (miss).

    `guilty` are the lines, by path and number, that the rule must speak of.
    """

    kind: ExampleKind
    title: str
    code: str
    files: tuple[tuple[str, str], ...]
    guilty: tuple[tuple[str, int], ...]


class ContractRule(Struct, frozen=True):
    """One check of a rule file on a contract; `message` has `{subject}`, `{text}`, `{detail}`.

    `condition` is the configuration the files are read under.
    """

    id: str
    title: str
    severity: Severity
    message: str
    body: Contract
    condition: str
    rationale: str
    limits: tuple[str, ...]
    references: tuple[str, ...]
    examples: tuple[ContractExample, ...] = ()
    ranks: tuple[Rank, ...] = ()
    source: str = ""
