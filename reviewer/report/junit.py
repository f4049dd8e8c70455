"""JUnit's XML, for continuous integration that knows tests: a case for each patch and rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from reviewer.finding import Finding, Skip
from reviewer.report.safe import printable, quoted
from reviewer.report.style import PLAIN, Style, shown
from reviewer.review.types import Report

_ANALYSIS = "analysis"


_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def render(report: Report, style: Style = PLAIN) -> str:
    """One test suite; what was not analysed is a case that was skipped."""
    return "\n".join([_HEAD, *_suite(report, style)]) + "\n"


def render_all(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """A test suite for each report."""
    suites = [line for report in reports for line in _suite(report, style)]
    return "\n".join([_HEAD, "<testsuites>", *suites, "</testsuites>"]) + "\n"


def _suite(report: Report, style: Style) -> list[str]:
    findings = shown(report, style)
    title = report.series.title if report.series else "scan"
    cases = [case for number, name in _patches(report) for case in _cases(report, number, name)]
    skipped = len({skip.patch for skip in report.skips})
    guilty = {(finding.patch, finding.rule) for finding in findings}
    lines = [
        f'<testsuite name={_attribute(title)} tests="{len(cases) + skipped}" '
        f'failures="{len(guilty)}" skipped="{skipped}">',
    ]
    for number, name, rule in cases:
        found = [each for each in findings if (each.patch, each.rule) == (number, rule)]
        lines += _case(name, rule, [_failure(finding) for finding in found])
    for number in sorted({skip.patch for skip in report.skips}):
        name = dict(_patches(report)).get(number or None, title)
        said = "; ".join(_said(skip) for skip in report.skips if skip.patch == number)
        lines += _case(name, _ANALYSIS, [f"    <skipped message={_attribute(said)}/>"])
    return [*lines, "</testsuite>"]


def _patches(report: Report) -> Iterator[tuple[int | None, str]]:
    """Numbers and names of the patches; findings that belong to none come under the first line."""
    title = report.series.title if report.series else "scan"
    if report.series is None or any(finding.patch is None for finding in report.findings):
        yield None, title
    if report.series:
        for patch in report.series.patches:
            yield patch.number, f"{patch.number}/{report.series.total} {patch.subject}"


def _cases(report: Report, number: int | None, name: str) -> Iterator[tuple[int | None, str, str]]:
    rules = {*report.rules, *(each.rule for each in report.findings if each.patch == number)}
    yield from ((number, name, rule) for rule in sorted(rules))


def _case(name: str, rule: str, inner: list[str]) -> list[str]:
    opening = f"  <testcase classname={_attribute(name)} name={_attribute(rule)}"
    return [f"{opening}>", *inner, "  </testcase>"] if inner else [f"{opening}/>"]


def _failure(finding: Finding) -> str:
    where = f"{finding.location.path}:{finding.location.line}"
    steps = [
        f"{printable(step.location.path)}:{step.location.line} {quoted(step.text)}"
        for step in finding.trace.steps
    ]
    body = escape("\n".join([printable(where), *steps]))
    kind = _attribute(finding.severity.value)
    return f"    <failure type={kind} message={_attribute(finding.message)}>{body}</failure>"


def _said(skip: Skip) -> str:
    where = f"{skip.path}:{skip.line}: " if skip.line else f"{skip.path}: " if skip.path else ""
    return f"{where}{skip.reason}"


def _attribute(text: str) -> str:
    return quoteattr(printable(text))
