"""SARIF 2.1.0, for code scanning services and editors.

An interleaving is one codeFlow with a threadFlow for each CPU and one `executionOrder`. What a
series does to a finding is its `baselineState`; what was not analysed is a notification.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from reviewer.finding import (
    Finding,
    Location,
    Severity,
    Situation,
    Skip,
    Status,
    Step,
    Trace,
)
from reviewer.report.columns import actors
from reviewer.report.json import Value
from reviewer.report.safe import printable
from reviewer.report.style import PLAIN, Style, shown
from reviewer.report.version import VERSION
from reviewer.review.types import Report, Suppressed, Suppression

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_BASELINE = {
    Status.INTRODUCED: "new",
    Status.MOVED: "updated",
    Status.EXISTING: "unchanged",
    Status.FIXED: "absent",
}


def render(report: Report, style: Style = PLAIN) -> str:
    """One SARIF log with one run."""
    return render_all((report,), style)


def render_all(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """One SARIF log with a run for each report."""
    runs = [_run(report, style) for report in reports]
    log: Value = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return json.dumps(log, indent=2) + "\n"


def _run(report: Report, style: Style) -> Value:
    findings = shown(report, style)
    apart = (each.finding for each in report.suppressed)
    rules = sorted({*report.rules, *(finding.rule for finding in (*findings, *apart))})
    run: dict[str, Value] = {
        "tool": {
            "driver": {
                "name": "reviewer",
                "version": VERSION,
                "rules": [{"id": rule} for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [_notification(skip) for skip in report.skips],
            }
        ],
        "results": [
            *(_result(finding, rules, report) for finding in findings),
            *(_suppressed(each, rules, report) for each in report.suppressed),
        ],
    }
    if report.series:
        run["automationDetails"] = {"description": _message(report.series.title)}
    return run


def _result(finding: Finding, rules: list[str], report: Report) -> dict[str, Value]:
    result: dict[str, Value] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "kind": "fail",
        "level": _LEVELS[finding.severity],
        "message": _message(finding.message),
        "locations": [_location(finding.location, finding.function)],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "reviewer/v1": finding.fingerprint,
        },
        "properties": {
            "patch": finding.patch,
            "goneBy": finding.gone_by,
            "condition": printable(finding.condition),
            **({"config": [*map(printable, finding.config)]} if finding.config else {}),
        },
    }
    if report.series or report.compared:
        result["baselineState"] = _BASELINE[finding.status]
    if finding.trace.steps:
        proofs = (finding.trace, finding.interleaving)
        result["codeFlows"] = [{"threadFlows": _threads(each)} for each in proofs if each.steps]
    if finding.cause:
        cause = _location(finding.cause, "")
        said = f"the line of the diff that did it: {finding.cause_text}"
        result["relatedLocations"] = [{"id": 1, **cause, "message": _message(said)}]
    return result


def _suppressed(each: Suppressed, rules: list[str], report: Report) -> Value:
    kind = "inSource" if each.where is Suppression.SOURCE else "external"
    said = {"kind": kind, "justification": printable(each.reason)}
    return {**_result(each.finding, rules, report), "suppressions": [said]}


def _threads(trace: Trace) -> Value:
    """A threadFlow for each CPU; the first and the last step are what the proof stands on.

    Of an interleaving it is the two steps that race, and each flow has its state at the start.
    """
    steps = trace.steps
    racing = tuple(number for number, step in enumerate(steps) if step.races)
    ends = racing or (0, len(steps) - 1)
    return [
        {
            "id": printable(actor) or "path",
            **_state(trace.start, actor),
            "locations": [
                {
                    "location": _step(step),
                    "executionOrder": number + 1,
                    "importance": "essential" if number in ends else "important",
                }
                for number, step in enumerate(steps)
                if step.actor == actor
            ],
        }
        for actor in actors(trace)
    ]


def _state(situations: Sequence[Situation], actor: str) -> dict[str, Value]:
    """What is true of a CPU, and of memory, before its first step."""
    if not situations:
        return {}
    return {
        "initialState": {
            each.actor: _message(", ".join(each.facts))
            for each in situations
            if each.actor == actor or not each.actor.startswith("CPU")
        }
    }


def _step(step: Step) -> Value:
    said = f"{step.text} ({step.note})" if step.note else step.text
    return {**_location(step.location, step.function), "message": _message(said)}


def _notification(skip: Skip) -> Value:
    notification: dict[str, Value] = {
        "level": "warning",
        "message": _message(f"not analysed: {skip.reason}"),
    }
    if skip.path:
        end = max(skip.end_line, skip.line)
        notification["locations"] = [_location(Location(skip.path, skip.line), "", end)]
    return notification


def _location(location: Location, function: str, end: int = 0) -> dict[str, Value]:
    """A location; lines are left out where the file as a whole is meant."""
    physical: dict[str, Value] = {
        "artifactLocation": {"uri": quote(printable(location.path) or "-", safe="/")}
    }
    if location.line:
        last = {"endLine": end} if end > location.line else {}
        physical["region"] = {"startLine": location.line, **last}
    found: dict[str, Value] = {"physicalLocation": physical}
    if function:
        found["logicalLocations"] = [{"name": printable(function), "kind": "function"}]
    return found


def _message(text: str) -> Value:
    return {"text": printable(text) or "-"}
