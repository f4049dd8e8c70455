"""What the hunks alone show of a file, each line at its number."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from reviewer.finding import Skip
from reviewer.patch.apply import encoded
from reviewer.patch.types import Context, FileDiff, Hunk, LineKind, SourceFile

# Far above the longest source file of the kernel; a hunk that claims to stand below it would
# make us write as many empty lines.
LAST_LINE = 400_000


class Excerpt(Struct, frozen=True):
    """Both sides of a file as its hunks show them; a side is None where there is no such file."""

    before: SourceFile | None
    after: SourceFile | None
    skips: tuple[Skip, ...] = ()


def excerpt(diff: FileDiff) -> Excerpt:
    """The lines of the hunks, with empty lines where the file is unknown.

    A hunk that overlaps the one above it, or claims line numbers no source file has, is skipped.
    """
    fitting: list[Hunk] = []
    skips = []
    for index, hunk in enumerate(diff.hunks, 1):
        if problem := _misfit(hunk, fitting[-1:]):
            skips.append(Skip(diff.path, 0, f"hunk {index} {problem}"))
        else:
            fitting.append(hunk)
    before = _side(diff.old_path, fitting, LineKind.REMOVED) if diff.old_path else None
    after = _side(diff.new_path, fitting, LineKind.ADDED) if diff.new_path else None
    return Excerpt(before, after, tuple(skips))


def _misfit(hunk: Hunk, above: Sequence[Hunk]) -> str:
    """What is wrong with a hunk's place in its file, `""` where it can be shown."""
    ends = (hunk.old_start + hunk.old_count, hunk.new_start + hunk.new_count)
    if max(ends) > LAST_LINE:
        return f"claims to stand below line {LAST_LINE}"
    for other in above:
        if (
            hunk.old_start < other.old_start + other.old_count
            or hunk.new_start < other.new_start + other.new_count
        ):
            return "overlaps the hunk above it"
    return ""


def _side(path: str, hunks: Sequence[Hunk], own: LineKind) -> SourceFile:
    """One side of the file: its context and the lines of the kind `own`."""
    text: list[bytes] = []
    changed = set()
    known = []
    sections = []
    for hunk in hunks:
        start = hunk.new_start if own is LineKind.ADDED else hunk.old_start
        lines = [line for line in hunk.lines if line.kind in (LineKind.CONTEXT, own)]
        if not lines:
            continue
        text += [b"\n"] * (start - 1 - len(text))
        known.append((len(text) + 1, len(text) + len(lines)))
        sections.append(hunk.section)
        for line in lines:
            text.append(encoded(line))
            if line.kind is own:
                changed.add(len(text))
    return SourceFile(
        path, b"".join(text), Context.HUNK, frozenset(changed), tuple(known), tuple(sections)
    )
