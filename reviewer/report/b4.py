"""What b4 reads of a check command: lines for `prep` and `am`, JSON for `review`.

b4 takes every line of a check command for a complaint, a line that holds `ERROR:` for a failure
and no line for success. So there is one line a finding, remarks are left out, and the proof is
shown by `reviewer explain`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from reviewer.finding import Finding, Severity
from reviewer.report.safe import printable, quoted
from reviewer.report.style import PLAIN, Style, shown
from reviewer.review.types import Report

TOOL = "reviewer"


def render(report: Report, style: Style = PLAIN) -> str:
    """`path:line: ERROR|WARNING: RULE: message [fp:8hex]`, `""` when there is nothing to say."""
    lines = [_line(finding) for finding in _worth_saying(report, style)]
    if report.skips:
        lines.append(trouble(_skipped(report)))
    return "".join(f"{line}\n" for line in lines)


def render_review(report: Report, style: Style = PLAIN) -> str:
    """An array of one result: `[]` where b4 has nothing to show."""
    return render_reviews((report,), style)


def render_reviews(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """An array of a result for each report that has something to show."""
    found = [result for report in reports if (result := _result(report, style))]
    return json.dumps(found) + "\n"


def _result(report: Report, style: Style) -> dict[str, str] | None:
    findings = _worth_saying(report, style)
    details = [
        {
            "status": _status(finding),
            "description": f"{_place(finding)}: {finding.rule}: {quoted(finding.message)}",
            "context": finding.fingerprint[:8],
            "srcline": quoted(finding.cause_text[1:] or finding.text),
        }
        for finding in findings
    ]
    if report.skips:
        details.append({"status": "warn", "description": _skipped(report)})
    if not details:
        return None
    statuses = {detail["status"] for detail in details}
    status = "fail" if "fail" in statuses else "warn"
    return {**_verdict(status, _summary(report, findings)), "details": json.dumps(details)}


def trouble(message: str) -> str:
    """What went wrong with the tool itself, as a line that is no failure of the patch."""
    return f"-:1: WARNING: SKIPPED: {_defused(message)}"


def render_trouble(message: str) -> str:
    """The same for `b4 review`."""
    return json.dumps([_verdict("warn", quoted(message))]) + "\n"


def _worth_saying(report: Report, style: Style) -> tuple[Finding, ...]:
    return tuple(each for each in shown(report, style) if each.severity is not Severity.INFO)


def _line(finding: Finding) -> str:
    level = "ERROR" if finding.severity is Severity.ERROR else "WARNING"
    said = _defused(finding.message)
    return f"{_place(finding)}: {level}: {finding.rule}: {said} [fp:{finding.fingerprint[:8]}]"


def _defused(message: str) -> str:
    """One line in which b4 finds no level."""
    return quoted(message).replace("ERROR:", "ERROR :").replace("WARNING:", "WARNING :")


def _place(finding: Finding) -> str:
    """The place, in which no word passes for a level either."""
    path = printable(finding.location.path).replace("ERROR:", "ERROR_") or "-"
    return f"{path}:{finding.location.line or 1}"


def _status(finding: Finding) -> str:
    return "fail" if finding.severity is Severity.ERROR else "warn"


def _skipped(report: Report) -> str:
    first, count = report.skips[0], len(report.skips)
    others = f" (and {count - 1} more)" if count > 1 else ""
    where = f"{first.path}: " if first.path else ""
    return f"not analysed: {where}{first.reason}{others}"


def _summary(report: Report, findings: tuple[Finding, ...]) -> str:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    said = [(errors, "error"), (len(findings) - errors, "warning")]
    said.append((len(report.skips), "place not analysed"))
    return ", ".join(f"{count} {_plural(word, count)}" for count, word in said if count)


def _plural(word: str, count: int) -> str:
    noun, _, rest = word.partition(" ")
    return f"{noun}{'s' if count != 1 else ''} {rest}".strip()


def _verdict(status: str, summary: str) -> dict[str, str]:
    return {"tool": TOOL, "status": status, "summary": summary, "url": ""}
