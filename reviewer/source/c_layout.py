"""Where the top-level blocks of a C text are and which of them are function bodies."""

from __future__ import annotations

import re
from bisect import bisect_right

from msgspec import Struct

_BRACE = re.compile(rb"[{}]")
_TYPE_BLOCK = re.compile(rb"(?:typedef\s++)?(?:struct|union|enum)(?:\s++\w++)?\s*+")


def _nested(depth: int) -> bytes:
    pattern = rb"\([^()]*+\)"
    for _ in range(depth):
        pattern = rb"\((?:[^()]++|" + pattern + rb")*+\)"
    return pattern


#: A parenthesised text, parentheses nested up to twelve deep.
BALANCED = _nested(11)


class Block(Struct, frozen=True):
    """Braces at file scope: `start` is where its heading begins, `open` and `close` its braces."""

    start: int
    open: int
    close: int
    function: bool


class Layout(Struct, frozen=True):
    """The top-level blocks in order."""

    blocks: tuple[Block, ...]
    opens: tuple[int, ...]

    def block(self, offset: int) -> Block | None:
        """The block whose braces are around the offset."""
        index = bisect_right(self.opens, offset) - 1
        if index < 0 or self.blocks[index].close < offset:
            return None
        return self.blocks[index]

    def in_function(self, offset: int) -> bool:
        """Whether the offset is inside the body of a function."""
        block = self.block(offset)
        return block is not None and block.function

    def items(self, start: int, end: int) -> tuple[int, int]:
        """The range widened to the whole of every block, heading included, that it touches."""
        low, high = start, end
        for block in self.blocks[max(0, bisect_right(self.opens, start) - 1) :]:
            if block.start > end:
                break
            if block.close >= start:
                low, high = min(low, block.start), max(high, block.close + 1)
        return low, high

    def gaps(self, size: int) -> list[tuple[int, int]]:
        """The ranges at file scope, between the blocks."""
        starts = [0, *(block.close + 1 for block in self.blocks)]
        ends = [*(block.open for block in self.blocks), size]
        return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def layout(code: bytes | bytearray) -> Layout:
    """The top-level blocks of a text whose comments, literals and directives are blanked.

    A brace that is never closed ends with the text, or at a `}` in the first column where
    counting alone leaves the file unbalanced.
    """
    pairs, depth = _pairs(code, resync=False)
    if depth:
        pairs, _ = _pairs(code, resync=True)
    blocks = []
    previous = 0
    for opened, closed in pairs:
        start = max(previous, code.rfind(b";", previous, opened) + 1)
        blocks.append(Block(start, opened, closed, _is_function(code, start, opened, closed)))
        previous = closed + 1
    return Layout(tuple(blocks), tuple(block.open for block in blocks))


def _pairs(code: bytes | bytearray, *, resync: bool) -> tuple[list[tuple[int, int]], int]:
    pairs: list[tuple[int, int]] = []
    depth = opened = 0
    for match in _BRACE.finditer(code):
        offset = match.start()
        if code[offset] == 0x7B:
            if not depth:
                opened = offset
            depth += 1
        elif depth:
            depth -= 1
            if resync and (offset == 0 or code[offset - 1] == 0x0A):
                depth = 0
            if not depth:
                pairs.append((opened, offset))
    if depth:
        pairs.append((opened, len(code)))
    return pairs, depth


def _is_function(code: bytes | bytearray, start: int, opened: int, closed: int) -> bool:
    head = code[start:opened].strip()
    if not _PARAMETERS_END.search(head) or b"=" in head or _TYPE_BLOCK.fullmatch(head):
        return False
    return not (_BARE_MACRO.fullmatch(head) and _SEMICOLON.match(code, closed + 1))


_PARAMETERS_END = re.compile(rb"\)(?:\s*+(?!struct\b|union\b|enum\b)[A-Za-z_]\w*+)*+\Z")
_BARE_MACRO = re.compile(rb"\w++\s*+\([^()]*+\)")
_SEMICOLON = re.compile(rb"\s*+;")
