"""What a scenario's search says: views first, then a shortest run for what they break."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from reviewer.finding import Location
from reviewer.model.machine import Machine
from reviewer.model.proof import proof_of
from reviewer.model.scenario import Build
from reviewer.model.scenario_file import Platform, Scenario, without
from reviewer.model.search import (
    Budget,
    Explored,
    breadth_first,
    example,
    quotient,
    views,
)
from reviewer.model.types import Act, Need, Outcome, System, Verdict, Violation
from reviewer.model.vacuity import Vacuous, idle, programs, vacuity

#: Numbers of CPUs at which a run is looked for, and what the search may use.
CPUS = (2, 3)
BUDGET = Budget(states=400_000)


def verdicts(build: Build, *, cpus: int = 0, budget: Budget = BUDGET) -> tuple[Verdict, ...]:
    """The verdict of each platform; with `cpus` the search is of exactly that many CPUs."""
    return tuple(
        judge(build, platform, system, cpus=cpus, budget=budget)
        for platform, system in build.systems
    )


class Examined(Struct, frozen=True):
    """Verdicts with what they need and an example of a run, and what nothing exercised."""

    verdicts: tuple[Verdict, ...]
    vacuous: tuple[Vacuous, ...]


def examined(
    build: Build,
    rebuilt: Callable[[Scenario], Build],
    cpus: int = 0,
    budget: Budget = BUDGET,
) -> Examined:
    """The verdicts, doubted: without each assumption in turn, and with each step gone wrong.

    `rebuilt` builds the scenario on the same tree. A verdict that holds is VACUOUS where its
    scenario leaves something unexercised that it does not expect to.
    """
    found = verdicts(build, cpus=cpus, budget=budget)
    vacuous = vacuity(build, found)
    needs: dict[str, list[Need]] = {}
    for assumption in build.scenario.assumes:
        other = dict(_broken(rebuilt(without(build.scenario, assumption.name))))
        for platform, broken in _broken(build):
            if breaks := tuple(sorted(other.get(platform, broken) - broken)):
                need = Need(assumption.name, assumption.doc, breaks)
                needs.setdefault(platform, []).append(need)
    hollow = any(not each.reason for each in vacuous)
    systems = {platform.name: system for platform, system in build.systems}
    return Examined(
        tuple(
            _shown(each, systems[each.platform], tuple(needs.get(each.platform, ())), hollow)
            for each in found
        ),
        vacuous,
    )


def _broken(build: Build) -> list[tuple[str, frozenset[str]]]:
    """What may break on each platform for some number of CPUs."""
    return [
        (platform.name, views(Machine(system), checked(system, build.scenario.invariants)).broken)
        for platform, system in build.systems
    ]


def _shown(verdict: Verdict, system: System, needs: tuple[Need, ...], hollow: bool) -> Verdict:
    if verdict.outcome is not Outcome.HOLDS:
        return replace(verdict, needs=needs)
    machine = Machine(system)
    run = example(machine, 2)
    return replace(
        verdict,
        outcome=Outcome.VACUOUS if hollow else Outcome.HOLDS,
        needs=needs,
        example=proof_of(machine, run) if run else None,
    )


def judge(
    build: Build, platform: Platform, system: System, *, cpus: int = 0, budget: Budget = BUDGET
) -> Verdict:
    """The verdict of one platform."""
    scenario = build.scenario
    machine = Machine(system)
    invariants = checked(system, scenario.invariants)
    explored = views(machine, invariants)
    outcome = Outcome.HOLDS
    violations: tuple[Violation, ...] = ()
    if cpus > max(CPUS):
        explored = quotient(machine, cpus, invariants, budget=budget)
        if not explored.complete:
            outcome = Outcome.BOUND_REACHED
    if explored.broken or 0 < cpus <= max(CPUS):
        numbers = (cpus,) if 0 < cpus <= max(CPUS) else CPUS
        explored, outcome, violations = _runs(machine, invariants, explored, numbers, budget)
    return Verdict(
        scenario.id,
        platform.name,
        outcome,
        explored.states,
        explored.transitions,
        tuple(_judged(scenario, violation) for violation in violations),
        tuple(each.doc for each in scenario.assumes),
        idle(machine, invariants),
        _unfired(machine),
        cpus,
    )


def _judged(scenario: Scenario, violation: Violation) -> Violation:
    """The violation with what is known of runs like its own."""
    for each in scenario.judged:
        if each.invariant == violation.invariant and each.covers(violation.trace):
            return replace(violation, judgement=each.says)
    return violation


def checked(system: System, invariants: tuple[str, ...]) -> tuple[str, ...]:
    """The invariants that say something: one about the flag needs a program that reads it."""
    reads = {
        name
        for program in programs(system)
        for item in program.instructions
        for name in (item.variable,) * (item.act is Act.ASSIGN)
    }
    return tuple(
        name for name in invariants if name != "flag-is-conservative" or system.flag in reads
    )


def _runs(
    machine: Machine,
    invariants: tuple[str, ...],
    explored: Explored,
    numbers: tuple[int, ...],
    budget: Budget,
) -> tuple[Explored, Outcome, tuple[Violation, ...]]:
    """Runs to every invariant that is broken at one of the numbers of CPUs."""
    found: dict[str, Violation] = {}
    suspected = explored.broken
    complete = True
    for cpus in numbers:
        explored, runs = breadth_first(machine, cpus, invariants, budget=budget)
        complete = complete and explored.complete
        for run in runs:
            found.setdefault(run.invariant, Violation(run.invariant, cpus, proof_of(machine, run)))
        if suspected <= found.keys():
            break
    violations = tuple(found[name] for name in sorted(found))
    if violations:
        return explored, Outcome.VIOLATED, violations
    held = complete and not suspected
    return explored, Outcome.HOLDS if held else Outcome.BOUND_REACHED, ()


def _unfired(machine: Machine) -> tuple[Location, ...]:
    """Places of instructions that no run executes."""
    return tuple(
        sorted(
            {
                item.location
                for program in programs(machine.system)
                for item in program.instructions
                if item.act is not Act.NONE and item not in machine.fired
            }
        )
    )
