"""A mailbox file to the mails in it, without a copy of the whole.

`Content-Length` (mboxcl) is not honoured: no list archive and no git tool relies on it.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.patch.late import late

_SPACE = late(rb"[\s\x00]*")
_ESCAPED = late(rb"^>(?=>*From )", re.MULTILINE)
# git mailsplit: the last colon stands in a time, and a year after 1990 follows.
_TIME_AND_YEAR = late(rb"\d.\d\d:\d\d\s+\+?(\d+)")
_ENVELOPE_LIMIT = 1000


class RawMail(Struct, frozen=True):
    """One mail as it stands in its file, `From ` escapes undone.

    `envelope` is its `From ` line, empty where there is none, and no part of `data`; `offset` and
    `line` (from 1) are where `data` begins in the file.
    """

    data: bytes
    offset: int = 0
    line: int = 1
    envelope: bytes = b""


def is_envelope(line: bytes) -> bool:
    """Whether git mailsplit takes the line for one that starts a mail: `From x ... 10:00:00 2001`.

    Prose that begins with `From ` has no time and year at its end.
    """
    if not line.startswith(b"From ") or len(line) > _ENVELOPE_LIMIT:
        return False
    colon = line.rfind(b":", 5, max(len(line) - 2, 0))
    match = _TIME_AND_YEAR.match(line, colon - 4) if colon >= 9 else None
    return match is not None and (len(match[1]) > 4 or int(match[1]) > 90)


def split(data: bytes | mmap.mmap, *, mboxrd: bool = False) -> Iterator[RawMail]:
    """The mails of a mailbox in their order; bytes that begin with no envelope are one mail.

    `>From ` is unescaped in mboxrd only, where it can be undone without a loss: a mail whose
    envelope names `mboxrd@z`, as public-inbox and lei write it, or every mail with `mboxrd`.
    """
    size = len(data)
    at = _start(data)
    if at == size:
        return
    if not is_envelope(_line(data, at)):
        yield RawMail(data[:])
        return
    line = 1 + data[:at].count(b"\n")
    while at < size:
        envelope = _line(data, at)
        begin = min(at + len(envelope) + 1, size)
        end = _next_envelope(data, begin - 1)
        raw = data[begin:end]
        lines = raw.count(b"\n")
        yield RawMail(
            _unescaped(_without_separator(raw), mboxrd or envelope.startswith(b"From mboxrd@z ")),
            begin,
            line + 1,
            envelope.rstrip(b"\r"),
        )
        line += 1 + lines
        at = end


def _start(data: bytes | mmap.mmap) -> int:
    """Where the blank lines end that may stand above the first envelope."""
    match = _SPACE.match(data)
    return match.end() if match else 0


def _line(data: bytes | mmap.mmap, at: int) -> bytes:
    """The line at an offset, without its line feed."""
    end = data.find(b"\n", at)
    return data[at : end if end >= 0 else len(data)]


def _next_envelope(data: bytes | mmap.mmap, at: int) -> int:
    """The offset of the first envelope after the line end at `at`, or the end of the data."""
    while (at := data.find(b"\nFrom ", at)) >= 0:
        at += 1
        if is_envelope(_line(data, at)):
            return at
    return len(data)


def _without_separator(raw: bytes) -> bytes:
    """The mail without the blank line that parts it from the next one."""
    if raw.endswith(b"\r\n\r\n"):
        return raw[:-2]
    return raw[:-1] if raw.endswith(b"\n\n") else raw


def _unescaped(raw: bytes, mboxrd: bool) -> bytes:
    return _ESCAPED.sub(b"", raw) if mboxrd and b">From " in raw else raw
