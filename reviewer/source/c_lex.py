"""Comments, string contents and directives of C set to blanks, byte for byte in place."""

from __future__ import annotations

import re

from msgspec import Struct

COMMENT = rb"/\*[^*]*+(?:\*++[^/*][^*]*+)*+(?:\*++/|\**+\Z)|//[^\n]*+"
STRING = rb'"(?:[^"\\\n]++|\\.)*+"?+'
CHARACTER = rb"'(?:[^'\\\n]++|\\.)*+'?+"
DIRECTIVE = rb"\#(?:[^\n\\/\"]++|\\\r?\n|\\|" + COMMENT + rb"|/|" + STRING + rb")*+"

CONTINUATION = rb"\\\r?\n"

_SPECIAL = re.compile(b"|".join((COMMENT, STRING, CHARACTER, DIRECTIVE, CONTINUATION)), re.DOTALL)
_COMMENT = re.compile(COMMENT, re.DOTALL)
_QUOTED = re.compile(STRING + b"|" + CHARACTER, re.DOTALL)
_KEYWORD = re.compile(rb"#[ \t]*(\w*)")

#: Everything becomes a blank but newlines and tabs; contents of literals become underscores.
BLANK = bytes(byte if byte in b"\n\t" else 0x20 for byte in range(256))
_FILL = bytes(byte if byte == 0x0A else 0x5F for byte in range(256))


class Directive(Struct, frozen=True):
    """`#keyword rest` from its `#` to before its newline; `text` is the rest on one line."""

    keyword: str
    text: str
    start: int
    end: int


class Lexed(Struct, frozen=True):
    """Texts of the input's length: `plain` keeps literals, `code` has their contents filled."""

    plain: bytes
    code: bytes
    directives: tuple[Directive, ...]


def lex(text: bytes) -> Lexed:
    """Comments and directives blanked, the directives listed; linear in the text."""
    directives: list[Directive] = []

    def blank(match: re.Match[bytes]) -> bytes:
        found = match[0]
        first = found[0]
        if first in b"\"'":
            return found
        if first == 0x23:
            directives.append(_directive(found, match.start(), match.end()))
        return found.translate(BLANK)

    plain = _SPECIAL.sub(blank, text)
    return Lexed(plain, _QUOTED.sub(_fill, plain), tuple(directives))


def blank(text: bytes | bytearray) -> bytes | bytearray:
    """As many blanks, newlines and tabs kept."""
    return text.translate(BLANK)


def without_comments(text: bytes) -> bytes:
    """The text of one directive with its comments blanked."""
    return _COMMENT.sub(lambda match: match[0].translate(BLANK), text) if b"/" in text else text


def _fill(match: re.Match[bytes]) -> bytes:
    found = match[0]
    if len(found) < 3 or found[-1] != found[0]:
        return found if len(found) == 2 else found[:1] + found[1:].translate(BLANK)
    filled = found[:1] + found[1:-1].translate(_FILL) + found[-1:]
    return filled.replace(b"_\n", b"\\\n") if b"\n" in found else filled


def _directive(found: bytes, start: int, end: int) -> Directive:
    keyword = _KEYWORD.match(found)
    name = keyword[1] if keyword else b""
    rest = without_comments(found[keyword.end() if keyword else 1 :])
    if b"\\" in rest:
        rest = rest.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    return Directive(
        name.decode("ascii", "replace"), rest.decode("utf-8", "surrogateescape").strip(), start, end
    )


def unwrapped(text: str) -> str:
    """The lines joined by a blank, by none after `(` and before `)`: the same however wrapped."""
    parts: list[str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if parts and not (parts[-1].endswith("(") or line.startswith(")")):
            parts.append(" ")
        parts.append(line)
    return "".join(parts)
