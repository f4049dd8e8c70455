"""What a scenario did not exercise: then that it holds says less than it seems to.

Over all platforms of a scenario: a step that no run executes, a condition that is never seen both
ways, an invariant that speaks of nothing (on each platform by itself) or that no mutant breaks, a
hand-over that no run completes. A scenario says which of these it expects, and why; any other is
a failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from msgspec import Struct

from reviewer.finding import Location
from reviewer.model.invariants import PREMISES
from reviewer.model.machine import Machine
from reviewer.model.mutants import Mutant, mutants
from reviewer.model.scenario import Build
from reviewer.model.scenario_file import Platform, Scenario
from reviewer.model.search import Budget, example, reachable, views
from reviewer.model.state import DENIED_BY
from reviewer.model.text import shown_condition
from reviewer.model.types import Act, Instruction, Program, System, Verdict
from reviewer.source.conditions import TRUE, Not, atoms, given

#: States after which no example run is looked for any more.
_EXAMPLE = Budget(states=100_000)
#: Actions that stay a step for as long as they can be reached at all.
_LASTING = frozenset(
    {
        Act.FLUSH_BEGIN, Act.DIRTY, Act.HALT, Act.MASK_FILL, Act.MASK_CLEAR, Act.MASK_EMPTY,
        Act.SEND, Act.SEND_ALL, Act.CALL_ALL, Act.KICK, Act.REST, Act.JUMP, Act.GS_INVALID,
    }
)  # fmt: skip


class Vacuous(Struct, frozen=True):
    """Something that a scenario does not exercise; `reason` is "" where that is not expected."""

    what: str
    location: Location
    reason: str = ""


class Explored(Struct, frozen=True, eq=False):
    """A platform's machine with every pair of states that some number of CPUs reaches."""

    platform: Platform
    machine: Machine
    pairs: frozenset[tuple[int, int]]


def vacuity(build: Build, verdicts: Iterable[Verdict]) -> tuple[Vacuous, ...]:
    """Everything of these kinds, each with the reason the scenario gives for it."""
    explored = [_explored(platform, system) for platform, system in build.systems]
    if not explored:
        return ()
    found = [
        *_unfired(build, explored),
        *_one_sided(explored),
        *(
            (f"{name} on {verdict.platform}", Location("", 0))
            for verdict in verdicts
            for name in verdict.idle
        ),
        *_unbroken(build, explored),
        *_unfinished(explored),
    ]
    return tuple(
        Vacuous(what, location, _reason(build.scenario, what))
        for what, location in dict.fromkeys(found)
    )


def idle(machine: Machine, invariants: tuple[str, ...]) -> tuple[str, ...]:
    """Invariants whose premise no state reaches: they hold of nothing."""
    states = [(machine.boot(boot), machine.local(state)) for boot, state in reachable(machine)[0]]
    return tuple(
        name
        for name in invariants
        if not any(PREMISES[name](machine, boot, local) for boot, local in states)
    )


def programs(system: System) -> tuple[Program, ...]:
    """Every program of a system."""
    return (system.boot, system.task, *(program for _, program in system.handlers))


def _reason(scenario: Scenario, what: str) -> str:
    return next((reason for glob, reason in scenario.vacuous if fnmatchcase(what, glob)), "")


def _explored(platform: Platform, system: System) -> Explored:
    machine = Machine(system)
    return Explored(platform, machine, reachable(machine)[0])


def _step(item: Instruction) -> str:
    where = f" in {item.function}" if item.function else ""
    return f"{item.act}{where}: {item.text}" if item.text else f"{item.act}{where}"


def _unfired(build: Build, explored: Iterable[Explored]) -> Iterator[tuple[str, Location]]:
    """Steps that run on no platform, among those of the programs and those cut from the code."""
    fired: set[str] = set()
    wanted: dict[str, Location] = {}
    for each in explored:
        fired |= {_step(item) for item in each.machine.fired}
        for program in programs(each.machine.system):
            for item in program.instructions:
                if item.act not in (Act.NONE, Act.ASSIGN, Act.FLUSH_END):
                    wanted.setdefault(_step(item), item.location)
    for program in build.cut:
        for item in program.instructions:
            if item.act in _LASTING:
                wanted.setdefault(_step(item), item.location)
    return (
        (f"{what}: never runs", location)
        for what, location in sorted(wanted.items(), key=lambda pair: (pair[1], pair[0]))
        if what not in fired
    )


def _one_sided(explored: Iterable[Explored]) -> Iterator[tuple[str, Location]]:
    """Conditions of the code that are always true, or never, wherever they are asked.

    Those with one text are numbered in the order of their lines.
    """
    seen: dict[tuple[str, str], dict[Location, set[bool]]] = {}
    for each in explored:
        for item, value in _asked(each):
            if item.location.path:
                negated = isinstance(item.guard, Not)
                text = item.text or shown_condition(item.guard)
                places = seen.setdefault((text, item.function), {})
                places.setdefault(item.location, set()).add(value is not negated)
    for (text, function), places in sorted(seen.items()):
        for number, (location, values) in enumerate(sorted(places.items()), 1):
            if len(values) == 1:
                always = "always true" if True in values else "never true"
                yield f"{text} in {function} #{number}: {always}", location


def _asked(each: Explored) -> Iterator[tuple[Instruction, bool]]:
    """Every guard with every value that it has."""
    machine = each.machine
    for state in {state for _, state in each.pairs}:
        items, bits = machine.steps_at(state)
        for item in items:
            if item.guard != TRUE:
                yield item, machine.true(item.guard, bits)
    for boot, state in each.pairs:
        items, bits = machine.boot_steps_at(boot)
        for item in items:
            if item.guard != TRUE:
                answers = {
                    name: not machine.bits(state) & machine.bit(DENIED_BY[name])
                    for name in atoms(item.guard)
                    if name in DENIED_BY
                }
                yield item, machine.true(given(item.guard, answers), bits)


def _unbroken(build: Build, explored: Iterable[Explored]) -> Iterator[tuple[str, Location]]:
    """Invariants that hold whatever step goes wrong on whatever platform."""
    pending = set(build.scenario.invariants)
    for each in explored:
        usual = views(each.machine, build.scenario.invariants).broken
        pending -= usual
        # What slips in breaks most, so the search ends soonest with it.
        for mutant in sorted(mutants(each.machine.system), key=_does_not_slip_in):
            if not pending:
                return
            pending -= views(Machine(mutant.system), tuple(sorted(pending))).broken
    for name in sorted(pending):
        yield f"no mutant breaks {name}", Location("", 0)


def _does_not_slip_in(mutant: Mutant) -> bool:
    return mutant.operator != "slip in"


def _unfinished(explored: Iterable[Explored]) -> Iterator[tuple[str, Location]]:
    for each in explored:
        if example(each.machine, 2, budget=_EXAMPLE) is None:
            yield f"the hand-over never ends on {each.platform.name}", Location("", 0)
