"""What a new version of a series did to the lines that reviewers spoke of in the old one.

A line counts as changed when it, or one right beside it in the diff, is not the same in the new
version: "add a barrier here" is answered below the line it stands under. Whether the change is
what the comment asked for is for people to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import StrEnum

from msgspec import Struct

from reviewer.finding import Location
from reviewer.patch.types import FileDiff, LineKind, Patch, Remark, Series


class Fate(StrEnum):
    """What became of the line that a comment stands under."""

    CHANGED = "changed"
    SAME = "the same"
    DROPPED = "no longer in the series"
    GENERAL = "no line in particular"


class Answer(Struct, frozen=True):
    """A comment on a patch of the old version, and what became of its line."""

    patch: int
    remark: Remark
    fate: Fate


def answers(old: Series, new: Series) -> tuple[Answer, ...]:
    """Every comment that the old version's thread has, in the order of patches and lines."""
    return tuple(
        Answer(patch.number, remark, _fate(remark, patch, _successor(patch, new)))
        for patch in old.patches
        for remark in patch.remarks
    )


def _successor(patch: Patch, new: Series) -> Patch | None:
    """The patch that took the place of an old one: by subject, else by what it changes."""
    subject = patch.subject.casefold()
    same = next((each for each in new.patches if each.subject.casefold() == subject), None)
    if same:
        return same
    paths = {diff.path for diff in patch.files}

    def shared(each: Patch) -> tuple[int, bool]:
        return len(paths & {diff.path for diff in each.files}), each.number == patch.number

    best = max(new.patches, key=shared, default=None)
    return best if best and shared(best)[0] else None


def _fate(remark: Remark, patch: Patch, successor: Patch | None) -> Fate:
    if not remark.after.strip():
        return Fate.GENERAL
    if successor is None:
        return Fate.DROPPED
    if remark.location is None:
        return _of_words(remark, successor)
    before = list(_lines(patch, remark.location.path))
    at = _index(before, remark)
    if at is None:
        return Fate.GENERAL
    after = list(_lines(successor, remark.location.path))
    return _of_line(at, [text for _, text in before], [text for _, text in after])


def _of_words(remark: Remark, successor: Patch) -> Fate:
    """Whether the changelog still has the line that was quoted."""
    quoted = " ".join(remark.after.split())
    lines = (*successor.changelog.split("\n"), *successor.notes.split("\n"), successor.subject)
    return Fate.SAME if quoted in {" ".join(line.split()) for line in lines} else Fate.CHANGED


_Placed = tuple[Location, str]


def _lines(patch: Patch, path: str) -> Iterator[_Placed]:
    """The lines of the diff of a file with their signs, white space folded, each at its place."""
    for diff in patch.files:
        if path in (diff.old_path, diff.new_path):
            yield from _of_file(diff)


def _of_file(diff: FileDiff) -> Iterator[_Placed]:
    for hunk in diff.hunks:
        for line in hunk.lines:
            removed = line.kind is LineKind.REMOVED
            path = (diff.old_path if removed else diff.new_path) or diff.path
            number = (line.old if removed else line.new) or 0
            yield Location(path, number), f"{line.kind}{' '.join(line.text.split())}"


def _index(lines: Sequence[_Placed], remark: Remark) -> int | None:
    """The line that the comment stands under: at its place, and if two are, the one quoted."""
    quoted = "".join(remark.after.split())
    there = [at for at, (place, _) in enumerate(lines) if place == remark.location]
    exact = [at for at in there if "".join(lines[at][1].split()) == quoted]
    return next(iter((*exact, *there)), None)


def _of_line(at: int, before: list[str], after: list[str]) -> Fate:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag != "equal" and start - 1 <= at <= end:
            return Fate.CHANGED
    return Fate.SAME
