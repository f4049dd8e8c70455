"""What is said of code that the series does not leave as it is: after a hunk that failed."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from reviewer.finding import Finding, Severity, Status
from reviewer.patch.types import Context, HunkFate
from reviewer.review.types import Report

_NEW = frozenset({Status.INTRODUCED, Status.MOVED})


def doubted(report: Report) -> Report:
    """The report with remarks instead of what is found in files of which a hunk failed.

    From that patch on their code is none that anybody wrote, and one side of a change without the
    other breaks most protocols. A file seen through its hunks alone is as its author wrote it.
    """
    first: dict[str, int] = {}
    for note in report.files:
        failed = any(applied.fate is HunkFate.FAILED for applied in note.hunks)
        if failed and note.context is not Context.HUNK:
            first.setdefault(note.path, note.patch)
    if not first:
        return report
    return replace(report, findings=tuple(_doubted(each, first) for each in report.findings))


def _doubted(finding: Finding, first: Mapping[str, int]) -> Finding:
    if finding.status not in _NEW or finding.patch is None:
        return finding
    paths = (finding.location.path, *(step.location.path for step in finding.trace.steps))
    partial = [first[path] for path in paths if first.get(path, finding.patch + 1) <= finding.patch]
    if not partial:
        return finding
    reason = f"patch {min(partial)} does not apply as a whole: may be wrong"
    return replace(finding, severity=Severity.INFO, message=f"{finding.message} ({reason})")
