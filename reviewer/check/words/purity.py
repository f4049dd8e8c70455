"""Claims that a patch only renames or only moves, held against what else it changes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from reviewer.check.words.claims import nothing_changes
from reviewer.check.words.text import CODE_SUFFIXES, PatchText, TextLine
from reviewer.check.words.tokens import Block, blocks, differs, renames, tokens
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.late import late
from reviewer.patch.types import Line

_ONLY = r"\b(?:only|just|merely|simply|purely|solely) (?:a )?"
_RENAMES = late(_ONLY + r"re-?nam(?:e[sd]?|ing)\b|\bpure re-?nam(?:e|ing)\b", re.IGNORECASE)
_MOVES = late(
    _ONLY + r"mov(?:e[sd]?|ing)\b(?! (?:on|to use))|\bpure(?:ly)? (?:code )?(?:move|movement)\b"
    r"|\bcode movement only\b",
    re.IGNORECASE,
)
_RENAME_SUBJECT = late(r"\bre-?nam(?:e|ing)\b", re.IGNORECASE)
_MOVE_SUBJECT = late(r"\b(?:move|relocate)\b", re.IGNORECASE)
#: How alike a removed and an added line are before one is the other, changed.
ALIKE = 0.7
#: What a move may change of a line: who sees the function, and where it lives.
_LINKAGE = frozenset(
    ("static", "inline", "extern", "noinline", "__init", "__exit", "__always_inline", "notrace")
)
#: Lines of a patch above which lines are not paired: that is quadratic.
MAX_LINES = 400


def only_renames(question: Question) -> Iterator[Hit]:
    """A claim to rename only, and the first line that changes otherwise."""
    patch = question.patch
    claim = _claim(patch, _RENAMES, _RENAME_SUBJECT)
    if claim is None:
        return
    changes = blocks(patch.patch, CODE_SUFFIXES)
    names = renames(changes)
    if not names:
        return
    for block in changes:
        if differs(block, names) and not _is_trifle(block):
            yield _witness(claim, block, block.added or block.removed)
            return


def only_moves(question: Question) -> Iterator[Hit]:
    """A claim to move only, and the first line that was changed on the way."""
    patch = question.patch
    claim = _claim(patch, _MOVES, _MOVE_SUBJECT)
    if claim is None:
        return
    changes = blocks(patch.patch, CODE_SUFFIXES)
    gone = Counter(_plain(line) for block in changes for line in block.removed)
    come = Counter(_plain(line) for block in changes for line in block.added)
    left = [text for text in (gone - come) if _is_statement(text)][:MAX_LINES]
    written = {_plain(line): line.text.strip() for block in changes for line in block.removed}
    names = renames(changes)
    for block in changes:
        for line in block.added:
            text = _plain(line)
            if text in come - gone and _is_statement(text):
                old = next((one for one in left if _is_changed(one, text, names)), None)
                if old is not None:
                    yield _witness(claim, block, (line,), f"`{written[old]}` became ")
                    return


def _claim(patch: PatchText, words: re.Pattern[str], subject: re.Pattern[str]) -> TextLine | None:
    """The line that claims it, in words or by its subject with a claim that nothing changes."""
    for line in (patch.subject, *(line for one in patch.prose for line in one.lines)):
        if words.search(line.text) and not re.search(r"\b(?:not|n't|but|if)\b", line.text):
            return line
    return nothing_changes(patch) if subject.search(patch.patch.subject) else None


def _witness(claim: TextLine, block: Block, lines: tuple[Line, ...], before: str = "") -> Hit:
    line = next((line for line in lines if tokens((line,))), lines[0])
    place = Location(block.diff.path, line.new or line.old or 0)
    detail = f"{before}`{line.text.strip()}` ({place.path}:{place.line})"
    return Hit("claim", claim.text.strip(), claim.location, claim.mail, detail)


def _is_trifle(block: Block) -> bool:
    """Whether the block only includes, declares or comments."""
    return all(
        line.text.lstrip().startswith(("#include", "extern ", "EXPORT_SYMBOL", "/*", "*", "//"))
        or not tokens((line,))
        for line in (*block.removed, *block.added)
    )


def _plain(line: Line) -> tuple[str, ...]:
    return tuple(token for token in tokens((line,)) if token not in _LINKAGE)


def _is_statement(text: tuple[str, ...]) -> bool:
    """Whether the tokens are code that does something: a condition, a call or an assignment."""
    return len(text) > 4 and text[0] != "#" and text[-1] in (";", ")", "{")


def _is_changed(old: tuple[str, ...], new: tuple[str, ...], names: dict[str, str]) -> bool:
    if tuple(names.get(token, token) for token in old) == new:
        return False
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= ALIKE
