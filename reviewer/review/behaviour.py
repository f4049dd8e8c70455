"""What each patch of a series does to the simulator's scenarios.

A scenario is run before and after every patch that touches one of its files. An invariant that
breaks only after it is a finding with its interleaving; one that no longer breaks is said; where
no verdict changes, what the CPUs can be seen to do is compared. A file of which only hunks are
known, or a tree without the scenario's files, gives a Skip and never a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.finding import (
    Finding,
    Location,
    Severity,
    Skip,
    Status,
    Step,
    Trace,
    fingerprint,
)
from reviewer.model.draw import told
from reviewer.model.invariants import LOCAL
from reviewer.model.scenario import Scenario, build, load_scenarios
from reviewer.model.types import Verdict, Violation
from reviewer.model.verdict import verdicts
from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.tree import Tree
from reviewer.patch.types import Context, FileReview, Patch, Series, SourceFile
from reviewer.review.types import BehaviourChange

# "No other functional change" follows the changes that the changelog does announce.
_NO_CHANGE = re.compile(r"\bno\s+functional\s+changes?\b", re.IGNORECASE)


class Behaviour(Struct, frozen=True):
    """What the simulator says of a series."""

    findings: tuple[Finding, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    changes: tuple[BehaviourChange, ...] = ()
    skips: tuple[Skip, ...] = ()


def behaviour(series: Series, rebuilt: Rebuilt) -> Behaviour:
    """The findings and changes of every patch, and the verdicts after the last that matters."""
    scenarios = load_scenarios()
    touched = {
        path
        for reviews in rebuilt.patches
        for each in reviews
        for path in (each.diff.old_path, each.diff.new_path)
        if path
    }
    concerned = [each for each in scenarios if touched & set(each.files)]
    parts = [_Run(each, rebuilt.tree).over(series, rebuilt) for each in concerned]
    changes = tuple(change for part in parts for change in part.changes)
    return Behaviour(
        (
            *_merged(finding for part in parts for finding in part.findings),
            *_unannounced(changes, series),
        ),
        tuple(verdict for part in parts for verdict in part.verdicts),
        changes,
        tuple(skip for part in parts for skip in part.skips),
    )


def beside(simulated: Iterable[Finding], static: Sequence[Finding]) -> tuple[Finding, ...]:
    """The simulator's findings that say more than the static ones.

    What one CPU does wrong by itself, a rule that found it in the same function of the same patch
    has proved already, and by a shorter path.
    """
    proved = {
        (each.patch, each.location.path, each.function)
        for each in static
        if each.status is Status.INTRODUCED and each.severity is Severity.ERROR
    }
    return tuple(
        each
        for each in simulated
        if each.subject not in LOCAL
        or (each.patch, each.location.path, each.function) not in proved
    )


def _merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """One finding for an invariant that a patch breaks: the shortest run, naming all scenarios."""
    groups: dict[tuple[int | None, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.patch, finding.subject), []).append(finding)
    for found in groups.values():
        shortest = min(found, key=lambda each: len(each.trace.steps))
        others = ", ".join(each.rule for each in found if each is not shortest)
        yield replace(
            shortest,
            message=f"{shortest.message}; also in {others}" if others else shortest.message,
        )


def _unannounced(changes: Iterable[BehaviourChange], series: Series) -> Iterator[Finding]:
    """One warning for each patch whose changelog denies what its runs show."""
    denied: dict[int, list[BehaviourChange]] = {}
    for change in changes:
        if change.contradicts:
            denied.setdefault(change.patch, []).append(change)
    for patch in series.patches:
        found = denied.get(patch.number)
        if found:
            yield _denied(patch, found)


def _denied(patch: Patch, changes: Sequence[BehaviourChange]) -> Finding:
    said = dict.fromkeys(f"on {change.platform}: {change.text}" for change in changes)
    finding = Finding(
        rule=changes[0].scenario,
        severity=Severity.WARNING,
        message=f"the changelog says no functional change, but {'; '.join(said)}",
        location=Location(patch.files[0].path if patch.files else "", 0),
        function="",
        subject="no functional change",
        text="; ".join(said),
        status=Status.INTRODUCED,
        patch=patch.number,
    )
    return replace(finding, fingerprint=fingerprint(finding, finding.location.path))


class _Run(Struct, eq=False, dict=True):
    """One scenario over a series."""

    scenario: Scenario
    tree: Tree
    overlay: dict[str, SourceFile | None] = field(default_factory=dict)

    def over(self, series: Series, rebuilt: Rebuilt) -> Behaviour:
        findings: list[Finding] = []
        changes: list[BehaviourChange] = []
        skips: list[Skip] = []
        last: tuple[Verdict, ...] | None = None
        for patch, reviews in zip(series.patches, rebuilt.patches, strict=True):
            concerned = [each for each in reviews if _paths(each) & set(self.scenario.files)]
            if not concerned:
                continue
            partial = [each for each in concerned if each.context is Context.HUNK]
            if partial:
                skips.append(self._partial(partial[0], patch))
                return Behaviour((), (), (), tuple(skips))
            before = self._verdicts(patch, skips) if last is None else last
            self._apply(concerned)
            last = self._verdicts(patch, skips)
            findings += self._broken(before, last, patch, concerned)
            for old, new in _paired(before, last):
                changes += _changed(old, new, patch)
        told = tuple(dict.fromkeys(skips))
        return Behaviour(tuple(findings), last or (), tuple(changes), told)

    def _partial(self, each: FileReview, patch: Patch) -> Skip:
        reason = f"scenario {self.scenario.id} was not run: only hunks of the file are known"
        return Skip(each.diff.path, 0, reason, patch=patch.number)

    def _apply(self, reviews: Iterable[FileReview]) -> None:
        for each in reviews:
            for path in _paths(each):
                self.overlay[path] = None
            if each.after:
                self.overlay[each.after.path] = each.after

    def _read(self, path: str) -> SourceFile | None:
        if path in self.overlay:
            return self.overlay[path]
        text = self.tree.read(path)
        return None if text is None else SourceFile(path, text)

    def _verdicts(self, patch: Patch, skips: list[Skip]) -> tuple[Verdict, ...]:
        made = build(self.scenario, self._read)
        skips += [replace(skip, patch=patch.number) for skip in made.skips]
        return verdicts(made)

    def _broken(
        self,
        before: tuple[Verdict, ...],
        after: tuple[Verdict, ...],
        patch: Patch,
        reviews: list[FileReview],
    ) -> Iterator[Finding]:
        """One finding for each invariant that newly breaks, on whatever platforms."""
        broken: dict[str, list[tuple[str, Violation]]] = {}
        for old, new in _paired(before, after):
            known = {violation.invariant for violation in old.violations}
            for violation in new.violations:
                if violation.invariant not in known:
                    broken.setdefault(violation.invariant, []).append((new.platform, violation))
        for invariant, found in sorted(broken.items()):
            platforms = ", ".join(platform for platform, _ in found)
            shortest = min((each for _, each in found), key=lambda each: len(each.trace.steps))
            message = f"{invariant} breaks in scenario {self.scenario.id} on {platforms}"
            yield self._finding(message, invariant, shortest.trace, patch, reviews)

    def _finding(
        self,
        message: str,
        invariant: str,
        trace: Trace,
        patch: Patch,
        reviews: list[FileReview],
    ) -> Finding:
        steps = told(trace)
        step = _guilty(steps, reviews)
        finding = Finding(
            rule=self.scenario.id,
            severity=Severity.ERROR,
            message=message,
            location=step.location,
            function=step.function,
            subject=invariant,
            text=step.text,
            trace=Trace(steps),
            status=Status.INTRODUCED,
            patch=patch.number,
        )
        return replace(finding, fingerprint=fingerprint(finding, finding.location.path))


def _guilty(steps: tuple[Step, ...], reviews: list[FileReview]) -> Step:
    """The last step on a line that the patch changed; else the last in a file of it, or at all."""
    files = {each.after.path: each.after for each in reviews if each.after}
    placed = [step for step in steps if step.location.path]
    inside = [step for step in placed if step.location.path in files]
    changed = [step for step in inside if step.location.line in files[step.location.path].changed]
    return (changed or inside or placed or list(steps))[-1]


def _paths(each: FileReview) -> set[str]:
    return {path for path in (each.diff.old_path, each.diff.new_path) if path}


def _paired(
    before: tuple[Verdict, ...], after: tuple[Verdict, ...]
) -> Iterator[tuple[Verdict, Verdict]]:
    """Verdicts of platforms that could be run on both sides."""
    old: Mapping[str, Verdict] = {verdict.platform: verdict for verdict in before}
    return ((old[new.platform], new) for new in after if new.platform in old)


def _changed(old: Verdict, new: Verdict, patch: Patch) -> Iterator[BehaviourChange]:
    """Violations that are gone, and what is newly, or no longer, seen to happen."""
    claims = bool(_NO_CHANGE.search(patch.changelog))
    remaining = {violation.invariant for violation in new.violations}
    said = [
        (f"{violation.invariant} no longer breaks", False)
        for violation in old.violations
        if violation.invariant not in remaining
    ]
    said += [(f"now {each}", claims) for each in sorted(new.observed - old.observed)]
    said += [(f"no longer {each}", claims) for each in sorted(old.observed - new.observed)]
    for text, contradicts in said:
        yield BehaviourChange(new.scenario, new.platform, patch.number, text, contradicts)
