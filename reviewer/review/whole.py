"""Everything that is asked of a series that changes code: the one review that all who ask share."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import Tree
from reviewer.patch.types import Series
from reviewer.review.contracts import with_contracts
from reviewer.review.living import living, texts
from reviewer.review.pipeline import review
from reviewer.review.relevance import open_book
from reviewer.review.scope import is_code
from reviewer.review.suppress import Entry, suppress
from reviewer.review.types import Report
from reviewer.review.words import with_words
from reviewer.rule.types import RuleSet
from reviewer.source.index.index import open_index
from reviewer.source.index.store import Store


def whole_review(
    series: Series,
    tree: Tree,
    rules: RuleSet,
    store: Callable[[], Store],
    *,
    suppressions: Sequence[Entry] = (),
    pedantic: bool = False,
) -> Report:
    """What the rules, the scenarios and the words say of the series.

    The store of facts is opened when a rule is concerned, and saved.
    """
    rebuilt = rebuild(series, tree, wanted=is_code)
    live = living(rules, tree.read, texts(rebuilt))
    concerned = open_book(rules).concerns(rebuilt)
    index = open_index(rebuilt.tree, store()) if concerned else None
    report = review(series, rebuilt, live, index)
    report = with_contracts(report, rebuilt.patches, live, rebuilt.tree)
    report = with_words(report, rebuilt.patches, rules, tree, pedantic=pedantic)
    if index:
        index.store.save()
    return suppress(report, suppressions, rebuilt.patches)
