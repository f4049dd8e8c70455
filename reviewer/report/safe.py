"""Text of patches and trees made fit to print.

Patch text is an attacker's text: escape sequences can repaint a terminal, bidirectional controls
can make code read as what it is not (CVE-2021-42574), a newline can forge a line of the report.
Printable look-alikes of other scripts are left as they are.
"""

from __future__ import annotations

#: Where a line quoted from the source is cut, in characters.
WIDTH = 240


def printable(text: str) -> str:
    r"""`text` with every character that is not printable written out: `\x1b`, `\u202e`.

    Tabs stay. Bytes that were not UTF-8 (surrogate escapes) become `\x` and their two digits.
    The result is one line.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\t" else _escape(character)
        for character in text
    )


def quoted(text: str) -> str:
    """A line for people: printable, without indentation, cut after `WIDTH` characters."""
    line = text.strip()
    return printable(line) if len(line) <= WIDTH else f"{printable(line[:WIDTH])}..."


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
