"""Findings against what the tree's Kconfig allows.

A finding whose condition no configuration meets is set apart, one that some does says which.
Findings without a condition cost nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.finding import Finding
from reviewer.patch.types import Context, FileReview
from reviewer.review.types import Report
from reviewer.rule.types import RuleSet

if TYPE_CHECKING:
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

    scopes = {rule.id: rule.scope.condition for rule in rules.rules}
    known = Configurations(index.tree, index.store, overlay)
    judged = [_judged(finding, scopes, known, index) for finding in report.findings]
    return replace(
        report,
        findings=tuple(finding for finding, possible in judged if possible),
        impossible=tuple(finding for finding, possible in judged if not possible),
    )


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
    finding: Finding, scopes: Mapping[str, str], known: Configurations, index: Index
) -> tuple[Finding, bool]:
    """The finding with its configuration, and whether there is one.

    Code that belongs to no architecture is compiled for all of them: for it a configuration is
    only looked for.
    """
    if _OPTION not in finding.condition:
        return finding, True
    from reviewer.source.conditions import conjoin
    from reviewer.source.index.include_path import DEFAULT, architecture
    from reviewer.source.presence import parse

    path = finding.location.path
    condition = conjoin(
        (parse(finding.condition), parse(scopes.get(finding.rule, "")), index.compiled(path))
    )
    arch = architecture(path)
    decision = known.decide(arch or DEFAULT, condition)
    if not decision.possible and arch:
        return finding, False
    return replace(finding, config=decision.fragment), True
