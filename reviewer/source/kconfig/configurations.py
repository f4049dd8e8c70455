"""Decisions about conditions in a tree, remembered between runs.

Reading the Kconfig of a whole kernel takes a second, so it is read for a condition that nobody has
asked about in this state of the tree, and not before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from typing import TypeVar

import msgspec
from msgspec import Struct, field

from reviewer.patch.tree import Commit, Directory, Tree
from reviewer.source.conditions import Condition, render
from reviewer.source.index.store import Store
from reviewer.source.kconfig.decide import UNDECIDED, Decision, decide
from reviewer.source.kconfig.packed import packed, unpacked
from reviewer.source.kconfig.read import read_kconfig
from reviewer.source.kconfig.types import Kconfig

#: Bump when the same tree and condition are decided otherwise, so that stored ones are not used.
VERSION = 1

_TOP = "Kconfig"

Stamp = tuple[str, int, int]
_T = TypeVar("_T")


class Configurations(Struct):
    """The configurations that a tree allows; `overlay` are its Kconfig files with other texts."""

    tree: Tree
    store: Store
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    _tables: dict[str, Kconfig] = field(default_factory=dict)
    _states: dict[str, bytes] = field(default_factory=dict)
    _decided: dict[tuple[str, Condition], Decision] = field(default_factory=dict)

    def decide(self, arch: str, condition: Condition) -> Decision:
        """What Kconfig says of the condition for an architecture; undecided without a Kconfig."""
        key = (arch, condition)
        if key not in self._decided:
            self._decided[key] = self._decision(arch, condition)
        return self._decided[key]

    def prepare(self, arch: str) -> None:
        """Has the tree's state in the store, and the options of the architecture."""
        self._state(arch)

    def _decision(self, arch: str, condition: Condition) -> Decision:
        state = self._state(arch)
        if not state:
            return UNDECIDED
        key = _key(b"decision", state, render(condition).encode())
        stored = _decoded(self.store.note(key), Decision)
        if stored is not None:
            return stored
        found = decide(self._table(arch, state), condition)
        self.store.put(key, msgspec.json.encode(found))
        return found

    def _table(self, arch: str, state: bytes = b"") -> Kconfig:
        """The options of the architecture; those of a known state of the tree may be stored."""
        if arch not in self._tables:
            stored = self.store.note(_key(b"table", state)) if state else None
            found = unpacked(stored) if stored else None
            self._tables[arch] = found or read_kconfig(self._read, arch)
        return self._tables[arch]

    def _read(self, path: str) -> bytes | None:
        return self.overlay[path] if path in self.overlay else self.tree.read(path)

    def _state(self, arch: str) -> bytes:
        """What names the state of the Kconfig files, empty where there are none."""
        if arch not in self._states:
            there = _TOP in self.overlay or self.tree.exists(_TOP)
            base = self._base(arch) if there else b""
            parts = (part for item in sorted(self.overlay.items()) for part in _bytes(item))
            state = self._states[arch] = _key(base, arch.encode(), *parts) if base else b""
            if state and arch in self._tables:
                with suppress(RecursionError):  # expressions nested as no kernel has them
                    self.store.put(_key(b"table", state), packed(self._tables[arch]))
        return self._states[arch]

    def _base(self, arch: str) -> bytes:
        """What names the tree: its commit, else sizes and times of the files that were read."""
        match self.tree:
            case Commit(_, name):
                return name.encode()
            case Directory(root):
                place = os.fsencode(os.path.realpath(root))
                key = _key(b"files", place, arch.encode())
                stamps = _decoded(self.store.note(key), list[Stamp])
                if stamps is None or stamps != self.tree.stamps(path for path, _, _ in stamps):
                    stamps = self.tree.stamps(self._table(arch).files)
                    self.store.put(key, msgspec.json.encode(stamps))
                return _key(place, msgspec.json.encode(stamps))
            case _:
                return b""


def _decoded(text: bytes | None, kind: type[_T]) -> _T | None:
    """What was stored, None where that is nothing or cannot be read."""
    with suppress(msgspec.DecodeError):
        return None if text is None else msgspec.json.decode(text, type=kind)
    return None


def _bytes(item: tuple[str, bytes]) -> tuple[bytes, bytes]:
    return os.fsencode(item[0]), item[1]


def _key(*parts: bytes) -> bytes:
    """A name for the parts in this order, apart from those of other versions."""
    digest = blake2b(b"kconfig %d" % VERSION, digest_size=16)
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.digest()
