"""Diffs that a file holds already, taken out of it again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reviewer.patch.apply import apply, reverse
from reviewer.patch.types import FileChange, FileDiff, HunkFate, Patch

_CLEAN = (HunkFate.EXACT, HunkFate.OFFSET, HunkFate.WHITESPACE)


class Sent(Struct, frozen=True):
    """One file's diff and whether the mail that brought it lost its white space."""

    diff: FileDiff
    collapsed: bool


class Undone(Struct, frozen=True):
    """A file without the first `count` diffs of those looked for."""

    text: bytes
    count: int


def history(patches: Sequence[Patch], first: FileDiff) -> Iterator[Sent]:
    """The diff `first` of the first patch and those after it that change the same file."""
    path: str | None = None
    for patch in patches:
        for diff in patch.files:
            touches = diff.change is not FileChange.COPY and path and path == diff.old_path
            if diff is first or touches:
                yield Sent(diff, patch.collapsed)
                path = diff.new_path


def undone(sent: Sequence[Sent], text: bytes) -> Undone | None:
    """The file without the longest stretch of leading diffs that it holds in full, if any."""
    for count in range(len(sent), 0, -1):
        last = sent[count - 1]
        fates = {hunk.fate for hunk in apply(last.diff, text, collapsed=last.collapsed).hunks}
        if fates != {HunkFate.PRESENT}:
            continue
        before = _without(sent[:count], text)
        if before is not None:
            return Undone(before, count)
    return None


def without_present(
    diff: FileDiff, text: bytes, present: Collection[int], *, collapsed: bool
) -> bytes:
    """The file without the hunks with those indices; `text` where they cannot be taken out."""
    hunks = tuple(hunk for index, hunk in enumerate(diff.hunks, 1) if index in present)
    before = _without((Sent(replace(diff, hunks=hunks), collapsed),), text)
    return text if before is None else before


def without(diff: FileDiff, text: bytes, *, collapsed: bool) -> bytes | None:
    """The file before the diff that led to it, None where it is not what the diff leads to."""
    return _without((Sent(diff, collapsed),), text)


def _without(sent: Sequence[Sent], text: bytes) -> bytes | None:
    for one in reversed(sent):
        result = apply(reverse(one.diff), text, collapsed=one.collapsed)
        if any(hunk.fate not in _CLEAN for hunk in result.hunks):
            return None
        text = result.text
    return text
