"""A report held against a list of findings that were there already.

A series is compared with its own base in any case. A baseline is for trees that are scanned again
and again, and for series of which the base is not at hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from reviewer.finding import Finding, Status
from reviewer.review.suppress import Entry
from reviewer.review.types import Report


def against(report: Report, entries: Sequence[Entry]) -> Report:
    """The report in which only what is not in the list is new."""
    known = frozenset(entry.fingerprint for entry in entries)
    findings = tuple(_labelled(each, known, report) for each in report.findings)
    return replace(report, findings=findings, compared=True)


def _labelled(finding: Finding, known: frozenset[str], report: Report) -> Finding:
    """A listed finding exists already; one of a scan that is not listed has been introduced."""
    if finding.fingerprint in known:
        new = finding.status in (Status.INTRODUCED, Status.MOVED)
        return replace(finding, status=Status.EXISTING) if new else finding
    return finding if report.series else replace(finding, status=Status.INTRODUCED)
