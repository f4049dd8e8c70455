"""The line of a patch's diff that made a finding, or ended it.

A guess of the most likely line, not a proof: nothing is re-analysed with the line left out.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from reviewer.finding import Finding, Location
from reviewer.patch.types import FileReview, LineKind
from reviewer.review.lines import ruler
from reviewer.review.match import Side

Cause = tuple[Location, str]

#: Text of lines that do nothing: a removed brace or comment is no cause of anything.
_IDLE_STARTS = (b"/*", b"* ", b"*/", b"//")
_IDLE_LINES = frozenset({b"", b"*", b"{", b"}", b"};", b"else", b"} else {"})


def cause(finding: Finding, own: Side, other: Side, kind: LineKind) -> Cause | None:
    """The line that decided about `finding`, which stands on the side `own` only.

    `kind` is the sign of own's changed lines: ADDED for a finding that is new, REMOVED for one
    that is gone. In this order: its own line, the line that begins its proof, a step of the proof
    that means something to the rule, a line of the other side near the path, any other step, a
    line of its own side near the path; lines in the functions of the proof before lines elsewhere
    in the file. None when the patch changed nothing in the file that runs.
    """
    opposite = LineKind.REMOVED if kind is LineKind.ADDED else LineKind.ADDED
    if _changed(finding.location, own):
        return _quote(own, finding.location.line, kind)
    steps = [step for step in finding.trace.steps if _changed(step.location, own)]
    telling = [step for step in steps if step.note or step is finding.trace.steps[0]]
    if telling:
        return _quote(own, telling[0].location.line, kind)
    names = frozenset({finding.function, *(step.function for step in finding.trace.steps)})
    if line := _nearest(finding, own, other, names):
        return _quote(other, line, opposite)
    if steps:
        return _quote(own, steps[0].location.line, kind)
    if line := _nearest(finding, own, own, names):
        return _quote(own, line, kind)
    if line := _nearest(finding, own, own):
        return _quote(own, line, kind)
    if line := _nearest(finding, own, other):
        return _quote(other, line, opposite)
    return None


def with_cause(finding: Finding, reviews: Iterable[FileReview]) -> Finding:
    """A finding that is new, with the line of its own file's diff that made it, if one did."""
    for each in reviews:
        if each.after is None or each.after.path != finding.location.path:
            continue
        before, after = (Side(side, ruler(side)) for side in (each.before, each.after))
        if found := cause(finding, after, before, LineKind.ADDED):
            return replace(finding, cause=found[0], cause_text=found[1])
    return finding


def _changed(location: Location, side: Side) -> bool:
    return (
        side.file is not None
        and location.path == side.file.path
        and side.ruler.is_changed(location.line)
    )


def _nearest(
    finding: Finding, own: Side, among: Side, functions: frozenset[str] | None = None
) -> int:
    """The changed line of `among` nearest to the path of the proof, or 0.

    Lines between the beginning and the end of the proof come first. `functions` limits the search
    to lines in functions of these names.
    """
    lines = _lines(among)
    candidates = [
        line
        for line in among.ruler.changed
        if line <= len(lines) and not _idle(lines[line - 1]) and _within(line, among, functions)
    ]
    path = [own.ruler.position(location.line) for location in _path(finding, own)]
    first, last = min(path[0], path[-1]), path[-1]

    def distance(line: int) -> tuple[bool, int, int]:
        position = among.ruler.position(line)
        return not first <= position <= last, min(abs(position - each) for each in path), -line

    return min(candidates, key=distance, default=0)


def _path(finding: Finding, side: Side) -> list[Location]:
    """Places of the proof in the file of `side`, the finding's own last."""
    path = side.file.path if side.file else ""
    steps = [step.location for step in finding.trace.steps if step.location.path == path]
    return [*steps, finding.location]


def _within(line: int, side: Side, functions: frozenset[str] | None) -> bool:
    return functions is None or any(
        definition.line <= line <= definition.end_line
        for definition in side.definitions
        if definition.name in functions
    )


def _idle(text: bytes) -> bool:
    stripped = text.strip()
    return stripped in _IDLE_LINES or stripped.startswith(_IDLE_STARTS)


def _quote(side: Side, line: int, kind: LineKind) -> Cause:
    path = side.file.path if side.file else ""
    text = _lines(side)[line - 1].decode("utf-8", "surrogateescape")
    return Location(path, line), f"{kind}{text}"


def _lines(side: Side) -> list[bytes]:
    return side.file.text.split(b"\n") if side.file else []
