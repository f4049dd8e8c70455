"""The code below what a person names: which files there are, and in what state they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path

from msgspec import Struct

from reviewer.cli.settings import Settings
from reviewer.errors import InputError
from reviewer.patch.tree import Directory, Tree, is_kernel, open_tree, tree_around
from reviewer.patch.watched import Log, watched
from reviewer.review.scope import is_code

#: Values made before a look for garbage: what is listed or read is kept, looking early finds none.
GARBAGE = 100_000


class Source(Struct, frozen=True):
    """A file to scan: the directory its reported path is relative to, and that path.

    With `commit` it is the file of that commit of the repository there, not the one on disk.
    """

    root: Path
    path: str
    commit: str = ""


def sources_at(paths: Sequence[Path], settings: Settings, commit: str) -> list[Source]:
    """The code at or below the paths, each file once, sorted.

    Raises:
        InputError: a path is not there, or there is no C and no assembly at any of them.
    """
    found = dict.fromkeys(source for path in paths for source in _at(path, settings, commit))
    if not found:
        raise InputError(
            "no C and no assembly", path=str(paths[0]), remedy="files end in .c, .h or .S"
        )
    # What is below one path comes sorted, and comparing its files again takes longer than that.
    by_place = attrgetter("root", "path", "commit")
    return list(found) if len(paths) == 1 else sorted(found, key=by_place)


@lru_cache(maxsize=8)
def tree_at(root: Path, commit: str = "", log: Log | None = None) -> Tree:
    """The files of a directory, or of a commit of its repository; one for each process."""
    tree = open_tree(root, commit=commit) if commit else Directory(root)
    return tree if log is None else watched(tree, log)


def state_of(sources: Iterable[Source], looked_at: Iterable[bool], lately: int) -> str:
    """What changes when a file of a directory comes or goes, or one that is looked at changes.

    A file counts as unchanged while its inode, size and times are, and by its contents where it
    was changed after `lately`, so that it may be changed again unseen.
    """
    said = blake2b(digest_size=16)
    for source, looked in zip(sources, looked_at, strict=True):
        state = _state(f"{source.root}/{source.path}", lately) if looked else ""
        said.update(f"{source.path}\0{state}\0".encode("utf-8", "surrogateescape"))
    return said.hexdigest()


def _state(name: str, lately: int) -> str:
    try:
        found = os.lstat(name)
        if max(found.st_mtime_ns, found.st_ctime_ns) < lately:
            times = f"{found.st_mtime_ns} {found.st_ctime_ns}"
            return f"{found.st_dev} {found.st_ino} {found.st_mode} {found.st_size} {times}"
        return blake2b(Path(name).read_bytes(), digest_size=16).hexdigest()
    except OSError as error:
        return f"{error.errno}"


def _at(path: Path, settings: Settings, commit: str) -> Iterator[Source]:
    """The code at or below a path, which may be relative to --tree as well."""
    if not path.exists() and settings.tree_path and not path.is_absolute():
        path = settings.tree_path / path
    if not path.exists() and not commit:
        raise InputError("no such file or directory", path=str(path))
    root = _root(path, settings, commit)
    below = path.resolve().relative_to(root).as_posix()
    for found in tree_at(root, commit).paths("" if below == "." else below):
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
