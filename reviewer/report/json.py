"""The report as JSON, `reviewer/report/1`; `schema.json` beside this module describes it.

Every finding is in it, whatever is shown elsewhere. A moved finding was there before and has the
status `existing` with `moved` set. Strings hold no control or bidirectional characters: they are
written out as in the other formats, so that what a script prints from it is harmless too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from reviewer.finding import Finding, Location, Skip, Status, Step
from reviewer.patch.types import Applied, Context, HunkFate, Patch, Series
from reviewer.report.protocols import audit_value
from reviewer.report.safe import printable
from reviewer.report.style import PLAIN, Style
from reviewer.report.verdicts import change_value, machine_value, mark_value, verdict_value
from reviewer.review.types import FileNote, Report, Suppressed

SCHEMA = "reviewer/report/1"

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


def render(report: Report, style: Style = PLAIN) -> str:
    """One JSON object and a newline: on one line where it is one of several reports."""
    document: Value = {
        "schema": SCHEMA,
        "series": _series(report.series, report.files) if report.series else None,
        "base": printable(report.base),
        "rules": list(report.rules),
        "scanned": report.scanned,
        "files": [_file(note) for note in report.files],
        "findings": [_finding(finding) for finding in report.findings],
        **({"suppressed": [*map(_suppressed, report.suppressed)]} if report.suppressed else {}),
        **({"impossible": [*map(_finding, report.impossible)]} if report.impossible else {}),
        **({"protocols": [*map(audit_value, report.audits)]} if report.audits else {}),
        "verdicts": [verdict_value(verdict) for verdict in report.verdicts],
        "behaviour_changes": [change_value(change) for change in report.behaviour_changes],
        "skips": [_skip(skip) for skip in report.skips],
    }
    if style.several:
        return json.dumps(document, separators=(",", ":")) + "\n"
    return json.dumps(document, indent=2) + "\n"


def _series(series: Series, notes: tuple[FileNote, ...]) -> Value:
    return {
        "title": printable(series.title),
        "version": series.version,
        "total": series.total,
        "missing": list(series.missing),
        "patches": [_patch(patch, notes) for patch in series.patches],
    }


def _patch(patch: Patch, notes: tuple[FileNote, ...]) -> Value:
    contexts = {note.context for note in notes if note.patch == patch.number and note.analysed}
    least = max(contexts, key=list(Context).index, default=None)
    return {
        "number": patch.number,
        "subject": printable(patch.subject),
        "files": len(patch.files),
        "hunks": patch.hunks,
        "added": patch.added,
        "removed": patch.removed,
        "context": least.value if least else None,
    }


def _file(note: FileNote) -> Value:
    return {
        "path": printable(note.path),
        "patch": note.patch,
        "context": note.context.value,
        "analysed": note.analysed,
        "hunks": [_hunk(applied) for applied in note.hunks],
    }


def _hunk(applied: Applied) -> Value:
    hunk: dict[str, Value] = {
        "number": applied.index,
        "fate": applied.fate.value,
        "offset": applied.offset,
        "fuzz": applied.fuzz,
    }
    if applied.fate is HunkFate.FAILED:
        hunk["reason"] = printable(applied.reason)
        hunk["nearest"] = _place(applied.nearest) if applied.nearest else None
    return hunk


def _finding(finding: Finding) -> dict[str, Value]:
    moved = finding.status is Status.MOVED
    cause = finding.cause
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "status": Status.EXISTING.value if moved else finding.status.value,
        "moved": moved,
        "patch": finding.patch,
        "gone_by": finding.gone_by,
        "path": printable(finding.location.path),
        "line": finding.location.line,
        "mail": _place(finding.mail) if finding.mail else None,
        "function": printable(finding.function),
        "subject": printable(finding.subject),
        "condition": printable(finding.condition),
        **({"config": [*map(printable, finding.config)]} if finding.config else {}),
        "message": printable(finding.message),
        "fingerprint": finding.fingerprint,
        "cause": {**_place(cause), "text": printable(finding.cause_text)} if cause else None,
        "trace": [_step(step) for step in finding.trace.steps],
        **_interleaving(finding),
        **machine_value(finding.interleaving if finding.interleaving.steps else finding.trace),
    }


def _interleaving(finding: Finding) -> dict[str, Value]:
    steps = finding.interleaving.steps
    return {"interleaving": [_step(step) for step in steps]} if steps else {}


def _step(step: Step) -> dict[str, Value]:
    return {
        **_place(step.location),
        "function": printable(step.function),
        "text": printable(step.text),
        "note": printable(step.note),
        "actor": printable(step.actor),
        **mark_value(step),
    }


def _suppressed(each: Suppressed) -> Value:
    return {**_finding(each.finding), "where": each.where.value, "reason": printable(each.reason)}


def _place(location: Location) -> dict[str, Value]:
    return {"path": printable(location.path), "line": location.line}


def _skip(skip: Skip) -> Value:
    return {
        "path": printable(skip.path),
        "line": skip.line,
        "end_line": skip.end_line,
        "patch": skip.patch,
        "reason": printable(skip.reason),
    }
