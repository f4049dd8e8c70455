"""What a finding means, in the words of a mail: a statement and its proof.

Line numbers are left out, for the reader's tree differs: functions and code are named instead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from reviewer.finding import Finding, Status, Trace
from reviewer.patch.types import Series
from reviewer.report.columns import actors, columns
from reviewer.report.safe import printable, quoted

_WIDTH = 72


def statement(finding: Finding) -> str:
    """The message as one sentence."""
    said = quoted(finding.message)
    return said if said.endswith((".", "!", "?")) else f"{said}."


def explanation(findings: Sequence[Finding], series: Series | None) -> list[str]:
    """Paragraphs for a mail: the statement, the proof, the condition, the fate in the series.

    Of several findings of one rule at one place the first is proved and the others are named.
    """
    finding, *others = findings
    lines = wrapped(statement(finding))
    if finding.trace.steps:
        lines += ["", *(f"    {line}".rstrip() for line in _proof(finding.trace))]
    likewise = [f"Likewise: {'; '.join(quoted(each.message) for each in others)}."]
    for remark in (*_remarks(finding, series), *likewise[: len(others)]):
        lines += ["", *wrapped(remark)]
    return lines


def wrapped(text: str) -> list[str]:
    """Prose in lines of a mail; words are never broken."""
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _proof(trace: Trace) -> Iterator[str]:
    if actors(trace) != ("",):
        yield from columns(trace, width=_WIDTH - 4)
        return
    function = ""
    for step in trace.steps:
        if step.function != function:
            function = step.function
            yield f"{printable(function)}():"
        yield f"    {quoted(step.text)}"
        if step.note:
            yield f"        ({printable(step.note)})"


def _remarks(finding: Finding, series: Series | None) -> Iterator[str]:
    if finding.condition:
        yield f"This is so where {printable(finding.condition)}."
    if finding.status is Status.MOVED:
        yield "It was so before; this patch moves the line, or what makes it wrong."
    if finding.gone_by:
        total = f"/{series.total}" if series else ""
        yield f"Patch {finding.gone_by}{total} takes it away again; a bisection can stop before."
