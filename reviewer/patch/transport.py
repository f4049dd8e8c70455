"""Damage to a whole diff on its way: terminal colours, quoted-printable nobody declared."""

from __future__ import annotations

import quopri
from collections.abc import Sequence

from msgspec import Struct

from reviewer.patch.late import late

_COLOUR = late(r"\x1b\[[0-9;]*[mK]")
_COLOURED = late(r"(?:\x1b\[[0-9;]*[mK])+(?:diff --git |--- |\+\+\+ |@@ -)")
_ENCODED = late(r"=[0-9A-F]{2}|=\r?$")
# Encoded lines are no longer: RFC 2045, section 6.7, rule 5.
_ENCODED_WIDTH = 76


class Numbered(Struct, frozen=True):
    """Lines of a mail and their numbers in it."""

    lines: Sequence[str]
    numbers: Sequence[int]


def repaired(text: Numbered) -> Numbered:
    """The lines as they were sent; `text` itself when it carries no such damage."""
    lines, numbers = text.lines, text.numbers
    if any(line.startswith("\x1b") and _COLOURED.match(line) for line in lines):
        lines = [_COLOUR.sub("", line) for line in lines]
    if _is_quoted_printable(lines):
        return _decoded(Numbered(lines, numbers))
    return text if lines is text.lines else Numbered(lines, numbers)


def _is_quoted_printable(lines: Sequence[str]) -> bool:
    """Whether every `=` from the first hunk on starts an escape, and one escapes a `=`."""
    if not any("=3D" in line for line in lines):
        return False
    start = next((at for at, line in enumerate(lines) if line.startswith("@@ -")), len(lines))
    return any("=3D" in line for line in lines[start:]) and all(
        _may_be_encoded(line) for line in lines[start:]
    )


def _may_be_encoded(line: str) -> bool:
    long = len(line) > _ENCODED_WIDTH and line.startswith((" ", "+", "-"))
    return not long and line.count("=") == len(_ENCODED.findall(line))


def _decoded(text: Numbered) -> Numbered:
    lines: list[str] = []
    numbers: list[int] = []
    parts: list[str] = []
    for line, number in zip(text.lines, text.numbers, strict=True):
        if not parts:
            numbers.append(number)
        stripped = line.rstrip()
        if stripped.endswith("="):
            parts.append(stripped[:-1])
            continue
        lines.append(_line("".join([*parts, line])))
        parts = []
    if parts:
        lines.append(_line("".join(parts)))
    return Numbered(lines, numbers)


def _line(encoded: str) -> str:
    """One line decoded; what is no UTF-8 survives as surrogate escapes."""
    if "=" not in encoded:
        return encoded
    raw = quopri.decodestring(encoded.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")
