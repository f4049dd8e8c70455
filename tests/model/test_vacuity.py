"""Each way in which a scenario may say less than it seems to, on programs written for it."""

from __future__ import annotations

from msgspec.structs import replace

from reviewer.model.scenario import Build
from reviewer.model.scenario_file import Platform, load_scenarios
from reviewer.model.text import parse
from reviewer.model.types import System
from reviewer.model.vacuity import Vacuous, vacuity
from reviewer.model.verdict import verdicts

STOPS = """
0 -> 1: mask.fill
1 -> 2: send irq
2 -> 3: none if mask.empty  # a.c:1 stop: empty
2 -> 2: none if !mask.empty  # a.c:1 stop: empty
3 -> 4: mask.empty
4 -> exit: jump
"""
STOPPED = """
0 -> 1: flush.begin if flag  # b.c:1 stopped: flag
1 -> 2: flush.end
0 -> 2: none if !flag  # b.c:1 stopped: flag
2 -> 3: mask.clear
3 -> 3: halt
"""
DIRTIES = """
0 -> exit: flag := 1
0 -> 1: flag := 1
1 -> exit: dirty
"""
INVARIANTS = ("no-flush-after-hand-over", "no-stale-write-back", "flag-is-conservative")


def doubts(
    boot: str = STOPS, task: str = DIRTIES, irq: str = STOPPED, **expected: str
) -> list[Vacuous]:
    system = System(
        parse(boot), parse(task), (("irq", parse(irq)), ("nmi", parse("0 -> exit: none")))
    )
    scenario = replace(
        load_scenarios()[0], invariants=INVARIANTS, vacuous=tuple(expected.items()), judged=()
    )
    made = Build(scenario, ((Platform("any", (), (), 0), system),), (), ())
    return list(vacuity(made, verdicts(made)))


def said(*args: str, **named: str) -> list[str]:
    return [each.what for each in doubts(*args, **named)]


def test_a_sound_protocol_leaves_no_doubt() -> None:
    assert doubts() == []


def test_a_step_that_never_runs_is_said() -> None:
    dead = f"{STOPPED}\n3 -> 4: none if online && !online\n4 -> 3: store  # b.c:9 stopped: late()"
    assert said(irq=dead) == ["store in stopped: late(): never runs"]


def test_a_condition_that_is_never_both_is_said() -> None:
    assert "flag in stopped #1: never true" in said(task="0 -> exit: dirty")
    assert "empty in stop #1: never true" in said(irq="0 -> 0: halt")


def test_an_invariant_that_speaks_of_nothing_is_said() -> None:
    assert "no-stale-write-back on any" in said(task="0 -> exit: flag := 1")


def test_an_invariant_that_nothing_can_break_is_said() -> None:
    found = said(task="0 -> exit: flag := 1", irq="0 -> 1: mask.clear\n1 -> 1: halt")
    assert "no mutant breaks no-stale-write-back" in found


def test_a_hand_over_that_never_ends_is_said() -> None:
    assert "the hand-over never ends on any" in said(irq="0 -> 0: halt")


def test_what_a_scenario_expects_has_its_reason() -> None:
    glob = "no-stale-write-back on any"
    found = doubts(task="0 -> exit: flag := 1", **{glob: "nothing is dirty"})
    assert next(each for each in found if each.what == glob).reason == "nothing is dirty"
    assert any(not each.reason for each in found)
