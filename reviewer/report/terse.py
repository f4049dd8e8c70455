"""checkpatch's `--terse --showfile --show-types` line: `path:line: ERROR|WARNING: RULE: message`.

One line a finding and one a skip, nothing else. checkpatch's format has no third level: remarks
(severity `info`) are printed as WARNING where they are asked for.
"""

from __future__ import annotations

from reviewer.finding import Finding, Severity, Skip
from reviewer.report.safe import printable, quoted
from reviewer.report.style import PLAIN, Style, shown
from reviewer.review.types import Report


def render(report: Report, style: Style = PLAIN) -> str:
    """The report, one line a finding; `""` when there is nothing to say."""
    lines = [_finding(finding) for finding in shown(report, style)]
    lines += [_skip(skip) for skip in report.skips]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    level = "ERROR" if finding.severity is Severity.ERROR else "WARNING"
    return _line(finding.location.path, finding.location.line, level, finding.rule, finding.message)


def _skip(skip: Skip) -> str:
    return _line(skip.path, skip.line, "WARNING", "SKIPPED", skip.reason)


def _line(path: str, line: int, level: str, rule: str, message: str) -> str:
    """One line; no word of the source in it can pass for a level (b4 looks for `ERROR:`)."""
    said = quoted(message).replace("ERROR:", "ERROR :").replace("WARNING:", "WARNING :")
    return f"{printable(path) or '-'}:{line or 1}: {level}: {rule}: {said}"
