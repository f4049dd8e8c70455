"""Registers that a function of x86 assembly reads before it writes them; what its calls do."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.source.instructions import Effects, effects
from reviewer.source.register_flow import Calls, by_callee, changed, system_v
from reviewer.source.registers import GENERAL, family
from reviewer.source.types import CFG, Expr, Function, Kind, Op, Operation


def live_in(function: Function, calls: Calls = system_v) -> frozenset[str]:
    """Registers live at the entry, by family: on some way they are read first.

    Saving a register by a push reads it. A call reads what `calls` says.
    """
    return live(function, calls)[function.cfg.entry]


def live(function: Function, calls: Calls = system_v) -> dict[int, frozenset[str]]:
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
            _before(op, alive, calls)
        if alive != found[block]:
            found[block] = frozenset(alive)
            pending.extend(into.get(block, ()))
    return found


def summaries(
    functions: Iterable[Function], otherwise: Effects | None = None
) -> dict[str, Effects]:
    """For each function, by name, what a call of it reads and may change.

    Calls among the functions are followed; any other is of a C function, or does `otherwise`: to
    see what is surely read, give effects that read nothing. Definitions of one name are taken
    together. Nothing is killed: a register that may be changed may be kept too.
    """
    every = tuple(functions)
    found = {function.name: Effects() for function in every}
    calls = by_callee(found, otherwise)
    grown = True
    while grown:
        grown = False
        for function in every:
            known = found[function.name]
            reads = known.reads | (live_in(function, calls) & GENERAL)
            writes = known.writes | changed(function, calls)
            if (reads, writes) != (known.reads, known.writes):
                found[function.name] = Effects(reads=reads, writes=writes)
                grown = True
    return found


def _guards(graph: CFG) -> dict[int, frozenset[str]]:
    """What the jump at the end of each block reads."""
    found: dict[int, frozenset[str]] = {}
    for edge in graph.edges:
        if edge.guard is not None and edge.guard.kind is Kind.INSTRUCTION:
            reads = effects(edge.guard).reads
            found[edge.source] = found.get(edge.source, frozenset()) | reads
    return found


def _before(op: Op, alive: set[str], calls: Calls) -> None:
    """Turns what is live after an operation into what is live before it."""
    if op.operation is Operation.CALL:
        taken = calls(op)
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
