"""`reviewer check`: patch series from mail, files or git, each with its report."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.cli.outcome import Code, guarded, judge, worst
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink, counted, in_colour, opened
from reviewer.cli.targets import STDIN, Targets
from reviewer.errors import InputError
from reviewer.finding import Skip, Status
from reviewer.patch.types import Series
from reviewer.report.style import Style
from reviewer.review.scope import is_code, touches_code, without_code
from reviewer.review.types import Report


class _Tally(Struct):
    """How the series of one run ended."""

    series: int = 0
    guilty: int = 0
    failed: int = 0

    def __str__(self) -> str:
        clean = self.series - self.guilty - self.failed
        failed = f", {self.failed} not analysed" if self.failed else ""
        return f"{self.series} series: {self.guilty} with findings, {clean} without{failed}"


def check(targets: Targets, settings: Settings) -> Code:
    """Reviews each series and prints its report; the code to end with.

    Raises:
        ReviewerError: the targets cannot be read. What goes wrong with one of several series is
            told on stderr and does not keep the others from being reviewed.
    """
    found = _series(targets, settings)
    if targets.revisions or targets.staged:
        settings = replace(settings, tree_path=settings.repository)
    several = len(found) > 1
    code, tally = Code.CLEAN, _Tally()
    with opened(settings.output) as sink:
        for series in counted(found, len(found), "series", quiet=settings.quiet):
            action = partial(_check_one, series, settings, sink, several, tally)
            if not several:
                return action()
            ended = guarded(action, verbose=settings.verbose, what=f'"{series.title}"')
            if ended in (Code.INTERRUPTED, Code.PIPE):
                return ended
            tally.series += 1
            tally.failed += ended in (Code.INPUT, Code.ANALYSIS)
            code = worst(code, ended)
        if settings.format == "text" and not settings.quiet:
            sink.write(f"\n== {tally} ==\n")
    return code


def _series(targets: Targets, settings: Settings) -> tuple[Series, ...]:
    if targets.staged:
        from reviewer.patch.git import read_staged

        return (read_staged(settings.repository),)
    if targets.revisions:
        return (_commits(targets.revisions, settings),)
    from reviewer.patch.intake import read

    stdin = sys.stdin.buffer.read() if Path(STDIN) in targets.paths else None
    found = read(targets.paths, stdin)
    first, *others = found.series
    first = replace(first, skips=(*first.skips, *found.skips))
    return tuple(_portable(series) for series in (first, *others))


def _commits(revisions: str, settings: Settings) -> Series:
    from reviewer.patch.git import read_range

    try:
        return read_range(settings.repository, revisions)
    except InputError as error:
        message = f"{revisions!r} is no file, and as a revision: {error}"
        raise InputError(message) from error


def _portable(series: Series) -> Series:
    """The series without absolute paths of mails: a report is the same wherever they lie."""
    return replace(
        series,
        skips=_portable_skips(series.skips),
        patches=tuple(
            replace(patch, skips=_portable_skips(patch.skips)) if patch.skips else patch
            for patch in series.patches
        ),
    )


def _portable_skips(skips: tuple[Skip, ...]) -> tuple[Skip, ...]:
    return tuple(
        replace(skip, path=Path(skip.path).name) if skip.path.startswith("/") else skip
        for skip in skips
    )


def _check_one(
    series: Series, settings: Settings, sink: Sink, several: bool, tally: _Tally
) -> Code:
    from reviewer.report.formats import FORMATS

    report = reviewed(series, settings)
    style = Style(
        show=settings.show,
        colour=in_colour(settings.colour, settings.output),
        brief=settings.quiet,
        full=settings.verbose,
        several=several,
    )
    text = FORMATS[settings.format](report, style)
    between = "\n" if tally.series and text and settings.format == "text" else ""
    sink.write(between + text)
    counted = report.with_status(Status.INTRODUCED, Status.MOVED)
    tally.guilty += bool(counted)
    code = judge(counted, settings.fail_on)
    return worst(code, Code.ANALYSIS) if _unanalysed(report) else code


def reviewed(series: Series, settings: Settings) -> Report:
    """The whole review of a series under the settings."""
    from reviewer.patch.tree import NoTree
    from reviewer.review.words import with_words

    if not touches_code(series):
        report = without_code(series)
        return with_words(report, (), settings.words, NoTree(), pedantic=settings.pedantic)
    from reviewer.review.whole import whole_review

    report = whole_review(
        series,
        settings.tree,
        settings.rules,
        lambda: settings.store,
        suppressions=settings.suppressions,
        pedantic=settings.pedantic,
    )
    remark = f"; {settings.base_remark}" if settings.base_remark else ""
    return replace(report, base=f"{report.base}{remark}")


def _unanalysed(report: Report) -> bool:
    """Whether there was code, or something that may be code, and none of it was analysed."""
    code = any(is_code(note.path) for note in report.files)
    unread = not report.files and bool(report.skips)
    return (code or unread) and not any(note.analysed for note in report.files)
