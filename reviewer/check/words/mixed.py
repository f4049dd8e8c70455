"""A patch that holds a change of behaviour and a refactoring that could stand alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from reviewer.check.words.defines import defined
from reviewer.check.words.lazy import FEW_LINES
from reviewer.check.words.text import PatchText
from reviewer.check.words.tokens import Block, blocks, differs, renames
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location

#: Lines that only a rename changes, below which it is not worth a patch.
RENAMED_LINES = FEW_LINES


def two_changes(question: Question) -> Iterator[Hit]:
    """Blocks that only rename, and blocks that change code and have none of the renamed names.

    Neither set needs the other, so each could be a patch.
    """
    patch = question.patch
    changes = blocks(patch.patch, (".c", ".h", ".S"))
    names = {old: new for old, new in renames(changes).items() if _is_named(new, changes)}
    if not names:
        return
    alone = [block for block in changes if block.old and not differs(block, names)]
    other = [block for block in changes if block.old != block.new and differs(block, names)]
    concerned = {*names, *names.values()}
    if not other or any(concerned & {*block.old, *block.new} for block in other):
        return
    if sum(len(block.added) for block in alone) < RENAMED_LINES:
        return
    old, new = _commonest(alone, names)
    place = _place(alone[0])
    line = alone[0].added[0]
    detail = f"`{old}` became `{new}` ({_lines(alone)}), other code changed ({_lines(other)})"
    yield Hit(new, line.text.strip(), place, _mail(patch, alone[0]), detail)


def _is_named(name: str, changes: Iterable[Block]) -> bool:
    """Whether an added line gives something the name: else another thing is used instead."""
    gives = re.compile(
        rf"\s*(?!return\b|goto\b)(?:\w+[ \t*]+)+\*?{re.escape(name)}(?:\[.*\])?(?: = .*)?[;,]"
    )
    return any(
        defined(line.text) == name or gives.match(line.text)
        for block in changes
        for line in block.added
    )


def _commonest(changes: Iterable[Block], names: dict[str, str]) -> tuple[str, str]:
    count = Counter(token for block in changes for token in block.old if token in names)
    old = min(count, key=lambda token: (-count[token], token))
    return old, names[old]


def _lines(changes: list[Block]) -> str:
    """The lines of the blocks by file: `a.c:3, 7-9; b.c:1`."""
    found: dict[str, list[str]] = {}
    for block in changes:
        side = block.added or block.removed
        first, last = (line.new or line.old or 0 for line in (side[0], side[-1]))
        found.setdefault(block.diff.path, []).append(
            f"{first}-{last}" if last > first else f"{first}"
        )
    return "; ".join(f"{path}:{', '.join(lines)}" for path, lines in sorted(found.items()))


def _place(block: Block) -> Location:
    return Location(block.diff.path, block.added[0].new or 0)


def _mail(patch: PatchText, block: Block) -> Location | None:
    return patch.mail(block.added[0])
