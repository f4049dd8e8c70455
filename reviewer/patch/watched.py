"""A tree that writes down what it is asked and what it answers.

What was made of the answers is as good as new while the tree would give every one of them again.
A file counts as unchanged while its inode, size and times are what they were, as git's index has
it; where they are not, its contents decide. What is in a commit needs no look: its name says it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field

from reviewer.patch.objects import Objects
from reviewer.patch.tree import Commit, Directory, Tree

#: A file that was changed so shortly before it was read may be changed again unseen.
UNSETTLED_NS = 2_000_000_000
#: Between the paths of one question.
_BETWEEN = "\0"
_T = TypeVar("_T")


class Answer(Struct, frozen=True, array_like=True):
    """A question by its method and argument, and a digest of the answer.

    `state` names the state of the file or folder that the answer hangs on alone, empty where it
    hangs on more or that cannot be trusted.
    """

    method: str
    argument: str
    digest: bytes
    state: tuple[int, ...] = ()


class Log(Struct, eq=False):
    """Answers by question; of several the first counts.

    It is not `whole` where what was made hangs on more than the answers.
    """

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    whole: bool = True

    def note(self, method: str, argument: str, answer: _T, state: tuple[int, ...] = ()) -> _T:
        """Writes an answer down and gives it back."""
        key = (method, argument)
        if key not in self.answers:
            self.answers[key] = Answer(method, argument, _digest(answer), state)
        return answer

    def take(self, answers: Iterable[Answer]) -> None:
        """Takes what another process was answered; two answers to one question hold nothing."""
        for each in answers:
            known = self.answers.setdefault((each.method, each.argument), each)
            self.whole &= known.digest == each.digest


class _Directory(Directory, frozen=True, eq=False, kw_only=True):
    """A directory with a log."""

    log: Log

    def read(self, path: str) -> bytes | None:
        """The directory's answer."""
        return self._of_one("read", path, super().read)

    def listed(self, path: str) -> bytes | None:
        """The directory's answer."""
        return self._of_one("listed", path, super().listed)

    def names(self, folder: str) -> frozenset[str]:
        """The directory's answer."""
        return self._of_one("names", folder, super().names)

    def refusal(self, path: str) -> str:
        """The directory's answer."""
        return self.log.note("refusal", path, super().refusal(path))

    def exists(self, path: str) -> bool:
        """The directory's answer."""
        return self.log.note("exists", path, super().exists(path))

    def paths(self, below: str = "") -> Iterator[str]:
        """The directory's answer."""
        yield from self.log.note("paths", below, list(super().paths(below)))

    def stamps(self, paths: Iterable[str]) -> list[tuple[str, int, int]]:
        """The directory's answer."""
        found = super().stamps(paths)
        return self.log.note("stamps", _BETWEEN.join(path for path, _, _ in found), found)

    def _of_one(self, method: str, path: str, ask: Callable[[str], _T]) -> _T:
        """An answer that hangs on one file or folder, whose state is looked at first."""
        if (method, path) in self.log.answers:
            return ask(path)
        state = _state(os.fspath(self.root), path)
        settled = state and max(state[-2:]) < time.time_ns() - UNSETTLED_NS
        return self.log.note(method, path, ask(path), state if settled else ())


class _Objects(Objects):
    """The objects of a repository with a log of what is not the same for ever."""

    def __init__(self, objects: Objects, log: Log) -> None:
        self._of = objects
        self._log = log

    def commit(self, revision: str) -> str | None:
        """The repository's answer."""
        return self._log.note("commit", revision, self._of.commit(revision))

    def title(self, name: str) -> str | None:
        """The repository's answer."""
        return self._log.note("title", name, self._of.title(name))

    def blob(self, name: str, most: int) -> bytes | None:
        """The repository's answer."""
        return self._log.note("blob", f"{name} {most}", self._of.blob(name, most))

    def file(self, commit: str, path: str, most: int) -> bytes | None:
        """The repository's answer."""
        return self._of.file(commit, path, most)

    def size(self, commit: str, path: str) -> int | None:
        """The repository's answer."""
        return self._of.size(commit, path)

    def exists(self, commit: str, path: str) -> bool:
        """The repository's answer."""
        return self._of.exists(commit, path)

    def names(self, commit: str, below: str) -> list[str]:
        """The repository's answer."""
        return self._of.names(commit, below)


def watched(tree: Tree, log: Log) -> Tree:
    """The tree, with its answers written down."""
    match tree:
        case Directory(root, objects):
            return _Directory(root, objects and _Objects(objects, log), log=log)
        case Commit(objects, name):
            return Commit(_Objects(objects, log), name)
        case _:
            return tree


def place(tree: Tree) -> str:
    """What tells the tree from others, whatever is in it; its absolute path for a directory."""
    match tree:
        case Directory(root, objects):
            return f"{'work tree' if objects else 'directory'} {os.path.realpath(root)}"
        case _:
            return tree.describe()


def stands(tree: Tree, answers: Iterable[Answer]) -> bool:
    """Whether the tree would give all the answers again."""
    plain: dict[str, bool] = {"": True}

    def is_plain(folder: str) -> bool:
        """Whether no part of the path is a link, which may lead out of the tree."""
        if folder not in plain:
            above = folder.rpartition("/")[0]
            plain[folder] = is_plain(above) and not Path(f"{root}/{folder}").is_symlink()
        return plain[folder]

    def is_unchanged(answer: Answer) -> bool:
        return (
            bool(root and answer.state)
            and is_plain(answer.argument.rpartition("/")[0])
            and _state(root, answer.argument) == answer.state
        )

    root = os.fspath(tree.root) if isinstance(tree, Directory) else ""
    return all(
        is_unchanged(each) or _digest(_ASK[each.method](tree, each.argument)) == each.digest
        for each in answers
    )


def _state(root: str, path: str) -> tuple[int, ...]:
    """What changes when a file or folder does, the times last; empty where there is none."""
    try:
        found = os.stat(f"{root}/{path}")  # noqa: PTH116 - a Path each takes thrice as long
    except (OSError, ValueError):
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _digest(answer: object) -> bytes:
    """Equal for equal answers."""
    match answer:
        case None:
            return b""
        case bytes():
            text = answer
        case frozenset():
            text = repr(sorted(answer)).encode("utf-8", "surrogateescape")
        case _:
            text = repr(answer).encode("utf-8", "surrogateescape")
    return blake2b(text, digest_size=16).digest()


def _of_directory(ask: Callable[[Directory, str], object]) -> Callable[[Tree, str], object]:
    return lambda tree, argument: ask(tree, argument) if isinstance(tree, Directory) else None


def _of_objects(ask: Callable[[Objects, str], object]) -> Callable[[Tree, str], object]:
    def answer(tree: Tree, argument: str) -> object:
        objects = tree.objects if isinstance(tree, Directory | Commit) else None
        return None if objects is None else ask(objects, argument)

    return answer


def _blob(objects: Objects, argument: str) -> bytes | None:
    name, _, most = argument.partition(" ")
    return objects.blob(name, int(most))


_ASK: Mapping[str, Callable[[Tree, str], object]] = {
    "read": lambda tree, path: tree.read(path),
    "exists": lambda tree, path: tree.exists(path),
    "refusal": lambda tree, path: tree.refusal(path),
    "paths": lambda tree, below: list(tree.paths(below)),
    "listed": _of_directory(Directory.listed),
    "names": _of_directory(Directory.names),
    "stamps": _of_directory(
        lambda tree, paths: tree.stamps(paths.split(_BETWEEN) if paths else ())
    ),
    "commit": _of_objects(Objects.commit),
    "title": _of_objects(Objects.title),
    "blob": _of_objects(_blob),
}
