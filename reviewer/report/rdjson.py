"""reviewdog's rdjson: diagnostics that it posts where code is reviewed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from reviewer.finding import Finding, Location, Severity, Skip
from reviewer.report.json import Value
from reviewer.report.safe import printable
from reviewer.report.style import PLAIN, Style, shown
from reviewer.review.types import Report

_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}


def render(report: Report, style: Style = PLAIN) -> str:
    """One DiagnosticResult."""
    return render_all((report,), style)


def render_all(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """One DiagnosticResult with the diagnostics of every report."""
    diagnostics: list[Value] = []
    for report in reports:
        diagnostics += (_diagnostic(finding) for finding in shown(report, style))
        diagnostics += (_skip(skip) for skip in report.skips)
    return json.dumps({"source": {"name": "reviewer"}, "diagnostics": diagnostics}, indent=2) + "\n"


def _diagnostic(finding: Finding) -> Value:
    diagnostic: dict[str, Value] = {
        "message": printable(finding.message),
        "location": _place(finding.location),
        "severity": _SEVERITIES[finding.severity],
        "code": {"value": finding.rule},
    }
    related: list[Value] = [
        {
            "message": printable(": ".join(filter(None, (step.actor, step.text, step.note)))),
            "location": _place(step.location),
        }
        for step in finding.trace.steps
    ]
    if related:
        diagnostic["related_locations"] = related
    return diagnostic


def _skip(skip: Skip) -> Value:
    return {
        "message": f"not analysed: {printable(skip.reason)}",
        "location": _place(Location(skip.path, skip.line)),
        "severity": "WARNING",
        "code": {"value": "SKIPPED"},
    }


def _place(location: Location) -> Value:
    path: dict[str, Value] = {"path": printable(location.path)}
    return {**path, "range": {"start": {"line": location.line}}} if location.line else path
