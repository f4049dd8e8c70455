"""The kernel tree that patches are applied to: a commit, a directory, or none.

A tree is only read. Names that leave it, symbolic links that do, special files and files over
`MAX_FILE` bytes read as absent; `refusal` tells them from what is missing. Contents are the
repository's bytes: no line end conversion, no filters.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from reviewer.errors import InputError
from reviewer.patch.late import late
from reviewer.patch.objects import EMPTY_TREE, Objects
from reviewer.patch.paths import hostile

# The largest file of Linux 6.12 is a register header of 24 MB.
MAX_FILE = 32 * 1024 * 1024

_ABBREVIATION = late(r"[0-9a-f]{7,64}")


class Tree(Protocol):
    """A tree of source files; paths are relative to its top and separated by `/`."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None where it is absent or refused."""

    def refusal(self, path: str) -> str:
        """Why the file is not read although it may be there, `""` otherwise."""

    def exists(self, path: str) -> bool:
        """Whether a file or directory of that name is in the tree."""

    def blob(self, abbreviated: str) -> bytes | None:
        """The bytes of the blob with that id, None where there is none or more than one."""

    def title(self, commit: str) -> str | None:
        """The subject of a commit of the repository, `""` where it has no such commit.

        None where there is no repository, or one whose history is cut off.
        """

    def at(self, commit: str) -> Tree | None:
        """The tree of a commit of the same repository, None where it has no such commit."""

    def paths(self, below: str = "") -> Iterator[str]:
        """The regular files at or below a path, sorted; symbolic links are not followed."""

    def describe(self) -> str:
        """What the tree is, in words and without its absolute path."""


class NoTree(Struct, frozen=True):
    """Nothing is known but what the patches show."""

    def read(self, path: str) -> bytes | None:
        """Nothing."""
        return None

    def refusal(self, path: str) -> str:
        """Nothing is refused, for nothing is there."""
        return ""

    def exists(self, path: str) -> bool:
        """False."""
        return False

    def blob(self, abbreviated: str) -> bytes | None:
        """Nothing."""
        return None

    def title(self, commit: str) -> str | None:
        """Nothing."""
        return None

    def at(self, commit: str) -> Tree | None:
        """Nothing."""
        return None

    def paths(self, below: str = "") -> Iterator[str]:
        """Nothing."""
        return iter(())

    def describe(self) -> str:
        """`no tree`."""
        return "no tree"


class Directory(Struct, frozen=True):
    """The files of a directory as they stand, with the objects of the repository it belongs to."""

    root: Path
    objects: Objects | None = None

    def read(self, path: str) -> bytes | None:
        """The file's bytes as they are on disk; links inside the directory are followed."""
        found = self._resolve(path)
        if isinstance(found, str):
            return None
        try:
            return found.read_bytes()
        except OSError:
            return None

    def listed(self, path: str) -> bytes | None:
        """The bytes of a file that a listing of the directory names: no link leads out of it."""
        try:
            with Path(f"{self.root}/{path}").open("rb") as file:
                text = file.read(MAX_FILE + 1)
        except OSError:
            return None
        return text if len(text) <= MAX_FILE else None

    def names(self, folder: str) -> frozenset[str]:
        """The paths of the files in a folder, links left out; nothing where it is none."""
        if not (folder and self.exists(folder)):
            return frozenset()
        try:
            with os.scandir(f"{self.root}/{folder}") as entries:
                files = (each.name for each in entries if each.is_file(follow_symlinks=False))
                return frozenset(f"{folder}/{name}" for name in files if name.isprintable())
        except OSError:
            return frozenset()

    def stamps(self, paths: Iterable[str]) -> list[tuple[str, int, int]]:
        """Size and time of change of each file, -1 for one that is absent."""
        found: list[tuple[str, int, int]] = []
        top = os.fspath(self.root)
        for path in paths:
            try:
                status = os.stat(f"{top}/{path}")  # noqa: PTH116 - a Path each takes thrice as long
                found.append((path, status.st_size, status.st_mtime_ns))
            except (OSError, ValueError):
                found.append((path, -1, -1))
        return found

    def refusal(self, path: str) -> str:
        """Why the file is not read although it may be there."""
        found = self._resolve(path)
        return found if isinstance(found, str) else ""

    def exists(self, path: str) -> bool:
        """Whether the name is there and inside the directory."""
        return not path_fault(path) and self._status(path) is not None

    def blob(self, abbreviated: str) -> bytes | None:
        """The blob, if the directory is a work tree whose repository has it."""
        if self.objects is None or not _is_name(abbreviated):
            return None
        return self.objects.blob(abbreviated, MAX_FILE)

    def title(self, commit: str) -> str | None:
        """The subject of a commit, if the directory is a work tree with its repository."""
        return self.objects.title(commit) if self.objects and _is_name(commit) else None

    def at(self, commit: str) -> Tree | None:
        """The commit, if the directory is a work tree whose repository has it."""
        if self.objects is None or not _is_name(commit):
            return None
        return _at(self.objects, commit)

    def paths(self, below: str = "") -> Iterator[str]:
        """The regular files at or below a path, without the repository's own."""
        status = self._status(below) if not below or not path_fault(below) else None
        if status is None or (self.root / below).is_symlink():
            return
        if stat.S_ISREG(status.st_mode):
            yield below
            return
        found: list[str] = []
        pending = [below]
        top = os.fspath(self.root)
        while pending:
            folder = pending.pop()
            above = f"{folder}/" if folder else ""
            for entry in _entries(f"{top}/{above}"):
                if entry.is_dir(follow_symlinks=False):
                    pending.append(above + entry.name)
                elif entry.is_file(follow_symlinks=False):
                    found.append(above + entry.name)
        yield from sorted(found)

    def describe(self) -> str:
        """The name of the directory, and whether a repository stands behind it."""
        kind = "work tree" if self.objects else "directory"
        return f"{kind} {self.root.resolve().name}"

    def _resolve(self, path: str) -> Path | str:
        """The file to read, or why it is refused, `""` where it is absent."""
        if fault := path_fault(path):
            return fault
        status = self._status(path)
        if status is None:
            return "symbolic link out of the tree or to nothing" if self._is_name(path) else ""
        if not stat.S_ISREG(status.st_mode):
            return "not a regular file"
        return _over(status.st_size) or self.root / path

    def _is_name(self, path: str) -> bool:
        """Whether the directory has that name, be it of a link to nothing."""
        try:
            return os.path.lexists(self.root / path)
        except ValueError:
            return False

    def _status(self, path: str) -> os.stat_result | None:
        """The status of a file or directory in the tree, links followed, None where absent."""
        real = self.root / path
        try:
            status = real.stat()
            found = os.path.realpath(real)
            return status if f"{found}/".startswith(_inside(self.root)) else None
        except (OSError, ValueError):
            return None


class Commit(Struct, frozen=True):
    """The files of one commit; symbolic links are refused."""

    objects: Objects
    name: str

    def read(self, path: str) -> bytes | None:
        """The bytes of the file's blob."""
        return None if path_fault(path) else self.objects.file(self.name, path, MAX_FILE)

    def refusal(self, path: str) -> str:
        """Why the file is not read although the commit has the name."""
        if fault := path_fault(path):
            return fault
        size = self.objects.size(self.name, path)
        if size is not None:
            return _over(size)
        return "not a regular file" if self.objects.exists(self.name, path) else ""

    def exists(self, path: str) -> bool:
        """Whether the commit has a file or folder of that name."""
        return not path_fault(path) and self.objects.exists(self.name, path)

    def blob(self, abbreviated: str) -> bytes | None:
        """The blob, if the repository has it."""
        return self.objects.blob(abbreviated, MAX_FILE) if _is_name(abbreviated) else None

    def title(self, commit: str) -> str | None:
        """The subject of another commit of the repository."""
        return self.objects.title(commit) if _is_name(commit) else None

    def at(self, commit: str) -> Tree | None:
        """Another commit of the repository."""
        return _at(self.objects, commit) if _is_name(commit) else None

    def paths(self, below: str = "") -> Iterator[str]:
        """The regular files of the commit at or below a path."""
        if not below or not path_fault(below):
            yield from sorted(self.objects.names(self.name, below))

    def describe(self) -> str:
        """The commit's abbreviated name."""
        return "the empty tree" if self.name == EMPTY_TREE else f"commit {self.name[:12]}"


def open_tree(path: Path | None, *, commit: str = "") -> Tree:
    """The tree at a path: a commit of a repository, a work tree or a plain directory.

    A path is a repository only when it is the top of a work tree or a bare repository, so a
    directory inside one is a directory like any other. A bare repository without `commit` is read
    at HEAD. git is not started before a commit or blob is asked for.

    Raises:
        InputError: there is no such directory, repository or commit.
    """
    if path is None:
        return NoTree()
    if not path.is_dir():
        raise InputError("no such directory", path=str(path), remedy="name a kernel tree")
    bare = _is_bare(path)
    if not bare and not (path / ".git").exists():
        if commit:
            raise InputError(
                f"not a repository, so it has no commit {commit}",
                path=str(path),
                remedy="name the top of a work tree or a bare repository",
            )
        return Directory(path)
    objects = Objects(path)
    if not commit and not bare:
        return Directory(path, objects)
    tree = _at(objects, commit or "HEAD")
    if tree is None:
        raise InputError(
            f"no commit {commit or 'HEAD'}", path=str(path), remedy="fetch it or name another"
        )
    return tree


def tree_around(start: Path) -> Path | None:
    """The nearest directory from `start` upwards that is a repository or a kernel tree."""
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / ".git").exists() or _is_bare(folder) or is_kernel(Directory(folder)):
            return folder
    return None


def is_kernel(tree: Tree) -> bool:
    """Whether the tree looks like Linux: its Kconfig and MAINTAINERS, or arch and headers."""
    pairs = (("Kconfig", "MAINTAINERS"), ("arch", "include/linux"))
    return any(tree.exists(one) and tree.exists(other) for one, other in pairs)


def path_fault(path: str) -> str:
    """Why a path must not be looked up in a tree, `""` when it may."""
    if any(ord(char) < 0x20 or char == "\x7f" for char in path):
        return "path with a control character"
    if ".git" in path.split("/"):
        return "path into the repository's own files"
    return hostile(path)


def _at(objects: Objects, commit: str) -> Commit | None:
    name = objects.commit(commit)
    return Commit(objects, name) if name else None


def _is_bare(path: Path) -> bool:
    return all((path / name).exists() for name in ("HEAD", "objects", "refs"))


@lru_cache(maxsize=8)
def _inside(root: Path) -> str:
    """What the real path of everything in the directory begins with, the directory's too."""
    return f"{os.path.realpath(root).rstrip('/')}/"


def _is_name(text: str) -> bool:
    return _ABBREVIATION.fullmatch(text) is not None and text.strip("0") != ""


def _over(size: int) -> str:
    return f"larger than {MAX_FILE // 1024 // 1024} MB" if size > MAX_FILE else ""


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What a directory holds, the repository's own files apart; nothing where it is unreadable."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name != ".git"]
    except OSError:
        return []
