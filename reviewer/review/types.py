"""What a review says of a series, or a scan of files, before it is printed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from reviewer.finding import Finding, Location, Skip, Status, Trace
from reviewer.model.types import Verdict
from reviewer.patch.types import Applied, Context, Series

if TYPE_CHECKING:
    from reviewer.check.flags.invariants import Audit


class FileNote(Struct, frozen=True):
    """What was known of one file in one patch, and how its hunks went in."""

    path: str
    patch: int
    context: Context
    hunks: tuple[Applied, ...]
    analysed: bool


class BehaviourChange(Struct, frozen=True):
    """What a patch changes in what a scenario's CPUs can be seen to do on a platform.

    `contradicts` says that the changelog claims there is no functional change. `before` and
    `after` are runs that show it, empty for a side on which there is nothing to show. `mended` is
    a change of a verdict: an invariant that no longer breaks.
    """

    scenario: str
    platform: str
    patch: int
    text: str
    contradicts: bool = False
    before: Trace = Trace()
    after: Trace = Trace()
    mended: bool = False


class Suppression(StrEnum):
    """Where it is said that a finding is not to be reported."""

    LIST = "list"
    SOURCE = "source"


class Suppressed(Struct, frozen=True):
    """A finding that somebody judged, and the reason given; it counts for nothing else."""

    finding: Finding
    where: Suppression
    reason: str


class Idle(Struct, frozen=True):
    """A suppression about no finding: where it stands, the rule or fingerprint, and its reason."""

    location: Location
    name: str
    reason: str


class Report(Struct, frozen=True):
    """The whole answer. `series` is None when files were scanned as they stand.

    `findings` are sorted by patch, path, line, rule and hold every status; `base` says in words
    what the series was applied to. `rules` are the ids of the rules that ran. `compared` says
    that the findings were held against a baseline, so that those of a scan are new or are not;
    `idle` are comments of scanned files that ask to ignore what nobody finds there. `impossible`
    would be findings if the tree's Kconfig allowed their conditions. `audits` are the protocols
    whose flags scanned files have.
    """

    series: Series | None
    findings: tuple[Finding, ...]
    skips: tuple[Skip, ...]
    files: tuple[FileNote, ...] = ()
    base: str = ""
    rules: tuple[str, ...] = ()
    scanned: int = 0
    verdicts: tuple[Verdict, ...] = ()
    behaviour_changes: tuple[BehaviourChange, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    compared: bool = False
    idle: tuple[Idle, ...] = ()
    impossible: tuple[Finding, ...] = ()
    audits: tuple[Audit, ...] = ()

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """The findings that have one of the statuses, in report order."""
        return tuple(finding for finding in self.findings if finding.status in statuses)
