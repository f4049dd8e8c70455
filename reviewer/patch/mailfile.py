"""Files and folders of mail to their bytes."""

from __future__ import annotations

import mmap
import stat
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from reviewer.errors import InputError
from reviewer.patch.late import late

# A mailbox of this size is an archive; more is not read, packed or not.
MAX_BYTES = 2 << 30
_MAPPED_FROM = 1 << 20
_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\0"
_BZIP2 = b"BZh"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SUFFIX = late(r"\.(?:patch|diff|eml|mail|msg|mbx|mbox|mboxrd|mboxo)(?:\.gz|\.xz|\.bz2)?")
_QUILT = "series"


def contents(path: Path) -> bytes | mmap.mmap:
    """The bytes of a file, unpacked; those of a large one are mapped, not read.

    Raises:
        InputError: it cannot be read or unpacked, it is empty, or larger than `MAX_BYTES`.
    """
    try:
        with path.open("rb") as file:
            status = path.stat()
            regular = stat.S_ISREG(status.st_mode)
            head = file.peek(len(_XZ))[: len(_XZ)]
            if regular and status.st_size >= _MAPPED_FROM and not _is_packed(head):
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            data = _capped(file.read, path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot be read: {reason}", path=str(path)) from error
    return unpacked(data, path)


def unpacked(data: bytes, path: Path) -> bytes:
    """The bytes without the gzip, xz or bzip2 around them, if there is one, and as UTF-8.

    What PowerShell redirects into a file is UTF-16, with a mark in front that says so.

    Raises:
        InputError: as for `contents`.
    """
    if _is_packed(data):
        data = _unpacked(data, path)
    if data.startswith(_UTF_16):
        data = data.decode("utf-16", "replace").replace("\r\n", "\n").encode()
    if not data.strip():
        raise InputError("it is empty", path=str(path), remedy="give a mail or a patch")
    return data


def is_mboxrd(path: Path) -> bool:
    """Whether the name says so."""
    return ".mboxrd" in path.suffixes[-2:]


def quilt_order(folder: Path) -> list[Path] | None:
    """The patches that the folder's `series` file lists, None where it has none.

    Raises:
        InputError: the file cannot be read, or lists one outside of the folder.
    """
    listing = folder / _QUILT
    if not listing.is_file():
        return None
    names = [
        words[0]
        for line in bytes(contents(listing)).decode("utf-8", "surrogateescape").split("\n")
        if (words := line.partition("#")[0].split())
    ]
    for name in names:
        if not _is_inside(folder, name):
            raise InputError(
                f"lists {name!r}, which is outside of the folder",
                path=str(listing),
                remedy="name the patch files themselves",
            )
    return [folder / name for name in names]


def mail_files(folder: Path) -> list[Path]:
    """The mails of a Maildir, else the mails and patches in the folder, sorted by name.

    Where no name in it looks like a mail's, every file counts, as in an MH folder.

    Raises:
        InputError: the folder cannot be read.
    """
    try:
        if (folder / "cur").is_dir() and (folder / "new").is_dir():
            found = [*_files(folder / "cur"), *_files(folder / "new")]
            return sorted(found, key=lambda path: path.name)
        files = sorted(_files(folder))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=str(folder)) from error
    return [path for path in files if _SUFFIX.search(path.name.lower())] or files


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _is_inside(folder: Path, name: str) -> bool:
    try:
        return (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # loops of links, NUL in names
        return False


def _is_packed(head: bytes) -> bool:
    return head.startswith((_GZIP, _XZ, _BZIP2))


def _capped(read: Callable[[int], bytes], path: Path) -> bytes:
    data = read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InputError(
            f"more than {MAX_BYTES >> 20} MiB", path=str(path), remedy="split the mailbox"
        )
    return data


def _unpacked(data: bytes, path: Path) -> bytes:
    import bz2
    import gzip
    import lzma
    import zlib

    packed = BytesIO(data)
    try:
        if data.startswith(_GZIP):
            with gzip.open(packed) as file:
                return _capped(file.read, path)
        if data.startswith(_BZIP2):
            with bz2.open(packed) as file:
                return _capped(file.read, path)
        with lzma.open(packed) as file:
            return _capped(file.read, path)
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise InputError(
            f"cannot be unpacked: {error}", path=str(path), remedy="fetch or pack it again"
        ) from error
