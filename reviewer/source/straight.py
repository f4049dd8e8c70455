"""Functions made by hand: what a name stands for where there is no body to read."""

from __future__ import annotations

from reviewer.finding import Location
from reviewer.source.conditions import Condition
from reviewer.source.types import CFG, Block, Edge, Function, Language, Op


def straight(name: str, location: Location, presence: Condition, *ops: Op) -> Function:
    """A C function without parameters that does the operations one after the other."""
    line = location.line
    return Function(
        name=name,
        language=Language.C,
        parameters=(),
        attributes=frozenset(),
        location=location,
        end_line=line,
        presence=presence,
        locals=frozenset(),
        cfg=CFG((Block(0, "entry", ops, line), Block(1, "exit", (), line)), (Edge(0, 1),), 0, 1),
    )
