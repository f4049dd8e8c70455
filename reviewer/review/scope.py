"""Which files a review reads, decided on their names alone.

Kept apart from the pipeline so that a patch that touches no code never loads a parser.
"""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.finding import Skip
from reviewer.patch.types import Context, Patch, Series
from reviewer.review.types import FileNote, Report

SUFFIXES = (".c", ".h", ".S")


def is_code(path: str) -> bool:
    """Whether the path names C or assembly that is preprocessed."""
    return path.endswith(SUFFIXES)


def touches_code(series: Series) -> bool:
    """Whether any patch of the series changes C or assembly."""
    return any(
        is_code(path)
        for patch in series.patches
        for diff in patch.files
        for path in (diff.old_path, diff.new_path)
        if path
    )


def without_code(series: Series) -> Report:
    """The report of a series that changes no C and no assembly."""
    notes = (note for patch in series.patches for note in unread(patch, frozenset()))
    return Report(series, (), in_order(intake_skips(series)), tuple(notes))


def unread(patch: Patch, read: frozenset[str]) -> Iterable[FileNote]:
    """Notes of the files of a patch that were not read."""
    for diff in patch.files:
        if diff.path not in read:
            yield FileNote(diff.path, patch.number, Context.HUNK, (), analysed=False)


def intake_skips(series: Series) -> Iterable[Skip]:
    """What could not be read of the mails, and which patches nobody sent."""
    yield from series.skips
    if series.missing:
        yield Skip("", 0, f"missing: patch {_ranges(series.missing)} of {series.total}")
    for patch in series.patches:
        yield from patch.skips


def in_order(skips: Iterable[Skip]) -> tuple[Skip, ...]:
    """Skips once each, in report order."""
    unique = dict.fromkeys(skips)
    return tuple(sorted(unique, key=lambda skip: (skip.patch, skip.path, skip.line, skip.reason)))


def _ranges(numbers: tuple[int, ...]) -> str:
    """`1, 3-5` for 1, 3, 4, 5."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
