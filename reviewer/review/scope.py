"""Which files a review reads, decided on their names alone.

Kept apart from the pipeline so that a patch that touches no code never loads a parser.
"""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.finding import Skip
from reviewer.patch.types import Context, Patch, Series
from reviewer.review.types import FileNote, Report
from reviewer.source.inserted.makefile import is_makefile

SUFFIXES = (".c", ".h", ".S")


def is_kconfig(path: str) -> bool:
    """Whether the path names a file that declares options."""
    return path.rpartition("/")[2].startswith("Kconfig")


def is_read(path: str) -> bool:
    """Whether a review looks into the file at all."""
    return is_code(path) or is_makefile(path) or is_kconfig(path)


def is_code(path: str) -> bool:
    """Whether the path names C or assembly that is preprocessed."""
    return path.endswith(SUFFIXES)


def touches_code(series: Series) -> bool:
    """Whether any patch of the series changes C, assembly or how they are compiled."""
    return any(
        is_code(path) or is_makefile(path)
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
        yield Skip("", 0, _absent(series))
    for patch in series.patches:
        yield from patch.skips


def _absent(series: Series) -> str:
    """Which patches nobody sent, in words: `patches 1, 3-5 of 6 are missing`."""
    one = len(series.missing) == 1
    numbers = f"{'patch' if one else 'patches'} {_ranges(series.missing)} of {series.total}"
    return f"{numbers} {'is' if one else 'are'} missing"


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
