"""What a program was cut from, to know it again in other files whatever lines it has moved to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.finding import Location
from reviewer.model.types import Program, System
from reviewer.source.conditions import Condition
from reviewer.source.types import Edge, Function, Op

#: Where a place is now; a place that is not named is where it was.
Moves = Mapping[Location, Location]


class Trail(Struct, eq=False):
    """Questions to the code, with their answers.

    `functions` are definitions by name and by the file that asks, and whether any of them holds
    what did not parse; `members` what a pointer of a table leads to; `constants` macros' values;
    `presences` whether code under a condition is there.
    """

    functions: dict[tuple[str, str], tuple[tuple[Function, ...], bool]] = field(
        default_factory=dict
    )
    members: dict[str, str] = field(default_factory=dict)
    constants: dict[str, int | None] = field(default_factory=dict)
    presences: dict[Condition, bool] = field(default_factory=dict)

    def extend(self, other: Trail) -> None:
        """Adds what another trail asked."""
        self.functions.update(other.functions)
        self.members.update(other.members)
        self.constants.update(other.constants)
        self.presences.update(other.presences)


def moves(before: Iterable[Function], after: Iterable[Function]) -> dict[Location, Location] | None:
    """Where the places of functions have gone to; None unless they differ in their lines only."""
    found: dict[Location, Location] = {}
    old, new = tuple(before), tuple(after)
    if len(old) != len(new):
        return None
    for one, other in zip(old, new, strict=True):
        if one is other:
            continue
        if one.location.path != other.location.path or not _alike(one, other):
            return None
        path = one.location.path
        for line, now in zip(_lines(one), _lines(other), strict=True):
            place = Location(path, now)
            if found.setdefault(Location(path, line), place) != place:
                return None
    return found


def _alike(one: Function, other: Function) -> bool:
    """Whether two functions are the same but for their lines."""
    return (
        (one.name, one.language, one.parameters, one.attributes, one.presence, one.locals)
        == (other.name, other.language, other.parameters, other.attributes, other.presence,
            other.locals)
        and (one.cfg.entry, one.cfg.exit) == (other.cfg.entry, other.cfg.exit)
        and [len(block.ops) for block in one.cfg.blocks]
        == [len(block.ops) for block in other.cfg.blocks]
        and len(one.cfg.edges) == len(other.cfg.edges)
        and all(map(_same_op, _ops(one), _ops(other)))
        and all(map(_same_edge, one.cfg.edges, other.cfg.edges))
    )  # fmt: skip


def _same_op(one: Op, other: Op) -> bool:
    return (one.operation, one.text, one.indirect, one.expr) == (
        other.operation,
        other.text,
        other.indirect,
        other.expr,
    )


def _same_edge(one: Edge, other: Edge) -> bool:
    return (one.source, one.target, one.flow, one.guard, one.presence) == (
        other.source,
        other.target,
        other.flow,
        other.guard,
        other.presence,
    )


def _ops(function: Function) -> Iterator[Op]:
    return (op for block in function.cfg.blocks for op in block.ops)


def _lines(function: Function) -> Iterator[int]:
    """Every line that an instruction of a program may name, in an order of their own."""
    yield function.location.line
    yield from (op.line for op in _ops(function))
    yield from (edge.line for edge in function.cfg.edges)


def relocated(program: Program, moved: Moves) -> Program:
    """The program with its places where they are now."""
    if not any(item.location in moved for item in program.instructions):
        return program
    return replace(
        program,
        instructions=tuple(
            replace(item, location=moved.get(item.location, item.location))
            for item in program.instructions
        ),
    )


def relocated_system(system: System, moved: Moves) -> System:
    """The system with the places of its programs where they are now."""
    return replace(
        system,
        boot=relocated(system.boot, moved),
        task=relocated(system.task, moved),
        handlers=tuple((name, relocated(item, moved)) for name, item in system.handlers),
    )
