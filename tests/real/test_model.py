"""Scenarios on real trees: programs cut from the kernel's own code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.model.draw import columns, svg
from reviewer.model.replay import replay
from reviewer.model.scenario import Build, build, load_scenarios
from reviewer.model.types import Verdict
from reviewer.model.verdict import verdicts
from reviewer.patch.types import SourceFile

pytestmark = pytest.mark.real


def built(variable: str, name: str) -> Build:
    root = os.environ.get(variable)
    if not root:
        pytest.skip(f"{variable} names no tree")
    tree = Path(root)

    def read(path: str) -> SourceFile | None:
        file = tree / path
        return SourceFile(path, file.read_bytes()) if file.exists() else None

    scenario = next(each for each in load_scenarios() if each.id == name)
    return build(scenario, read)


def broken(found: tuple[Verdict, ...]) -> dict[str, tuple[str, ...]]:
    return {
        verdict.platform: tuple(violation.invariant for violation in verdict.violations)
        for verdict in found
    }


RACE = "no-flush-after-hand-over"
STALE = "no-stale-write-back"


def test_the_open_stop_race_is_found_in_6_12() -> None:
    made = built("REVIEWER_KERNEL_6_12", "kexec-stop")
    assert broken(verdicts(made)) == {
        "plain": (),
        "sme-supported": (RACE,),
        "sme-active": (RACE, STALE),
    }
    assert "seam_page_add()" in made.skips[0].reason


def test_the_open_stop_race_is_found_in_7_with_its_interleaving() -> None:
    made = built("REVIEWER_KERNEL_7", "kexec-stop")
    assert not made.skips
    found = verdicts(made)
    assert broken(found) == {
        "plain": (),
        "sme-supported": (RACE,),
        "sme-active": (RACE, STALE),
        "private-guests": (RACE,),
    }
    system = {platform.name: system for platform, system in made.systems}["sme-supported"]
    violation = next(each for each in found if each.platform == "sme-supported").violations[0]
    steps = violation.trace.steps
    assert replay(system, violation.cpus, violation.invariant, steps) == len(steps)
    flushes = [step for step in steps if step.actor == "CPU 1" and "WBINVD begins" in step.note]
    assert len(flushes) == 2
    assert {step.function for step in flushes} == {"stop_this_cpu"}
    assert steps[-1].function == "identity_mapped"
    assert "CPU 1" in columns(violation.trace).splitlines()[0]
    assert svg(violation.trace, "race").count("WBINVD</title>") == 3


def test_a_flush_before_the_stop_closes_the_race_in_7() -> None:
    made = built("REVIEWER_KERNEL_7", "kexec-flushed-before")
    assert broken(verdicts(made)) == {"private-guests": ()}


@pytest.mark.parametrize("variable", ["REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7"])
def test_a_jump_and_return_uses_gs_only_where_it_is_valid(variable: str) -> None:
    made = built(variable, "kexec-jump")
    assert broken(verdicts(made)) == {"plain": (), "sme-active": ()}


@pytest.mark.parametrize("variable", ["REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7"])
def test_a_cpu_brought_up_late_is_not_stopped(variable: str) -> None:
    assert broken(verdicts(built(variable, "kexec-late-cpu"))) == {"sme-active": (STALE,)}


def test_a_call_after_the_segments_is_found_in_6_1() -> None:
    made = built("REVIEWER_KERNEL_6_1", "kexec-jump")
    assert broken(verdicts(made))["plain"] == ("gs-valid-when-used",)
