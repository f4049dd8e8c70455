"""A patch that holds a change of behaviour and another change that could stand alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from reviewer.check.words.defines import defined
from reviewer.check.words.lazy import FEW_LINES
from reviewer.check.words.text import PatchText
from reviewer.check.words.tokens import Block, blocks, blocks_of, differs, renames
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.late import late
from reviewer.patch.types import FileChange, Hunk, Line

#: Lines that only a rename changes, below which it is not worth a patch.
RENAMED_LINES = FEW_LINES
#: A patch that says so tidies up on purpose.
_TIDIES = late(
    r"white ?space|clean|coding.?style|checkpatch|indent|(?:empty|blank) line|newline|reformat"
    r"|style|tidy|tidie",
    re.IGNORECASE,
)


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


def stray_white_space(question: Question) -> Iterator[Hit]:
    """Hunks of C and assembly that change white space alone, where others change code."""
    patch = question.patch
    stray: list[tuple[Block, ...]] = []
    code = False
    for diff in patch.code:
        for hunk in diff.hunks if diff.change is FileChange.MODIFY else ():
            found = tuple(blocks_of(diff, hunk))
            if found and all(_squeezed(block.removed) == _squeezed(block.added) for block in found):
                stray.append(found)
            else:
                code = code or any(block.old != block.new for block in found)
    if not code or not stray or any(_TIDIES.search(text) for text in patch.all_words):
        return
    for found in stray:
        block = found[0]
        line = next(iter((*block.added, *block.removed)))
        place = Location(block.diff.path, _after(block, line))
        yield Hit(_did(found), line.text.strip() or block.diff.path, place, patch.mail(line))


def _squeezed(lines: Iterable[Line]) -> str:
    return "".join("".join(line.text.split()) for line in lines)


def _did(changes: Iterable[Block]) -> str:
    """What happens to the white space."""
    removed = [line for block in changes for line in block.removed]
    added = [line for block in changes for line in block.added]
    if not _squeezed(added) and not (removed and added):
        return "an empty line is added" if added else "an empty line is removed"
    return "only white space is changed"


def _after(block: Block, line: Line) -> int:
    """The line of the new file; for a removed one that which took its place."""
    if line.new is not None:
        return line.new
    hunk = next(hunk for hunk in block.diff.hunks if line in hunk.lines)
    return next((each.new for each in _following(hunk, line) if each.new is not None), 0)


def _following(hunk: Hunk, line: Line) -> Iterator[Line]:
    return iter(hunk.lines[hunk.lines.index(line) :])
