"""A patch quoted as in a mail, with what is to be said under the lines it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from reviewer.finding import Finding, Location
from reviewer.patch.hunk_header import HunkHeader
from reviewer.patch.paths import DEV_NULL
from reviewer.patch.types import FileDiff, Hunk, Line, LineKind, Patch
from reviewer.report.safe import printable

#: No mail may have longer lines than 998 bytes, and nobody reads one of 300 characters.
_WIDTH = 300
CUT = "[ ... ]"
#: Lines quoted above the one that is spoken of, and the least number worth leaving out.
_ABOVE = 9
_SAVED = 6

#: The file, the hunk and the line of a patch, each counted from 0.
Spot = tuple[int, int, int]
Comments = Mapping[Spot, tuple[Finding, ...]]
#: What is said about findings of one rule at one line.
Words = Callable[[tuple[Finding, ...]], Sequence[str]]


class Placed(Struct, frozen=True):
    """Findings at the lines of a patch they are about; `elsewhere` are those at none."""

    comments: Comments
    elsewhere: tuple[Finding, ...]


def place(patch: Patch, findings: Sequence[Finding]) -> Placed:
    """Each finding at the line that caused it, else at the guilty line."""
    comments: defaultdict[Spot, list[Finding]] = defaultdict(list)
    elsewhere: list[Finding] = []
    for finding in findings:
        spot = find(patch, finding)
        if spot:
            comments[spot].append(finding)
        else:
            elsewhere.append(finding)
    return Placed({spot: tuple(found) for spot, found in comments.items()}, tuple(elsewhere))


def find(patch: Patch, finding: Finding) -> Spot | None:
    """The line of the patch that the finding is about, None where the patch does not show it."""
    removed = finding.cause_text.startswith("-")
    cause = _spot(patch, finding.cause, removed=removed) if finding.cause else None
    return cause or _spot(patch, finding.location, removed=False)


def quote(patch: Patch, placed: Placed, words: Words) -> Iterator[str]:
    """The diff as far as it is spoken of, quoted, with the words about each finding.

    Files and hunks nothing is said about are left out, as is what follows the last words.
    """
    files = sorted({spot[0] for spot in placed.comments})
    for at in files:
        hunks = sorted({spot[1] for spot in placed.comments if spot[0] == at})
        yield from _headers(patch.files[at])
        for number in hunks:
            if number and number - 1 not in hunks:
                yield CUT
            last = (at, number) == (files[-1], hunks[-1])
            yield from _commented(patch.files[at].hunks[number], (at, number), placed, words, last)


def whole(patch: Patch, placed: Placed, words: Words) -> Iterator[str]:
    """The whole diff, quoted, with the words about each finding."""
    for at, diff in enumerate(patch.files):
        yield from _headers(diff)
        for number, hunk in enumerate(diff.hunks):
            yield f"> {_heading(hunk)}"
            for place_of_line, line in enumerate(hunk.lines):
                yield _quoted(line)
                yield from _remarks(placed.comments.get((at, number, place_of_line), ()), words)


def _commented(
    hunk: Hunk,
    spot: tuple[int, int],
    placed: Placed,
    words: Words,
    last: bool,
) -> Iterator[str]:
    """A hunk up to its last comment, without lines that are far above the next one."""
    spoken = sorted(line for file, number, line in placed.comments if (file, number) == spot)
    ends = spoken[-1]
    yield f"> {_heading(hunk)}"
    start = 0
    for at in spoken:
        if at - start > _ABOVE + _SAVED:
            yield CUT
            start = at - _ABOVE
        yield from map(_quoted, hunk.lines[start : at + 1])
        yield from _remarks(placed.comments[(*spot, at)], words)
        start = at + 1
    if not last and ends + 1 < len(hunk.lines):
        yield CUT


def grouped(findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """Findings of one rule at one place together; groups with the shortest proof come first."""
    groups: dict[tuple[str, Location], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.rule, finding.location), []).append(finding)
    return tuple(sorted(map(tuple, groups.values()), key=lambda group: len(group[0].trace.steps)))


def _remarks(findings: Sequence[Finding], words: Words) -> Iterator[str]:
    """The words about the findings of a line, with blank lines around."""
    for group in grouped(findings):
        yield from ("", *words(group))
    if findings:
        yield ""


def _headers(diff: FileDiff) -> Iterator[str]:
    old, new = diff.old_path or diff.path, diff.path
    yield f"> diff --git a/{printable(old)} b/{printable(new)}"
    yield f"> --- {'a/' + printable(old) if diff.old_path else DEV_NULL}"
    yield f"> +++ {'b/' + printable(new) if diff.new_path else DEV_NULL}"


def _heading(hunk: Hunk) -> str:
    header = HunkHeader(hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count)
    return f"{header} {_short(hunk.section)}".rstrip()


def _quoted(line: Line) -> str:
    return f"> {line.kind}{_short(line.text)}"


def _short(text: str) -> str:
    return printable(text) if len(text) <= _WIDTH else f"{printable(text[:_WIDTH])}..."


def _spot(patch: Patch, location: Location, *, removed: bool) -> Spot | None:
    for at, diff in enumerate(patch.files):
        if location.path not in (diff.old_path, diff.new_path):
            continue
        for number, hunk in enumerate(diff.hunks):
            for index, line in enumerate(hunk.lines):
                if removed and line.kind is LineKind.REMOVED and line.old == location.line:
                    return at, number, index
                if not removed and line.new == location.line:
                    return at, number, index
    return None
