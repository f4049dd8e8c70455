"""Scenarios on real trees: programs cut from the kernel's own code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.model.chart import chart
from reviewer.model.code import Reader
from reviewer.model.draw import columns
from reviewer.model.replay import replay
from reviewer.model.scenario import Build, build
from reviewer.model.scenario_file import load_scenarios, without
from reviewer.model.types import Outcome, Verdict
from reviewer.model.vacuity import vacuity
from reviewer.model.verdict import verdicts
from reviewer.patch.types import SourceFile

pytestmark = pytest.mark.real


def reader(variable: str) -> Reader:
    root = os.environ.get(variable)
    if not root:
        pytest.skip(f"{variable} names no tree")
    tree = Path(root)

    def read(path: str) -> SourceFile | None:
        file = tree / path
        return SourceFile(path, file.read_bytes()) if file.exists() else None

    return read


def built(variable: str, name: str) -> Build:
    scenario = next(each for each in load_scenarios() if each.id == name)
    return build(scenario, reader(variable))


def broken(found: tuple[Verdict, ...]) -> dict[str, tuple[str, ...]]:
    return {
        verdict.platform: tuple(violation.invariant for violation in verdict.violations)
        for verdict in found
    }


RACE, LATE = "no-flush-after-hand-over", "no-late-nmi"
STALE, GS = "no-stale-write-back", "gs-valid-when-used"
TREES = ("REVIEWER_KERNEL_6_1", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7")
NAMES = [scenario.id for scenario in load_scenarios()]
#: What breaks in each scenario on each tree; a platform that a tree does not have is left out.
EXPECTED: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "kexec-stop": {
        "REVIEWER_KERNEL_6_1": {
            "plain": (GS,),
            "sme-supported": (GS, RACE),
            "sme-enabled": (GS, RACE),
            "sme-active": (GS, RACE, STALE),
        },
        "REVIEWER_KERNEL_6_12": {
            "plain": (),
            "sme-supported": (RACE,),
            "sme-enabled": (RACE,),
            "sme-active": (RACE, STALE),
        },
        "REVIEWER_KERNEL_7": {
            "plain": (),
            "sme-supported": (RACE,),
            "sme-enabled": (RACE,),
            "sme-active": (RACE, STALE),
            "private-guests": (RACE,),
        },
    },
    "kexec-late-nmi": {key: {"plain": (LATE,), "sme-active": (RACE, LATE, STALE)} for key in TREES},
    "kexec-guest-running": {"REVIEWER_KERNEL_7": {"private-guests": (RACE,)}},
    "kexec-flushed-before": {"REVIEWER_KERNEL_7": {"private-guests": ()}},
    "kexec-jump": {
        "REVIEWER_KERNEL_6_1": {"plain": (GS,), "sme-active": (GS,)},
        "REVIEWER_KERNEL_6_12": {"plain": (), "sme-active": ()},
        "REVIEWER_KERNEL_7": {"plain": (), "sme-active": ()},
    },
    "kexec-call-depth": {
        "REVIEWER_KERNEL_6_1": {"kexec": (GS,), "jump": (GS,)},
        "REVIEWER_KERNEL_6_12": {"kexec": (), "jump": ()},
        "REVIEWER_KERNEL_7": {"kexec": (), "jump": ()},
    },
    "kexec-late-cpu": {key: {"plain": (), "sme-active": (STALE,)} for key in TREES},
    "kexec-offline-cpu": {key: {"plain": (), "sme-active": (STALE,)} for key in TREES},
    "kexec-crash-early": {
        "REVIEWER_KERNEL_6_1": {"plain": (), "sme-active": ()},
        "REVIEWER_KERNEL_6_12": {"plain": (), "sme-active": ()},
        "REVIEWER_KERNEL_7": {"plain": (), "sme-active": (STALE,)},
    },
    "kexec-crash": {
        "REVIEWER_KERNEL_6_1": {"plain": (GS,), "sme-active": (GS,)},
        "REVIEWER_KERNEL_6_12": {"plain": (), "sme-active": ()},
        "REVIEWER_KERNEL_7": {"plain": (), "sme-active": (), "private-guests": ()},
    },
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variable", TREES)
def test_the_verdicts_on_a_real_tree_are_known(variable: str, name: str) -> None:
    made = built(variable, name)
    assert broken(verdicts(made)) == EXPECTED[name].get(variable, {})
    without = {platform.name for platform in made.scenario.platforms} - {
        platform.name for platform, _ in made.systems
    }
    # The module's functions came with v6.15 and later.
    assert without <= ({"private-guests"} if variable != "REVIEWER_KERNEL_7" else set())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variable", TREES)
def test_nothing_on_a_real_tree_is_left_unjudged(variable: str, name: str) -> None:
    made = built(variable, name)
    found = verdicts(made)
    assert [
        (verdict.platform, violation.invariant)
        for verdict in found
        for violation in verdict.violations
        if not violation.judgement
    ] == []
    assert [each.what for each in vacuity(made, found) if not each.reason] == []


def test_the_open_stop_race_is_drawn_and_replays() -> None:
    made = built("REVIEWER_KERNEL_7", "kexec-stop")
    found = verdicts(made)
    system = {platform.name: system for platform, system in made.systems}["sme-supported"]
    violation = next(each for each in found if each.platform == "sme-supported").violations[0]
    steps = violation.trace.steps
    assert replay(system, violation.cpus, violation.invariant, steps) == len(steps)
    flushes = [step for step in steps if step.actor == "CPU 1" and "WBINVD begins" in step.note]
    assert len(flushes) == 2
    assert {step.function for step in flushes} == {"stop_this_cpu"}
    assert steps[-1].function == "identity_mapped"
    racing = [step for step in steps if step.races]
    assert racing == [flushes[-1], steps[-1]]
    assert "inside WBINVD" in violation.trace.end[2].facts
    assert any(
        line.split() == ["CPU", "0", "CPU", "1"] for line in columns(violation.trace).splitlines()
    )
    assert chart(violation.trace, "race").count("WBINVD</title>") == 3


def test_only_a_promise_keeps_the_flush_before_the_stop_right() -> None:
    made = built("REVIEWER_KERNEL_7", "kexec-flushed-before")
    broken_promise = build(without(made.scenario, "promised"), reader("REVIEWER_KERNEL_7"))
    assert RACE in broken(verdicts(broken_promise))["private-guests"]


@pytest.mark.parametrize("variable", TREES)
def test_hotplug_locked_out_is_what_a_late_cpu_needs(variable: str) -> None:
    scenario = without(
        next(each for each in load_scenarios() if each.id == "kexec-late-cpu"), "hotplug_locked"
    )
    found = verdicts(build(scenario, reader(variable)))
    assert all(verdict.outcome is Outcome.HOLDS for verdict in found)
