"""A series over its files, patch by patch, under the rules: the whole review as one function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.finding import Finding, Skip, Status
from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import Context, FileChange, FileReview, Patch, Series, SourceFile
from reviewer.review.analysis import Analyser, Analysis
from reviewer.review.compare import Change, Ledger, compare
from reviewer.review.match import Sides
from reviewer.review.order import order
from reviewer.review.relevance import open_book, simulated
from reviewer.review.renames import under_old_names
from reviewer.review.scope import in_order, intake_skips, is_code, unread
from reviewer.review.types import FileNote, Report
from reviewer.rule.types import RuleSet

if TYPE_CHECKING:
    from reviewer.source.index.index import Index


def review(series: Series, rebuilt: Rebuilt, rules: RuleSet, index: Index | None = None) -> Report:
    """What the series does to the findings of its files, with what could not be analysed.

    `index` is the tree that the series applies to, None where there is none.
    """
    rebuilt, names = under_old_names(series, rebuilt)
    analyser = Analyser(open_book(rules)).standing_in(index)
    ledger = Ledger()
    notes: list[FileNote] = []
    skips: list[Skip] = [*intake_skips(series), *rebuilt.skips]
    told: set[tuple[str, str]] = set()
    for patch, reviews in zip(series.patches, rebuilt.patches, strict=True):
        read = [each for each in map(_code, reviews) if each.before or each.after]
        earlier, analyser = analyser, analyser.standing_in(_after(analyser.index, read))
        changes = compare(patch.number, [_sides(each, earlier, analyser) for each in read])
        ledger.enter(changes)
        notes += _notes(patch, read)
        found = [skip for each in read for skip in _holes(each, analyser, patch, told)]
        told |= {(skip.path, skip.reason) for skip in found}
        skips += [*found, *_uncertain(changes, read, earlier, patch)]
    report = Report(
        series,
        ledger.findings(),
        in_order(skips),
        tuple(notes),
        rebuilt.base,
        tuple(rule.id for rule in rules.rules),
    )
    if simulated(rebuilt):
        report = _with_behaviour(report, series, rebuilt)
    return replace(report, findings=tuple(map(names.given, report.findings)))


def _with_behaviour(report: Report, series: Series, rebuilt: Rebuilt) -> Report:
    """The report with what the simulator says of the series."""
    from reviewer.review.behaviour import behaviour, beside

    found = behaviour(series, rebuilt)
    return replace(
        report,
        findings=tuple(
            sorted((*report.findings, *beside(found.findings, report.findings)), key=order)
        ),
        skips=in_order([*report.skips, *found.skips]),
        verdicts=found.verdicts,
        behaviour_changes=found.changes,
    )


def _code(each: FileReview) -> FileReview:
    """The review with only those sides that are code: a rename can make code of something."""
    before, after = each.before, each.after
    return replace(
        each,
        before=before if before and is_code(before.path) else None,
        after=after if after and is_code(after.path) else None,
    )


def _after(index: Index | None, reviews: list[FileReview]) -> Index | None:
    """The tree with the whole files that a patch leaves."""
    texts = {
        each.after.path: each.after.text
        for each in reviews
        if each.after and each.after.context is not Context.HUNK
    }
    return index.with_files({**index.overlay, **texts}) if index and texts else index


def _sides(each: FileReview, earlier: Analyser, later: Analyser) -> Sides:
    """Both sides of a file; a copy is compared with nothing, its defects are new ones."""
    before = None if each.diff.change is FileChange.COPY else each.before
    return Sides(earlier.side(before), later.side(each.after))


def _notes(patch: Patch, reviews: list[FileReview]) -> Iterator[FileNote]:
    for each in reviews:
        yield FileNote(each.diff.path, patch.number, each.context, each.hunks, analysed=True)
    yield from unread(patch, frozenset(each.diff.path for each in reviews))


def _holes(
    each: FileReview, analyser: Analyser, patch: Patch, told: set[tuple[str, str]]
) -> Iterator[Skip]:
    """What was left open in the file after the patch, as far as it bears on the patch.

    That is what the rules met, unless an earlier patch told it, and unparsed ranges that the
    patch touches. Other unparsed ranges are counted in one Skip a file.
    """
    if each.after is None:
        return
    analysis = analyser.analyse(each.after)
    named = [skip for skip in analysis.obscured if (skip.path, skip.reason) not in told]
    named += [skip for skip in analysis.unparsed if touches(each.after, skip)]
    yield from (replace(skip, patch=patch.number) for skip in named)
    rest = remainder(each.after.path, analysis, (*analysis.obscured, *named))
    if not any((skip.path, skip.reason) in told for skip in rest):
        yield from (replace(skip, patch=patch.number) for skip in rest)


def touches(file: SourceFile, skip: Skip) -> bool:
    """Whether the patch changed a line of the range."""
    end = max(skip.end_line, skip.line)
    return any(skip.line <= line <= end for line in file.changed)


def remainder(path: str, analysis: Analysis, told: Iterable[Skip]) -> tuple[Skip, ...]:
    """One Skip that counts the unparsed ranges of a file that are not told, or none."""
    count = analysis.elsewhere(told)
    if not count:
        return ()
    ranges = "range does" if count == 1 else "ranges do"
    return (Skip(path, 0, f"{count} {ranges} not parse where no rule looked"),)


def _uncertain(
    changes: tuple[Change, ...], reviews: list[FileReview], analyser: Analyser, patch: Patch
) -> Iterator[Skip]:
    """Says which new findings may be old ones in code that did not parse before the patch."""
    before = {each.after.path: each.before for each in reviews if each.after and each.before}
    for finding in (change.finding for change in changes):
        if finding.status is Status.INTRODUCED:
            old = before.get(finding.location.path)
            if old and _obscured(analyser.analyse(old), finding):
                reason = f"{finding.function}() did not parse before the patch: a finding that is"
                yield Skip(
                    finding.location.path,
                    finding.location.line,
                    f"{reason} said to be introduced may be older",
                    patch=patch.number,
                )


def _obscured(analysis: Analysis, finding: Finding) -> bool:
    ranges = [
        (definition.line, definition.end_line)
        for definition in analysis.definitions
        if definition.name == finding.function
    ]
    return any(start <= skip.line <= end for skip in analysis.unparsed for start, end in ranges)
