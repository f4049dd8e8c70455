"""What one patch did to the findings, and what became of them by the end of the series.

Nothing is filtered by changed lines: a moved line makes old lines guilty, and a deletion can be a
cause. Severity counts: a finding that a patch makes more severe is introduced by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.finding import Finding, Location, Status
from reviewer.patch.types import LineKind
from reviewer.review.cause import cause
from reviewer.review.match import Matching, Pair, Sides, Sighting, match
from reviewer.review.order import order


class Change(Struct, frozen=True):
    """A finding of one patch with its label; `before` is the finding it was, None for a new one.

    `finding` is the side that is shown: after the patch, or before it for a fixed one.
    """

    finding: Finding
    before: Finding | None


def compare(number: int, files: Iterable[Sides]) -> tuple[Change, ...]:
    """Every finding of patch `number`, labelled, in the order of the patch's files."""
    sides = tuple(files)
    matching = match(sides)
    changes = [
        *(_matched(number, pair, sides) for pair in matching.pairs),
        *(_introduced(number, item, None, sides) for item in matching.new),
        *_fixed(number, matching, sides),
    ]
    return tuple(sorted(changes, key=lambda change: order(change.finding)))


def _matched(number: int, pair: Pair, sides: tuple[Sides, ...]) -> Change:
    before, after = pair.before.finding, pair.after.finding
    if after.severity.rank < before.severity.rank:
        return _introduced(number, pair.after, before, sides)
    if pair.relocated or _moved(pair):
        made = cause(after, pair.after.side, pair.before.side, LineKind.ADDED)
        labelled = replace(after, status=Status.MOVED, patch=number)
        return Change(_caused(labelled, made), before)
    return Change(replace(after, status=Status.EXISTING, patch=None), before)


def _moved(pair: Pair) -> bool:
    """Whether the patch moved the guilty line or the line that begins the proof.

    Rewriting a line where it stands is no move.
    """
    if pair.before.position != pair.after.position:
        return True
    return _beginning(pair.before) != _beginning(pair.after)


def _beginning(sighting: Sighting) -> int | None:
    """Position of the first step of the proof, None where the file has no such step."""
    side, steps = sighting.side, sighting.finding.trace.steps
    if not steps or side.file is None or steps[0].location.path != side.file.path:
        return None
    return side.ruler.position(steps[0].location.line)


def _introduced(
    number: int, item: Sighting, before: Finding | None, sides: tuple[Sides, ...]
) -> Change:
    other = sides[item.file].before
    labelled = replace(item.finding, status=Status.INTRODUCED, patch=number)
    return Change(_caused(labelled, cause(labelled, item.side, other, LineKind.ADDED)), before)


def _fixed(number: int, matching: Matching, sides: tuple[Sides, ...]) -> Iterable[Change]:
    for item in matching.gone:
        other = sides[item.file].after
        labelled = replace(item.finding, status=Status.FIXED, patch=number)
        made = cause(labelled, item.side, other, LineKind.REMOVED)
        yield Change(_caused(labelled, made), item.finding)


def _caused(finding: Finding, made: tuple[Location, str] | None) -> Finding:
    if made is None:
        return finding
    return replace(finding, cause=made[0], cause_text=made[1])


class Ledger(Struct):
    """The findings of a series, each reported once, followed from patch to patch.

    A finding of the base stays `existing` until a patch moves or fixes it. One that a patch
    introduces keeps that patch's label; a later patch that removes it is its `gone_by`. `live`
    holds, by identity, the records still in the code and the lines they stand on now.
    """

    records: list[Finding] = field(default_factory=list)
    live: defaultdict[Hashable, list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def enter(self, changes: Iterable[Change]) -> None:
        """Enters what the next patch of the series did."""
        located = [(self._take(change), change) for change in changes]
        for index, change in located:
            self._put(index, change.finding)

    def findings(self) -> tuple[Finding, ...]:
        """Every finding of the series, in report order."""
        return tuple(sorted(self.records, key=order))

    def _take(self, change: Change) -> int | None:
        """The record of the finding as the patch found it, no longer live; None without one."""
        known = self.live[_name(change.before)] if change.before else []
        if not known or change.before is None:
            return None
        line = change.before.location.line
        found = min(known, key=lambda entry: (entry[1] != line, entry))
        known.remove(found)
        return found[0]

    def _put(self, index: int | None, finding: Finding) -> None:
        if index is None:
            self.records.append(finding)
            index = len(self.records) - 1
        else:
            self.records[index] = _continued(self.records[index], finding)
        if finding.status is not Status.FIXED:
            self.live[_name(finding)].append((index, finding.location.line))


def _continued(record: Finding, now: Finding) -> Finding:
    """A record after one more patch."""
    if record.status is not Status.INTRODUCED:
        return record if now.status is Status.EXISTING else now
    if now.status is Status.FIXED:
        return replace(record, gone_by=now.patch)
    return replace(record, severity=now.severity)


def _name(finding: Finding) -> Hashable:
    return finding.location.path, finding.rule, finding.function, finding.subject, finding.text
