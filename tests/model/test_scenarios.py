from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from reviewer.model.code import Reader
from reviewer.model.machine import Machine
from reviewer.model.replay import replay
from reviewer.model.scenario import Scenario, build, load_scenarios
from reviewer.model.search import quotient
from reviewer.model.verdict import checked, verdicts
from reviewer.patch.types import SourceFile
from tests.model.mutations import HARMLESS, MUTATIONS, Mutation

TREE = Path(__file__).parents[2] / "fixtures" / "minikernel"
SCENARIOS = load_scenarios()


def reader(mutation: Mutation | None = None) -> Reader:
    def read(path: str) -> SourceFile | None:
        file = TREE / path
        if not file.exists():
            return None
        text = file.read_text()
        if mutation and mutation.path == path:
            assert mutation.old in text, mutation.title
            text = text.replace(mutation.old, mutation.new, 1)
        return SourceFile(path, text.encode())

    return read


Found = dict[tuple[str, str], tuple[tuple[str, ...], int]]


def found(mutation: Mutation | None = None) -> Found:
    """What breaks in each scenario on each platform, and the states seen."""
    result: Found = {}
    for scenario in SCENARIOS:
        made = build(scenario, reader(mutation))
        assert not made.skips
        for verdict in verdicts(made):
            broken = tuple(violation.invariant for violation in verdict.violations)
            result[scenario.id, verdict.platform] = broken, verdict.states
    return result


@cache
def usual() -> Found:
    return found()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_the_fixture_gives_the_expected_verdicts(scenario: Scenario) -> None:
    for platform in scenario.platforms:
        assert usual()[scenario.id, platform.name] == (platform.violated, platform.states)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.title)
def test_a_mistake_breaks_an_invariant(mutation: Mutation) -> None:
    broken = {
        (key, name)
        for key, (names, _) in found(mutation).items()
        for name in names
        if name not in usual()[key][0]
    }
    assert broken


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_four_cpus_agree_with_any_number(scenario: Scenario) -> None:
    for platform, system in build(scenario, reader()).systems:
        invariants = checked(system, scenario.invariants)
        explored = quotient(Machine(system), 4, invariants)
        assert tuple(sorted(explored.broken)) == platform.violated


def test_a_counterexample_replays_and_no_step_of_it_can_be_left_out() -> None:
    scenario = next(each for each in SCENARIOS if each.id == "kexec-late-cpu")
    made = build(scenario, reader())
    (platform, system), (verdict,) = made.systems[0], verdicts(made)
    assert platform.name == verdict.platform
    violation = verdict.violations[0]
    steps = violation.trace.steps
    assert replay(system, violation.cpus, violation.invariant, steps) == len(steps)
    for index in range(len(steps)):
        shorter = steps[:index] + steps[index + 1 :]
        assert replay(system, violation.cpus, violation.invariant, shorter) < len(shorter)


def test_a_missing_function_is_said() -> None:
    made = build(SCENARIOS[0], lambda path: None)
    assert not made.systems
    assert "defines" in made.skips[0].reason


def test_a_harmless_mistake_is_seen_as_other_behaviour() -> None:
    assert {key: names for key, (names, _) in found(HARMLESS).items()} == {
        key: names for key, (names, _) in usual().items()
    }
    scenario = next(each for each in SCENARIOS if each.id == "kexec-flushed-before")
    before, after = (verdicts(build(scenario, reader(each)))[0] for each in (None, HARMLESS))
    assert "nmi: WBINVD in stop_this_cpu()" in after.observed - before.observed
