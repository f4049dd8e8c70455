"""A series over its files, patch by patch, under the rules: the whole review as one function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.finding import Finding, Skip, Status
from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import Context, FileChange, FileReview, Patch, Series, SourceFile
from reviewer.review.analysis import Analyser, Analysis
from reviewer.review.build import attributed, recompiled
from reviewer.review.compare import Change, Ledger, compare
from reviewer.review.match import Side, Sides
from reviewer.review.relevance import open_book
from reviewer.review.renames import under_old_names
from reviewer.review.scope import in_order, intake_skips, is_code, unread
from reviewer.review.types import FileNote, Report
from reviewer.rule.types import RuleSet

if TYPE_CHECKING:
    from reviewer.source.index.index import Index


def review(
    series: Series,
    rebuilt: Rebuilt,
    rules: RuleSet,
    index: Index | None = None,
    *,
    makefiles: Sequence[Sequence[FileReview]] = (),
    time_budget: float = 0,
) -> Report:
    """What the series does to the findings of its files, with what could not be analysed.

    `index` is the tree that the series applies to, None where there is none; `makefiles` are the
    Makefiles that each patch changes, empty where none does. A file that takes more than
    `time_budget` seconds, where that is not 0, is given up.
    """
    rebuilt, names = under_old_names(series, rebuilt)
    if index:
        sources = (each.diff.path for reviews in rebuilt.patches for each in reviews)
        index = index.touching(path for path in sources if path.endswith(".c"))
    analyser = Analyser(open_book(rules), time_budget=time_budget).standing_in(index)
    ledger = Ledger()
    notes: list[FileNote] = []
    skips: list[Skip] = [*intake_skips(series), *rebuilt.skips]
    told: set[tuple[str, str]] = set()
    made = makefiles or [()] * len(series.patches)
    for patch, reviews, built in zip(series.patches, rebuilt.patches, made, strict=True):
        read = [each for each in map(_code, reviews) if each.before or each.after]
        after = _after(analyser.index, [*read, *built])
        earlier, analyser = analyser, analyser.standing_in(after)
        sides = [_sides(each, earlier, analyser) for each in read]
        others = chain(_concerned(built, earlier, analyser), _called(read, earlier, analyser))
        sides += _untouched(others, read, earlier, analyser)
        changes = compare(patch.number, sides)
        if built:
            changes = tuple(attributed(change, built) for change in changes)
        ledger.enter(changes)
        notes += _notes(patch, [*read, *built], earlier, analyser)
        found = [skip for each in read for skip in _overdue(each, earlier, analyser, patch)]
        found += [skip for each in read for skip in _holes(each, analyser, patch, told)]
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
    return replace(report, findings=tuple(map(names.given, report.findings)))


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
    return _compared(_before(each), each.after, earlier, later)


def _before(each: FileReview) -> SourceFile | None:
    return None if each.diff.change is FileChange.COPY else each.before


def _compared(
    before: SourceFile | None, after: SourceFile | None, earlier: Analyser, later: Analyser
) -> Sides:
    """Two sides as analysed; without findings where one was given up.

    Half of a side would make new findings of old ones.
    """
    sides = Sides(earlier.side(before), later.side(after))
    if earlier.analyse(before).finished and later.analyse(after).finished:
        return sides
    return Sides(replace(sides.before, findings=()), replace(sides.after, findings=()))


def _concerned(
    makefiles: Sequence[FileReview], earlier: Analyser, later: Analyser
) -> Iterator[SourceFile]:
    """Files that are compiled in another way, or call what now does something else to them."""
    if makefiles:
        yield from recompiled(makefiles, later.index)
    if later.index and earlier.book.rules.abroad != later.book.rules.abroad:
        from reviewer.check.abroad import callers

        yield from callers(earlier.book.rules, later.book.rules, later.index)


def _called(
    reviews: Iterable[FileReview], earlier: Analyser, later: Analyser
) -> Iterator[SourceFile]:
    """Files whose functions changed ones call, for what those provide."""
    if earlier.index is None or later.index is None:
        return
    from reviewer.check.callers import led_to

    found: dict[str, None] = {}
    for each in reviews:
        for side, analyser in ((each.before, earlier), (each.after, later)):
            if side and analyser.index:
                found.update(dict.fromkeys(led_to(side, analyser.book.rules, analyser.index)))
    yield from (SourceFile(path, later.index.listed_text(path)) for path in sorted(found))


def _untouched(
    files: Iterable[SourceFile], read: list[FileReview], earlier: Analyser, later: Analyser
) -> Iterator[Sides]:
    """Both sides of files that the patch does not touch; only what is not in both is in them."""
    paths = {each.diff.path for each in read}
    for file in files:
        if file.path not in paths:
            sides = _compared(file, file, earlier, later)
            yield Sides(_without(sides.before, sides.after), _without(sides.after, sides.before))


def _without(side: Side, other: Side) -> Side:
    """The side without the findings that the other one has as well."""
    known = {finding.fingerprint for finding in other.findings}
    kept = tuple(each for each in side.findings if each.fingerprint not in known)
    return replace(side, findings=kept)


def _overdue(each: FileReview, earlier: Analyser, later: Analyser, patch: Patch) -> Iterator[Skip]:
    """What was given up of the file before the patch; `_holes` says it of the file after it."""
    before = earlier.analyse(_before(each))
    if not before.finished and later.analyse(each.after).finished:
        yield from (replace(skip, patch=patch.number) for skip in before.obscured)


def _notes(
    patch: Patch, reviews: list[FileReview], earlier: Analyser, later: Analyser
) -> Iterator[FileNote]:
    for each in reviews:
        done = earlier.analyse(_before(each)).finished and later.analyse(each.after).finished
        yield FileNote(each.diff.path, patch.number, each.context, each.hunks, analysed=done)
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
