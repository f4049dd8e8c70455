"""Whether two systems are one automaton, and a verdict on one of them said of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from reviewer.finding import Location, Trace
from reviewer.model.types import Instruction, Program, System, Verdict

#: Where an instruction stands, and its source text.
Origin = tuple[Location, str]


def same(old: System, new: System) -> Mapping[Origin, Origin] | None:
    """What each origin is called in the new system; None unless it does the same step by step."""
    facts = (old.inputs, old.flag, old.starts) == (new.inputs, new.flag, new.starts)
    one, other = list(_programs(old)), list(_programs(new))
    if not facts or [name for name, _ in one] != [name for name, _ in other]:
        return None
    found: dict[Origin, Origin] = {}
    for (_, first), (_, second) in zip(one, other, strict=True):
        if _shape(first) != _shape(second):
            return None
        for item, now in zip(first.instructions, second.instructions, strict=True):
            if _does(item) != _does(now):
                return None
            origin = (now.location, now.text)
            if found.setdefault((item.location, item.text), origin) != origin:
                return None
    return found


def said_of(verdict: Verdict, names: Mapping[Origin, Origin]) -> Verdict:
    """The verdict with the origins as they are called now."""
    places = {old[0]: new[0] for old, new in names.items()}
    return replace(
        verdict,
        violations=tuple(
            replace(violation, trace=renamed(violation.trace, names))
            for violation in verdict.violations
        ),
        unfired=tuple(sorted(places.get(each, each) for each in verdict.unfired)),
    )


def renamed(trace: Trace, names: Mapping[Origin, Origin]) -> Trace:
    """The run with the origins as they are called now."""
    steps = []
    for step in trace.steps:
        location, text = names.get((step.location, step.text), (step.location, step.text))
        steps.append(replace(step, location=location, text=text))
    return replace(trace, steps=tuple(steps))


def _programs(system: System) -> Iterator[tuple[str, Program]]:
    yield "boot", system.boot
    yield "task", system.task
    yield from system.handlers


def _shape(program: Program) -> tuple[int, int, int, int]:
    return program.size, program.entry, program.exit, len(program.instructions)


def _does(item: Instruction) -> tuple[object, ...]:
    """All of an instruction but where it is from; its function tells observers who acts."""
    named = bool(item.text)
    return (
        item.source,
        item.target,
        item.act,
        item.variable,
        item.value,
        item.guard,
        item.function,
        named,
    )
