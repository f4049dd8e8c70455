"""The report for people: each finding with its proof, what was not analysed, and a summary.

A finding begins with the line GCC would print, so that editors jump to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reviewer.finding import Finding, Location, Severity, Skip, Status, Trace
from reviewer.model.draw import columns
from reviewer.patch.types import Series
from reviewer.report.contexts import describe_files
from reviewer.report.safe import printable, quoted
from reviewer.report.style import PLAIN, Style, shown
from reviewer.review.types import Idle, Report

_BOLD, _RED, _MAGENTA, _CYAN, _GREEN = "1", "1;31", "1;35", "1;36", "32"
_COLOURS = {Severity.ERROR: _RED, Severity.WARNING: _MAGENTA, Severity.INFO: _CYAN}


#: As many rules are named in a line.
_FEW = 3


def render(report: Report, style: Style = PLAIN) -> str:
    """The report as text; with `style.brief` only findings and skips."""
    paint = Paint(style.colour)
    blocks = [
        "\n".join(finding_lines(finding, report.series, paint)) for finding in shown(report, style)
    ]
    if report.skips:
        blocks.append("\n".join(_skip(skip, paint) for skip in report.skips))
    if not style.brief and (report.verdicts or report.behaviour_changes):
        from reviewer.report.verdicts import behaviour_lines

        blocks.append("\n".join(behaviour_lines(report, runs=style.full)))
    for audit in report.audits:
        from reviewer.report.protocols import audit_lines

        blocks.append("\n".join(audit_lines(audit)))
    if not style.brief:
        blocks.append("\n".join(_summary(report, style)))
    if style.several and report.series and blocks:
        blocks.insert(0, paint(f"== {_title(report.series)} ==", _BOLD))
    return "\n\n".join(blocks) + "\n" if blocks else ""


class Paint:
    """Wraps text in terminal colours, or leaves it as it is."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, code: str) -> str:
        """`text` in the colour of an SGR code."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def idle_line(idle: Idle) -> str:
    """A suppression that suppresses nothing."""
    said = f"{printable(idle.name)}: {quoted(idle.reason)}"
    return f"unused suppression: {_place(idle.location)}: {said}"


def finding_lines(finding: Finding, series: Series | None, paint: Paint) -> Iterator[str]:
    """A finding with its proof."""
    fixed = finding.status is Status.FIXED
    level = "note" if fixed else finding.severity.value
    where = paint(f"{_place(finding.location)}:", _BOLD)
    colour = _GREEN if fixed else _COLOURS[finding.severity]
    message = quoted(finding.message)
    yield f"{where} {paint(f'{level}:', colour)} {message} [{finding.rule}]"
    if series:
        yield f"    {_history(finding, series)}"
    if finding.mail and finding.mail != finding.location:
        yield f"    mail: {_place(finding.mail)}"
    if finding.condition:
        yield f"    where {printable(finding.condition)}"
    if finding.config:
        yield f"    with {', '.join(map(printable, finding.config))}"
    for trace in (finding.trace, finding.interleaving):
        yield from _proof(trace, paint)
    if finding.cause:
        code = _GREEN if finding.cause_text.startswith("+") else _RED
        sign, text = finding.cause_text[:1], quoted(finding.cause_text[1:])
        yield f"    cause: {_place(finding.cause)}: {paint(f'{sign} {text}', code)}"
    yield f"    explain with: reviewer explain {finding.rule}"


def _proof(trace: Trace, paint: Paint) -> Iterator[str]:
    """A path step by step, or a run of several CPUs with a column for each."""
    if any(step.actor for step in trace.steps):
        from reviewer.report.verdicts import broken

        yield "    interleaving:"
        yield from (f"      {printable(line)}".rstrip() for line in columns(trace).splitlines())
        yield from (f"    breaks {name}: {sentence}" for name, sentence in broken(trace))
    elif trace.steps:
        yield "    path:"
        yield from (f"      {line}" for line in _path(trace, paint))


def _path(trace: Trace, paint: Paint) -> Iterator[str]:
    for number, step in enumerate(trace.steps, 1):
        function = f" {printable(step.function)}():" if step.function else ":"
        note = f"  ({paint(printable(step.note), _CYAN)})" if step.note else ""
        yield f"{number}. {_place(step.location)}{function} {quoted(step.text)}{note}"


def _history(finding: Finding, series: Series) -> str:
    patch = f"patch {_patch(finding.patch, series)}" if finding.patch else ""
    match finding.status:
        case Status.INTRODUCED if finding.gone_by:
            gone = f"gone by patch {_patch(finding.gone_by, series)}"
            return f"introduced by {patch}, {gone}: a bisection can stop between them"
        case Status.INTRODUCED:
            return f"introduced by {patch}"
        case Status.MOVED:
            return f"was there before; {patch} moved the line or what makes it guilty"
        case Status.FIXED:
            return f"fixed by {patch}"
        case Status.EXISTING:
            return "was there before the series"


def _patch(number: int | None, series: Series) -> str:
    subjects = [patch.subject for patch in series.patches if patch.number == number]
    subject = f' "{quoted(subjects[0])}"' if subjects else ""
    return f"{number}/{series.total}{subject}"


def _place(location: Location) -> str:
    path = printable(location.path) or "-"
    return f"{path}:{location.line}" if location.line else path


def _skip(skip: Skip, paint: Paint) -> str:
    where = _place(Location(skip.path, skip.line))
    if skip.end_line > skip.line:
        where += f"-{skip.end_line}"
    if not skip.path:
        where = f"patch {skip.patch}" if skip.patch else "series"
    return f"{where}: {paint('not analysed:', _CYAN)} {quoted(skip.reason)}"


def _summary(report: Report, style: Style) -> Iterator[str]:
    series = report.series
    if series is None:
        yield f"{_number(report.scanned, 'file')} scanned: {_scanned(report, style)}"
        if report.rules:
            few = f": {', '.join(report.rules)}" if len(report.rules) <= _FEW else ""
            yield f"looked at by {_number(len(report.rules), 'rule')}{few}"
    else:
        introduced = report.with_status(Status.INTRODUCED)
        counts = f"{_count(introduced)} introduced{_hidden(introduced, style)}"
        yield f"{_title(series)}: {counts}{_others(report, style)}"
    for each in report.suppressed if style.full else ():
        where = _place(each.finding.location)
        yield f"suppressed: {where} {each.finding.rule}: {quoted(each.reason)}"
    if report.suppressed and not style.full:
        yield f"suppressed: {_number(len(report.suppressed), 'finding')} (-v names them)"
    for idle in report.idle if style.full else ():
        yield idle_line(idle)
    for finding in report.impossible if style.full else ():
        where = _place(finding.location)
        needed = printable(finding.condition)
        yield f"impossible: {where} {finding.rule}: no configuration has {needed}"
    if report.impossible and not style.full:
        yield f"impossible: {_number(len(report.impossible), 'finding')} (-v names them)"
    if report.base:
        yield f"base: {printable(report.base)}"
    yield from describe_files(report, style)
    if report.skips:
        yield f"not analysed: {_number(len(report.skips), 'place')} named above"


def _scanned(report: Report, style: Style) -> str:
    """What was found in files as they stand; with a baseline what of it is new."""
    if not report.rules and not report.findings and report.skips:
        return "nothing was looked at"
    if not report.compared:
        return f"{_count(report.findings)}{_hidden(report.findings, style)}"
    new = report.with_status(Status.INTRODUCED)
    known = len(report.with_status(Status.EXISTING))
    hint = "" if style.show else " (--show existing)"
    baseline = f"; {known} in the baseline{hint}" if known else ""
    return f"{_count(new)} that are new{_hidden(new, style)}{baseline}"


def _title(series: Series) -> str:
    version = f"v{series.version} " if series.version > 1 else ""
    patches = _number(len(series.patches), "patch", "patches")
    if len(series.patches) != series.total:
        patches += f" of {series.total}"
    return f'{version}"{quoted(series.title)}", {patches}'


def _others(report: Report, style: Style) -> str:
    """Counts of what is no new finding, and how to see it."""
    visible = {finding.status for finding in shown(report, style)}
    said = ""
    for status in (Status.MOVED, Status.EXISTING, Status.FIXED):
        count = len(report.with_status(status))
        if count:
            hint = "" if status in visible else f" (--show {status})"
            said += f"; {count} {status}{hint}"
    return said


def _count(findings: Iterable[Finding]) -> str:
    """`1 error, 2 warnings`, or `no findings`."""
    severities = [finding.severity for finding in findings]
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "remark"}
    counts = [(severities.count(severity), word) for severity, word in words.items()]
    return ", ".join(_number(count, word) for count, word in counts if count) or "no findings"


def _hidden(findings: Iterable[Finding], style: Style) -> str:
    """How to see the remarks that were counted and not printed."""
    remarks = sum(finding.severity is Severity.INFO for finding in findings)
    if style.full or not remarks:
        return ""
    return f" (-v prints {'it' if remarks == 1 else 'them'})"


def _number(count: int, singular: str, plural: str = "") -> str:
    return f"{count} {singular if count == 1 else plural or f'{singular}s'}"
