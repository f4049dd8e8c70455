"""How a report is to be printed: what the caller chooses, whatever the format."""

from __future__ import annotations

from msgspec import Struct

from reviewer.finding import Finding, Severity, Status
from reviewer.review.types import Report


class Style(Struct, frozen=True):
    """Choices of the caller; a format heeds those that make sense for it.

    `show` are the statuses to print: empty for what a reader expects, which is what a series
    introduces or moves, and everything where files were scanned as they stand, or what is new
    against a baseline. `brief` leaves out
    what is neither finding nor skip; `full` names every file and prints remarks (findings of
    severity `info`, real only where the compiler decides so), which are else only counted.
    `several` marks a report that is one of several: text gives it a heading, JSON puts it on one
    line.
    """

    show: frozenset[Status] = frozenset()
    colour: bool = False
    brief: bool = False
    full: bool = False
    several: bool = False


PLAIN = Style()


def shown(report: Report, style: Style) -> tuple[Finding, ...]:
    """The findings that `style` wants printed, in report order."""
    new = report.series or report.compared
    usual = (Status.INTRODUCED, Status.MOVED) if new else tuple(Status)
    return tuple(
        finding
        for finding in report.with_status(*(style.show or usual))
        if style.full or finding.severity is not Severity.INFO
    )
