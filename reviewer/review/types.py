"""What a review says of a series, or a scan of files, before it is printed."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reviewer.finding import Finding, Skip, Status
from reviewer.model.types import Verdict
from reviewer.patch.types import Applied, Context, Series


class FileNote(Struct, frozen=True):
    """What was known of one file in one patch, and how its hunks went in."""

    path: str
    patch: int
    context: Context
    hunks: tuple[Applied, ...]
    analysed: bool


class BehaviourChange(Struct, frozen=True):
    """What a patch changes in what a scenario's CPUs can be seen to do on a platform.

    `contradicts` says that the changelog claims there is no functional change.
    """

    scenario: str
    platform: str
    patch: int
    text: str
    contradicts: bool = False


class Suppression(StrEnum):
    """Where it is said that a finding is not to be reported."""

    LIST = "list"
    SOURCE = "source"


class Suppressed(Struct, frozen=True):
    """A finding that somebody judged, and the reason given; it counts for nothing else."""

    finding: Finding
    where: Suppression
    reason: str


class Report(Struct, frozen=True):
    """The whole answer. `series` is None when files were scanned as they stand.

    `findings` are sorted by patch, path, line, rule and hold every status; `base` says in words
    what the series was applied to. `rules` are the ids of the rules that ran.
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

    def with_status(self, *statuses: Status) -> tuple[Finding, ...]:
        """The findings that have one of the statuses, in report order."""
        return tuple(finding for finding in self.findings if finding.status in statuses)
