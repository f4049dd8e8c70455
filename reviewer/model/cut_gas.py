"""Assembly in a cut: when a branch is taken, and which function an address leads to."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.event.types import Event
from reviewer.model.value import Values
from reviewer.source.conditions import Condition
from reviewer.source.gas_flow import mnemonic
from reviewer.source.gas_meaning import condition
from reviewer.source.registers import family
from reviewer.source.types import Expr, Kind, Operation


def branch(jump: Expr, events: tuple[Event, ...], values: Values) -> Condition | None:
    """When a conditional jump is taken, by the last instruction that set the flags."""
    before: list[Expr] = []
    for event in events:
        if event.op.operation is Operation.INSTRUCTION:
            before.append(event.op.expr)
        else:
            before.clear()
    tested = condition(jump, before)
    return None if tested is None else values.bit(tested)


def target(before: tuple[Event, ...], defined: Callable[[str], bool]) -> str:
    """The function that a call or jump reaches, by its operand or what was put in its register."""
    operand = before[-1].op.expr.args[0]
    if operand.kind is Kind.IDENTIFIER:
        return operand.name if defined(operand.name) else ""
    return _held(operand, before[:-1], defined) if operand.kind is Kind.REGISTER else ""


def pushed(before: tuple[Event, ...], defined: Callable[[str], bool]) -> str:
    """The function that a return goes to because its address was pushed just before it."""
    for index in range(len(before) - 2, -1, -1):
        instruction = before[index].op.expr
        if mnemonic(instruction.name).startswith("push"):
            operand = instruction.args[0] if instruction.args else instruction
            if operand.kind is Kind.REGISTER:
                return _held(operand, before[:index], defined)
            return operand.name if defined(operand.name) else ""
        if instruction.args:
            return ""
    return ""


def _held(register: Expr, before: tuple[Event, ...], defined: Callable[[str], bool]) -> str:
    """The function whose address the last instructions put into a register."""
    wanted = family(register.name)
    for event in reversed(before):
        args = event.op.expr.args
        if args and args[-1].kind is Kind.REGISTER and family(args[-1].name) == wanted:
            for name in _identifiers(args[0]):
                if defined(name):
                    return name
    return ""


def _identifiers(expr: Expr) -> list[str]:
    if expr.kind is Kind.IDENTIFIER:
        return [expr.name]
    return [name for arg in expr.args for name in _identifiers(arg)]
