"""A recorded run, stepped through again."""

from __future__ import annotations

from reviewer.finding import Step
from reviewer.model.invariants import Judge
from reviewer.model.machine import Machine
from reviewer.model.search import State, successors
from reviewer.model.types import System


def replay(system: System, cpus: int, invariant: str, steps: tuple[Step, ...]) -> int:
    """How many of the steps the system can make; all of them only if they break the invariant.

    Where a step's text allows several next states, all are followed.
    """
    machine = Machine(system)
    judge = Judge(machine, (invariant,))
    boot, remote = machine.start()
    states: set[State] = {(boot, *[remote] * (cpus - 1))}
    for number, step in enumerate(steps):
        states = {
            target
            for state in states
            for target, cpu, label in successors(machine, state)
            if f"CPU {cpu}" == step.actor
            and (label.text, label.location, label.function)
            == (step.text, step.location, step.function)
        }
        if not states:
            return number
    broken = any(judge.broken(state[0], other) for state in states for other in state[1:])
    return len(steps) if broken else len(steps) - 1
