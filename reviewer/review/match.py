"""Findings of the two sides of a patch, paired: which of them are the same defect.

Identity is rule, function, subject and folded text; among equals, the place in the file decides.
Fallbacks, each with its own proof that nothing new arose: the function was renamed, the line was
rewritten in place, it was cut out into a new function or put back from one that is gone, the whole
proof was moved to another function or file.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from reviewer.finding import Finding
from reviewer.patch.types import SourceFile
from reviewer.review.lines import Ruler

if TYPE_CHECKING:
    from reviewer.source.unit import Definition


class Side(Struct, frozen=True):
    """One side of a file as analysed; `file` is None where the side does not exist."""

    file: SourceFile | None
    ruler: Ruler
    findings: tuple[Finding, ...] = ()
    definitions: tuple[Definition, ...] = ()

    @property
    def functions(self) -> frozenset[str]:
        """Names of the functions it defines."""
        return frozenset(definition.name for definition in self.definitions)


class Sides(Struct, frozen=True):
    """Both sides of a file in one patch."""

    before: Side
    after: Side


class Sighting(Struct, frozen=True):
    """A finding on one side of one file of the patch; `file` is the index of that file."""

    file: int
    finding: Finding
    side: Side
    position: int
    changed: bool


class Pair(Struct, frozen=True):
    """The same defect before and after; `relocated` says that its whole proof was moved."""

    before: Sighting
    after: Sighting
    relocated: bool = False


class Matching(Struct, frozen=True):
    """Every finding of a patch once: in a pair, or alone on one side."""

    pairs: tuple[Pair, ...]
    gone: tuple[Sighting, ...]
    new: tuple[Sighting, ...]


def match(files: Iterable[Sides]) -> Matching:
    """The findings of one patch, paired; files are given in the patch's order."""
    pairs: list[Pair] = []
    gone: list[Sighting] = []
    new: list[Sighting] = []
    for index, sides in enumerate(files):
        before = [_sighting(index, finding, sides.before) for finding in sides.before.findings]
        after = [_sighting(index, finding, sides.after) for finding in sides.after.findings]
        renamed = sides.before.functions ^ sides.after.functions
        for key in (
            _by_place(_identity),
            _if_changed(_identity),
            _by_place(_nameless(renamed)),
            _if_changed(_nameless(renamed)),
            _rewritten,
            _cut_out(sides.after, sides.after.functions - sides.before.functions),
            _cut_out(sides.before, sides.before.functions - sides.after.functions),
        ):
            found, before, after = _pair(before, after, key)
            pairs += (Pair(one, other) for one, other in found)
        gone += before
        new += after
    found, gone, new = _pair(gone, new, _relocation)
    pairs += (Pair(one, other, relocated=True) for one, other in found)
    return Matching(tuple(pairs), tuple(gone), tuple(new))


Key = Callable[[Sighting], Hashable]
Couple = tuple[Sighting, Sighting]


def _pair(
    before: list[Sighting], after: list[Sighting], key: Key
) -> tuple[list[Couple], list[Sighting], list[Sighting]]:
    """Couples of equal key (None is no key), in order, and what is left of both sides."""
    waiting: defaultdict[Hashable, deque[Sighting]] = defaultdict(deque)
    for sighting in after:
        waiting[key(sighting)].append(sighting)
    waiting.pop(None, None)
    couples: list[Couple] = []
    left: list[Sighting] = []
    for sighting in before:
        candidates = waiting.get(key(sighting))
        if candidates:
            couples.append((sighting, candidates.popleft()))
        else:
            left.append(sighting)
    taken = {id(other) for _, other in couples}
    return couples, left, [sighting for sighting in after if id(sighting) not in taken]


def _sighting(file: int, finding: Finding, side: Side) -> Sighting:
    line = finding.location.line
    return Sighting(file, finding, side, side.ruler.position(line), side.ruler.is_changed(line))


def _identity(sighting: Sighting) -> Hashable:
    finding = sighting.finding
    return finding.rule, finding.function, finding.subject, finding.text


def _nameless(renamed: frozenset[str]) -> Key:
    """Identity without the function's name, for functions that only one of the sides defines."""

    def key(sighting: Sighting) -> Hashable:
        finding = sighting.finding
        if finding.function not in renamed:
            return None
        return finding.rule, finding.subject, finding.text

    return key


def _by_place(identity: Key) -> Key:
    """On the same unchanged line, or both in lines rewritten in the same gap between such.

    A changed line never pairs with an unchanged one: whichever is unchanged stands on the other
    side too and was judged there.
    """

    def key(sighting: Sighting) -> Hashable:
        name = identity(sighting)
        return None if name is None else (name, sighting.position, sighting.changed)

    return key


def _if_changed(identity: Key) -> Key:
    """On lines that the patch removed in one place and added in another."""
    return lambda sighting: identity(sighting) if sighting.changed else None


def _rewritten(sighting: Sighting) -> Hashable:
    """The same subject in the same place: its arguments were changed, there or on further lines."""
    finding = sighting.finding
    place = sighting.position, sighting.changed
    return finding.rule, finding.function, finding.subject, place


def _cut_out(side: Side, functions: frozenset[str]) -> Key:
    """Identity of lines that were moved, on the one side in one of the functions."""

    def key(sighting: Sighting) -> Hashable:
        finding = sighting.finding
        within = sighting.side is not side or finding.function in functions
        return (
            (finding.rule, finding.subject, finding.text) if sighting.changed and within else None
        )

    return key


def _relocation(sighting: Sighting) -> Hashable:
    """The whole proof, where every step of it stands on a line that the patch took or gave."""
    finding, side = sighting.finding, sighting.side
    if side.file is None or not sighting.changed:
        return None
    for step in finding.trace.steps:
        here = step.location.path == side.file.path
        if not here or not side.ruler.is_changed(step.location.line):
            return None
    proof = tuple(step.text for step in finding.trace.steps)
    return finding.rule, finding.subject, finding.text, proof
