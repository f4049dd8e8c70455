"""Systems with one step gone wrong, to see whether the invariants notice.

Every operator is one that patches of this protocol have had in them: a step lost, two neighbours
swapped, a test inverted or dropped, a wait that no longer waits, a store after the flush, an access
to per-CPU data after GS was reset.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from reviewer.model.types import Act, Instruction, Program, System
from reviewer.source.conditions import TRUE, negate


class Mutant(Struct, frozen=True):
    """A changed system; `operator` says what was done and `instruction` to which step."""

    operator: str
    instruction: Instruction
    system: System


def mutants(system: System) -> Iterator[Mutant]:
    """Every system with one step changed, in program order."""
    for operator, item, program in _changed(system.boot):
        yield Mutant(operator, item, replace(system, boot=program))
    for operator, item, program in _changed(system.task):
        yield Mutant(operator, item, replace(system, task=program))
    for index, (vector, handler) in enumerate(system.handlers):
        for operator, item, program in _changed(handler):
            handlers = (
                *system.handlers[:index],
                (vector, program),
                *system.handlers[index + 1 :],
            )
            yield Mutant(operator, item, replace(system, handlers=handlers))


def _changed(program: Program) -> Iterator[tuple[str, Instruction, Program]]:
    for index, item in enumerate(program.instructions):
        if item.act not in (Act.NONE, Act.FLUSH_END, Act.HALT):
            yield "delete", item, _with(program, _gone(program, index, item))
            yield from _swapped(program, index, item)
        if item.act in _SLIPS:
            yield "slip in", item, _followed(program, index, item, _SLIPS[item.act])
        if item.guard != TRUE:
            yield from _regarded(program, index, item)


#: What must not follow a step.
_SLIPS = {Act.GS_INVALID: Act.PER_CPU, Act.FLUSH_END: Act.STORE}


def _gone(program: Program, index: int, item: Instruction) -> dict[int, Instruction]:
    """The step without its effect; a flush is two."""
    ends = item.act is Act.FLUSH_BEGIN
    gone = {index: replace(item, act=Act.NONE)}
    for place, other in enumerate(program.instructions):
        if ends and other.act is Act.FLUSH_END and other.source == item.target:
            gone[place] = replace(other, act=Act.NONE)
    return gone


def _followed(program: Program, index: int, item: Instruction, act: Act) -> Program:
    """The program with another step right after one."""
    between = program.size
    first = replace(item, target=between)
    second = Instruction(between, item.target, act, text="<slipped in>", function=item.function)
    items = _with(program, {index: first}).instructions
    return replace(program, size=program.size + 1, instructions=(*items, second))


def _swapped(
    program: Program, index: int, item: Instruction
) -> Iterator[tuple[str, Instruction, Program]]:
    """The step and the one that follows it, where both are unconditional, in the other order."""
    following = [
        (place, other)
        for place, other in enumerate(program.instructions)
        if other.source == item.target and other.guard == TRUE
    ]
    lonely = sum(other.target == item.target for other in program.instructions) == 1
    alone = sum(other.source == item.target for other in program.instructions) == 1
    pair = (Act.NONE, Act.FLUSH_END, Act.FLUSH_BEGIN, Act.HALT)
    if not (lonely and alone and following) or item.act is Act.FLUSH_BEGIN:
        return
    place, other = following[0]
    if other.act in pair or other.target == item.source:
        return
    first = replace(other, source=item.source, target=item.target, guard=item.guard)
    second = replace(item, source=other.source, target=other.target, guard=TRUE)
    yield "swap", item, _with(program, {index: first, place: second})


def _regarded(
    program: Program, index: int, item: Instruction
) -> Iterator[tuple[str, Instruction, Program]]:
    """The condition of the step negated together with its siblings', or dropped."""
    siblings = {
        place: replace(other, guard=negate(other.guard))
        for place, other in enumerate(program.instructions)
        if other.source == item.source and other.guard != TRUE
    }
    if index == min(siblings):
        yield "negate", item, _with(program, siblings)
    yield "drop the condition", item, _with(program, {index: replace(item, guard=TRUE)})


def _with(program: Program, changed: dict[int, Instruction]) -> Program:
    items = list(program.instructions)
    for index, item in changed.items():
        items[index] = item
    return replace(program, instructions=tuple(items))
