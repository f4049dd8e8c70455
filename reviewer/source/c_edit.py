"""Looking around in a text that is edited in place, and editing it without moving a byte."""

from __future__ import annotations

import re
import string

from reviewer.source.c_layout import BALANCED
from reviewer.source.c_lex import BLANK
from reviewer.source.c_notes import Note

Notes = dict[int, Note]

WORD_BYTES = frozenset(b"_" + string.ascii_letters.encode() + string.digits.encode())

_SPACES = re.compile(rb"\s*+")
_LAST_WORD = re.compile(rb"[A-Za-z_]\w*+\Z")
_SEPARATOR = re.compile(rb"[()\[\]{},]")
_BALANCED = re.compile(BALANCED)


def fill(code: bytearray, start: int, end: int, word: bytes = b"") -> None:
    """Put `word` at the first place of the range that has room on one line, blanks elsewhere.

    Newlines are kept; where no line has room the word is left out.
    """
    code[start:end] = code[start:end].translate(BLANK)
    at = code.find(b" " * len(word), start, end)
    if word and at >= 0:
        code[at : at + len(word)] = word


def following(code: bytes | bytearray, offset: int) -> int:
    """The offset of the first character at or after `offset` that is no white space."""
    match = _SPACES.match(code, offset)
    return match.end() if match else offset


def preceding(code: bytes | bytearray, offset: int) -> int:
    """The offset of the last character before `offset` that is no white space, -1 for none."""
    width = 64
    while True:
        start = max(0, offset - width)
        window = code[start:offset].rstrip()
        if window or not start:
            return start + len(window) - 1
        width *= 8


def word_before(code: bytes | bytearray, end: int) -> bytes:
    """The identifier that ends at `end`, `b""` for none."""
    match = _LAST_WORD.search(code, max(0, end - 80), end)
    return match[0] if match else b""


def closing(code: bytes | bytearray, opened: int) -> int:
    """The offset after the parenthesis that closes the one at `opened`, 0 where none does."""
    match = _BALANCED.match(code, opened)
    return match.end() if match else 0


def argument_spans(code: bytes | bytearray, start: int, end: int) -> list[tuple[int, int]]:
    """The ranges between the outer commas of the text between a call's parentheses."""
    spans, depth, first = [], 0, start
    for match in _SEPARATOR.finditer(code, start, end):
        char = match[0]
        if char in b"([{":
            depth += 1
        elif char in b")]}":
            depth -= 1
        elif not depth:
            spans.append((first, match.start()))
            first = match.end()
    return [*spans, (first, end)]


def split_arguments(text: bytes) -> list[bytes]:
    """The arguments between a call's parentheses, each stripped."""
    return [text[start:end].strip() for start, end in argument_spans(text, 0, len(text))]
