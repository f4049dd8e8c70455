"""The two sides of a diff as tokens, to see a rename, a move or a re-wrapping for what it is."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.words.text import code_of
from reviewer.patch.late import late
from reviewer.patch.types import FileDiff, Hunk, Line, LineKind, Patch

_TOKEN = late(r'"(?:[^"\\]|\\.)*"|\w+|->|[<>=!&|+-]{1,2}|[^\s\w]')
_IDENTIFIER = late(r"[A-Za-z_]\w*")
_KEYWORDS = frozenset(
    (
        "if", "else", "while", "for", "do", "switch", "case", "default", "return", "goto", "break",
        "continue", "sizeof", "static", "inline", "extern", "const", "volatile", "void", "int",
        "char", "long", "short", "unsigned", "signed", "bool", "struct", "union", "enum",
        "typedef", "true", "false", "NULL",
    )
)  # fmt: skip


class Block(Struct, frozen=True):
    """Lines that a hunk removes and adds between two lines of context."""

    diff: FileDiff
    removed: tuple[Line, ...]
    added: tuple[Line, ...]

    @property
    def old(self) -> tuple[str, ...]:
        """The tokens of the removed lines, comments apart."""
        return tokens(self.removed)

    @property
    def new(self) -> tuple[str, ...]:
        """The tokens of the added lines, comments apart."""
        return tokens(self.added)


def blocks(patch: Patch, suffixes: tuple[str, ...]) -> tuple[Block, ...]:
    """The blocks of the patch's files with one of the suffixes."""
    return tuple(
        block
        for diff in patch.files
        if diff.path.endswith(suffixes)
        for hunk in diff.hunks
        for block in blocks_of(diff, hunk)
    )


def blocks_of(diff: FileDiff, hunk: Hunk) -> Iterator[Block]:
    """The blocks of a hunk."""
    removed: list[Line] = []
    added: list[Line] = []
    for line in hunk.lines:
        if line.kind is LineKind.REMOVED:
            removed.append(line)
        elif line.kind is LineKind.ADDED:
            added.append(line)
        elif removed or added:
            yield Block(diff, tuple(removed), tuple(added))
            removed, added = [], []
    if removed or added:
        yield Block(diff, tuple(removed), tuple(added))


def tokens(lines: tuple[Line, ...]) -> tuple[str, ...]:
    """The tokens of the lines, comments apart."""
    found: list[str] = []
    inside = False
    for line in lines:
        text = line.text
        if inside or text.lstrip().startswith("*"):
            inside = inside and "*/" not in text
            continue
        inside = "/*" in text and "*/" not in text.partition("/*")[2]
        found += _TOKEN.findall(code_of(text))
    return tuple(found)


def renames(changes: tuple[Block, ...]) -> dict[str, str]:
    """Old names to new ones: each stands where the other stood and is gone from the added lines.

    Only blocks that differ in nothing but names are asked, so that a name that merely gives way
    to another is none.
    """
    found: dict[str, str] = {}
    for block in changes:
        old, new = block.old, block.new
        if len(old) == len(new):
            differing = [(one, two) for one, two in zip(old, new, strict=True) if one != two]
            if all(_is_name(one) and _is_name(two) for one, two in differing):
                for one, two in differing:
                    found.setdefault(one, two)
    still = {token for block in changes for token in block.new}
    return {one: two for one, two in found.items() if one not in still}


def differs(block: Block, names: dict[str, str]) -> bool:
    """Whether the block's sides differ in more than the renames and the wrapping of lines."""
    return tuple(names.get(token, token) for token in block.old) != block.new


def _is_name(token: str) -> bool:
    return _IDENTIFIER.fullmatch(token) is not None and token not in _KEYWORDS
