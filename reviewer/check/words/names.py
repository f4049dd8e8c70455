"""Which names the kernel tree knows, as far as a patch is concerned.

A name is looked for in the folders of the files that the patch touches, in its architecture and
in the core of the kernel. A name of another subsystem is not found there: so a name that is
missing is only spoken of where the patch has a near one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct, field

_SUFFIXES = (".c", ".h", ".S")
_CORE = ("kernel", "mm", "lib", "init", "include/linux", "include/asm-generic")
#: So many bytes are read for one question; then nobody can say, so that a check stays quick.
MAX_BYTES = 48 << 20


class Names(Protocol):
    """Who knows names."""

    def known(self, names: frozenset[str], near: Iterable[str]) -> frozenset[str] | None:
        """Which of the names occur around the files `near`; None where nobody can say."""


class Nobody(Struct, frozen=True):
    """Knows no tree."""

    def known(self, names: frozenset[str], near: Iterable[str]) -> frozenset[str] | None:
        """None."""
        return None


class Files(Protocol):
    """The part of a tree that is needed here."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes."""

    def paths(self, below: str = "") -> Iterator[str]:
        """The files below a folder, sorted."""


class TreeNames(Struct):
    """Names in the files of a tree: every folder is read once at most, in one pass for all names.

    What was found or not found is remembered for the run.
    """

    tree: Files
    limit: int = MAX_BYTES
    answers: dict[tuple[str, str], bool] = field(default_factory=dict)

    def known(self, names: frozenset[str], near: Iterable[str]) -> frozenset[str] | None:
        """The names that occur as words in the folders around `near`, nearest folders first."""
        missing = set(names)
        left = self.limit
        for folder in around(near):
            asked = {name for name in missing if (folder, name) not in self.answers}
            if asked:
                found, left = self._search(folder, asked, left)
                if left < 0:
                    return None
                self.answers.update(((folder, name), name in found) for name in asked)
            missing = {name for name in missing if not self.answers[folder, name]}
            if not missing:
                break
        return names - missing

    def _search(self, folder: str, names: set[str], left: int) -> tuple[set[str], int]:
        """The names that the folder has, and how many bytes are left to read, negative for none."""
        pending = {name: name.encode() for name in names}
        for path in self.tree.paths(folder):
            if not path.endswith(_SUFFIXES):
                continue
            text = self.tree.read(path) or b""
            left -= len(text)
            for name, literal in list(pending.items()):
                if literal in text and re.search(rb"\b" + literal + rb"\b", text):
                    del pending[name]
            if not pending or left < 0:
                break
        return names - pending.keys(), left


def around(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders to look in: those of the files, their subsystems with headers, the core."""
    own: dict[str, None] = {}
    wide: dict[str, None] = {}
    for path in sorted(set(paths)):
        parts = path.split("/")
        if len(parts) > 2:
            own["/".join(parts[:-1])] = None
        if len(parts) > 1:
            wide["/".join(parts[:2]) if parts[0] in ("arch", "drivers", "fs") else parts[0]] = None
            wide.update((f"include/{part}", None) for part in parts[:-1])
    return tuple(dict.fromkeys((*own, *wide, *_CORE)))
