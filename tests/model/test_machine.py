"""Every action of the machine by itself: what it does to the CPU that acts and to the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.model.machine import Machine
from reviewer.model.search import State, breadth_first, successors
from reviewer.model.state import DIRTY, FLUSHING, GS_INVALID, GS_USED, IN_MASK, IRQS_OFF, KICKED
from reviewer.model.text import parse
from reviewer.model.types import Act, Program, System

IDLE = parse("program idle\n0 -> exit: none")
RETURNS = parse("program handler\n0 -> exit: none")
HALTS = parse("program handler\n0 -> 0: halt")


def program(*lines: str) -> Program:
    return parse("\n".join(("program p", *lines)))


def machine(
    boot: Program = IDLE,
    task: Program = IDLE,
    irq: Program = RETURNS,
    nmi: Program = RETURNS,
    starts: tuple[str, ...] = ("online",),
    inputs: tuple[tuple[str, bool], ...] = (),
) -> Machine:
    return Machine(System(boot, task, (("irq", irq), ("nmi", nmi)), inputs, starts=starts))


def facts(made: Machine, bits: int) -> set[str]:
    return {name for name, place in made.index.items() if bits >> place & 1}


def own(step: str, *starts: str, **inputs: bool) -> set[str]:
    """What is true of a CPU after one step of its task."""
    made = machine(task=program(f"0 -> exit: {step}"), starts=starts, inputs=tuple(inputs.items()))
    boot, state = made.start()
    ((target, _),) = made.remote_moves(boot, state)
    return facts(made, made.bits(target))


def others(step: str, *starts: str) -> set[str]:
    """What is true of another CPU after one step of the boot CPU."""
    made = machine(boot=program(f"0 -> exit: {step}"), starts=starts)
    boot, state = made.start()
    (move,) = made.boot_moves(boot)
    return facts(made, made.bits(move.each(state) if move.each else state))


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("none", set(), set()),
        ("flag := 1", set(), {"flag"}),
        ("flag := 0", {"flag"}, set()),
        ("flag := dirty && !online", {"dirty"}, {"dirty", "flag"}),
        ("flush.begin", {"dirty"}, {"dirty", "flushing"}),
        ("flush.end", {"flushing", "dirty", "mask.line", "flag"}, {"flag"}),
        ("dirty", set(), {"dirty"}),
        ("store", set(), set()),
        ("irq.off", set(), {"irqs.off"}),
        ("irq.on", {"irqs.off"}, set()),
        ("gs.invalid", set(), {"gs.invalid"}),
        ("gs.valid", {"gs.invalid"}, set()),
        ("call", set(), set()),
        ("call", {"gs.invalid"}, {"gs.invalid", "gs.used"}),
        ("percpu", set(), set()),
        ("percpu", {"gs.invalid"}, {"gs.invalid", "gs.used"}),
        ("mask.clear", {"mask"}, {"mask.line"}),
        ("rest", {"awaited"}, set()),
    ],
)
def test_an_action_changes_its_own_cpu(step: str, before: set[str], after: set[str]) -> None:
    assert own(step, *sorted(before)) == after


def test_a_store_dirties_only_where_stores_have_an_alias() -> None:
    assert own("store", stores_alias=True) == {DIRTY}
    assert own("store", stores_alias=False) == set()


@pytest.mark.parametrize(
    ("step", "before", "after"),
    [
        ("mask.fill", {"online"}, {"online", "mask"}),
        ("mask.fill", set(), set()),
        ("mask.empty", {"mask", "mask.line"}, set()),
        ("send irq", {"mask"}, {"mask", "pending.irq"}),
        ("send irq", {"online"}, {"online"}),
        ("send nmi", {"mask"}, {"mask", "pending.nmi"}),
        ("send.all irq", {"online"}, {"online", "pending.irq"}),
        ("send.all irq", set(), set()),
        ("call.all irq", {"online"}, {"online", "pending.irq", "awaited"}),
        ("kick", set(), {"kicked"}),
        ("jump", {"dirty"}, {"dirty"}),
    ],
)
def test_an_action_of_the_boot_cpu_changes_the_others(
    step: str, before: set[str], after: set[str]
) -> None:
    assert others(step, *sorted(before)) == after


def test_a_jump_hands_memory_over() -> None:
    made = machine(boot=program("0 -> exit: jump"))
    boot, _ = made.start()
    (move,) = made.boot_moves(boot)
    assert (made.boot(boot).jumped, made.boot(move.target).jumped) == (False, True)


def reached(made: Machine, cpus: int = 2) -> set[State]:
    boot, remote = made.start()
    seen = {(boot, *[remote] * (cpus - 1))}
    pending = list(seen)
    while pending:
        for target, _, _ in successors(made, pending.pop()):
            if target not in seen:
                seen.add(target)
                pending.append(target)
    return seen


def test_a_halt_ends_a_program_but_not_its_interrupts() -> None:
    made = machine(program("0 -> exit: send.all irq"), task=program("0 -> 0: halt", "0 -> 1: none"))
    assert {made.local(state[1]).task for state in reached(made)} == {0, 1}
    halted = machine(program("0 -> exit: send.all irq"), task=program("0 -> 0: halt"))
    assert {halted.local(state[1]).irq for state in reached(halted)} == {-1, 0}


def test_no_interrupt_is_taken_while_caches_are_flushed() -> None:
    task = program("0 -> 1: flush.begin", "1 -> exit: flush.end")
    made = machine(program("0 -> exit: send.all nmi"), task=task)
    inside = [made.local(state[1]) for state in reached(made)]
    assert any(local.nmi >= 0 for local in inside)
    assert not any(local.nmi >= 0 and local.bits & made.bit(FLUSHING) for local in inside)


def test_an_interrupt_waits_until_interrupts_are_on_and_an_nmi_does_not() -> None:
    task = program("0 -> 1: irq.off", "1 -> 1: halt")
    starts = ("online", IRQS_OFF)
    for vector, taken in (("irq", False), ("nmi", True)):
        made = machine(program(f"0 -> exit: send.all {vector}"), task=task, starts=starts)
        levels = {made.local(state[1]) for state in reached(made)}
        assert any(each.irq >= 0 or each.nmi >= 0 for each in levels) is taken


def test_a_handler_that_returns_leaves_interrupts_as_they_were() -> None:
    for starts in (("online",), ("online", IRQS_OFF)):
        made = machine(
            program("0 -> exit: send.all nmi"), task=program("0 -> 0: halt"), starts=starts
        )
        ends = {
            bool(made.bits(state[1]) & made.bit(IRQS_OFF))
            for state in reached(made)
            if made.local(state[1]).nmi < 0
        }
        assert ends == {IRQS_OFF in starts}


def test_an_nmi_is_not_nested_and_comes_after_the_one_before() -> None:
    made = machine(program("0 -> 1: send.all nmi", "1 -> exit: send.all nmi"), nmi=HALTS)
    assert {made.local(state[1]).nmi for state in reached(made)} == {-1, 0}


def test_a_frame_is_a_store_unless_it_is_assumed_away() -> None:
    for clean in (False, True):
        made = machine(
            program("0 -> exit: send.all nmi"),
            nmi=HALTS,
            inputs=(("stores_alias", True), ("clean_frames", clean)),
        )
        dirty = any(made.bits(state[1]) & made.bit(DIRTY) for state in reached(made))
        assert dirty is not clean


def test_a_dirty_line_is_written_back_late_only_after_the_hand_over() -> None:
    late = machine(program("0 -> exit: jump"), task=program("0 -> exit: dirty"))
    assert breadth_first(late, 2, ("no-stale-write-back",))[0].broken
    never = machine(program("0 -> exit: none"), task=program("0 -> exit: dirty"))
    assert not breadth_first(never, 2, ("no-stale-write-back",))[0].broken


def test_the_boot_cpu_waits_for_what_is_true_of_all_others() -> None:
    boot = program("0 -> 1: mask.fill", "1 -> exit: jump if mask.empty")
    waits = machine(boot)
    assert not any(waits.boot(state[0]).jumped for state in reached(waits, 3))
    goes = machine(boot, task=program("0 -> exit: mask.clear if mask"))
    jumped = [state for state in reached(goes, 3) if goes.boot(state[0]).jumped]
    assert jumped
    assert not any(goes.bits(other) & goes.bit(IN_MASK) for state in jumped for other in state[1:])


def test_a_cpu_that_waits_for_a_kick_goes_on_only_then() -> None:
    task = program("0 -> 1: rest", "1 -> 0: none if !kicked", "1 -> exit: gs.invalid if kicked")
    for step, moved in (("kick", True), ("none", False)):
        made = machine(program(f"0 -> exit: {step}"), task=task)
        ends = [made.bits(state[1]) for state in reached(made)]
        assert any(bits & made.bit(GS_INVALID) for bits in ends) is moved
        assert all(bits & made.bit(KICKED) for bits in ends if bits & made.bit(GS_INVALID))


def test_the_boot_cpu_acts_on_itself_too() -> None:
    made = machine(program("0 -> 1: gs.invalid", "1 -> exit: percpu"))
    assert any(made.boot(state[0]).bits & made.bit(GS_USED) for state in reached(made))


def test_every_action_is_tried_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [act for act in Act if act is not Act.ASSIGN and f"{act}" not in text] == []
