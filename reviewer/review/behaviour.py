"""What each patch of a series does to the simulator's scenarios.

A scenario is run before and after every patch that touches one of its files. An invariant that
breaks only after it is a finding with its interleaving; one that no longer breaks is said; where
no verdict changes, what the CPUs can be seen to do is compared. A file of which only hunks are
known, or a tree without the scenario's files, gives a Skip and never a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.errors import OutOfTime
from reviewer.finding import (
    Finding,
    Severity,
    Skip,
    Status,
    Trace,
    fingerprint,
)
from reviewer.model.draw import told
from reviewer.model.memory import Memory
from reviewer.model.scenario import remember
from reviewer.model.scenario_file import Scenario, load_scenarios
from reviewer.model.types import Verdict, Violation
from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import Context, FileReview, HunkFate, Patch, Series, SourceFile
from reviewer.review.budget import given_up, limited
from reviewer.review.cause import with_cause
from reviewer.review.claims import Claim, claimed, guilty, unannounced
from reviewer.review.moved import with_new_homes
from reviewer.review.sides import Judged, Side, differences, side
from reviewer.review.types import BehaviourChange

#: As many scenarios are named where several are not run.
_FEW = 2


class Behaviour(Struct, frozen=True):
    """What the simulator says of a series; `halted` says why not of all of it."""

    findings: tuple[Finding, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    changes: tuple[BehaviourChange, ...] = ()
    skips: tuple[Skip, ...] = ()
    halted: Skip | None = None


def behaviour(series: Series, rebuilt: Rebuilt, *, time_budget: float = 0) -> Behaviour:
    """The findings and changes of every patch, and the verdicts after the last that matters.

    A scenario that takes more than `time_budget` seconds, where that is not 0, is given up.
    """
    return prepared(series, rebuilt, time_budget=time_budget)()


def prepared(
    series: Series,
    rebuilt: Rebuilt,
    *,
    time_budget: float = 0,
    only: Collection[str] | None = None,
) -> Callable[[], Behaviour]:
    """The same as work that is yet to be done and asks nothing of the tree any more.

    `only` are the ids of the scenarios to run, None for all.
    """
    scenarios = load_scenarios()
    touched = {
        path
        for reviews in rebuilt.patches
        for each in reviews
        for path in (each.diff.old_path, each.diff.new_path)
        if path
    }
    concerned = [
        with_new_homes(each, rebuilt)
        for each in scenarios
        if touched & set(each.files) and (only is None or each.id in only)
    ]
    paths = {path for each in concerned for path in each.files}
    texts = {path: rebuilt.tree.read(path) for path in sorted(paths)}

    def work() -> Behaviour:
        memory = remember()
        runs = (_Run(each, texts.get, memory) for each in concerned)
        parts = [_within(time_budget, run, series, rebuilt) for run in runs]
        changes = tuple(change for part in parts for change in part.changes)
        return Behaviour(
            (
                *_merged(finding for part in parts for finding in part.findings),
                *unannounced(changes, series, rebuilt),
            ),
            tuple(verdict for part in parts for verdict in part.verdicts),
            changes,
            (*(skip for part in parts for skip in part.skips), *_halted(concerned, parts)),
        )

    return work


def _halted(scenarios: Sequence[Scenario], parts: Sequence[Behaviour]) -> Iterator[Skip]:
    """One Skip for all scenarios that the same file keeps from being run."""
    groups: dict[Skip, list[str]] = {}
    for scenario, part in zip(scenarios, parts, strict=True):
        if part.halted:
            groups.setdefault(part.halted, []).append(scenario.id)
    for skip, names in groups.items():
        yield replace(skip, reason=f"{skip.reason}: {_unrun(names)}")


def _unrun(names: Sequence[str]) -> str:
    """That scenarios are not run, naming a few."""
    if len(names) == 1:
        return f"the scenario {names[0]} is not run"
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{len(names)} scenarios are not run ({', '.join(names[:_FEW])}{more})"


def _within(time_budget: float, run: _Run, series: Series, rebuilt: Rebuilt) -> Behaviour:
    try:
        with limited(time_budget):
            return run.over(series, rebuilt)
    except OutOfTime:
        skip = given_up("", time_budget, f"in the scenario {run.scenario.id}")
        return Behaviour(skips=(skip,))


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


class _Run(Struct, eq=False):
    """One scenario over a series."""

    scenario: Scenario
    tree: Callable[[str], bytes | None]
    memory: Memory
    overlay: dict[str, SourceFile | None] = field(default_factory=dict)

    def over(self, series: Series, rebuilt: Rebuilt) -> Behaviour:
        findings: list[Finding] = []
        changes: list[BehaviourChange] = []
        skips: dict[Skip, None] = {}
        last: Side | None = None
        for patch, reviews in zip(series.patches, rebuilt.patches, strict=True):
            concerned = [each for each in reviews if _paths(each) & set(self.scenario.files)]
            if not concerned:
                continue
            obstacle = next(filter(None, map(_obstacle, concerned)), None)
            if obstacle is not None:
                halted = replace(obstacle, patch=patch.number)
                return Behaviour(tuple(findings), (), tuple(changes), tuple(skips), halted)
            before = last or side(self.scenario, self._read, self.memory, None)
            news = () if last else before.skips
            self._apply(concerned)
            last = side(self.scenario, self._read, self.memory, before)
            skips |= {replace(skip, patch=patch.number): None for skip in (*news, *last.skips)}
            findings += self._broken(before, last, patch, concerned)
            for old, new in _paired(before, last):
                changes += _changed(old, new, patch)
        verdicts = tuple(each.verdict for each in last.judged.values()) if last else ()
        return Behaviour(tuple(findings), verdicts, tuple(changes), tuple(skips))

    def _apply(self, reviews: Iterable[FileReview]) -> None:
        for each in reviews:
            for path in _paths(each):
                self.overlay[path] = None
            if each.after:
                self.overlay[each.after.path] = each.after

    def _read(self, path: str) -> SourceFile | None:
        if path in self.overlay:
            return self.overlay[path]
        text = self.tree(path)
        return None if text is None else SourceFile(path, text)

    def _broken(
        self, before: Side, after: Side, patch: Patch, reviews: list[FileReview]
    ) -> Iterator[Finding]:
        """One finding for each invariant that newly breaks, on whatever platforms."""
        broken: dict[str, list[tuple[str, Violation]]] = {}
        for old, new in _paired(before, after):
            known = {violation.invariant for violation in old.verdict.violations}
            for violation in new.verdict.violations:
                if violation.invariant not in known:
                    found = (new.verdict.platform, violation)
                    broken.setdefault(violation.invariant, []).append(found)
        for invariant, breaks in sorted(broken.items()):
            platforms = ", ".join(platform for platform, _ in breaks)
            shortest = min((each for _, each in breaks), key=lambda each: len(each.trace.steps))
            message = f"{invariant} breaks in scenario {self.scenario.id} on {platforms}"
            yield self._finding(message, shortest, patch, reviews)

    def _finding(
        self, message: str, violation: Violation, patch: Patch, reviews: list[FileReview]
    ) -> Finding:
        """The violation as a finding: an error, unless the scenario judges runs like it."""
        judged = violation.judgement.split(". ")[0].strip()
        known = f"; judged: {' '.join(judged.split())}" if judged else ""
        steps = told(violation.trace)
        step = guilty(steps, reviews)
        finding = Finding(
            rule=self.scenario.id,
            severity=Severity.WARNING if judged else Severity.ERROR,
            message=f"{message}{known}",
            location=step.location,
            function=step.function,
            subject=violation.invariant,
            text=step.text,
            trace=replace(violation.trace, steps=steps),
            status=Status.INTRODUCED,
            patch=patch.number,
        )
        finding = replace(finding, fingerprint=fingerprint(finding, finding.location.path))
        return with_cause(finding, reviews)


def _obstacle(each: FileReview) -> Skip | None:
    """Why the file after the patch cannot be run; None if it can."""
    if each.context is Context.HUNK:
        return Skip(each.diff.path, 0, "only hunks of the file are known")
    failed = [hunk.index for hunk in each.hunks if hunk.fate is HunkFate.FAILED]
    if failed:
        return Skip(each.diff.path, 0, f"hunk {failed[0]} does not apply")
    return None


def _paths(each: FileReview) -> set[str]:
    return {path for path in (each.diff.old_path, each.diff.new_path) if path}


def _paired(before: Side, after: Side) -> Iterator[tuple[Judged, Judged]]:
    """Platforms that could be run on both sides."""
    return (
        (before.judged[platform], new)
        for platform, new in after.judged.items()
        if platform in before.judged
    )


def _changed(old: Judged, new: Judged, patch: Patch) -> Iterator[BehaviourChange]:
    """Violations that are gone, and what is newly, or no longer, seen to happen."""
    scenario, platform = new.verdict.scenario, new.verdict.platform
    remaining = {violation.invariant for violation in new.verdict.violations}
    for violation in old.verdict.violations:
        if violation.invariant not in remaining:
            text = f"{violation.invariant} no longer breaks"
            before = replace(violation.trace, steps=told(violation.trace))
            yield BehaviourChange(
                scenario, platform, patch.number, text, before=before, mended=True
            )
    claims = claimed(patch.changelog) is Claim.NOTHING
    for each in differences(old, new):
        before, after = Trace(told(each.before)), Trace(told(each.after))
        yield BehaviourChange(
            scenario, platform, patch.number, each.text, claims, before=before, after=after
        )
