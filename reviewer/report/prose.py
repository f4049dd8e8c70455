"""What a finding means, in the words of a mail: a statement and its proof.

Line numbers are left out, for the reader's tree differs: functions and code are named instead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from reviewer.finding import Finding, Status, Trace
from reviewer.patch.types import Series
from reviewer.report.columns import actors, columns, folded
from reviewer.report.safe import printable, quoted

_WIDTH = 72
#: What parts a message from what the simulator adds to it.
_SIMULATED = "; simulated: "
#: What only the author of a rule knows the meaning of.
_OPENS = ": opens the window"


def statement(finding: Finding) -> str:
    """The message as one sentence, in which a function is written as one."""
    said = _broken(finding) or quoted(finding.message.partition(_SIMULATED)[0])
    name = quoted(finding.subject)
    if name.isidentifier() and f"{name}(" in finding.text and said.startswith(f"{name} "):
        said = f"{name}(){said.removeprefix(name)}"
    elif (first := said.partition(" ")[0]).isalpha() and first != name:
        said = f"{said[:1].upper()}{said[1:]}"
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _broken(finding: Finding) -> str:
    """What a run of several CPUs breaks, in words; `""` for a finding of another kind."""
    if actors(finding.trace) == ("",):
        return ""
    from reviewer.model.invariants import INVARIANTS

    invariant = INVARIANTS.get(finding.subject)
    if invariant is None or not invariant.__doc__:
        return ""
    holds = " ".join(invariant.__doc__.split("\n\n")[0].split()).rstrip(".")
    return f"This no longer holds: {holds[0].lower()}{holds[1:]} ({quoted(finding.message)})"


def explanation(findings: Sequence[Finding], series: Series | None) -> list[str]:
    """Paragraphs for a mail: the statement, the proof, the condition, the fate in the series.

    Of several findings of one rule at one place the first is proved and the others are named.
    """
    finding, *others = findings
    lines = wrapped(statement(finding))
    if finding.trace.steps:
        lines += ["", *(f"    {line}".rstrip() for line in proof(finding.trace))]
    if finding.interleaving.steps:
        lines += ["", *wrapped(_simulated(finding)), ""]
        lines += [f"    {line}".rstrip() for line in proof(finding.interleaving)]
    likewise = [f"Likewise: {'; '.join(quoted(each.message) for each in others)}."]
    for remark in (*_remarks(finding, series), *likewise[: len(others)]):
        lines += ["", *wrapped(remark)]
    return lines


def _simulated(finding: Finding) -> str:
    """What the simulator says of the finding, before its shortest run is drawn."""
    _, *broken = finding.message.split(_SIMULATED)
    said = "; ".join(map(quoted, broken))
    return f"Simulated, {said}. The shortest run:" if said else "Simulated:"


def wrapped(text: str) -> list[str]:
    """Prose in lines of a mail; words are never broken."""
    return textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def proof(trace: Trace) -> Iterator[str]:
    """The steps of a trace for a mail: functions and code, or a column for each CPU."""
    if actors(trace) != ("",):
        yield from columns(trace, width=_WIDTH - 4)
        return
    function = ""
    for step in trace.steps:
        if step.function != function:
            function = step.function
            yield f"{printable(function)}():"
        yield from folded(quoted(step.text), _WIDTH - 4, "    ")
        if note := printable(step.note).removesuffix(_OPENS):
            yield from folded(f"({note})", _WIDTH - 4, "        ")


def _config(finding: Finding) -> str:
    """How to get there from the default configuration, `""` where nobody knows."""
    if not finding.config:
        return ""
    return f", for example with {', '.join(map(printable, finding.config))}"


def _remarks(finding: Finding, series: Series | None) -> Iterator[str]:
    if finding.condition:
        yield f"This is so where {printable(finding.condition)}{_config(finding)}."
    if finding.status is Status.MOVED:
        yield "It was so before; this patch moves the line, or what makes it wrong."
    if finding.gone_by:
        total = f"/{series.total}" if series else ""
        gone = f"Patch {finding.gone_by}{total} takes it away again"
        yield f"{gone}, but a bisection that stops in between runs into it."
