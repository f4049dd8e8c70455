"""`reviewer scan`: files or whole trees as they stand."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.cli.outcome import Code, described, judge, worst
from reviewer.cli.settings import Settings
from reviewer.cli.streams import counted, in_colour, opened
from reviewer.errors import InputError
from reviewer.finding import Skip
from reviewer.patch.tree import Directory, is_kernel, tree_around
from reviewer.patch.types import SourceFile
from reviewer.report.formats import FORMATS
from reviewer.report.style import Style
from reviewer.review.contracts import scanned_contracts
from reviewer.review.living import living
from reviewer.review.relevance import RuleBook, open_book
from reviewer.review.scan import Scanned, gather, scan_file
from reviewer.review.scope import is_code

if TYPE_CHECKING:
    from reviewer.rule.types import RuleSet
    from reviewer.source.index.index import Index

#: Values made before a look for garbage: code that is read is kept, looking early finds none.
_GARBAGE = 100_000
#: Fewer files than this for each process are not worth another process.
_SHARE = 50


class Source(Struct, frozen=True, order=True):
    """A file to scan: the directory its reported path is relative to, and that path."""

    root: Path
    path: str


class Crash(Struct, frozen=True):
    """What the program failed with on a file."""

    error: str


def scan(paths: Sequence[Path], settings: Settings, jobs: int) -> Code:
    """Scans the files and prints one report; the code to end with.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them.
    """
    gc.set_threshold(_GARBAGE)
    sources = sorted({source for path in paths for source in _sources(path, settings)})
    if not sources:
        raise InputError(
            "no C and no assembly", path=str(paths[0]), remedy="files end in .c, .h or .S"
        )
    roots = sorted({source.root for source in sources})
    base = ", ".join(Directory(root).describe() for root in roots)
    rules = living(settings.rules, partial(_anywhere, roots), unknown=True)
    crashes: list[Source] = []
    with opened(settings.output) as sink, _scanned(sources, open_book(rules), jobs) as results:
        shown = counted(results, len(sources), "file", quiet=settings.quiet)
        results_of = chain(survivors(shown, sources, crashes), _contracts(sources, rules))
        report = replace(gather(results_of, rules, base=base), scanned=len(sources))
        style = Style(
            show=settings.show,
            colour=in_colour(settings.colour, settings.output),
            brief=settings.quiet,
            full=settings.verbose,
        )
        sink.write(FORMATS[settings.format](report, style))
    code = judge(report.findings, settings.fail_on)
    return worst(code, Code.ANALYSIS) if crashes else code


def _anywhere(roots: Sequence[Path], path: str) -> bytes | None:
    """The file of that path below any of the roots."""
    found = (Directory(root).read(path) for root in roots)
    return next((text for text in found if text is not None), None)


def _contracts(sources: Sequence[Source], rules: RuleSet) -> Iterator[Scanned]:
    """What the contracts say of which one of the files is a part, for each tree."""
    for root in sorted({source.root for source in sources}):
        paths = [source.path for source in sources if source.root == root]
        yield Scanned(scanned_contracts(paths, rules, Directory(root)), ())


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


def _sources(path: Path, settings: Settings) -> Iterator[Source]:
    """The code at or below a path, which may be relative to --tree as well."""
    if not path.exists() and settings.tree_path and not path.is_absolute():
        path = settings.tree_path / path
    if not path.exists():
        raise InputError("no such file or directory", path=str(path))
    root = _root(path, settings)
    below = path.resolve().relative_to(root).as_posix()
    for found in Directory(root).paths("" if below == "." else below):
        if is_code(found):
            yield Source(root, found)


def _root(path: Path, settings: Settings) -> Path:
    """What reported paths are relative to: the tree, else the working directory, else the path."""
    real = path.resolve()
    around = tree_around(real if real.is_dir() else real.parent)
    kernel = around.resolve() if around and is_kernel(Directory(around)) else None
    for root in (settings.tree_path and settings.tree_path.resolve(), kernel, Path.cwd()):
        if root and real.is_relative_to(root):
            return root
    return real if real.is_dir() else real.parent


@contextmanager
def _scanned(
    sources: Sequence[Source], book: RuleBook, jobs: int
) -> Iterator[Iterable[Scanned | Crash]]:
    """Results as they come, in the order of the files, from as many processes as are useful."""
    processes = min(jobs or os.cpu_count() or 1, len(sources) // _SHARE)
    if processes < 2:
        yield map(partial(_scan_one, book=book), sources)
        return
    from multiprocessing import Pool

    with Pool(processes, _prepare, (book,)) as pool:
        yield pool.imap(_scan_in_process, sources, chunksize=8)


def _scan_one(source: Source, book: RuleBook) -> Scanned | Crash:
    """One file; a failure costs no other file."""
    tree = Directory(source.root)
    text = tree.read(source.path)
    if text is None:
        reason = tree.refusal(source.path) or "cannot be read"
        return Scanned((), (Skip(source.path, 0, reason),))
    try:
        index = _index(source.root)
        scanned = scan_file(SourceFile(source.path, text), book, index)
        if index:
            index.store.save()
        return scanned
    except Exception as error:  # noqa: BLE001 - a tree holds files nobody has ever parsed
        return Crash(described(error))


@lru_cache(maxsize=4)
def _index(root: Path) -> Index | None:
    """The tree as symbols, one for each process; None where it is no kernel."""
    from reviewer.source.index.index import open_index
    from reviewer.source.index.store import Store, default_path

    return open_index(Directory(root), Store(default_path()))


_book: RuleBook | None = None


def _prepare(book: RuleBook) -> None:
    """Sets up a worker process: its rules, and that an interrupt is the parent's business."""
    import signal

    global _book
    _book = book
    gc.set_threshold(_GARBAGE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _scan_in_process(source: Source) -> Scanned | Crash:
    assert _book is not None
    return _scan_one(source, _book)
