"""Results by key, a file each, in a folder that anything may empty at any time.

A file is written whole or not at all, and begins with a digest of its contents, so that several
processes may share the folder and damage is told from results.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct

from reviewer.errors import AnalysisError

#: Bytes and results above which those longest unused are dropped, down to half of that.
MAX_KEPT = 64_000_000
MAX_RESULTS = 1000
_DIGEST = 16


class Damaged(AnalysisError):
    """A result that was not what had been written; it is gone now."""


class KeptStatus(Struct, frozen=True):
    """What a folder of results holds."""

    path: Path
    results: int
    size: int


class Kept(Struct, frozen=True):
    """The results in a folder; with None for a folder nothing is kept."""

    folder: Path | None

    def get(self, key: bytes) -> bytes | None:
        """What was put under the key, None where nothing is.

        Raises:
            Damaged: something else is there.
        """
        path = self._path(key)
        if path is None:
            return None
        try:
            found = path.read_bytes()
        except OSError:
            return None
        value = found[_DIGEST:]
        if _digest(value) != found[:_DIGEST]:
            with suppress(OSError):
                path.unlink()
            raise Damaged("a remembered result is damaged and was dropped", path=path.name)
        with suppress(OSError):
            os.utime(path)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        """Keeps a result, where the folder can be written."""
        path = self._path(key)
        if path is None or len(value) > MAX_KEPT // 8:
            return
        from tempfile import NamedTemporaryFile

        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile("wb", dir=path.parent, prefix=".", delete=False) as new:
                new.write(_digest(value) + value)
            Path(new.name).replace(path)
            self._bound()

    def status(self) -> KeptStatus | None:
        """What there is, None where there is no folder."""
        if self.folder is None or not self.folder.is_dir():
            return None
        sizes = [status.st_size for _, status in self._files()]
        return KeptStatus(self.folder, len(sizes), sum(sizes))

    def _path(self, key: bytes) -> Path | None:
        return self.folder / key.hex() if self.folder else None

    def _files(self) -> Iterator[tuple[str, os.stat_result]]:
        """The results, and what writers that were killed have left."""
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    yield entry.path, entry.stat()

    def _bound(self) -> None:
        """Keeps the folder under its size."""
        files = sorted(self._files(), key=lambda file: file[1].st_mtime_ns)
        count, size = len(files), sum(status.st_size for _, status in files)
        if size <= MAX_KEPT and count <= MAX_RESULTS:
            return
        for path, status in files:
            if size <= MAX_KEPT // 2 and count <= MAX_RESULTS // 2:
                break
            with suppress(OSError):
                Path(path).unlink()
            size -= status.st_size
            count -= 1


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=_DIGEST).digest()
