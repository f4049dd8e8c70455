"""Findings against what the tree's Kconfig allows.

A finding whose condition no configuration meets is set apart, one that some does says which.
Findings without a condition cost nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.finding import Finding, Severity
from reviewer.patch.tree import Directory
from reviewer.patch.types import Context, FileReview
from reviewer.review.types import Report
from reviewer.rule.types import Rule, RuleSet

if TYPE_CHECKING:
    from reviewer.source.conditions import Condition
    from reviewer.source.index.index import Index
    from reviewer.source.kconfig.configurations import Configurations

_OPTION = "CONFIG_"


def with_configurations(
    report: Report,
    rules: RuleSet,
    tree: Callable[[], Index | None],
    kconfigs: Iterable[Iterable[FileReview]] = (),
) -> Report:
    """The report with each finding's configuration, and without findings that have none.

    `tree` gives the tree, None where there is none; `kconfigs` are the Kconfig files that each
    patch changes.
    """
    if not any(_OPTION in each.condition for each in report.findings):
        return report
    index, overlay = tree(), _overlay(kconfigs)
    if index is None or overlay is None:
        return report
    from reviewer.source.kconfig.configurations import Configurations

    by_id = {rule.id: rule for rule in rules.rules}
    known = Configurations(index.tree, index.store, overlay)
    judged = [_judged(each, by_id.get(each.rule), known, index) for each in report.findings]
    return replace(
        report,
        findings=tuple(finding for finding, possible in judged if possible),
        impossible=tuple(finding for finding, possible in judged if not possible),
    )


def read_ahead(index: Index, paths: Iterable[str]) -> None:
    """Puts the Kconfig of the paths' architectures into the store, for a process forked for it."""
    store = index.store.apart()
    if store is None or not isinstance(index.tree, Directory):
        return
    from reviewer.source.index.include_path import architecture
    from reviewer.source.kconfig.configurations import Configurations

    for arch in sorted(filter(None, set(map(architecture, paths)))):
        Configurations(index.tree, store).prepare(arch)


def _overlay(kconfigs: Iterable[Iterable[FileReview]]) -> Mapping[str, bytes] | None:
    """The Kconfig files as the series leaves them, None where it changes one that is not known."""
    texts: dict[str, bytes] = {}
    for each in (review for reviews in kconfigs for review in reviews):
        if each.context is Context.HUNK:
            return None
        if each.after:
            texts[each.after.path] = each.after.text
    return texts


def _judged(
    finding: Finding, rule: Rule | None, known: Configurations, index: Index
) -> tuple[Finding, bool]:
    """The finding with its configuration, and whether there is one.

    What every configuration has that compiles the file is no condition, and ranks nothing. Code
    that belongs to no architecture is compiled for all of them: for it a configuration is only
    looked for.
    """
    if _OPTION not in finding.condition:
        return finding, True
    from reviewer.source.conditions import conjoin, negate, render
    from reviewer.source.index.include_path import DEFAULT, architecture
    from reviewer.source.presence import parse

    path = finding.location.path
    arch = architecture(path)
    around = conjoin((parse(rule.scope.condition if rule else ""), index.compiled(path)))
    conditions = needed = _parts(parse(finding.condition))
    decision = known.decide(arch or DEFAULT, conjoin((around, *needed)))
    if not decision.possible and arch:
        return finding, False
    for each in conditions if arch else ():
        rest = tuple(other for other in needed if other != each)
        if not known.decide(arch, conjoin((around, negate(each), *rest))).possible:
            needed = rest
    finding = replace(finding, config=decision.fragment)
    if needed != conditions:
        severity = _severity(finding, rule, conditions, needed)
        finding = replace(finding, condition=render(conjoin(needed)), severity=severity)
    return finding, True


def _parts(condition: Condition) -> tuple[Condition, ...]:
    from reviewer.source.conditions import And

    return condition.operands if isinstance(condition, And) else (condition,)


def _severity(
    finding: Finding,
    rule: Rule | None,
    conditions: tuple[Condition, ...],
    needed: tuple[Condition, ...],
) -> Severity:
    """The severity where only the needed conditions are left: those dropped rank nothing."""
    from reviewer.source.presence import parse

    options = [
        parse(rank.option or rank.condition)
        for rank in (rule.ranks if rule else ())
        if rank.severity is finding.severity and (rank.option or rank.condition)
    ]
    ranked = [option for option in options if option in conditions]
    if rule is None or not ranked or any(option in needed for option in ranked):
        return finding.severity
    return rule.severity
