"""Files of one or more trees under the rules, in as many processes as are useful."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.prefilter import crosses, in_scope
from reviewer.cli.outcome import described
from reviewer.cli.sieve import worth_reading
from reviewer.cli.sources import GARBAGE, Source, tree_at
from reviewer.cli.streams import counted
from reviewer.errors import OutOfTime
from reviewer.finding import Skip
from reviewer.patch import alarm
from reviewer.patch.types import SourceFile
from reviewer.patch.watched import Answer, Log
from reviewer.review.budget import given_up, limited
from reviewer.review.configuration import with_configurations
from reviewer.review.contracts import concerned, scanned_contracts
from reviewer.review.living import living
from reviewer.review.relevance import RuleBook, open_book
from reviewer.review.scan import Scanned, gather, scan_file
from reviewer.review.types import Report
from reviewer.rule.types import RuleSet

if TYPE_CHECKING:
    from reviewer.source.index.index import Index

#: Fewer files than this for each process are not worth another process.
_SHARE = 50
#: Files that a process looks through at a time for what is worth reading.
_SIFTED = 256
#: What there is to say of a file that no rule has to do with.
_NOTHING = Scanned((), ())


class Orders(Struct, frozen=True):
    """Which files are scanned under which rules, and how long one of them may take.

    `cache` is where facts are kept between runs, None for nowhere; `log` is told what the trees
    are asked.
    """

    sources: Sequence[Source]
    rules: RuleSet
    time_budget: float
    cache: Path | None
    log: Log
    quiet: bool = True


class Crash(Struct, frozen=True):
    """What the program failed with on a file."""

    error: str


def audit(orders: Orders, jobs: int, crashes: list[Source]) -> Report:
    """What the rules say of the files; its rules are those that look at any of them.

    `crashes` names the files that the program failed on.
    """
    sources, seconds, log = orders.sources, orders.time_budget, orders.log
    trees = sorted({(source.root, source.commit) for source in sources})
    base = ", ".join(tree_at(*tree).describe() for tree in trees)
    rules = living(orders.rules, partial(_anywhere, trees, log), unknown=True)
    index = partial(_index, *trees[0], orders.cache, log)
    if len(trees) == 1 and _crossing(rules, sources) and (found := index()):
        from reviewer.check.abroad import with_abroad

        rules = with_abroad(rules, found)
    book = open_book(rules)
    with _scanned(replace(orders, rules=rules), book, jobs) as results:
        shown = counted(results, len(sources), "file", quiet=orders.quiet)
        of_files = survivors(shown, sources, crashes)
        report = gather(chain(of_files, _contracts(sources, rules, seconds, log)), rules, base=base)
    report = replace(report, scanned=len(sources))
    if len(trees) == 1:
        report = with_configurations(report, rules, index)
    return replace(report, rules=book.looking(source.path for source in sources))


def survivors(
    results: Iterable[Scanned | Crash], sources: Sequence[Source], crashes: list[Source]
) -> Iterator[Scanned]:
    """The results, with a Skip for each file that the program failed on; `crashes` names these."""
    for source, result in zip(sources, results, strict=True):
        if isinstance(result, Scanned):
            yield result
        else:
            crashes.append(source)
            reason = f"{result.error}: this is a bug in reviewer"
            yield Scanned((), (Skip(source.path, 0, reason),))


def _crossing(rules: RuleSet, sources: Sequence[Source]) -> bool:
    """Whether a rule for which functions of other files matter looks at any of the files."""
    crossing = [rule for rule in rules.rules if crosses(rule)]
    return any(in_scope(rule, source.path) for source in sources for rule in crossing)


def _anywhere(trees: Sequence[tuple[Path, str]], log: Log, path: str) -> bytes | None:
    """The file of that path in any of the trees."""
    found = (tree_at(*tree, log).read(path) for tree in trees)
    return next((text for text in found if text is not None), None)


def _contracts(
    sources: Sequence[Source], rules: RuleSet, time_budget: float, log: Log
) -> Iterator[Scanned]:
    """What the contracts say of which one of the files is a part, for each tree."""
    for root, commit in sorted({(source.root, source.commit) for source in sources}):
        paths = [each.path for each in sources if (each.root, each.commit) == (root, commit)]
        try:
            with limited(time_budget):
                found = scanned_contracts(paths, rules, tree_at(root, commit, log))
                looking = frozenset(rule.id for rule in concerned(rules, paths))
                yield Scanned(found, (), spoken=looking)
        except OutOfTime:
            yield Scanned((), (given_up("", time_budget, "at the rules on contracts"),))


@contextmanager
def _scanned(orders: Orders, book: RuleBook, jobs: int) -> Iterator[Iterable[Scanned | Crash]]:
    """Results as they come, in the order of the files, from as many processes as are useful."""
    sources = orders.sources
    processes = min(jobs or os.cpu_count() or 1, len(sources) // _SHARE)
    if processes < 2:
        yield (
            _scan_one(source, orders, book) if _is_worth_it(source, book) else _NOTHING
            for source in sources
        )
        return
    from multiprocessing import Pool

    with Pool(processes, _prepare, (orders, book)) as pool:
        starts = range(0, len(sources), _SIFTED)
        worth = frozenset(chain.from_iterable(pool.imap(_sift_in_process, starts)))
        scanned = _heard(pool.imap(_scan_in_process, sorted(worth)), orders.log)
        yield (next(scanned) if place in worth else _NOTHING for place in range(len(sources)))


def _heard(said: Iterable[_Said], log: Log) -> Iterator[Scanned | Crash]:
    """The results of other processes, and in the log what they asked."""
    for each in said:
        log.take(each.answers)
        alarm.rang(each.alarms)
        yield each.result


def _is_worth_it(source: Source, book: RuleBook) -> bool:
    """Whether the file needs more than a look; git gives a file of a commit only whole."""
    return bool(source.commit) or worth_reading(source.root, source.path, book)


def _scan_one(source: Source, orders: Orders, book: RuleBook) -> Scanned | Crash:
    """One file; a failure costs no other file."""
    tree = tree_at(source.root, source.commit, orders.log)
    text = tree.read(source.path)
    if text is None:
        reason = tree.refusal(source.path) or "cannot be read"
        return Scanned((), (Skip(source.path, 0, reason),))
    try:
        index = _index(source.root, source.commit, orders.cache, orders.log)
        file = SourceFile(source.path, text)
        scanned = scan_file(file, book, index, time_budget=orders.time_budget)
        if index:
            index.store.save()
        return scanned
    except Exception as error:  # noqa: BLE001 - a tree holds files nobody has ever parsed
        return Crash(described(error))


@lru_cache(maxsize=4)
def _index(root: Path, commit: str, cache: Path | None, log: Log) -> Index | None:
    """The tree as symbols, one for each process; None where it is no kernel."""
    from reviewer.source.index.index import open_index
    from reviewer.source.index.store import Store

    return open_index(tree_at(root, commit, log), Store(cache))


class _Said(Struct, frozen=True):
    """The result of a file, with what was asked and which alarms rang since the one before."""

    result: Scanned | Crash
    answers: tuple[Answer, ...]
    alarms: int


class _Worker(Struct, eq=False):
    """What a process works on, and how much of its log and its alarms it has told."""

    orders: Orders
    book: RuleBook
    answers: int = 0
    alarms: int = 0

    def said(self, result: Scanned | Crash) -> _Said:
        """The result and what is not told yet."""
        log = self.orders.log.answers
        fresh = tuple(islice(log.values(), self.answers, None))
        alarms = alarm.rung() - self.alarms
        self.answers, self.alarms = len(log), alarm.rung()
        return _Said(result, fresh, alarms)


_worker: _Worker | None = None


def _prepare(orders: Orders, book: RuleBook) -> None:
    """Sets up a worker process: what it works on; an interrupt is the parent's business.

    It opens trees anew, since two processes cannot share one connection to git, with a log of its
    own.
    """
    import signal

    global _worker
    _worker = _Worker(replace(orders, log=Log()), book, alarms=alarm.rung())
    tree_at.cache_clear()
    _index.cache_clear()
    gc.set_threshold(GARBAGE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _sift_in_process(start: int) -> list[int]:
    """Places of the files that are worth reading, of some from `start` on."""
    assert _worker is not None
    some = enumerate(_worker.orders.sources[start : start + _SIFTED], start)
    return [place for place, each in some if _is_worth_it(each, _worker.book)]


def _scan_in_process(place: int) -> _Said:
    assert _worker is not None
    source = _worker.orders.sources[place]
    return _worker.said(_scan_one(source, _worker.orders, _worker.book))
