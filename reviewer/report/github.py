"""Workflow commands of GitHub Actions: annotations in a run's log and in the diff of a request.

Every line begins with a command of ours and every text is one escaped line, so that no text of a
patch can issue a command.
"""

from __future__ import annotations

from reviewer.finding import Finding, Severity, Skip
from reviewer.report.safe import printable, quoted
from reviewer.report.style import PLAIN, Style, shown
from reviewer.review.types import Report

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, style: Style = PLAIN) -> str:
    """One annotation a finding and one a skip; `""` when there is nothing to say."""
    lines = [_finding(finding) for finding in shown(report, style)]
    lines += [_skip(skip) for skip in report.skips]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    patch = f" (patch {finding.patch})" if finding.patch else ""
    command, where = _COMMANDS[finding.severity], finding.location
    return _line(command, where.path, where.line, where.line, finding.rule, finding.message + patch)


def _skip(skip: Skip) -> str:
    return _line("warning", skip.path, skip.line, skip.end_line, "not analysed", skip.reason)


def _line(command: str, path: str, line: int, end: int, title: str, message: str) -> str:
    properties = {"file": path, "line": str(line or ""), "endLine": str(end if end > line else "")}
    properties["title"] = f"reviewer: {title}"
    said = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{command} {said}::{_data(quoted(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25")


def _property(text: str) -> str:
    escaped = _data(printable(text))
    return escaped.replace(":", "%3A").replace(",", "%2C")
