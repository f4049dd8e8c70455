"""The body of a mail to its texts: multipart, transfer encodings, format=flowed.

Damaged MIME never raises: what is no multipart, base64 or known charset is read as it stands.
Uuencoded and encrypted parts are not read.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from reviewer.patch.charset import decoded, decoded_body
from reviewer.patch.flowed import unflowed
from reviewer.patch.headers import Headers, decoded_words, from_base64, read_part
from reviewer.patch.late import late

_PARAMETER = late(r';\s*([\w-]+)(\*?)(?:(\d+)(\*?))?\s*=\s*("(?:\\.|[^"\\])*+"|[^;\s]*+)')
_PERCENT = late(rb"%([0-9A-Fa-f]{2})")
_PARAMETERS_LIMIT = 4000
_BASE64_LINES = late(rb"(?:[A-Za-z0-9+/]*+=*+[ \t\r]*+(?:\n|\Z))*+")
_PADDING = late(rb"=+")
_CRLF_DIFF = late(rb"^(?:diff -|--- |\+\+\+ |@@ -)[^\n]*\r$", re.MULTILINE)
_LF_DIFF = late(rb"^(?:diff --git |\+\+\+ |@@ -)[^\n]*[^\r\n]$", re.MULTILINE)
_PATCH_TYPES = frozenset({"text/x-patch", "text/x-diff", "text/patch", "text/diff"})
_PATCH_NAMES = (".patch", ".diff")
_DEPTH = 10
_PARTS = 500


class Part(Struct, frozen=True):
    """One leaf of a mail: its decoded bytes and where its body begins in the mail.

    `kind` is the media type in lower case. `numbers` are the raw lines its lines come from, counted
    from the first line of the mail; lines of base64 count on from the first.
    """

    kind: str
    data: bytes
    numbers: Sequence[int]
    name: str = ""
    charset: str = ""
    attached: bool = False
    flowed: bool = False
    delsp: bool = False

    @property
    def is_patch(self) -> bool:
        """Whether its type or its name says that it is a patch."""
        kind = self.kind.replace("application/", "text/")
        return kind in _PATCH_TYPES or self.name.lower().endswith(_PATCH_NAMES)

    @property
    def is_text(self) -> bool:
        """Whether people are meant to read it."""
        return self.kind == "text/plain" and not self.is_patch

    def text(self) -> tuple[str, Sequence[int]]:
        """The text with line feeds alone, and the raw line of each of its lines."""
        text = decoded_body(_with_line_feeds(self.data), self.charset)
        if self.flowed:
            return unflowed(text, self.numbers, delsp=self.delsp)
        return text, self.numbers


def parts(headers: Headers, body: bytes, line: int) -> list[Part]:
    """The leaves of a mail in their order; `line` is the number of the body's first line."""
    return list(_leaves(headers, body, line, _DEPTH))[:_PARTS]


def _leaves(headers: Headers, body: bytes, line: int, depth: int) -> Iterator[Part]:
    content = headers.get("content-type")
    kind = (content.partition(";")[0].strip() or "text/plain").lower()
    if kind == "message/rfc822" and depth:
        inner, begin = read_part(body)
        yield from _leaves(inner, body[begin:], line + body.count(b"\n", 0, begin), depth - 1)
        return
    parameters = _parameters(content)
    if kind.startswith("multipart/") and depth:
        spans = _spans(body, parameters.get("boundary", ""))
        for begin, end in spans[:_PARTS]:
            part = body[begin:end]
            inner, start = read_part(part)
            above = line + body.count(b"\n", 0, begin) + part.count(b"\n", 0, start)
            yield from _leaves(inner, part[start:], above, depth - 1)
        if spans:
            return
        kind = "text/plain"
    disposition = headers.get("content-disposition")
    encoding = headers.get("content-transfer-encoding").strip().lower()
    data, numbers = _transferred(body, encoding, line)
    yield Part(
        kind if "/" in kind else "text/plain",
        data,
        numbers,
        _parameters(disposition).get("filename") or parameters.get("name", ""),
        parameters.get("charset", ""),
        disposition.strip().lower().startswith("attachment"),
        parameters.get("format", "").lower() == "flowed",
        parameters.get("delsp", "").lower() == "yes",
    )


def _parameters(value: str) -> dict[str, str]:
    """The parameters of a structured header, RFC 2231 continuations joined."""
    found: dict[str, str] = {}
    if ";" not in value:
        return found
    for name, star, _, last_star, text in _PARAMETER.findall(value[:_PARAMETERS_LIMIT]):
        plain = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
        if last_star or (star and "'" in plain):
            plain = _percent_decoded(plain.rpartition("'")[2])
        key = name.lower()
        found[key] = found.get(key, "") + plain if star else found.get(key) or plain
    return {key: decoded_words(text) for key, text in found.items()}


def _percent_decoded(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return decoded(_PERCENT.sub(lambda match: bytes([int(match[1], 16)]), raw))


def _spans(body: bytes, boundary: str) -> list[tuple[int, int]]:
    """Where the parts between the boundary lines begin and end; the last may lack its end."""
    if not boundary:
        return []
    mark = re.escape(boundary.encode("utf-8", "replace"))
    spans: list[tuple[int, int]] = []
    begin = -1
    for match in re.finditer(rb"^--" + mark + rb"(--)?[ \t\r]*$", body, re.MULTILINE):
        if begin >= 0:
            spans.append((begin, max(begin, match.start() - 1)))
        begin = -1 if match[1] else match.end() + 1
    if 0 <= begin < len(body):
        spans.append((begin, len(body)))
    return spans


def _transferred(body: bytes, encoding: str, line: int) -> tuple[bytes, Sequence[int]]:
    """The body without its transfer encoding, and the raw line of each of its lines."""
    if encoding == "quoted-printable":
        return _from_quoted_printable(body, line)
    data = _from_base64_lines(body) if encoding == "base64" else body
    return data, range(line, line + data.count(b"\n") + 1)


def _from_quoted_printable(body: bytes, line: int) -> tuple[bytes, Sequence[int]]:
    data = binascii.a2b_qp(body)
    numbers = [line]
    for at, raw in enumerate(body.split(b"\n")[:-1]):
        if not raw.rstrip().endswith(b"="):
            numbers.append(line + at + 1)
    lines = data.count(b"\n") + 1
    # Line ends that were themselves encoded belong to no raw line of their own.
    return data, tuple(numbers) if len(numbers) == lines else range(line, line + lines)


def _from_base64_lines(body: bytes) -> bytes:
    """The bytes of base64 lines; a footer that a list appended in clear follows as it is."""
    encoded = _BASE64_LINES.match(body)
    end = encoded.end() if encoded else 0
    runs = [from_base64(run) for run in _PADDING.split(body[:end])]
    clear = body[end:]
    return b"".join([*runs, b"\n", clear] if clear.strip() else runs)


def _with_line_feeds(data: bytes) -> bytes:
    """The text with line feeds alone, and with the carriage returns that belong to its lines.

    A mail sent with CRLF shows it in the lines that git wrote; a patch to a file with CRLF has a
    carriage return in the hunks' lines only.
    """
    carriages = data.count(b"\r\n")
    if not carriages:
        return data
    if _CRLF_DIFF.search(data):
        return data.replace(b"\r\n", b"\n")
    if _LF_DIFF.search(data) or carriages * 2 < data.count(b"\n"):
        return data
    return data.replace(b"\r\n", b"\n")
