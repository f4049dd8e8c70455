"""Registers that a function of x86 assembly reads before it writes them."""

from __future__ import annotations

from reviewer.source.instructions import effects
from reviewer.source.register_flow import SYSTEM_V
from reviewer.source.registers import family
from reviewer.source.types import CFG, Expr, Function, Kind, Op, Operation


def live_in(function: Function) -> frozenset[str]:
    """Registers live at the entry, by family: on some way they are read first.

    Saving a register by a push reads it. A call reads what a C function may.
    """
    return live(function)[function.cfg.entry]


def live(function: Function) -> dict[int, frozenset[str]]:
    """Registers live at the begin of each block."""
    graph = function.cfg
    into: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for edge in graph.edges:
        after.setdefault(edge.source, []).append(edge.target)
        into.setdefault(edge.target, []).append(edge.source)
    guards = _guards(graph)
    found: dict[int, frozenset[str]] = {block.id: frozenset() for block in graph.blocks}
    pending = [block.id for block in graph.blocks]
    while pending:
        block = pending.pop()
        alive = set(guards.get(block, ()))
        for target in after.get(block, ()):
            alive |= found[target]
        for op in reversed(graph.blocks[block].ops):
            _before(op, alive)
        if alive != found[block]:
            found[block] = frozenset(alive)
            pending.extend(into.get(block, ()))
    return found


def _guards(graph: CFG) -> dict[int, frozenset[str]]:
    """What the jump at the end of each block reads."""
    found: dict[int, frozenset[str]] = {}
    for edge in graph.edges:
        if edge.guard is not None and edge.guard.kind is Kind.INSTRUCTION:
            reads = effects(edge.guard).reads
            found[edge.source] = found.get(edge.source, frozenset()) | reads
    return found


def _before(op: Op, alive: set[str]) -> None:
    """Turns what is live after an operation into what is live before it."""
    if op.operation is Operation.CALL:
        taken = SYSTEM_V
        alive -= taken.kills
        alive |= taken.reads
        alive.update(_named(op.expr))
    elif op.expr.kind is Kind.INSTRUCTION:
        taken = effects(op.expr)
        alive -= taken.kills
        alive |= taken.reads


def _named(expr: Expr) -> set[str]:
    """Registers that an expression mentions, the instruction pointer aside."""
    found: set[str] = set()
    pending = [expr]
    while pending:
        part = pending.pop()
        if part.kind is Kind.REGISTER:
            found.add(family(part.name))
        pending.extend(part.args)
    return found - {"rip"}
