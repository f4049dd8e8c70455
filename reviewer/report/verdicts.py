"""The simulator's part of a report: verdicts and behaviour changes, as data and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from reviewer.finding import Situation, Step, Trace
from reviewer.model.draw import columns
from reviewer.model.types import Outcome, Verdict
from reviewer.report.safe import printable, quoted
from reviewer.review.types import BehaviourChange, Report

_HOLD, _VACUOUS = ("holds", "hold"), ("is vacuous", "are vacuous")
_BOUND = ("has reached a bound", "have reached a bound")
_EXPLAINED = "in ways that `reviewer simulate` explains"
_KNOWN = (f"breaks {_EXPLAINED}", f"break {_EXPLAINED}")
_BREAK = ("breaks otherwise", "break otherwise")
_COURSES = (_HOLD, _VACUOUS, _KNOWN, _BREAK, _BOUND)

Value = str | int | bool | None | Sequence["Value"] | Mapping[str, "Value"]


def verdict_value(verdict: Verdict) -> Value:
    """A verdict as plain data; its runs replay."""
    return {
        "scenario": verdict.scenario,
        "platform": verdict.platform,
        "outcome": verdict.outcome.value,
        "states": verdict.states,
        "transitions": verdict.transitions,
        "cpus": verdict.cpus,
        "assumes": [printable(each) for each in verdict.assumes],
        "needs": [
            {"name": each.name, "doc": printable(each.doc), "else_breaks": list(each.breaks)}
            for each in verdict.needs
        ],
        "vacuous": list(verdict.idle),
        "violations": [
            {
                "invariant": violation.invariant,
                "cpus": violation.cpus,
                "judgement": printable(violation.judgement),
                "steps": [_step(step) for step in violation.trace.steps],
                **machine_value(violation.trace),
            }
            for violation in verdict.violations
        ],
        "example": [_step(step) for step in verdict.example.steps] if verdict.example else [],
    }


def _step(step: Step) -> Value:
    return {
        "actor": printable(step.actor),
        "path": printable(step.location.path),
        "line": step.location.line,
        "function": printable(step.function),
        "text": printable(step.text),
        "note": step.note,
        **mark_value(step),
    }


def mark_value(step: Step) -> Mapping[str, Value]:
    """What a step is said to be beside what it does: one of the two that race."""
    return {"races": True} if step.races else {}


def machine_value(trace: Trace) -> Mapping[str, Value]:
    """How the machine stands before and after an interleaving; nothing of a path."""
    if not trace.start:
        return {}
    return {"machine": {"start": _situations(trace.start), "end": _situations(trace.end)}}


def _situations(situations: Iterable[Situation]) -> Value:
    return [
        {"actor": printable(each.actor), "facts": [*map(printable, each.facts)]}
        for each in situations
    ]


def change_value(change: BehaviourChange) -> Value:
    """A behaviour change as plain data."""
    return {
        "scenario": change.scenario,
        "platform": change.platform,
        "patch": change.patch,
        "text": printable(change.text),
        "contradicts_changelog": change.contradicts,
        "before": [_step(step) for step in change.before.steps],
        "after": [_step(step) for step in change.after.steps],
    }


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """A verdict for people, each violation drawn with one column a CPU."""
    many = ""
    if verdict.outcome in (Outcome.HOLDS, Outcome.VACUOUS):
        many = f" for {verdict.cpus} CPUs" if verdict.cpus else " for any number of CPUs"
    counts = f"{verdict.states} states, {verdict.transitions} transitions"
    yield f"  {verdict.platform}: {verdict.outcome}{many} ({counts})"
    for need in verdict.needs:
        yield f"    needs {need.name}: {printable(need.doc)}"
        yield f"      (else {', '.join(need.breaks)} may break)"
    for violation in verdict.violations:
        yield f"    {violation.invariant} breaks with {violation.cpus} CPUs:"
        yield ""
        for line in columns(violation.trace).splitlines():
            yield f"    {printable(line)}".rstrip()
        yield ""
        said = violation.judgement or "not judged: is it the kernel or the model?"
        yield from (f"    {printable(line)}" for line in said.splitlines())
        yield ""
    if verdict.example:
        yield "    a run to the end:"
        yield ""
        for line in columns(verdict.example).splitlines():
            yield f"    {printable(line)}".rstrip()
        yield ""


def broken(trace: Trace) -> Iterator[tuple[str, str]]:
    """The invariants that the run breaks, each with what it says."""
    from reviewer.model.invariants import INVARIANTS

    notes = " ".join(step.note for step in trace.steps if step.actor)
    for name, invariant in INVARIANTS.items():
        if f"breaks {name}" in notes:
            sentence = (invariant.__doc__ or "").split("\n\n")[0]
            yield name, " ".join(sentence.split()).rstrip(".")


def change_runs(change: BehaviourChange) -> Iterator[tuple[str, Trace]]:
    """The runs that show a change, each under the words that introduce it."""
    if change.before.steps:
        yield "a run before the patch", change.before
    if change.after.steps:
        yield "a run after it" if change.before.steps else "a run after the patch", change.after


def same_changes(
    changes: Iterable[BehaviourChange],
) -> Iterator[tuple[BehaviourChange, str]]:
    """Each change that a patch makes, with all the scenarios and platforms that show it.

    What several show has the runs of the first of them.
    """
    groups: dict[tuple[int, str], list[BehaviourChange]] = {}
    for change in changes:
        groups.setdefault((change.patch, change.text), []).append(change)
    for found in groups.values():
        platforms: dict[str, list[str]] = {}
        for change in found:
            platforms.setdefault(change.scenario, []).append(change.platform)
        places = (f"{scenario} on {', '.join(names)}" for scenario, names in platforms.items())
        yield found[0], "; ".join(places)


def behaviour_lines(report: Report, *, runs: bool = False) -> Iterator[str]:
    """What the series changes in what CPUs can be seen to do, a line each, or with its runs."""
    for change, places in same_changes(report.behaviour_changes):
        against = " (against its changelog)" if change.contradicts else ""
        yield (
            f"behaviour change by patch {change.patch}: {quoted(change.text)}{against} [{places}]"
        )
        for words, trace in change_runs(change) if runs else ():
            yield f"  {words}, in {change.scenario} on {change.platform}:"
            yield from (f"    {printable(line)}".rstrip() for line in columns(trace).splitlines())
    if report.behaviour_changes and not runs:
        yield "behaviour changes are shown with a run of each side by -v"
    if report.verdicts:
        counts = Counter(map(_course, report.verdicts))
        courses = [(counts[each], each) for each in _COURSES if counts[each]]
        first, *others = (f"{count} {each[count != 1]}" for count, each in courses)
        first = first.replace(" ", " run " if courses[0][0] == 1 else " runs ", 1)
        yield f"simulator: after the series {', '.join((first, *others))}"


def is_known(verdict: Verdict) -> bool:
    """Whether the scenario's author has judged all that breaks."""
    return bool(verdict.violations) and all(each.judgement for each in verdict.violations)


def _course(verdict: Verdict) -> tuple[str, str]:
    """How a scenario came out on its platform, of one and of several of them.

    What its author has judged is told apart from other breaks.
    """
    match verdict.outcome:
        case Outcome.HOLDS:
            return _HOLD
        case Outcome.VACUOUS:
            return _VACUOUS
        case Outcome.VIOLATED:
            return _KNOWN if is_known(verdict) else _BREAK
        case Outcome.BOUND_REACHED:
            return _BOUND
        case _:
            assert_never(verdict.outcome)
