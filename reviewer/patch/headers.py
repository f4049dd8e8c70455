"""The headers of a mail or of a patch file to decoded text."""

from __future__ import annotations

import binascii
import re

from msgspec import Struct

from reviewer.patch.charset import decoded
from reviewer.patch.late import late

# One header line with its continuation lines; possessive, so that hostile input costs one pass.
_FIELD = rb"[A-Za-z][\w-]*+[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z)"
_BLOCK = late(rb"(?:>?From [^\n]*+\n)?+((?:" + _FIELD + rb")++)(?:\r?\n|\Z)")
_PART_BLOCK = late(rb"((?:" + _FIELD + rb")*+)(?:\r?\n)?")
_FIELDS = late(r"([A-Za-z][\w-]*+)[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_WANTED = frozenset(
    {"from", "author", "subject", "description", "date", "message-id", "in-reply-to", "references"}
    | {"content-type", "content-transfer-encoding", "content-disposition", "x-change-id"}
    | {"to", "cc"}
)
_WORD = late(r"=\?([^?\s]{1,80})\?([bq])\?([^?\s]*+)\?=(?:\s+(?==\?))?", re.IGNORECASE)
_MESSAGE_ID = late(r"<\s*([^<>\s]++)\s*>")
# How archives hide addresses: openwall `a@...b.c`, hypermail and mhonarc `a@xxxxx`, mail-archive
# `a...@b`. Such an address is nobody's.
_DAMAGED = late(r"@\.\.|\.\.\.@|@xxx")
_BASE64_NOISE = late(rb"[^A-Za-z0-9+/]")
# Description and Author: https://dep-team.pages.debian.net/deps/dep3/
_IDENTIFYING = frozenset({"from", "subject", "message-id", "description", "author"})
_PAGE_REACH = 1 << 16


class Headers(Struct, frozen=True):
    """The headers the program reads, by lower-case name, as they stand: folded and encoded."""

    fields: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields)

    def get(self, name: str) -> str:
        """The first header of that name as it stands, `""` for none."""
        return next((value for key, value in self.fields if key == name), "")

    def text(self, name: str) -> str:
        """The header decoded (RFC 2047), white space folded."""
        return " ".join(decoded_words(self.get(name)).split())

    def address(self, name: str) -> str:
        """The header as `Name <address>`, without quotes."""
        return person(self.text(name))

    def message_ids(self, name: str) -> tuple[str, ...]:
        """The message-ids in the header, without angle brackets; damaged ones are left out."""
        value = self.get(name)
        ids = _MESSAGE_ID.findall(value)
        if not ids and name == "message-id":
            ids = value.split()[:1]
        return tuple(one for one in ids if not _DAMAGED.search(one))


def read(raw: bytes) -> tuple[Headers, int]:
    """The headers at the start of a mail and the offset of its body.

    No headers and offset 0 where the bytes begin with none: a bare diff.
    """
    begin = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while raw[begin : begin + 1] in (b"\n", b"\r"):
        begin += 1
    if block := _BLOCK.match(raw, begin):
        headers = _fields(decoded(block[1]))
        if any(name in _IDENTIFYING for name, _ in headers.fields):
            return headers, block.end()
    from reviewer.patch.pages import page_headers

    page = page_headers(decoded(raw[begin : begin + _PAGE_REACH]))
    if page is None:
        return Headers(), 0
    return _fields(page.text), _after_lines(raw, begin, page.lines)


def read_part(raw: bytes) -> tuple[Headers, int]:
    """The headers of a MIME part, of which it may have none, and the offset of its body."""
    block = _PART_BLOCK.match(raw)
    return (_fields(decoded(block[1])), block.end()) if block else (Headers(), 0)


def decoded_words(text: str) -> str:
    """Text with its encoded words (RFC 2047) decoded; what is no encoded word stays as it is.

    Neighbours of one charset are joined before they are decoded, for mailers cut within letters.
    """
    if "=?" not in text:
        return text
    parts: list[str] = []
    pending: list[bytes] = []
    charset = ""
    at = 0
    for word in _WORD.finditer(text):
        name = word[1].partition("*")[0].lower()
        if word.start() > at or name != charset:
            parts.append(decoded(b"".join(pending), charset))
            parts.append(text[at : word.start()])
            pending, charset = [], name
        encoded = word[3].encode("utf-8", "surrogateescape")
        pending.append(from_base64(encoded) if word[2] in "bB" else _from_q(encoded))
        at = word.end()
    parts.append(decoded(b"".join(pending), charset))
    parts.append(text[at:])
    return "".join(parts)


def from_base64(data: bytes) -> bytes:
    """The bytes of one run of base64, as far as it is sound."""
    letters = _BASE64_NOISE.sub(b"", data.partition(b"=")[0])
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def person(text: str) -> str:
    """`Name <address>` without quotes; of an address an archive hid only the name remains."""
    sound = text
    if _DAMAGED.search(text):
        sound = " ".join(word for word in text.split() if not _DAMAGED.search(word))
    if sound.startswith('"') and (end := sound.find('"', 1)) > 0:
        sound = f"{sound[1:end]}{sound[end + 1 :]}"
    return sound.strip()


def _fields(block: str) -> Headers:
    """The wanted headers of a block that holds nothing but headers."""
    return Headers(
        tuple(
            (key, value.rstrip("\r"))
            for name, value in _FIELDS.findall(block)
            if (key := name.lower()) in _WANTED
        )
    )


def _from_q(encoded: bytes) -> bytes:
    return binascii.a2b_qp(encoded, header=True)


def _after_lines(raw: bytes, begin: int, lines: int) -> int:
    """The offset behind so many lines."""
    at = begin
    for _ in range(lines):
        at = raw.find(b"\n", at) + 1
        if at == 0:
            return len(raw)
    return at
