"""`reviewer scan`: files or whole trees as they stand."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.prefilter import crosses, in_scope
from reviewer.cli.memory import remember
from reviewer.cli.outcome import Code, described, judge, worst
from reviewer.cli.settings import Settings
from reviewer.cli.sieve import worth_reading
from reviewer.cli.streams import counted, opened
from reviewer.errors import InputError, OutOfTime
from reviewer.finding import Skip, Status
from reviewer.patch.tree import Directory, Tree, is_kernel, open_tree, tree_around
from reviewer.patch.types import SourceFile
from reviewer.report.formats import FORMATS
from reviewer.review.baseline import against
from reviewer.review.budget import given_up, limited
from reviewer.review.configuration import with_configurations
from reviewer.review.contracts import concerned, scanned_contracts
from reviewer.review.living import living
from reviewer.review.relevance import RuleBook, open_book
from reviewer.review.scan import Scanned, gather, scan_file
from reviewer.review.scope import is_code
from reviewer.review.suppress import suppress, unused
from reviewer.review.types import Report

if TYPE_CHECKING:
    from reviewer.rule.types import RuleSet
    from reviewer.source.index.index import Index

#: Values made before a look for garbage: code that is read is kept, looking early finds none.
_GARBAGE = 100_000
#: Fewer files than this for each process are not worth another process.
_SHARE = 50
#: Files that a process looks through at a time for what is worth reading.
_SIFTED = 256
#: What there is to say of a file that no rule has to do with.
_NOTHING = Scanned((), ())


class Source(Struct, frozen=True):
    """A file to scan: the directory its reported path is relative to, and that path.

    With `commit` it is the file of that commit of the repository there, not the one on disk.
    """

    root: Path
    path: str
    commit: str = ""


class _Orders(Struct, frozen=True):
    """What the processes of a scan work on, under which rules, and how long at one file.

    `cache` is where facts are kept between runs, None for nowhere.
    """

    sources: Sequence[Source]
    book: RuleBook
    time_budget: float
    cache: Path | None


class Crash(Struct, frozen=True):
    """What the program failed with on a file."""

    error: str


class Audit(Struct, frozen=True):
    """The report of a scan, and whether the program failed on a file or no rule looked at any."""

    report: Report
    incomplete: bool


def scan(paths: Sequence[Path], settings: Settings, jobs: int) -> Code:
    """Scans the files and prints one report; the code to end with.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them.
    """
    with opened(settings.output) as sink:
        audit = audited(paths, settings, jobs)
        report = audit.report
        remember(report)
        sink.write(FORMATS[settings.format](report, settings.style()))
    new = report.with_status(Status.INTRODUCED) if report.compared else report.findings
    code = judge(new, settings.fail_on)
    return worst(code, Code.ANALYSIS) if audit.incomplete else code


def audited(paths: Sequence[Path], settings: Settings, jobs: int, commit: str = "") -> Audit:
    """What the rules say of the files, as they are on disk or in a commit of their repository.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them.
    """
    gc.set_threshold(_GARBAGE)
    named = (source for path in paths for source in _sources(path, settings, commit))
    sources = sorted(dict.fromkeys(named), key=attrgetter("root", "path", "commit"))
    if not sources:
        raise InputError(
            "no C and no assembly", path=str(paths[0]), remedy="files end in .c, .h or .S"
        )
    trees = sorted({(source.root, source.commit) for source in sources})
    base = ", ".join(_tree(*tree).describe() for tree in trees)
    rules = living(settings.rules, partial(_anywhere, trees), unknown=True)
    tree = partial(_index, *trees[0], settings.cache)
    if len(trees) == 1 and _crossing(rules, sources) and (index := tree()):
        from reviewer.check.abroad import with_abroad

        rules = with_abroad(rules, index)
    book = open_book(rules)
    crashes: list[Source] = []
    seconds = settings.time_budget
    orders = _Orders(sources, book, seconds, settings.cache)
    with _scanned(orders, jobs) as results:
        shown = counted(results, len(sources), "file", quiet=settings.quiet)
        results_of = chain(survivors(shown, sources, crashes), _contracts(sources, rules, seconds))
        report = replace(gather(results_of, rules, base=base), scanned=len(sources))
    if len(trees) == 1:
        report = with_configurations(report, rules, tree)
    looking = book.looking(source.path for source in sources)
    report = replace(report, rules=looking)
    if not looking:
        skip = Skip("", 0, "no rule looks at any of these files: `reviewer rules` lists the rules")
        report = replace(report, skips=(skip, *report.skips))
    return Audit(_told(report, settings), bool(crashes) or not looking)


def _told(report: Report, settings: Settings) -> Report:
    """The report under the user's lists."""
    report = suppress(report, settings.suppressions)
    if settings.suppression_list:
        used = {each.finding.fingerprint for each in report.suppressed}
        idle = unused(settings.suppressions, used, settings.suppression_list.name)
        report = replace(report, idle=(*idle, *report.idle))
    return report if settings.baseline is None else against(report, settings.baseline)


def _crossing(rules: RuleSet, sources: Sequence[Source]) -> bool:
    """Whether a rule for which functions of other files matter looks at any of the files."""
    crossing = [rule for rule in rules.rules if crosses(rule)]
    return any(in_scope(rule, source.path) for source in sources for rule in crossing)


@lru_cache(maxsize=8)
def _tree(root: Path, commit: str) -> Tree:
    """The files of a directory, or of a commit of its repository; one for each process."""
    return open_tree(root, commit=commit) if commit else Directory(root)


def _anywhere(trees: Sequence[tuple[Path, str]], path: str) -> bytes | None:
    """The file of that path in any of the trees."""
    found = (_tree(*tree).read(path) for tree in trees)
    return next((text for text in found if text is not None), None)


def _contracts(sources: Sequence[Source], rules: RuleSet, time_budget: float) -> Iterator[Scanned]:
    """What the contracts say of which one of the files is a part, for each tree."""
    for root, commit in sorted({(source.root, source.commit) for source in sources}):
        paths = [each.path for each in sources if (each.root, each.commit) == (root, commit)]
        try:
            with limited(time_budget):
                found = scanned_contracts(paths, rules, _tree(root, commit))
                looking = frozenset(rule.id for rule in concerned(rules, paths))
                yield Scanned(found, (), spoken=looking)
        except OutOfTime:
            yield Scanned((), (given_up("", time_budget, "at the rules on contracts"),))


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


def _sources(path: Path, settings: Settings, commit: str) -> Iterator[Source]:
    """The code at or below a path, which may be relative to --tree as well."""
    if not path.exists() and settings.tree_path and not path.is_absolute():
        path = settings.tree_path / path
    if not path.exists() and not commit:
        raise InputError("no such file or directory", path=str(path))
    root = _root(path, settings, commit)
    below = path.resolve().relative_to(root).as_posix()
    for found in _tree(root, commit).paths("" if below == "." else below):
        if is_code(found):
            yield Source(root, found, commit)


def _root(path: Path, settings: Settings, commit: str) -> Path:
    """What reported paths are relative to: the tree, else the working directory, else the path.

    A commit is one of the repository around.
    """
    real = path.resolve()
    around = tree_around(real if real.is_dir() else real.parent)
    if commit and around and real.is_relative_to(around.resolve()):
        return around.resolve()
    kernel = around.resolve() if around and is_kernel(Directory(around)) else None
    for root in (settings.tree_path and settings.tree_path.resolve(), kernel, Path.cwd()):
        if root and real.is_relative_to(root):
            return root
    return real if real.is_dir() else real.parent


@contextmanager
def _scanned(orders: _Orders, jobs: int) -> Iterator[Iterable[Scanned | Crash]]:
    """Results as they come, in the order of the files, from as many processes as are useful."""
    sources, book = orders.sources, orders.book
    processes = min(jobs or os.cpu_count() or 1, len(sources) // _SHARE)
    if processes < 2:
        yield (
            _scan_one(source, orders) if _is_worth_it(source, book) else _NOTHING
            for source in sources
        )
        return
    from multiprocessing import Pool

    with Pool(processes, _prepare, (orders,)) as pool:
        starts = range(0, len(sources), _SIFTED)
        worth = frozenset(chain.from_iterable(pool.imap(_sift_in_process, starts)))
        scanned = pool.imap(_scan_in_process, sorted(worth))
        yield (next(scanned) if place in worth else _NOTHING for place in range(len(sources)))


def _is_worth_it(source: Source, book: RuleBook) -> bool:
    """Whether the file needs more than a look; git gives a file of a commit only whole."""
    return bool(source.commit) or worth_reading(source.root, source.path, book)


def _scan_one(source: Source, orders: _Orders) -> Scanned | Crash:
    """One file; a failure costs no other file."""
    tree = _tree(source.root, source.commit)
    text = tree.read(source.path)
    if text is None:
        reason = tree.refusal(source.path) or "cannot be read"
        return Scanned((), (Skip(source.path, 0, reason),))
    try:
        index = _index(source.root, source.commit, orders.cache)
        file = SourceFile(source.path, text)
        scanned = scan_file(file, orders.book, index, time_budget=orders.time_budget)
        if index:
            index.store.save()
        return scanned
    except Exception as error:  # noqa: BLE001 - a tree holds files nobody has ever parsed
        return Crash(described(error))


@lru_cache(maxsize=4)
def _index(root: Path, commit: str, cache: Path | None) -> Index | None:
    """The tree as symbols, one for each process; None where it is no kernel."""
    from reviewer.source.index.index import open_index
    from reviewer.source.index.store import Store

    return open_index(_tree(root, commit), Store(cache))


_orders: _Orders | None = None


def _prepare(orders: _Orders) -> None:
    """Sets up a worker process: what it works on; an interrupt is the parent's business.

    It opens trees anew, since two processes cannot share one connection to git.
    """
    import signal

    global _orders
    _orders = orders
    _tree.cache_clear()
    _index.cache_clear()
    gc.set_threshold(_GARBAGE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _sift_in_process(start: int) -> list[int]:
    """Places of the files that are worth reading, of some from `start` on."""
    assert _orders is not None
    some = enumerate(_orders.sources[start : start + _SIFTED], start)
    return [place for place, each in some if _is_worth_it(each, _orders.book)]


def _scan_in_process(place: int) -> Scanned | Crash:
    assert _orders is not None
    return _scan_one(_orders.sources[place], _orders)
