"""Runs as proofs: the pair that races, and how the machine stands before and after."""

from __future__ import annotations

import pytest

from reviewer.finding import Situation, Trace
from reviewer.model.draw import LEGEND, MARK, columns
from reviewer.model.machine import Machine
from reviewer.model.proof import proof_of
from reviewer.model.scenario import build
from reviewer.model.scenario_file import Scenario
from reviewer.model.search import State, breadth_first, example, successors
from reviewer.model.state import CLEAN_FRAMES, DIRTY, STORES_ALIAS, WRITE_BACK, Label
from reviewer.model.text import parse
from reviewer.model.types import Act, System
from tests.model.protocol import AS_IS, INVARIANTS, VARIANTS, Early, system
from tests.model.score import SCENARIOS, memory, reader

IDLE = parse("program idle\n0 -> exit: none")
STOP = parse("program stop\n0 -> 0: halt")


def proofs(made: System, cpus: int = 2) -> dict[str, Trace]:
    machine = Machine(made)
    _, runs = breadth_first(machine, cpus, tuple(INVARIANTS.values()))
    return {run.invariant: proof_of(machine, run) for run in runs}


def racing(trace: Trace) -> list[tuple[str, str]]:
    return [(step.actor, step.text) for step in trace.steps if step.races]


def facts(situations: tuple[Situation, ...]) -> dict[str, tuple[str, ...]]:
    return {each.actor: each.facts for each in situations}


def test_the_second_flush_races_with_the_hand_over() -> None:
    for cpus in (2, 3):
        trace = proofs(system(AS_IS, Early.NONE), cpus)["no-flush-after-hand-over"]
        (flusher, flush), (last, jump) = racing(trace)
        assert (flush, last, jump) == ("flush.begin", "CPU 0", "jump")
        assert flusher != "CPU 0"
        assert trace.steps[-1].races


def test_a_write_back_races_with_the_hand_over_whoever_made_it() -> None:
    late = VARIANTS["flag after the SEAMCALL"]
    trace = proofs(system(late, Early.NONE))["no-stale-write-back"]
    (first, jump), (_, written) = racing(trace)
    assert (first, jump, written) == ("CPU 0", "jump", WRITE_BACK.text)


def test_what_one_cpu_does_wrong_alone_is_no_race() -> None:
    alone = parse("program boot\n0 -> 1: gs.invalid\n1 -> exit: call")
    trace = proofs(System(alone, IDLE, (("nmi", STOP),)))["gs-valid-when-used"]
    assert len(trace.steps) == 2
    assert racing(trace) == []
    assert LEGEND not in columns(trace)


def test_a_step_that_has_to_come_first_does_not_race() -> None:
    """The CPU that hands over waits for the report; its own lines are what is stale."""
    boot = parse(
        "program boot\n0 -> 1: dirty\n1 -> 2: mask.fill\n2 -> 3: send nmi\n"
        "3 -> 4: none if mask.empty\n4 -> exit: jump"
    )
    reports = parse("program nmi\n0 -> 1: mask.clear\n1 -> 1: halt")
    trace = proofs(System(boot, IDLE, (("nmi", reports),)))["no-stale-write-back"]
    assert any(step.text == "mask.clear" for step in trace.steps)
    assert racing(trace) == [("CPU 0", "jump"), ("CPU 0", WRITE_BACK.text)]


def test_the_machine_stands_before_and_after_the_run() -> None:
    boot = parse(
        "program boot\n0 -> 1: flag := 1\n1 -> 2: dirty\n2 -> 3: irq.off\n"
        "3 -> 4: mask.fill\n4 -> 5: gs.invalid\n5 -> exit: jump"
    )
    trace = proofs(System(boot, IDLE, (("nmi", STOP),)))["no-stale-write-back"]
    assert facts(trace.start) == {
        "memory": ("owned by the old kernel", "stop mask {}"),
        "CPU 0": ("cache clean", "flag=0"),
        "CPU 1": ("cache clean", "flag=0"),
    }
    lost = "overwritten by CPU 0's private KeyID lines"
    assert facts(trace.end) == {
        "memory": ("owned by the new kernel", lost, "stop mask {CPU 1}"),
        "CPU 0": ("cache clean", "flag=1", "interrupts off", "GS invalid"),
        "CPU 1": ("cache clean", "flag=0"),
    }


def test_each_alias_has_its_name() -> None:
    def end(body: str, inputs: tuple[tuple[str, bool], ...]) -> str:
        machine = Machine(System(parse(f"program boot\n{body}"), IDLE, (("nmi", STOP),), inputs))
        run = example(machine, 2)
        assert run is not None
        return facts(proof_of(machine, run).end)["CPU 0"][0]

    active = ((STORES_ALIAS, True),)
    jump = "2 -> exit: jump"
    assert end(f"0 -> 1: dirty\n1 -> 2: none\n{jump}", ()) == "dirty: private KeyID lines"
    assert end(f"0 -> 1: store\n1 -> 2: none\n{jump}", ()) == "cache clean"
    assert end(f"0 -> 1: store\n1 -> 2: none\n{jump}", active) == "dirty: C-bit lines"
    both = "dirty: C-bit lines + private KeyID lines"
    assert end(f"0 -> 1: store\n1 -> 2: dirty\n{jump}", active) == both
    assert end(f"0 -> 1: dirty\n1 -> 2: store\n{jump}", active) == both
    assert end(f"0 -> 1: dirty\n1 -> 2: flush.end\n{jump}", active) == "cache clean"
    line = "dirty: stop mask's line"
    assert end(f"0 -> 1: mask.clear\n1 -> 2: none\n{jump}", active) == line


def test_the_drawing_marks_the_pair_and_frames_the_run() -> None:
    drawn = columns(proofs(system(AS_IS, Early.NONE))["no-flush-after-hand-over"]).splitlines()
    assert drawn[:2] == ["at the start:", "  memory: owned by the old kernel, stop mask {}"]
    assert "at the end:" in drawn
    assert sum(MARK in line and line != LEGEND for line in drawn) == 2
    assert LEGEND in drawn


def after(label: Label, held: frozenset[str], *, aliases: bool, frames: bool) -> frozenset[str]:
    """The aliases under which a CPU holds dirty lines after its step, told from the step alone."""
    if label.act is Act.FLUSH_END or label == WRITE_BACK:
        return frozenset()
    if label.act is Act.DIRTY:
        return held | {"KeyID"}
    pushed = frames and (label.text == "<NMI>" or label.text.endswith(" interrupt>"))
    return held | {"C-bit"} if pushed or (aliases and label.act is Act.STORE) else held


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_one_fact_for_all_aliases_loses_nothing(scenario: Scenario) -> None:
    """A set of aliases is empty exactly where the fact is false, and there is one for each state.

    So no guard and no invariant, which see the fact only, could tell more from the set.
    """
    for _, made in build(scenario, reader(), memory()).systems:
        machine = Machine(made)
        aliases = machine.facts.aliases
        frames = aliases and not machine.inputs.get(CLEAN_FRAMES, False)
        first = machine.start()
        dirty = bool(machine.bits(first[1]) & machine.bit(DIRTY))
        held = frozenset(("C-bit" if aliases else "KeyID",)) if dirty else frozenset[str]()
        start: tuple[State, tuple[frozenset[str], ...]] = (first, (held, held))
        seen, waiting = {start}, [start]
        while waiting:
            state, lines = waiting.pop()
            bits = machine.boot(state[0]).bits, machine.bits(state[1])
            assert [bool(each & machine.bit(DIRTY)) for each in bits] == [*map(bool, lines)]
            for target, cpu, label in successors(machine, state):
                changed = [*lines]
                changed[cpu] = after(label, lines[cpu], aliases=aliases, frames=frames)
                following = (target, tuple(changed))
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        assert len(seen) == len({state for state, _ in seen})
