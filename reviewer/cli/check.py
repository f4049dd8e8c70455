"""`reviewer check`: patch series from mail, files or git, each with its report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.cli.memory import remember
from reviewer.cli.outcome import Code, complain, guarded, judge, worst
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink, counted, opened
from reviewer.cli.targets import STDIN, Targets
from reviewer.errors import InputError
from reviewer.finding import Skip, Status
from reviewer.patch.types import Series
from reviewer.report.formats import FORMATS, JOINT
from reviewer.report.text import idle_line
from reviewer.review.scope import is_code, touches_code, without_code
from reviewer.review.suppress import unused
from reviewer.review.types import Report

if TYPE_CHECKING:
    from reviewer.patch.tree import Tree


class _Run(Struct):
    """The series of one run: their printed reports, and how they ended.

    `held` are reports of a format that makes one document of several. `used` are fingerprints of
    findings that were suppressed.
    """

    settings: Settings
    sink: Sink
    several: bool
    series: int = 0
    printed: int = 0
    guilty: int = 0
    failed: int = 0
    held: list[Report] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def review(self, series: Series) -> Code:
        """Reviews one series and prints its report, or keeps it."""
        report = reviewed(series, self.settings)
        remember(report)
        self.used |= {each.finding.fingerprint for each in report.suppressed}
        self.print(report)
        counted = report.with_status(Status.INTRODUCED, Status.MOVED)
        self.guilty += bool(counted)
        code = judge(counted, self.settings.fail_on)
        return worst(code, Code.ANALYSIS) if _unanalysed(report) else code

    def one_of_several(self, series: Series) -> Code:
        """The same; a series that fails costs no other one, and has a report that says so."""
        verbose, what = self.settings.verbose, f'"{series.title}"'
        ended = guarded(lambda: self.review(series), verbose=verbose, what=what)
        if ended in (Code.INPUT, Code.ANALYSIS):
            self.failed += 1
            if self.printed == self.series:
                self.print(Report(series, (), (Skip("", 0, "the review of the series failed"),)))
        self.series += 1
        return ended

    def print(self, report: Report) -> None:
        """Prints a report, or keeps it for the one document that holds them all."""
        form = self.settings.format
        self.printed += 1
        if self.several and form in JOINT:
            self.held.append(report)
            return
        text = FORMATS[form](report, self.settings.style(several=self.several))
        if not text and report.skips:
            count = len(report.skips)
            places = "one place was" if count == 1 else f"{count} places were"
            complain(f"{places} not analysed: --format text names what", _title(report))
        between = "\n" if self.series and text and form == "text" else ""
        self.sink.write(between + text)

    def end(self) -> None:
        """Prints what is said of all series together."""
        form = self.settings.format
        if self.held:
            self.sink.write(JOINT[form](self.held, self.settings.style(several=self.several)))
        if form != "text":
            return
        if self.settings.verbose and self.settings.suppression_list:
            name = self.settings.suppression_list.name
            for idle in unused(self.settings.suppressions, self.used, name):
                self.sink.write(f"{idle_line(idle)}\n")
        if self.several and not self.settings.quiet:
            self.sink.write(f"\n== {self} ==\n")

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
    code = Code.CLEAN
    with opened(settings.output) as sink:
        run = _Run(settings, sink, several)
        for series in counted(found, len(found), "series", quiet=settings.quiet):
            ended = run.one_of_several(series) if several else run.review(series)
            if ended in (Code.INTERRUPTED, Code.PIPE):
                return ended
            code = worst(code, ended)
        run.end()
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


def reviewed(series: Series, settings: Settings) -> Report:
    """The whole review of a series under the settings."""
    from reviewer.patch.tree import NoTree
    from reviewer.review.words import with_words

    if not touches_code(series):
        report = without_code(series)
        return with_words(report, (), settings.words, NoTree(), pedantic=settings.choices.pedantic)
    report = _remembered(series, settings)
    remark = f"; {settings.base_remark}" if settings.base_remark else ""
    return replace(report, base=f"{report.base}{remark}")


def _remembered(series: Series, settings: Settings) -> Report:
    """The whole review, the one from before where that is as good."""
    from reviewer.review.remembered import remembered
    from reviewer.source.index.kept import Damaged

    def review(tree: Tree) -> Report:
        from reviewer.review.whole import whole_review

        return whole_review(series, tree, settings.rules, lambda: settings.store, settings.choices)

    asked = f"{settings.rules_digest} {settings.choices!r}"
    try:
        return remembered(series, settings.tree, asked, settings.kept, review)
    except Damaged as error:
        complain(str(error))
        return remembered(series, settings.tree, asked, settings.kept, review)


def _title(report: Report) -> str:
    return f'"{report.series.title}"' if report.series else ""


def _unanalysed(report: Report) -> bool:
    """Whether there was code, or something that may be code, and none of it was analysed."""
    code = any(is_code(note.path) for note in report.files)
    unread = not report.files and bool(report.skips)
    looked = any(note.analysed for note in report.files)
    return bool(report.skips) and (code or unread) and not looked
