"""Attribute macros blanked: the known, the learnt, and those that their place gives away."""

from __future__ import annotations

import re

from reviewer.source import c_macros as macros
from reviewer.source.c_edit import (
    WORD_BYTES,
    Notes,
    closing,
    fill,
    following,
    preceding,
    word_before,
)
from reviewer.source.c_notes import Note, Rewrite

_UNDERSCORED = re.compile(rb"__\w++")
_DECLARED = re.compile(rb"\w++\s*+[(;=,\[)]")
_TAGGED_BLOCK = re.compile(rb"\w++\s*+\{")
_NAME_USE = b"(=;,.[)-"
_DECLARATOR = WORD_BYTES | {0x2A}


def blank_attributes(code: bytearray, learnt: frozenset[bytes], notes: Notes) -> None:
    """Blank attribute macros, and `__words` between a type and what it declares."""
    known = macros.ATTRIBUTES | learnt
    unknown: list[tuple[int, int]] = []
    for match in _UNDERSCORED.finditer(code):
        start, end = match.span()
        if start and (code[start - 1] in WORD_BYTES or code[start - 1] == 0x2E):
            continue
        word = match[0]
        if word in known:
            _blank_unless_argument(code, start, end)
        elif word in macros.CALLED_ATTRIBUTES:
            _blank_called(code, start, end, notes)
        else:
            unknown.append((start, end))
    for start, end in [span for span in unknown if _between_words(code, *span)]:
        fill(code, start, end)
    plain = [word for word in learnt | macros.PLAIN_ATTRIBUTES if word in code]
    if plain:
        for match in re.finditer(b"(?:" + b"|".join(sorted(plain, reverse=True)) + rb")\b", code):
            start, end = match.span()
            if not start or code[start - 1] not in WORD_BYTES:
                after = following(code, end)
                if after < len(code) and code[after] not in _NAME_USE:
                    fill(code, start, end)


def _blank_unless_argument(code: bytearray, start: int, end: int) -> None:
    after = following(code, end)
    if after < len(code) and code[after] in b",)" and code[preceding(code, start)] in b"(,":
        return
    fill(code, start, end)


def _blank_called(code: bytearray, start: int, end: int, notes: Notes) -> None:
    word = bytes(code[start:end])
    closed = closing(code, following(code, end))
    if not closed:
        if word in macros.ATTRIBUTES_EITHER_WAY:
            fill(code, start, end)
        return
    if word in macros.STATEMENT_ANNOTATIONS and code.startswith(b";", following(code, closed)):
        return
    if word in macros.CLEANUPS:
        notes[start] = Note(Rewrite.CLEANUP, word.decode(), start, closed)
    fill(code, start, closed)


def _between_words(code: bytearray, start: int, end: int) -> bool:
    """Whether an unknown `__word` stands between a type and what it declares."""
    after = following(code, end)
    if after == end or after >= len(code) or code[after] not in _DECLARATOR:
        return False
    before = preceding(code, start)
    if before < 0 or macros.TYPE_SHAPE.fullmatch(code, start, end):
        return False
    if code[before] == 0x2A:
        return code[after] in WORD_BYTES
    previous = word_before(code, before + 1)
    if previous in macros.TAGS:
        return _TAGGED_BLOCK.match(code, after) is not None
    if not previous or previous in macros.KEYWORDS:
        return False
    return previous not in macros.STORAGE or (
        code[after] != 0x2A and _DECLARED.match(code, after) is None
    )
