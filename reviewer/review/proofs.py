"""A bug that a rule and the simulator have both found is one finding with both proofs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from reviewer.finding import Finding, Severity, Status
from reviewer.review.types import Report
from reviewer.rule.types import RuleSet, Window, speaks_of


def united(report: Report, rules: RuleSet) -> Report:
    """The report with what the simulator found put to what rules found of the same bugs.

    It is one bug if a rule on the same matter speaks of the same function, or of the same line of
    the patch. What one CPU does wrong by itself is proved by the rule, and by a shorter path; the
    rule also sees what headers define and under which options, so that what it does not confirm is
    a remark.
    """
    if not any(map(_simulated, report.findings)):
        return report
    windows = _gs_windows(rules)
    static = [each for each in report.findings if not _simulated(each)]
    of_one = [each for each in static if each.rule in windows]
    of_several = [each for each in static if each.rule not in windows]
    partners = {
        id(each): partner
        for each in filter(_simulated, report.findings)
        if (partner := _partner(each, of_one if _alone(each) else of_several)) is not None
    }
    shown: dict[int, list[Finding]] = {}
    for each in report.findings:
        if id(each) in partners and not _alone(each):
            shown.setdefault(id(partners[id(each)]), []).append(each)
    return replace(
        report,
        findings=tuple(
            _unconfirmed(each)
            if _simulated(each) and _alone(each)
            else _shown(each, shown.get(id(each), ()))
            for each in report.findings
            if id(each) not in partners
        ),
    )


def _unconfirmed(finding: Finding) -> Finding:
    """What the simulator alone says of a CPU's own steps."""
    message = f"{finding.message} (confirmed by no rule: functions of headers are not looked into)"
    return replace(finding, severity=Severity.INFO, message=message)


def _shown(finding: Finding, runs: Sequence[Finding]) -> Finding:
    """A rule's finding with that of the runs in which most CPUs take part: it tells the harm."""
    if not runs:
        return finding
    best = max(runs, key=lambda each: len({step.actor for step in each.trace.steps}))
    others = sorted({each.subject for each in runs} - {best.subject})
    first = (
        f"{', '.join(others)} {'break' if len(others) > 1 else 'breaks'}, and " if others else ""
    )
    message = f"{finding.message}; simulated: {first}{best.message}"
    return replace(finding, message=message, interleaving=best.trace)


def _partner(simulated: Finding, static: Iterable[Finding]) -> Finding | None:
    """The rule's finding of the same bug, None if no rule has found it."""
    return next(
        (
            each
            for each in static
            if each.patch == simulated.patch
            and each.status is Status.INTRODUCED
            and each.severity is Severity.ERROR
            and each.location.path == simulated.location.path
            and (
                each.function == simulated.function
                or simulated.location in (each.location, each.cause)
            )
        ),
        None,
    )


def _simulated(finding: Finding) -> bool:
    """Whether the finding is a broken invariant with the run of CPUs that breaks it."""
    if not any(step.actor for step in finding.trace.steps):
        return False
    from reviewer.model.invariants import INVARIANTS

    return finding.subject in INVARIANTS


def _alone(finding: Finding) -> bool:
    """Whether the invariant speaks of one CPU's own steps."""
    from reviewer.model.invariants import LOCAL

    return finding.subject in LOCAL


def _gs_windows(rules: RuleSet) -> frozenset[str]:
    """The rules about what happens while GS is invalid, by the action that opens their window."""
    names = [each.name for each in rules.vocabulary.events if each.action == "gs-invalid"]
    return frozenset(
        rule.id
        for rule in rules.rules
        if isinstance(rule.body, Window)
        if speaks_of(rule.body.opens, names)
    )
