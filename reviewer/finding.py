"""What a review says: findings with their proof, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace


class Severity(StrEnum):
    """How sure and how bad, most severe first; the order of the members is the order of rank."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return list(Severity).index(self)


class Status(StrEnum):
    """What a patch has to do with a finding."""

    INTRODUCED = "introduced"
    MOVED = "moved"
    EXISTING = "existing"
    FIXED = "fixed"


class Location(Struct, frozen=True, order=True):
    """A line of a file; lines count from 1, 0 is the file as a whole. Paths are tree-relative."""

    path: str
    line: int


class Step(Struct, frozen=True):
    """One step of a proof: the source text that runs, and who runs it.

    `actor` is empty for a path inside functions and `CPU 0`, `CPU 1`, ... in an interleaving;
    `note` says what the step means for the rule ("opens the window", "calls"). `races` marks the
    two steps of an interleaving that could have come the other way round.
    """

    location: Location
    function: str
    text: str
    note: str = ""
    actor: str = ""
    races: bool = False


class Situation(Struct, frozen=True):
    """What is true of one of the actors, or of the memory they share, at an instant."""

    actor: str
    facts: tuple[str, ...]


class Trace(Struct, frozen=True):
    """A proof, step by step: a path through functions or an interleaving of CPUs.

    `start` and `end` are how the machine stands before the first and after the last step of an
    interleaving; empty for a path.
    """

    steps: tuple[Step, ...] = ()
    start: tuple[Situation, ...] = ()
    end: tuple[Situation, ...] = ()


class Finding(Struct, frozen=True):
    """A rule broken at a place, with the path or interleaving that proves it.

    `subject` is what the rule speaks of at that place (the callee, the variable); `text` the
    normalised source text, white space folded; with rule, function and ordinal they identify the
    finding across versions, so neither they nor the fingerprint holds a line number.
    `condition` is the configuration in which it is real, `""` for every one; `config` are the
    fewest settings beyond the tree's defaults that make it so, as a configuration file has them,
    empty where the defaults do or none are known.
    `patch` is the number of the patch that introduced or fixed it, None when a tree is scanned;
    `cause` is the line of that patch's diff that did so; `gone_by` the later patch of the same
    series that removes it again. `interleaving` is a second proof, where CPUs were seen to go
    wrong for the same reason. `mail` is the line of the mail that the finding speaks of.
    """

    rule: str
    severity: Severity
    message: str
    location: Location
    function: str
    subject: str
    text: str
    condition: str = ""
    trace: Trace = Trace()
    status: Status = Status.EXISTING
    patch: int | None = None
    cause: Location | None = None
    cause_text: str = ""
    gone_by: int | None = None
    ordinal: int = 0
    fingerprint: str = ""
    mail: Location | None = None
    config: tuple[str, ...] = ()
    interleaving: Trace = Trace()


def told_apart(
    findings: Iterable[Finding], path_of: Callable[[Finding], str] = lambda each: each.location.path
) -> Iterator[Finding]:
    """The findings, numbered where all that names them is equal, with their fingerprints.

    `path_of` gives the path that goes into the fingerprint.
    """
    count: dict[tuple[str, str, str, str, str], int] = {}
    for each in findings:
        path = path_of(each)
        key = (each.rule, path, each.function, each.subject, each.text)
        numbered = replace(each, ordinal=count.get(key, 0))
        count[key] = numbered.ordinal + 1
        yield replace(numbered, fingerprint=fingerprint(numbered, path))


def fingerprint(finding: Finding, path: str) -> str:
    """16 hex digits that name the finding across versions and rebases; they hold no line number."""
    from hashlib import sha256

    parts = (
        finding.rule,
        path,
        finding.function,
        finding.subject,
        finding.text,
        str(finding.ordinal),
    )
    text = "\0".join(parts).encode("utf-8", "surrogateescape")
    return sha256(text).hexdigest()[:16]


class Skip(Struct, frozen=True, order=True):
    """Something that was not analysed and why; never to be read as clean.

    `line` and `end_line` bound what was skipped, 0 when it is the whole file. `patch` is the
    number of the patch it belongs to, 0 for none.
    """

    path: str
    line: int
    reason: str
    end_line: int = 0
    patch: int = 0
