"""Facts of files by the hash of their contents, kept in one SQLite file.

Anything may delete the file at any time: it is made anew. What cannot be opened, read or written
costs time and nothing else. Several processes may share it.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import msgspec.json
from msgspec import Struct

from reviewer.source.index.facts import VERSION, Facts, Included, facts

#: Bytes of the file above which the facts longest unused are dropped.
MAX_BYTES = 400_000_000


class StoreStatus(Struct, frozen=True):
    """Where the store is and what it holds."""

    path: Path
    files: int
    size: int


class Store:
    """Facts by content; `path` None keeps them for this process only."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[bytes, Facts] = {}
        self._fresh: dict[bytes, Facts] = {}
        self._notes: dict[bytes, bytes] = {}
        self._connection: sqlite3.Connection | None = None
        self._opened = False

    def apart(self) -> Store | None:
        """The same for a process forked from this one, None where the file is not kept or open.

        SQLite must not be carried into another process.
        """
        return Store(self._path) if self._path and not self._opened else None

    def facts(self, text: bytes) -> Facts:
        """The facts of a text: remembered, stored, or found now."""
        key = content_key(text)
        found = self._known.get(key) or self._stored(key)
        if found is None:
            found = self._fresh[key] = facts(text)
        self._known[key] = found
        return found

    def known(self, text: bytes) -> bool:
        """Whether the facts of the text are there already."""
        key = content_key(text)
        return key in self._known or self._stored(key) is not None

    def save(self) -> None:
        """Writes what was found since the last time, where the store can be written."""
        if not self._fresh:
            return
        self.add((key, packed(item)) for key, item in self._fresh.items())
        self._fresh.clear()

    def add(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Writes packed facts by key, where the store can be written."""
        connection = self._open()
        if connection is not None:
            with suppress(sqlite3.Error), connection:
                connection.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?)", rows)
                self._bound(connection)

    def note(self, key: bytes) -> bytes | None:
        """What was put under the key, None where nothing was or the store cannot be read."""
        if key in self._notes:
            return self._notes[key]
        connection = self._open()
        if connection is not None:
            with suppress(sqlite3.Error):
                row = connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
                return bytes(row[0]) if row else None
        return None

    def put(self, key: bytes, value: bytes) -> None:
        """Writes something small by key, for this process only where it cannot be written."""
        self._notes[key] = value
        connection = self._open()
        if connection is not None:
            with suppress(sqlite3.Error), connection:
                connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))

    def stamps(self, root: str) -> dict[str, tuple[int, int]]:
        """Size and time of each file of a tree when it was last read whole."""
        connection = self._open()
        if connection is None:
            return {}
        with suppress(sqlite3.Error):
            query = "SELECT path, size, time FROM stamps WHERE root = ?"
            return {path: (size, time) for path, size, time in connection.execute(query, (root,))}
        return {}

    def stamp(self, root: str, stamps: Mapping[str, tuple[int, int]]) -> None:
        """Remembers that files were read whole."""
        connection = self._open()
        if connection is not None:
            rows = ((root, path, *stamp) for path, stamp in stamps.items())
            with suppress(sqlite3.Error), connection:
                connection.executemany("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?, ?)", rows)

    def forget(self, root: str, paths: Iterable[str]) -> None:
        """Drops what is remembered of files that are no more."""
        connection = self._open()
        if connection is not None:
            rows = ((root, path) for path in paths)
            with suppress(sqlite3.Error), connection:
                connection.executemany("DELETE FROM stamps WHERE root = ? AND path = ?", rows)

    def status(self) -> StoreStatus | None:
        """What the store holds, None where there is no file."""
        if self._path is None or not self._path.exists():
            return None
        connection = self._open()
        count = 0
        if connection is not None:
            with suppress(sqlite3.Error):
                count = connection.execute("SELECT count(*) FROM facts").fetchone()[0]
        return StoreStatus(self._path, count, self._path.stat().st_size)

    def _stored(self, key: bytes) -> Facts | None:
        connection = self._open()
        if connection is None:
            return None
        with suppress(sqlite3.Error, ValueError, TypeError, zlib.error):
            row = connection.execute("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
            return None if row is None else _unpacked(row[0])
        return None

    def _open(self) -> sqlite3.Connection | None:
        if self._opened or self._path is None:
            return self._connection
        self._opened = True
        for _ in range(2):
            try:
                self._connection = _connect(self._path)
                break
            except sqlite3.DatabaseError:
                with suppress(OSError):
                    self._path.unlink(missing_ok=True)
            except OSError:
                break
        return self._connection

    @staticmethod
    def _bound(connection: sqlite3.Connection) -> None:
        """Keep the file under its size: the older half goes first."""
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        if pages * size > MAX_BYTES:
            connection.execute(
                "DELETE FROM facts WHERE rowid <= (SELECT (min(rowid) + max(rowid)) / 2 FROM facts)"
            )
            connection.execute("DELETE FROM stamps")


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=5)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        connection.execute("DROP TABLE IF EXISTS facts")
        connection.execute("DROP TABLE IF EXISTS stamps")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("CREATE TABLE IF NOT EXISTS facts (key BLOB UNIQUE, value BLOB NOT NULL)")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS stamps"
        " (root TEXT, path TEXT, size INTEGER, time INTEGER, PRIMARY KEY (root, path))"
        " WITHOUT ROWID"
    )
    connection.commit()
    return connection


def content_key(text: bytes) -> bytes:
    """What a text is stored under."""
    return blake2b(text, digest_size=16).digest()


def packed(item: Facts) -> bytes:
    """Facts as they are stored."""
    includes = [[each.path, each.system, each.condition, each.next] for each in item.includes]
    text = json.dumps([includes, _joined(item.macros), _joined(item.functions)])
    return zlib.compress(text.encode(), 1)


def _unpacked(value: bytes) -> Facts:
    includes, macros, functions = _FACTS.decode(zlib.decompress(value))
    return Facts(
        tuple(Included(*each) for each in includes),
        frozenset(macros.split()),
        frozenset(functions.split()),
    )


_FACTS = msgspec.json.Decoder(tuple[list[tuple[str, bool, str, bool]], str, str])


def _joined(names: Iterable[str]) -> str:
    return " ".join(sorted(names))
