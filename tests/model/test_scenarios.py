"""The scenarios on the fixture; `--promote` writes the state counts it finds into their files."""

from __future__ import annotations

import re
from functools import partial

import pytest

from reviewer.model.machine import Machine
from reviewer.model.replay import replay
from reviewer.model.scenario import build
from reviewer.model.scenario_file import Scenario, without
from reviewer.model.search import quotient
from reviewer.model.sights import FLUSHED, Sight, sights
from reviewer.model.types import Act, Outcome
from reviewer.model.vacuity import vacuity
from reviewer.model.verdict import checked, examined, verdicts
from reviewer.rule.files import shipped_folder
from tests.model.mutations import HARMLESS, MUTATIONS, Mutation
from tests.model.score import (
    SCENARIOS,
    found,
    memory,
    newly_broken,
    not_exercised,
    reader,
    usual,
)


def named(name: str) -> Scenario:
    return next(each for each in SCENARIOS if each.id == name)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_the_fixture_gives_the_expected_verdicts(scenario: Scenario, promote: bool) -> None:
    for platform in scenario.platforms:
        broken, states = usual()[scenario.id, platform.name]
        assert broken == platform.violated
        if promote:
            _promote(scenario, platform.name, states)
        else:
            assert states == platform.states


def _promote(scenario: Scenario, platform: str, states: int) -> None:
    path = shipped_folder() / "scenarios" / f"{scenario.id}.toml"
    table = rf"(\[platforms\.{platform}\]\n(?:\w.*\n)*?states = )\d+"
    path.write_text(re.sub(table, rf"\g<1>{states}", path.read_text()))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_scenario_exercises_what_it_says(scenario: Scenario) -> None:
    made = build(scenario, reader(), memory())
    assert not [each for each in vacuity(made, verdicts(made)) if not each.reason]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.title)
def test_a_mistake_is_noticed(mutation: Mutation) -> None:
    assert bool(newly_broken(mutation)) is not mutation.vacuous
    if mutation.vacuous:
        assert not_exercised(mutation)


def test_enough_mistakes_are_tried() -> None:
    assert len({mutation.title for mutation in MUTATIONS}) == len(MUTATIONS) >= 50


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_four_cpus_agree_with_any_number(scenario: Scenario) -> None:
    for platform, system in build(scenario, reader(), memory()).systems:
        invariants = checked(system, scenario.invariants)
        explored = quotient(Machine(system), 4, invariants)
        assert tuple(sorted(explored.broken)) == platform.violated


def test_every_action_happens_in_some_scenario() -> None:
    happen = set()
    for scenario in SCENARIOS:
        for _, system in build(scenario, reader(), memory()).systems:
            machine = Machine(system)
            quotient(machine, 2, ())
            happen |= {item.act for item in machine.fired}
    # Where GS is surely valid a program has neither a call nor an access to per-CPU data.
    assert set(Act) - happen == {Act.CALL, Act.PER_CPU}


NEEDED = {
    ("kexec-stop", "sme-active", "clean_frames", "no-stale-write-back"),
    ("kexec-flushed-before", "private-guests", "promised", "flag-is-conservative"),
    ("kexec-offline-cpu", "plain", "settled", "no-flush-after-hand-over"),
}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_the_assumptions_that_carry_weight_are_known(scenario: Scenario) -> None:
    again = partial(build, reader=reader(), memory=memory())
    result = examined(again(scenario), again)
    needed = {
        (scenario.id, verdict.platform, need.name)
        for verdict in result.verdicts
        for need in verdict.needs
    }
    expected = {row[:3] for row in NEEDED if row[0] == scenario.id}
    if scenario.id == "kexec-offline-cpu":
        expected.add(("kexec-offline-cpu", "sme-active", "settled"))
    assert needed == expected
    for verdict in result.verdicts:
        held = verdict.outcome is Outcome.HOLDS
        assert held is (verdict.example is not None)


@pytest.mark.parametrize(("scenario", "platform", "name", "invariant"), sorted(NEEDED))
def test_without_an_assumption_the_invariant_breaks(
    scenario: str, platform: str, name: str, invariant: str
) -> None:
    again = partial(build, reader=reader(), memory=memory())
    verdict = next(
        each
        for each in examined(again(named(scenario)), again).verdicts
        if each.platform == platform
    )
    assert invariant in next(need.breaks for need in verdict.needs if need.name == name)


def test_an_unexercised_step_makes_a_verdict_vacuous() -> None:
    again = partial(build, reader=reader(HARMLESS), memory=memory())
    result = examined(again(named("kexec-flushed-before")), again)
    assert [verdict.outcome for verdict in result.verdicts] == [Outcome.VACUOUS]


def test_hotplug_locked_out_keeps_a_late_cpu_away() -> None:
    made = build(without(named("kexec-late-cpu"), "hotplug_locked"), reader(), memory())
    assert [verdict.outcome for verdict in verdicts(made)] == [Outcome.HOLDS, Outcome.HOLDS]


def test_every_violation_on_the_fixture_is_judged() -> None:
    for scenario in SCENARIOS:
        for verdict in verdicts(build(scenario, reader(), memory())):
            assert all(violation.judgement for violation in verdict.violations)


def test_a_judgement_speaks_of_its_own_runs_only() -> None:
    wrong = next(each for each in MUTATIONS if each.title == "stop reports before its flush")
    made = build(named("kexec-stop"), reader(wrong), memory())
    found_ = [violation for verdict in verdicts(made) for violation in verdict.violations]
    assert found_
    assert not any(violation.judgement for violation in found_)


@pytest.mark.parametrize("name", ["kexec-late-cpu", "kexec-late-nmi"])
def test_a_counterexample_replays_and_no_step_of_it_can_be_left_out(name: str) -> None:
    made = build(named(name), reader(), memory())
    systems = {platform.name: system for platform, system in made.systems}
    verdict = next(each for each in verdicts(made) if each.platform == "sme-active")
    system = systems[verdict.platform]
    violation = verdict.violations[0]
    steps = violation.trace.steps
    assert replay(system, violation.cpus, violation.invariant, steps) == len(steps)
    for index in range(len(steps)):
        shorter = steps[:index] + steps[index + 1 :]
        assert replay(system, violation.cpus, violation.invariant, shorter) < len(shorter)


def test_a_missing_function_is_said() -> None:
    made = build(SCENARIOS[0], lambda path: None)
    assert not made.systems
    assert "defines" in made.unrun[0].reason


def test_a_harmless_mistake_is_seen_as_other_behaviour() -> None:
    assert {key: names for key, (names, _) in found(HARMLESS).items()} == {
        key: names for key, (names, _) in usual().items()
    }
    scenario = named("kexec-flushed-before")
    before, after = (
        sights(build(scenario, reader(each), memory()).systems[0][1]) for each in (None, HARMLESS)
    )
    assert Sight("nmi", "halts", FLUSHED) in after.keys() - before.keys()
