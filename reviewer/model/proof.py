"""A run as a proof: its steps, which two of them race, and how the machine stood before and after.

The search keeps one fact for all dirty lines of a CPU that the new kernel must not get. Under which
aliases they lie is told from the steps of the run: stores leave them under the C-bit's address,
SEAMCALLs under a private KeyID, WBINVD writes back both. No action and no invariant tells one
alias from another, so that a state for each set of aliases would be a state for the same futures.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.finding import Situation, Step, Trace
from reviewer.model.actions import pending
from reviewer.model.draw import FLUSH_BEGINS, FLUSH_ENDS, HANDS_OVER, SENDS
from reviewer.model.invariants import Judge
from reviewer.model.machine import Machine
from reviewer.model.search import Event, Run, State, successors
from reviewer.model.state import (
    DIRTY,
    FLUSHING,
    GS_INVALID,
    IN_MASK,
    IRQS_OFF,
    MASK_LINE,
    ONLINE,
    WRITE_BACK,
    Label,
)
from reviewer.model.types import NMI, Act

C_BIT, KEY_ID, STOP_MASK = "C-bit lines", "private KeyID lines", "stop mask's line"


def trace_of(run: Run) -> Trace:
    """The run's steps, every one of them."""
    last = len(run.events) - 1
    return Trace(
        tuple(
            Step(
                event.label.location,
                event.label.function,
                event.label.text,
                _note(event.label, run.invariant if index == last else ""),
                f"CPU {event.cpu}",
            )
            for index, event in enumerate(run.events)
        )
    )


def proof_of(machine: Machine, run: Run) -> Trace:
    """The run's steps with the two that race, and how the machine stands before and after them."""
    trace, racing = trace_of(run), race(machine, run)
    steps = tuple(
        replace(step, races=True) if index in racing else step
        for index, step in enumerate(trace.steps)
    )
    lines = dirty_lines(machine, run)
    return Trace(
        steps,
        start=tuple(_situations(machine, run.states[0], lines[0], "")),
        end=tuple(_situations(machine, run.states[-1], lines[-1], _overwriting(run, lines))),
    )


_NOTES = {
    Act.FLUSH_BEGIN: FLUSH_BEGINS,
    Act.FLUSH_END: FLUSH_ENDS,
    Act.JUMP: HANDS_OVER,
    Act.DIRTY: "may leave dirty lines",
    Act.MASK_CLEAR: "reports",
    Act.GS_INVALID: "GS invalid",
}


def _note(label: Label, broken: str) -> str:
    note = _NOTES.get(label.act, "")
    if label.act in (Act.SEND, Act.SEND_ALL, Act.CALL_ALL):
        note = f"{SENDS} {label.variable}"
    return "; ".join(filter(None, (note, f"breaks {broken}" if broken else "")))


# The race.


def race(machine: Machine, run: Run) -> tuple[int, ...]:
    """The places of the step that breaks the invariant and of the last that need not precede it.

    That other step is another CPU's last one, if the run without it makes the same last step and
    breaks nothing. A line is written back when it pleases: that races with the hand-over, whoever
    made it. Empty where no other order was possible.
    """
    last = len(run.events) - 1
    if not run.invariant or last < 0:
        return ()
    if run.events[last].label == WRITE_BACK:
        jumps = [at for at, event in enumerate(run.events) if event.label.act is Act.JUMP]
        return (*jumps[-1:], last)
    judge = Judge(machine, (run.invariant,))
    latest = {event.cpu: at for at, event in enumerate(run.events)}
    for cpu, at in sorted(latest.items(), key=lambda item: -item[1]):
        if cpu != run.events[last].cpu and _does_without(machine, judge, run, at):
            return at, last
    return ()


def _does_without(machine: Machine, judge: Judge, run: Run, left_out: int) -> bool:
    """Whether the run can be made without a step, and then ends well."""
    states: set[State] = {run.states[0]}
    for at, event in enumerate(run.events):
        if at != left_out:
            states = {
                target
                for state in states
                for target, cpu, label in successors(machine, state)
                if Event(cpu, label) == event
            }
    return any(not any(judge.broken(state[0], other) for other in state[1:]) for state in states)


# The machine at an instant.

#: What the cache of each CPU holds dirty that the new kernel must not get, the boot CPU's first.
Lines = tuple[frozenset[str], ...]


def dirty_lines(machine: Machine, run: Run) -> tuple[Lines, ...]:
    """Which lines are dirty in each state of the run, by the alias under which they are."""
    usual = frozenset((C_BIT if machine.facts.aliases else KEY_ID,))
    start = run.states[0]
    held = tuple(usual if dirty else _CLEAN for dirty in _dirty(machine, start))
    found = [_with_mask(machine, start, held)]
    for event, state in zip(run.events, run.states[1:], strict=True):
        held = tuple(
            (before | (_dirtied(machine, event, before) if cpu == event.cpu else _CLEAN))
            if dirty
            else _CLEAN
            for cpu, (before, dirty) in enumerate(zip(held, _dirty(machine, state), strict=True))
        )
        found.append(_with_mask(machine, state, held))
    return tuple(found)


def _with_mask(machine: Machine, state: State, held: Lines) -> Lines:
    """The lines with that of the stop mask, which is one more under the C-bit."""
    if not machine.facts.aliases:
        return held
    return tuple(
        lines | {STOP_MASK} if bits & machine.bit(MASK_LINE) else lines
        for lines, bits in zip(held, _bits(machine, state), strict=True)
    )


def _overwriting(run: Run, lines: tuple[Lines, ...]) -> str:
    """What a stale line was, and whose, "" where the run writes none back."""
    for event, held in zip(run.events, lines, strict=False):
        if event.label == WRITE_BACK:
            return f"CPU {event.cpu}'s {_named(held[event.cpu])}"
    return ""


def _named(lines: frozenset[str]) -> str:
    return " + ".join(sorted(lines))


_CLEAN: frozenset[str] = frozenset()


def _dirtied(machine: Machine, event: Event, held: frozenset[str]) -> frozenset[str]:
    """The alias under which a step leaves a line; a frame that is pushed is a store."""
    if event.label.act is Act.DIRTY:
        return frozenset((KEY_ID,))
    stored = event.label.act is Act.STORE and machine.facts.aliases
    return frozenset((C_BIT,)) if stored or not held else _CLEAN


def _dirty(machine: Machine, state: State) -> list[bool]:
    return [bool(bits & machine.bit(DIRTY)) for bits in _bits(machine, state)]


def _bits(machine: Machine, state: State) -> list[int]:
    return [machine.boot(state[0]).bits, *map(machine.bits, state[1:])]


def _situations(
    machine: Machine, state: State, lines: Lines, overwriting: str
) -> Iterator[Situation]:
    """What is true of memory, then of each CPU."""
    facts = _bits(machine, state)
    owner = "new" if machine.boot(state[0]).jumped else "old"
    awaited = [f"CPU {cpu}" for cpu, bits in enumerate(facts) if bits & machine.bit(IN_MASK)]
    stale = f"overwritten by {overwriting}"
    yield Situation(
        "memory",
        (
            f"owned by the {owner} kernel",
            *[stale] * bool(overwriting),
            f"stop mask {{{', '.join(awaited)}}}",
        ),
    )
    for cpu, (bits, held) in enumerate(zip(facts, lines, strict=True)):
        yield Situation(f"CPU {cpu}", tuple(_facts(machine, state, cpu, bits, held)))


def _facts(
    machine: Machine, state: State, cpu: int, bits: int, held: frozenset[str]
) -> Iterator[str]:
    yield f"dirty: {_named(held)}" if held else "cache clean"
    if machine.flagged:
        yield f"flag={int(bool(bits & machine.flag_bit))}"
    if bits & machine.bit(FLUSHING):
        yield "inside WBINVD"
    if cpu and not bits & machine.bit(ONLINE):
        yield "offline"
    if cpu and machine.local(state[cpu]).nmi >= 0:
        yield "in the NMI"
    if bits & machine.bit(IRQS_OFF):
        yield "interrupts off"
    if bits & machine.bit(GS_INVALID):
        yield "GS invalid"
    for vector in sorted(machine.vectors):
        if bits & machine.bit(pending(vector)):
            yield f"{'NMI' if vector == NMI else vector} pending"
