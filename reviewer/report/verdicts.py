"""The simulator's part of a report: verdicts and behaviour changes, as data and as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reviewer.finding import Step
from reviewer.model.draw import columns
from reviewer.model.types import Outcome, Verdict
from reviewer.report.safe import printable, quoted
from reviewer.review.types import BehaviourChange, Report

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


def verdict_value(verdict: Verdict) -> Value:
    """A verdict as plain data; its runs replay."""
    return {
        "scenario": verdict.scenario,
        "platform": verdict.platform,
        "outcome": verdict.outcome.value,
        "states": verdict.states,
        "transitions": verdict.transitions,
        "assumes": [printable(each) for each in verdict.assumes],
        "vacuous": list(verdict.idle),
        "violations": [
            {
                "invariant": violation.invariant,
                "cpus": violation.cpus,
                "steps": [_step(step) for step in violation.trace.steps],
            }
            for violation in verdict.violations
        ],
    }


def _step(step: Step) -> Value:
    return {
        "actor": printable(step.actor),
        "path": printable(step.location.path),
        "line": step.location.line,
        "function": printable(step.function),
        "text": printable(step.text),
        "note": step.note,
    }


def change_value(change: BehaviourChange) -> Value:
    """A behaviour change as plain data."""
    return {
        "scenario": change.scenario,
        "platform": change.platform,
        "patch": change.patch,
        "text": printable(change.text),
        "contradicts_changelog": change.contradicts,
    }


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """A verdict for people, each violation drawn with one column a CPU."""
    many = " for any number of CPUs" if verdict.outcome is Outcome.HOLDS else ""
    counts = f"{verdict.states} states, {verdict.transitions} transitions"
    yield f"  {verdict.platform}: {verdict.outcome}{many} ({counts})"
    for name in verdict.idle:
        yield f"    vacuous: nothing that {name} speaks of happens here"
    for violation in verdict.violations:
        yield f"    {violation.invariant} breaks with {violation.cpus} CPUs:"
        yield ""
        for line in columns(violation.trace).splitlines():
            yield f"    {printable(line)}".rstrip()
        yield ""


def behaviour_lines(report: Report) -> Iterator[str]:
    """What the series changes in what CPUs can be seen to do, a line each."""
    for change in report.behaviour_changes:
        against = " (against its changelog)" if change.contradicts else ""
        yield (
            f"behaviour change by patch {change.patch} in {change.scenario} on "
            f"{change.platform}: {quoted(change.text)}{against}"
        )
    by_outcome = [verdict.outcome for verdict in report.verdicts]
    if by_outcome:
        counts = ", ".join(
            f"{by_outcome.count(outcome)} {outcome}" for outcome in Outcome if outcome in by_outcome
        )
        yield f"simulator: {len(by_outcome)} verdicts after the series: {counts}"
