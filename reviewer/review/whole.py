"""Everything that is asked of a series that changes code: the one review that all who ask share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.prefilter import crosses_files
from reviewer.errors import OutOfTime
from reviewer.finding import Skip
from reviewer.patch.rebuild import Rebuilt, rebuild
from reviewer.patch.tree import Tree
from reviewer.patch.types import FileReview, Series
from reviewer.review.baseline import against
from reviewer.review.beside import Beside
from reviewer.review.budget import given_up, limited
from reviewer.review.build import instrumenting
from reviewer.review.choices import Choices
from reviewer.review.configuration import read_ahead, with_configurations
from reviewer.review.contracts import with_contracts
from reviewer.review.doubt import doubted
from reviewer.review.ending import with_endings
from reviewer.review.living import living, texts
from reviewer.review.pipeline import review
from reviewer.review.proofs import united
from reviewer.review.relevance import open_book
from reviewer.review.scope import in_order, is_code, is_kconfig, is_read, without_code
from reviewer.review.simulation import Simulation, simulation, with_behaviour
from reviewer.review.suppress import suppress
from reviewer.review.types import Report
from reviewer.review.words import with_words
from reviewer.rule.types import RuleSet
from reviewer.source.inserted.makefile import is_makefile

if TYPE_CHECKING:
    from reviewer.review.behaviour import Behaviour
    from reviewer.source.index.index import Index
    from reviewer.source.index.store import Store


def whole_review(
    series: Series,
    tree: Tree,
    rules: RuleSet,
    store: Callable[[], Store],
    choices: Choices = Choices(),
) -> Report:
    """What the rules, the scenarios and the words say of the series.

    The store of facts is opened when a rule is concerned, and saved.
    """
    seconds = choices.time_budget
    try:
        with limited(seconds):
            found = rebuild(series, tree, wanted=is_read)
    except OutOfTime:
        return _without(without_code(series), seconds, "while the patches were applied")
    makefiles = tuple(
        tuple(filter(instrumenting, reviews)) for reviews in _only(is_makefile, found)
    )
    rebuilt = replace(found, patches=_only(is_code, found), skips=_telling(found.skips, makefiles))
    live = living(rules, tree.read, texts(rebuilt))
    concerned = any(makefiles) or open_book(rules).concerns(rebuilt)
    index = _index(rebuilt.tree, store) if concerned or crosses_files(rules) else None
    if index and not concerned and not any(_led_to(rebuilt, rules, index)):
        index = None
    beside = _Process(index, rebuilt)
    try:
        simulated = beside.begun(
            simulation(series, rebuilt, time_budget=seconds, scenarios=choices.scenarios)
        )
        report = review(series, rebuilt, live, index, makefiles=makefiles, time_budget=seconds)
        report = _within(
            seconds,
            report,
            "contracts",
            lambda: with_contracts(report, rebuilt.patches, live, rebuilt.tree),
        )
        report = _within(
            seconds,
            report,
            "whole series",
            lambda: with_endings(report, rebuilt, live, pedantic=choices.pedantic),
        )
        if simulated:
            report = with_behaviour(report, simulated())
        report = doubted(united(report, rules))
        report = _within(
            seconds,
            report,
            "words",
            lambda: with_words(
                report, rebuilt.patches, rules, rebuilt.tree, pedantic=choices.pedantic
            ),
        )
        report = with_configurations(report, rules, beside.tree, _only(is_kconfig, found))
    finally:
        beside.end()
    if index:
        index.store.save()
    report = suppress(report, choices.suppressions, rebuilt.patches)
    return report if choices.baseline is None else against(report, choices.baseline)


class _Process(Struct):
    """The process beside a review: it simulates, and then reads the tree's Kconfig ahead."""

    index: Index | None
    rebuilt: Rebuilt
    work: Beside[Behaviour] | None = None

    def begun(self, work: Simulation | None) -> Simulation | None:
        """The work, begun if there is any."""
        self.work = Beside(work, self._read_ahead) if work else None
        return self.work.result if self.work else None

    def tree(self) -> Index | None:
        """The tree, when its Kconfig is read."""
        if self.work:
            self.work.done()
        return self.index

    def end(self) -> None:
        """Ends what nobody has asked for."""
        if self.work:
            self.work.end()

    def _read_ahead(self) -> None:
        if self.index:
            paths = (each.diff.path for reviews in self.rebuilt.patches for each in reviews)
            read_ahead(self.index, paths)


def _index(tree: Tree, store: Callable[[], Store]) -> Index | None:
    """Imported late: most series concern no rule, and SQLite takes its time to load."""
    from reviewer.source.index.index import open_index

    return open_index(tree, store())


def _led_to(rebuilt: Rebuilt, rules: RuleSet, index: Index) -> Iterator[str]:
    """Files with what a rule looks for that changed functions of other files call."""
    from reviewer.check.callers import led_to

    for reviews in rebuilt.patches:
        for each in reviews:
            for side in filter(None, (each.before, each.after)):
                yield from led_to(side, rules, index)


def _within(seconds: float, report: Report, part: str, work: Callable[[], Report]) -> Report:
    """What the work makes of the report, or the report where it takes too long."""
    try:
        with limited(seconds):
            return work()
    except OutOfTime:
        return _without(report, seconds, f"at the rules on {part}")


def _without(report: Report, seconds: float, where: str) -> Report:
    """The report, saying that a part of the work was given up."""
    return replace(report, skips=in_order((*report.skips, given_up("", seconds, where))))


def _only(wanted: Callable[[str], bool], rebuilt: Rebuilt) -> tuple[tuple[FileReview, ...], ...]:
    """The wanted files of each patch."""
    return tuple(
        tuple(
            each
            for each in reviews
            if any(wanted(path) for path in (each.diff.old_path, each.diff.new_path) if path)
        )
        for reviews in rebuilt.patches
    )


def _telling(
    skips: Iterable[Skip], makefiles: tuple[tuple[FileReview, ...], ...]
) -> tuple[Skip, ...]:
    """The skips of code and of these Makefiles."""
    decisive = {each.diff.path for reviews in makefiles for each in reviews}
    return tuple(
        skip
        for skip in skips
        if skip.path in decisive or not (is_makefile(skip.path) or is_kconfig(skip.path))
    )
