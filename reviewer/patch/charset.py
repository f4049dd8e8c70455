"""Bytes of a mail to text: the declared charset, else UTF-8, windows-1252, latin-1."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from reviewer.patch.late import late

# Text encodings of Python that no mail uses: some take quadratic time, some give half a letter.
_NO_CHARSET = frozenset(
    {
        "idna",
        "mbcs",
        "oem",
        "punycode",
        "raw_unicode_escape",
        "undefined",
        "unicode_escape",
        "utf_7",
    }
)
# Senders and servers that label UTF-8 text ASCII are common; the fallbacks read both.
_FALLBACKS = ("utf-8", "cp1252")
_DIFF = late(r"^(?:diff -|Index: |--- \S)", re.MULTILINE)


def decoded(data: bytes, declared: str = "") -> str:
    """The text of the bytes: charsets in patchwork's order, the first that fits."""
    for name in (_charset(declared), *_FALLBACKS):
        if (text := _attempt(data, name)) is not None:
            return text
    return data.decode("latin-1")


def decoded_body(data: bytes, declared: str = "") -> str:
    """The text of a mail's body.

    Where neither the declared charset nor UTF-8 fits, the lines from the diff on that are no UTF-8
    keep their bytes as surrogate escapes, for they are those of the tree's files; prose is decoded.
    """
    for name in (_charset(declared), "utf-8"):
        if (text := _attempt(data, name)) is not None:
            return text
    text = data.decode("utf-8", "surrogateescape")
    diff = _DIFF.search(text)
    start = diff.start() if diff else len(text)
    prose = text[:start].encode("utf-8", "surrogateescape").split(b"\n")
    return "\n".join(decoded(line) for line in prose) + text[start:]


def _attempt(data: bytes, name: str) -> str | None:
    """The text in that charset, None where it does not fit, has no name or makes no text."""
    try:
        return data.decode(name) if name else None
    except (LookupError, ValueError):
        return None


@lru_cache(maxsize=64)
def _charset(declared: str) -> str:
    """Python's name of the charset, `""` for one it does not know."""
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        return ""
    return "" if name.replace("-", "_") in _NO_CHARSET or name == "ascii" else name
