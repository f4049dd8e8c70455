"""Verdicts under bounds, for a number of CPUs, and with judgements."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reviewer.finding import Location, Step, Trace
from reviewer.model.machine import Machine
from reviewer.model.scenario import build
from reviewer.model.scenario_file import Judgement
from reviewer.model.search import Budget, breadth_first, example, quotient
from reviewer.model.types import Outcome
from reviewer.model.verdict import verdicts
from tests.model.protocol import AS_IS, INVARIANTS, Early, system
from tests.model.score import SCENARIOS, memory, reader

NAMES = tuple(INVARIANTS.values())
STOP = next(each for each in SCENARIOS if each.id == "kexec-stop")
LATE = next(each for each in SCENARIOS if each.id == "kexec-late-cpu")


@pytest.mark.parametrize("cpus", [2, 3, 4])
def test_a_number_of_cpus_gives_the_verdict_of_any_number(cpus: int) -> None:
    for scenario in (STOP, LATE):
        made = build(scenario, reader(), memory())
        for one, any_number in zip(verdicts(made, cpus=cpus), verdicts(made), strict=True):
            assert one.outcome is any_number.outcome
            assert one.cpus == cpus
            assert [each.invariant for each in one.violations] == [
                each.invariant for each in any_number.violations
            ]


def test_a_search_without_memory_is_a_bound_and_no_verdict() -> None:
    made = build(STOP, reader(), memory())
    full = Budget(megabytes=1, used=lambda: 2)
    outcomes = {verdict.outcome for verdict in verdicts(made, cpus=5, budget=full)}
    assert outcomes == {Outcome.BOUND_REACHED}


def test_a_search_in_enough_memory_ends() -> None:
    machine = Machine(system(AS_IS, Early.NONE))
    roomy = Budget(megabytes=2, used=lambda: 1)
    assert quotient(machine, 3, NAMES, budget=roomy).complete
    assert breadth_first(machine, 2, NAMES, budget=roomy)[0].complete


def test_a_search_tells_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    machine = Machine(system(AS_IS, Early.NONE))
    tell = Budget(tell=lambda states, transitions: told.append((states, transitions)))
    explored = quotient(machine, 3, NAMES, budget=tell)
    assert told == sorted(told)
    assert told[-1] == (explored.states, explored.transitions)


def test_a_violation_found_before_the_bound_is_one() -> None:
    made = build(LATE, reader(), memory())
    found = verdicts(made, cpus=2, budget=Budget(states=10))
    assert {verdict.outcome for verdict in found} <= {Outcome.BOUND_REACHED, Outcome.VIOLATED}
    assert Outcome.BOUND_REACHED in {verdict.outcome for verdict in found}


def test_an_example_ends_with_the_hand_over() -> None:
    machine = Machine(system(AS_IS, Early.PROMISE))
    run = example(machine, 2)
    assert run is not None
    assert machine.boot(run.states[-1][0]).jumped
    assert not any(machine.boot(state[0]).jumped for state in run.states[:-1])


def _trace(*texts: str) -> Trace:
    return Trace(tuple(Step(Location("a.c", 1), "f", text, "", "CPU 1") for text in texts))


def test_a_judgement_asks_for_its_steps_in_their_order() -> None:
    judgement = Judgement("no-late-nmi", ("report*", "<NMI>"), "known")
    assert judgement.covers(_trace("x", "report(cpu)", "y", "<NMI>"))
    assert not judgement.covers(_trace("<NMI>", "report(cpu)"))
    assert not judgement.covers(_trace("report(cpu)"))


def test_a_violation_that_nobody_has_judged_says_nothing() -> None:
    unjudged = replace(LATE, id="unjudged", judged=())
    made = build(unjudged, reader(), memory())
    found = [violation for verdict in verdicts(made) for violation in verdict.violations]
    assert [violation.judgement for violation in found] == [""]
