"""One self-contained page: the series, its diffs with findings in place, proofs to step through.

The page loads nothing: its style and script are in it, and its policy allows these two and nothing
else by their hashes, so that no text of a patch could run even if it were not escaped. Without
scripts every step of a proof is shown at once.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib import resources

from reviewer.finding import Finding, Location, Situation, Skip, Status, Step, Trace
from reviewer.patch.types import FileDiff, Hunk, Line, LineKind, Patch, Series
from reviewer.report.columns import actors, columns
from reviewer.report.quotation import Placed, place
from reviewer.report.safe import printable
from reviewer.report.style import PLAIN, Style, shown
from reviewer.report.verdicts import broken, change_runs, is_known, same_changes
from reviewer.review.types import Report

_KINDS = {LineKind.ADDED: "added", LineKind.REMOVED: "removed", LineKind.CONTEXT: "context"}
_QUOTED = re.compile(r"`([^`]+)`")
_LIMIT = 400
_PREFIX = "reviewer: "


def render(report: Report, style: Style = PLAIN) -> str:
    """The page."""
    return _page(_title(report), _body(report, style, 1))


def render_all(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """One page with a part for each report, and a list of them at its head."""
    counts = [len(shown(report, style)) for report in reports]
    title = f"{_PREFIX}{len(reports)} series"
    body = [f"<header><h1>{title}</h1><nav><ol>"]
    for number, (report, count) in enumerate(zip(reports, counts, strict=True), 1):
        said = f"{count} finding{'s' * (count != 1)}"
        name = _text(_title(report).removeprefix(_PREFIX))
        body.append(f'<li><a href="#s{number}">{name}</a> {said}</li>')
    body.append("</ol></nav></header>")
    for number, report in enumerate(reports, 1):
        first = sum(counts[: number - 1]) + 1
        body += [f'<main id="s{number}">', *_body(report, style, first), "</main>"]
    return _page(title, body)


def _body(report: Report, style: Style, first: int) -> Iterator[str]:
    """What is said of one report; `first` is the number of its first finding in the page."""
    findings = shown(report, style)
    numbers = {id(finding): number for number, finding in enumerate(findings, first)}
    yield from _head(report, findings, numbers)
    yield from _skips(report.skips)
    yield from _content(report, findings, numbers)
    yield from _behaviour(report)


def _page(title: str, body: Iterable[str]) -> str:
    css, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; style-src {_hash(css)}; script-src {_hash(script)}"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_text(title)}</title>",
            f"<style>{css}</style></head>",
            "<body>",
            *body,
            f"<script>{script}</script>",
            "</body></html>\n",
        ]
    )


def _part(name: str) -> str:
    return resources.files("reviewer.report").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _text(text: str) -> str:
    """Text of a patch made fit for a page: escaped, control characters written out, bounded."""
    cut = text if len(text) <= _LIMIT else f"{text[:_LIMIT]}..."
    return escape(printable(cut))


def _prose(text: str) -> str:
    """A sentence of a patch's or of a rule's, what it quotes set as code."""
    return _QUOTED.sub(r"<code>\1</code>", _text(text))


def _title(report: Report) -> str:
    if report.series is None:
        return f"{_PREFIX}scan"
    version = f"v{report.series.version} " if report.series.version > 1 else ""
    return f"{_PREFIX}{version}{report.series.title}"


def _head(report: Report, findings: Sequence[Finding], numbers: dict[int, int]) -> Iterator[str]:
    yield f"<header><h1>{_text(_title(report))}</h1>"
    yield f"<p>{_summary(report, findings)}</p>"
    if report.base:
        yield f"<p class=base>base: {_text(report.base)}</p>"
    if findings:
        yield "<nav><ol>"
        for finding in findings:
            number = numbers[id(finding)]
            rule = f"<code>{_text(finding.rule)}</code>"
            yield (
                f'<li class={finding.severity}><a href="#f{number}">{_prose(finding.message)}</a> '
                f"{rule} {_history(finding, report.series)}</li>"
            )
        yield "</ol></nav>"
    yield "</header>"


def _summary(report: Report, findings: Sequence[Finding]) -> str:
    shown_count = f"{len(findings)} finding{'s' * (len(findings) != 1)}"
    if report.series is None:
        return f"{report.scanned} files scanned: {shown_count}"
    others = len(report.findings) - len(findings)
    rest = f"; {others} not shown" if others else ""
    skipped = f"; {len(report.skips)} not analysed" if report.skips else ""
    patches = f"{len(report.series.patches)} of {report.series.total} patches"
    return f"{patches}: {shown_count}{rest}{skipped}"


def _skips(skips: Sequence[Skip]) -> Iterator[str]:
    if not skips:
        return
    yield "<section class=skips><h2>Not analysed</h2><ul>"
    for skip in skips:
        where = _place(Location(skip.path, skip.line)) if skip.path else "series"
        yield f"<li><code>{where}</code> {_text(skip.reason)}</li>"
    yield "</ul></section>"


def _content(report: Report, findings: Sequence[Finding], numbers: dict[int, int]) -> Iterator[str]:
    patches = report.series.patches if report.series else ()
    told: set[int] = set()
    for patch in patches:
        own = [finding for finding in findings if finding.patch == patch.number]
        told |= {id(finding) for finding in own}
        yield from _patch(patch, own, numbers, report)
    rest = [finding for finding in findings if id(finding) not in told]
    if rest:
        yield "<section><h2>In no patch of the series</h2>" if patches else "<section>"
        for finding in rest:
            yield from _finding(finding, numbers[id(finding)], report.series)
        yield "</section>"


def _behaviour(report: Report) -> Iterator[str]:
    """What the patches change in what can be seen, and the simulator's verdicts."""
    if report.behaviour_changes:
        yield "<section><h2>Behaviour changes</h2><ul>"
        for change, places in same_changes(report.behaviour_changes):
            claim = " <em>against the changelog</em>" if change.contradicts else ""
            said = f"patch {change.patch}: {_text(change.text)}{claim} ({_text(places)})"
            yield f"<li>{said}"
            for words, trace in change_runs(change):
                drawn = "\n".join(escape(line) for line in columns(trace, width=100))
                yield f"<details><summary>{words}</summary><pre>{drawn}</pre></details>"
            yield "</li>"
        yield "</ul></section>"
    if report.verdicts:
        yield "<section><h2>Scenarios at the end of the series</h2><ul>"
        for verdict in report.verdicts:
            name = _text(f"{verdict.scenario} on {verdict.platform}")
            known = " in ways that <code>reviewer simulate</code> explains" * is_known(verdict)
            states = f"{verdict.states} states"
            yield f"<li>{name}: <code>{verdict.outcome}</code>{known}, {states}</li>"
        yield "</ul></section>"


def _patch(
    patch: Patch, findings: Sequence[Finding], numbers: dict[int, int], report: Report
) -> Iterator[str]:
    placed = place(patch, findings)
    total = report.series.total if report.series else 1
    yield f"<section><h2>{patch.number}/{total} {_text(patch.subject)}</h2>"
    yield f"<p class=author>{_text(patch.author)}</p>"
    if patch.changelog:
        lines = "\n".join(_text(line) for line in patch.changelog.split("\n"))
        yield f"<details><summary>Changelog</summary><pre>{lines}</pre></details>"
    for finding in placed.elsewhere:
        yield from _finding(finding, numbers[id(finding)], report.series)
    for at, diff in enumerate(patch.files):
        yield from _diff(diff, at, placed, numbers, report.series)
    yield "</section>"


def _diff(
    diff: FileDiff, at: int, placed: Placed, numbers: dict[int, int], series: Series | None
) -> Iterator[str]:
    """The diff of a file; closed where nothing is said about it."""
    spoken = any(spot[0] == at for spot in placed.comments)
    counts = f"<span class=plus>+{diff.added}</span> <span class=minus>-{diff.removed}</span>"
    yield f"<details{' open' if spoken else ''}>"
    yield f"<summary><code>{_text(diff.path)}</code> {counts}</summary><div class=diff>"
    for number, hunk in enumerate(diff.hunks):
        yield f"<div class=hunk>{_heading(hunk)}</div>"
        for index, line in enumerate(hunk.lines):
            yield _line(line)
            for finding in placed.comments.get((at, number, index), ()):
                yield from _finding(finding, numbers[id(finding)], series)
    yield "</div></details>"


def _heading(hunk: Hunk) -> str:
    ranges = f"-{hunk.old_start},{hunk.old_count} +{hunk.new_start},{hunk.new_count}"
    return f"@@ {ranges} @@ {_text(hunk.section)}"


def _line(line: Line) -> str:
    number = line.new if line.new is not None else line.old
    code = f"<code>{line.kind}{_text(line.text)}</code>"
    return f"<div class={_KINDS[line.kind]}><span class=number>{number}</span>{code}</div>"


def _finding(finding: Finding, number: int, series: Series | None) -> Iterator[str]:
    yield f'<article id="f{number}" class={finding.severity}>'
    yield f"<h3><span>{finding.severity}</span> {_prose(finding.message)}</h3>"
    where = f"<code>{_place(finding.location)}</code>"
    yield f"<p>{where} in <code>{_text(finding.function)}()</code> {_history(finding, series)}</p>"
    if finding.condition:
        yield f"<p>where <code>{_text(finding.condition)}</code></p>"
    if finding.config:
        yield f"<p>with <code>{_text(', '.join(finding.config))}</code></p>"
    for trace in (finding.trace, finding.interleaving):
        if trace.steps:
            yield from _trace(trace)
            yield from (f"<p>breaks {name}: {_text(said)}</p>" for name, said in broken(trace))
    yield (
        f"<p class=rule>rule <code>{_text(finding.rule)}</code>, "
        f"fingerprint <code>{_text(finding.fingerprint)}</code></p></article>"
    )


def _trace(trace: Trace) -> Iterator[str]:
    """The proof as a chart: a column for each CPU, time downwards, one row a step."""
    heads = actors(trace)
    crowd = "".join(f"<th scope=col>{_text(head)}</th>" for head in heads)
    yield "<div class=trace><table>"
    if heads != ("",):
        yield f"<thead><tr>{crowd}</tr>"
        yield from _machine("at the start", trace.start, heads)
        yield "</thead>"
    yield "<tbody>"
    for step in trace.steps:
        cells = "".join(f"<td>{_step(step) if step.actor == head else ''}</td>" for head in heads)
        yield f"<tr{' class=races' if step.races else ''}>{cells}</tr>"
    yield "</tbody>"
    if trace.end:
        yield "<tfoot>"
        yield from _machine("at the end", trace.end, heads)
        yield "</tfoot>"
    yield "</table></div>"


def _machine(title: str, situations: Sequence[Situation], heads: Sequence[str]) -> Iterator[str]:
    """How the machine stands: a row for what the CPUs share, and one with a cell for each."""
    own = {each.actor: each.facts for each in situations}
    for each in situations:
        if each.actor not in heads:
            said = _text(f"{title}: {each.actor}: {', '.join(each.facts)}")
            yield f"<tr class=machine><td colspan={len(heads)}>{said}</td></tr>"
    if situations:
        facts = ("<br>".join(map(_text, own.get(head, ()))) for head in heads)
        yield f"<tr class=machine>{''.join(f'<td>{each}</td>' for each in facts)}</tr>"


def _step(step: Step) -> str:
    said = "; ".join(filter(None, ("races" if step.races else "", step.note)))
    note = f"<em>{_text(said)}</em>" if said else ""
    function = f" {_text(step.function)}()" if step.function else ""
    place = f"<small>{_place(step.location)}{function}</small>" if step.location.path else ""
    return f"<code>{_text(step.text.strip())}</code>{note}{place}"


def _history(finding: Finding, series: Series | None) -> str:
    patch = f"patch {finding.patch}"
    match finding.status:
        case Status.INTRODUCED if finding.gone_by:
            return f"introduced by {patch}, gone by patch {finding.gone_by}"
        case Status.INTRODUCED:
            return f"introduced by {patch}"
        case Status.MOVED:
            return f"was there before, moved by {patch}"
        case Status.FIXED:
            return f"fixed by {patch}"
        case Status.EXISTING:
            return "was there before the series" if series else ""


def _place(location: Location) -> str:
    line = f":{location.line}" if location.line else ""
    return f"{_text(location.path) or '-'}{line}"
