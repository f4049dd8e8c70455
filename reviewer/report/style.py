"""How a report is to be printed: what the caller chooses, whatever the format."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.finding import Finding, Status
from reviewer.review.types import Report


@dataclass(frozen=True, slots=True)
class Style:
    """Choices of the caller; a format heeds those that make sense for it.

    `show` are the statuses to print: empty for what a reader expects, which is what a series
    introduces or moves, and everything where files were scanned as they stand. `brief` leaves out
    what is neither finding nor skip; `full` names every file. `several` marks a report that is one
    of several: text gives it a heading, JSON puts it on one line.
    """

    show: frozenset[Status] = frozenset()
    colour: bool = False
    brief: bool = False
    full: bool = False
    several: bool = False


PLAIN = Style()


def shown(report: Report, style: Style) -> tuple[Finding, ...]:
    """The findings that `style` wants printed, in report order."""
    if style.show:
        return report.with_status(*style.show)
    if report.series is None:
        return report.findings
    return report.with_status(Status.INTRODUCED, Status.MOVED)
