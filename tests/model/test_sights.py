from __future__ import annotations

import pytest

from reviewer.model.machine import Machine
from reviewer.model.search import successors
from reviewer.model.sights import FLUSHED, UNFLUSHED, Sight, sights
from reviewer.model.text import parse
from reviewer.model.types import System

JUMP = "0 -> exit: jump"
STOP = "0 -> 1: flush.begin if flag\n1 -> 2: flush.end\n0 -> 2: none if !flag\n2 -> 2: halt"
WAITING = "0 -> 1: mask.fill\n1 -> 2: send irq\n2 -> exit: jump"


def system(boot: str, task: str = "", irq: str = STOP, *, flag: bool = False) -> System:
    return System(
        boot=parse(boot),
        task=parse(task),
        handlers=(("irq", parse(irq)), ("nmi", parse("0 -> exit: none"))),
        starts=("online", "flag") if flag else ("online",),
    )


def seen(made: System) -> set[tuple[str, str, str]]:
    return {(sight.role, sight.what, sight.how) for sight in sights(made)}


def test_a_hand_over_without_a_flush_and_after_one() -> None:
    assert seen(system(JUMP)) == {("kexec CPU", "hands over", UNFLUSHED)}
    flushing = "0 -> 1: flush.begin\n1 -> 2: flush.end\n2 -> exit: jump"
    assert seen(system(flushing)) == {("kexec CPU", "hands over", FLUSHED)}


@pytest.mark.parametrize(("flag", "how"), [(True, FLUSHED), (False, UNFLUSHED)])
def test_how_a_handler_halts(flag: bool, how: str) -> None:
    assert ("irq", "halts", how) in seen(system(WAITING, flag=flag))
    other = UNFLUSHED if how == FLUSHED else FLUSHED
    assert ("irq", "halts", other) not in seen(system(WAITING, flag=flag))


def test_a_handler_that_returns() -> None:
    assert ("irq", "returns", UNFLUSHED) in seen(system(WAITING, irq="0 -> exit: irq.off"))


def test_what_a_task_does() -> None:
    task = "0 -> 1: dirty\n1 -> 2: flush.begin\n2 -> exit: flush.end"
    found = seen(system(JUMP, task))
    assert {("task", "may dirty lines", ""), ("task", "runs WBINVD", "")} <= found
    assert not seen(system(JUMP)) & {("task", "may dirty lines", "")}


def test_a_flush_of_the_task_is_none_of_the_handler() -> None:
    task = "0 -> 1: flush.begin\n1 -> exit: flush.end"
    assert ("irq", "halts", FLUSHED) not in seen(system(WAITING, task))


@pytest.mark.parametrize("flag", [True, False])
def test_every_sight_comes_with_a_run_of_the_machine_that_ends_in_it(flag: bool) -> None:
    made = system(WAITING, "0 -> exit: dirty", flag=flag)
    machine = Machine(made)
    for sight, run in sights(made).items():
        boot, remote = machine.start()
        state = (boot, remote)
        for event in run.events:
            following = [
                target
                for target, cpu, label in successors(machine, state)
                if (cpu, label) == (event.cpu, event.label)
            ]
            assert following, sight
            state = (following[0][0], following[0][1])


def test_a_run_is_as_short_as_can_be() -> None:
    made = system("0 -> 1: irq.off\n1 -> 2: irq.on\n0 -> 2: none\n2 -> exit: jump")
    (run,) = sights(made).values()
    assert len(run.events) == 2
    assert sights(made).keys() == {Sight("kexec CPU", "hands over", UNFLUSHED)}
