"""What was known of each file and how its hunks went in, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reviewer.patch.types import Applied, Context, HunkFate
from reviewer.report.safe import printable
from reviewer.report.style import Style
from reviewer.review.types import FileNote, Report

_CONTEXTS = {
    Context.FULL: "whole file",
    Context.BLOB: "whole file from its blob",
    Context.HUNK: "hunks only",
}


def describe_files(report: Report, style: Style) -> Iterator[str]:
    """A line for each file known in part or changed with difficulty, and a count of the others.

    With `style.full` a line for every file.
    """
    plain = 0
    for note in report.files:
        if note.analysed and _plain(note) and not style.full:
            plain += 1
        elif note.analysed or note.hunks or style.full:
            yield _file(note, report)
    ignored = sum(not note.analysed and not note.hunks for note in report.files)
    if plain:
        changes = "change" if plain == 1 else "changes"
        yield f"analysed with the whole file: {plain} {changes}, every hunk where it belongs"
    if ignored and not style.full:
        files = "change to a file that is" if ignored == 1 else "changes to files that are"
        yield f"not looked at: {ignored} {files} not C"


def _plain(note: FileNote) -> bool:
    exact = all(applied.fate is HunkFate.EXACT for applied in note.hunks)
    return note.context is not Context.HUNK and exact


def _file(note: FileNote, report: Report) -> str:
    total = f"/{report.series.total}" if report.series else ""
    known = _CONTEXTS[note.context] if note.analysed else "not analysed"
    hunks = f", {_fates(note.hunks)}" if note.hunks else ""
    return f"{note.patch}{total} {printable(note.path)}: {known}{hunks}"


def _fates(hunks: tuple[Applied, ...]) -> str:
    """`5 hunks: 3 exact, 1 offset (+4), 1 failed (#2)`."""
    counts = Counter(applied.fate for applied in hunks)
    said = []
    for fate in HunkFate:
        if counts[fate]:
            details = _details(fate, [applied for applied in hunks if applied.fate is fate])
            said.append(f"{counts[fate]} {fate}{details}")
    return f"{len(hunks)} {'hunk' if len(hunks) == 1 else 'hunks'}: {', '.join(said)}"


def _details(fate: HunkFate, hunks: list[Applied]) -> str:
    match fate:
        case HunkFate.OFFSET:
            values = sorted({applied.offset for applied in hunks})
            return f" ({', '.join(f'{value:+d}' for value in values)})"
        case HunkFate.FUZZ:
            return f" (up to {max(applied.fuzz for applied in hunks)})"
        case HunkFate.FAILED:
            return f" ({', '.join(_failed(applied) for applied in hunks)})"
        case HunkFate.EXACT | HunkFate.WHITESPACE | HunkFate.PRESENT:
            return ""


def _failed(applied: Applied) -> str:
    nearest = f", nearest line {applied.nearest.line}" if applied.nearest else ""
    return f"#{applied.index}{nearest}"
