"""A report with what the rules on words say of the series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.review.assumed import held
from reviewer.review.order import order
from reviewer.review.types import Report

if TYPE_CHECKING:
    from reviewer.patch.tree import Tree
    from reviewer.patch.types import FileReview
    from reviewer.rule.types import RuleSet


def with_words(
    report: Report,
    reviews: Sequence[tuple[FileReview, ...]],
    rules: RuleSet,
    tree: Tree,
    *,
    pedantic: bool = False,
) -> Report:
    """The report with the findings of the rules on words among its own.

    `reviews` are the rebuilt files of each patch, empty where none were. The pedantic rules only
    run when asked for. `tree` is the one that the series applies to: one that has it in it knows
    every name. A tree of another project is as good as none. Where the simulator has refuted that
    nothing changes, no event is held against the claim.
    """
    from reviewer.check.words.names import Nobody, TreeNames
    from reviewer.check.words.patched import Patched, is_foreign
    from reviewer.check.words.run import check_words
    from reviewer.check.words.text import PatchText, SeriesText
    from reviewer.patch.tree import NoTree

    series = report.series
    running = tuple(rule for rule in rules.words if pedantic or not rule.body.pedantic)
    if series is None or not running:
        return report
    if is_foreign(series, tree):
        tree = NoTree()
    known = not isinstance(tree, NoTree)
    names = TreeNames(tree) if known else Nobody()
    state = Patched(tree)
    whole = SeriesText(series)
    found = list(report.findings)
    for number, patch in enumerate(series.patches):
        text = PatchText(series, patch, reviews[number] if reviews else (), whole)
        state.enter(patch, text.reviews)
        refuted = any(
            change.contradicts and change.patch == patch.number
            for change in report.behaviour_changes
        )
        asked = tuple(rule for rule in running if not (refuted and rule.body.check == "unchanged"))
        found += check_words(text, asked, names, rules.vocabulary, state if known else NoTree())
    return replace(
        report,
        findings=tuple(sorted(held(found, rules), key=order)),
        rules=(*report.rules, *(rule.id for rule in running)),
    )
