"""Registers that a function must keep and has surely not kept when it returns.

A write loses the register, whatever may load it again (a pop, a load, a copy of what is not known,
a macro nobody defined) may restore it: only what nothing of that kind follows is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from reviewer.source.gas_flow import mnemonic
from reviewer.source.instructions import effects
from reviewer.source.register_flow import Machine, Value
from reviewer.source.registers import CALLEE_SAVED
from reviewer.source.types import Expr, Function, Kind, Op, Operation

_KEPT = CALLEE_SAVED - {"rsp"}
#: Returns to code of another kind than what called the function.
_FAR = re.compile(r"lret|iret|sys|INTERRUPT|ERET")
_RESTORING = ("pop", "leave", "xchg", "cmov")


class Loss(Struct, frozen=True):
    """A register written by `by` that still is not restored at `end`, a return."""

    register: str
    by: Op
    end: Op


def losses(function: Function, walked: Iterable[tuple[int, Op, Machine]]) -> Iterator[Loss]:
    """The losses of a function, each by its first write and the first return it reaches."""
    steps: dict[int, list[tuple[Op, Machine]]] = {}
    for block, op, machine in walked:
        steps.setdefault(block, []).append((op, machine))
    after: dict[int, list[int]] = {}
    for edge in function.cfg.edges:
        after.setdefault(edge.source, []).append(edge.target)
    entered: dict[int, dict[str, Op]] = {function.cfg.entry: {}}
    found: dict[str, Loss] = {}
    pending = [function.cfg.entry]
    while pending:
        block = pending.pop()
        lost = dict(entered[block])
        for op, machine in steps.get(block, ()):
            if op.operation is Operation.RETURN and _FAR.match(op.text) is None:
                for name, by in lost.items():
                    found.setdefault(name, Loss(name, by, op))
            else:
                _through(op, machine, lost)
        for target in after.get(block, ()):
            known = entered.get(target)
            if known is None or not lost.keys() <= known.keys():
                entered[target] = {**lost, **(known or {})}
                pending.append(target)
    yield from (found[name] for name in sorted(found))


def _through(op: Op, machine: Machine, lost: dict[str, Op]) -> None:
    """What is lost after an operation, given what was before it."""
    if op.expr.kind is not Kind.INSTRUCTION:
        return
    taken = effects(op.expr)
    if taken.unknown:
        lost.clear()
        return
    for name in taken.writes & _KEPT:
        if (
            taken.loads
            or mnemonic(op.expr.name).startswith(_RESTORING)
            or _copied(op, machine, name)
        ):
            lost.pop(name, None)
        else:
            lost.setdefault(name, op)


def _copied(op: Op, machine: Machine, name: str) -> bool:
    """Whether the register gets what it held at the entry, or what nobody knows."""
    args = op.expr.args
    if not mnemonic(op.expr.name).startswith("mov") or args[0].kind is not Kind.REGISTER:
        return False
    value = machine.holds(args[0].name)
    return value is None or value == Value(Expr(Kind.REGISTER, name))
