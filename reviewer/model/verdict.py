"""What a scenario's search says: views first, then a shortest run for what they break."""

from __future__ import annotations

from reviewer.finding import Location, Step, Trace
from reviewer.model.invariants import PREMISES
from reviewer.model.machine import Machine
from reviewer.model.scenario import Build, Platform
from reviewer.model.search import Explored, Run, breadth_first, reachable, views
from reviewer.model.state import Label
from reviewer.model.types import Act, Outcome, Program, System, Verdict, Violation

#: Numbers of CPUs at which a run is looked for, and the states after which the search gives up.
CPUS = (2, 3)
BOUND = 400_000


def verdicts(build: Build, *, cpus: int = 0) -> tuple[Verdict, ...]:
    """The verdict of each platform; with `cpus` the search is of exactly that many CPUs."""
    return tuple(judge(build, platform, system, cpus=cpus) for platform, system in build.systems)


def judge(build: Build, platform: Platform, system: System, *, cpus: int = 0) -> Verdict:
    """The verdict of one platform."""
    scenario = build.scenario
    machine = Machine(system)
    invariants = checked(system, scenario.invariants)
    explored = views(machine, invariants)
    outcome = Outcome.HOLDS
    violations: tuple[Violation, ...] = ()
    if explored.broken or cpus:
        numbers = (cpus,) if cpus else CPUS
        explored, outcome, violations = _runs(machine, invariants, explored, numbers)
    return Verdict(
        scenario.id,
        platform.name,
        outcome,
        explored.states,
        explored.transitions,
        violations,
        scenario.assumes,
        _idle(machine, invariants),
        _unfired(machine),
        observed(machine),
    )


def checked(system: System, invariants: tuple[str, ...]) -> tuple[str, ...]:
    """The invariants that say something: one about the flag needs a program that reads it."""
    reads = {
        name
        for program in _programs(system)
        for item in program.instructions
        for name in (item.variable,) * (item.act is Act.ASSIGN)
    }
    return tuple(
        name for name in invariants if name != "flag-is-conservative" or system.flag in reads
    )


def _runs(
    machine: Machine, invariants: tuple[str, ...], explored: Explored, numbers: tuple[int, ...]
) -> tuple[Explored, Outcome, tuple[Violation, ...]]:
    """Runs to every invariant that is broken at one of the numbers of CPUs."""
    found: dict[str, Violation] = {}
    suspected = explored.broken
    complete = True
    for cpus in numbers:
        explored, runs = breadth_first(machine, cpus, invariants, bound=BOUND)
        complete = complete and explored.complete
        for run in runs:
            found.setdefault(run.invariant, Violation(run.invariant, cpus, trace_of(run)))
        if suspected <= found.keys():
            break
    violations = tuple(found[name] for name in sorted(found))
    if violations:
        return explored, Outcome.VIOLATED, violations
    held = complete and not suspected
    return explored, Outcome.HOLDS if held else Outcome.BOUND_REACHED, ()


def trace_of(run: Run) -> Trace:
    """The run as a proof, every step of it."""
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


_NOTES = {
    Act.FLUSH_BEGIN: "WBINVD begins",
    Act.FLUSH_END: "WBINVD ends",
    Act.JUMP: "memory belongs to the new kernel",
    Act.DIRTY: "may leave dirty lines",
    Act.MASK_CLEAR: "reports",
    Act.GS_INVALID: "GS invalid",
}


def _note(label: Label, broken: str) -> str:
    note = _NOTES.get(label.act, "")
    return "; ".join(filter(None, (note, f"breaks {broken}" if broken else "")))


def _idle(machine: Machine, invariants: tuple[str, ...]) -> tuple[str, ...]:
    """Invariants whose premise no state reaches: they hold of nothing."""
    states = [(machine.boot(boot), machine.local(state)) for boot, state in reachable(machine)[0]]
    return tuple(
        name
        for name in invariants
        if not any(PREMISES[name](machine, boot, local) for boot, local in states)
    )


def _unfired(machine: Machine) -> tuple[Location, ...]:
    """Places of instructions that no run executes."""
    return tuple(
        sorted(
            {
                item.location
                for program in _programs(machine.system)
                for item in program.instructions
                if item.act is not Act.NONE and item not in machine.fired
            }
        )
    )


def observed(machine: Machine) -> frozenset[str]:
    """What can be seen to happen: each action of each role, with the function that does it."""
    system = machine.system
    roles = (("kexec CPU", system.boot), ("task", system.task), *system.handlers)
    shown = {Act.FLUSH_BEGIN: "WBINVD", Act.JUMP: "hand-over", Act.DIRTY: "may dirty lines"}
    return frozenset(
        f"{role}: {shown[item.act]} in {item.function}()"
        for role, program in roles
        for item in program.instructions
        if item.act in shown and item in machine.fired
    )


def _programs(system: System) -> tuple[Program, ...]:
    return (system.boot, system.task, *(program for _, program in system.handlers))
