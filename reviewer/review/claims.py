"""What a changelog claims about behaviour, against what the runs of both sides show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

from msgspec.structs import replace

from reviewer.finding import Finding, Severity, Status, Step, fingerprint
from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import FileReview, Patch, Series
from reviewer.review.types import BehaviourChange


class Claim(StrEnum):
    """What a changelog says is not changed."""

    NOTHING = "no functional change"
    #: It follows the changes that the changelog does announce, in words of its own.
    NOTHING_ELSE = "no other functional change"


_CLAIMS = {
    Claim.NOTHING: re.compile(r"\bno\s+functional\s+changes?\b", re.IGNORECASE),
    Claim.NOTHING_ELSE: re.compile(r"\bno\s+other\s+functional\s+changes?\b", re.IGNORECASE),
}


def claimed(changelog: str) -> Claim | None:
    """The claim that a changelog makes, None if it makes none."""
    return next((claim for claim, words in _CLAIMS.items() if words.search(changelog)), None)


def unannounced(
    changes: Iterable[BehaviourChange], series: Series, rebuilt: Rebuilt
) -> Iterator[Finding]:
    """One finding for each patch whose runs show more than its changelog claims.

    Where the changelog announces some changes, whether it is these only a reader can tell: that
    is a remark and no warning.
    """
    shown: dict[int, list[BehaviourChange]] = {}
    for change in changes:
        if not change.mended:
            shown.setdefault(change.patch, []).append(change)
    for patch, reviews in zip(series.patches, rebuilt.patches, strict=True):
        claim = claimed(patch.changelog)
        if claim and patch.number in shown:
            yield _finding(patch, claim, shown[patch.number], reviews)


def _finding(
    patch: Patch,
    claim: Claim,
    changes: Sequence[BehaviourChange],
    reviews: Sequence[FileReview],
) -> Finding:
    """The finding, at what the patch changed in the first of the runs that show it."""
    platforms: dict[str, dict[str, None]] = {}
    for change in changes:
        platforms.setdefault(change.text, {})[change.platform] = None
    said = "; ".join(f"{text} (on {', '.join(names)})" for text, names in platforms.items())
    certain = claim is Claim.NOTHING
    asked = "but" if certain else "besides those it announces: is each of these among them?"
    trace = next((each.after for each in changes if each.after.steps), changes[0].before)
    step = guilty(trace.steps, reviews)
    finding = Finding(
        rule=changes[0].scenario,
        severity=Severity.WARNING if certain else Severity.INFO,
        message=f"the changelog says {claim}{',' if certain else ''} {asked} {said}",
        location=step.location,
        function=step.function,
        subject=claim.value,
        text="; ".join(platforms),
        trace=trace,
        status=Status.INTRODUCED,
        patch=patch.number,
    )
    return replace(finding, fingerprint=fingerprint(finding, finding.location.path))


def guilty(steps: Sequence[Step], reviews: Sequence[FileReview]) -> Step:
    """The last step on a line that the patch changed; else the last in a file of it, or at all."""
    files = {each.after.path: each.after for each in reviews if each.after}
    placed = [step for step in steps if step.location.path]
    inside = [step for step in placed if step.location.path in files]
    changed = [step for step in inside if step.location.line in files[step.location.path].changed]
    return (changed or inside or placed or list(steps))[-1]
