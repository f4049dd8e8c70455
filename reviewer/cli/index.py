"""`reviewer index`: reads a whole tree into the store once, so that no review has to."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

from msgspec import Struct

from reviewer.cli.outcome import Code
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink, counted
from reviewer.errors import AnalysisError, InputError
from reviewer.patch.tree import Directory
from reviewer.report.safe import printable
from reviewer.review.scope import is_code
from reviewer.source.index.cache import default_path
from reviewer.source.index.facts import facts
from reviewer.source.index.store import Store, content_key, packed

#: Files handed to a process at a time, and rows written at a time.
_SHARE = 64
_BATCH = 2000
_REMEDY = "name another place with XDG_CACHE_HOME; reviews do without it"


class Read(Struct, frozen=True):
    """A file that was read: its key in the store, and its facts as they are stored."""

    path: str
    stamp: tuple[int, int]
    key: bytes
    value: bytes


def index(settings: Settings, jobs: int) -> Code:
    """Fills the store from the tree; the code to end with.

    Raises:
        InputError: there is no tree, or no place for the store.
        AnalysisError: the store cannot be written.
    """
    if settings.root is None:
        raise InputError("no kernel tree here", remedy="name one with --tree")
    path = default_path()
    if path is None:
        raise InputError("no cache directory", remedy="set XDG_CACHE_HOME")
    root = settings.root.resolve()
    store = Store(path)
    known = store.stamps(str(root))
    stamps = {name: _stamp(root / name) for name in Directory(root).paths() if is_code(name)}
    changed = [name for name, stamp in stamps.items() if known.get(name) != stamp]
    batch: list[Read] = []
    for read in counted(_read(root, changed, jobs), len(changed), "file", quiet=settings.quiet):
        batch.append(read)
        if len(batch) >= _BATCH:
            _write(store, root, batch)
            batch = []
    _write(store, root, batch)
    store.forget(str(root), known.keys() - stamps.keys())
    status = store.status()
    if status is None or len(store.stamps(str(root))) < len(stamps):
        raise AnalysisError("cannot be written, or is full", path=str(path), remedy=_REMEDY)
    text = f"{len(stamps)} files, {len(changed)} read; {path}, {status.size / 1e6:.1f} MB"
    Sink(None).write(f"{printable(text)}\n")
    return Code.CLEAN


def _write(store: Store, root: Path, batch: list[Read]) -> None:
    store.add((item.key, item.value) for item in batch)
    store.stamp(str(root), {item.path: item.stamp for item in batch})


def _stamp(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_size, status.st_mtime_ns


def _read(root: Path, names: list[str], jobs: int) -> Iterator[Read]:
    """The files' facts, from as many processes as are useful."""
    processes = min(jobs or os.cpu_count() or 1, 1 + len(names) // _SHARE)
    work = [(root, name) for name in names]
    if processes < 2:
        yield from map(_facts, work)
        return
    with Pool(processes, _prepare) as pool:
        yield from pool.imap_unordered(_facts, work, chunksize=_SHARE)


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _facts(work: tuple[Path, str]) -> Read:
    root, name = work
    stamp = _stamp(root / name)
    text = Directory(root).read(name) or b""
    return Read(name, stamp, content_key(text), packed(facts(text)))
