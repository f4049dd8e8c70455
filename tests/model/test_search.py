from __future__ import annotations

from random import Random

import pytest

from reviewer.model.machine import Machine
from reviewer.model.mutants import mutants
from reviewer.model.search import Budget, breadth_first, full, quotient, successors, views
from reviewer.model.types import System
from tests.model.protocol import AS_IS, INVARIANTS, VARIANTS, Early, system

NAMES = (*INVARIANTS.values(), "no-late-nmi")


def random_systems(seed: int, count: int) -> list[System]:
    """Variants of the protocol with one to three steps gone wrong."""
    random = Random(seed)
    found = []
    for _ in range(count):
        made = system(random.choice(list(VARIANTS.values())), random.choice(list(Early)))
        for _ in range(random.randint(1, 3)):
            made = random.choice(list(mutants(made))).system
        found.append(made)
    return found


@pytest.mark.parametrize(
    "seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(12, 50))]
)
def test_reductions_agree_with_full_search(seed: int) -> None:
    for made in random_systems(seed, 10):
        machine = Machine(made)
        any_number = views(machine, NAMES)
        two, _ = breadth_first(machine, 2, NAMES)
        assert quotient(machine, 2, NAMES).broken == two.broken
        assert two.broken <= any_number.broken
        assert quotient(machine, 3, NAMES).broken == any_number.broken


@pytest.mark.parametrize(
    "seed",
    [*range(100, 104), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(104, 200))],
)
def test_quotient_agrees_with_full_search_of_three(seed: int) -> None:
    for made in random_systems(seed, 3):
        machine = Machine(made)
        assert quotient(machine, 3, NAMES).broken == full(machine, 3, NAMES).broken


@pytest.mark.parametrize(
    "seed",
    [
        *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1000, 1006)),
        *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1006, 1030)),
    ],
)
def test_quotient_agrees_with_full_search_of_four(seed: int) -> None:
    whole = 0
    for made in random_systems(seed, 10):
        machine = Machine(made)
        explored = full(machine, 4, NAMES, budget=Budget(states=500_000))
        broken = quotient(machine, 4, NAMES).broken
        whole += explored.complete
        assert broken == explored.broken if explored.complete else broken >= explored.broken
    assert whole >= 3


def test_states_of_the_present_protocol_are_known() -> None:
    machine = Machine(system(AS_IS, Early.NONE))
    assert [breadth_first(machine, cpus, NAMES)[0].states for cpus in (2, 3)] == [377, 7079]
    assert [quotient(machine, cpus, NAMES).states for cpus in (2, 3, 4)] == [142, 585, 2272]


@pytest.mark.parametrize("name", VARIANTS)
def test_a_run_replays_to_the_broken_invariant(name: str) -> None:
    machine = Machine(system(VARIANTS[name], Early.NONE))
    explored, runs = breadth_first(machine, 2, NAMES)
    assert {run.invariant: len(run.events) for run in runs} == dict(explored.lengths)
    for run in runs:
        for before, event, after in zip(run.states, run.events, run.states[1:], strict=False):
            assert (after, event.cpu, event.label) in set(successors(machine, before))


def test_the_bound_is_said() -> None:
    machine = Machine(system(AS_IS, Early.NONE))
    assert not breadth_first(machine, 3, NAMES, budget=Budget(states=100))[0].complete
    assert not quotient(machine, 4, NAMES, budget=Budget(states=100)).complete


def test_the_hang_race_needs_few_switches() -> None:
    machine = Machine(system(AS_IS, Early.NONE))
    _, runs = breadth_first(machine, 2, (INVARIANTS[1],))
    assert (len(runs[0].events), runs[0].switches) == (20, 2)
