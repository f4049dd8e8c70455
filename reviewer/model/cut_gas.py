"""What an instruction does to the registers that a scenario tracks, and where a branch goes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from reviewer.event.types import Event
from reviewer.model.value import TRUTH, Values
from reviewer.source.conditions import FALSE, Condition, negate
from reviewer.source.registers import GENERAL, family
from reviewer.source.types import Expr, Kind, Operation

_SILENT = ("test", "cmp", "bt", "push", "nop", "j", "lidt", "lgdt", "wbinvd", "int")
_WHEN_ZERO, _WHEN_NOT = frozenset({"jz", "je"}), frozenset({"jnz", "jne"})
#: Instructions that leave the arithmetic flags alone.
_KEEPS_FLAGS = ("mov", "lea", "push", "pop", "nop", "wbinvd", "not")


def effect(
    instruction: Expr, values: Values, tokens: Collection[str]
) -> tuple[str, Mapping[str, Condition | None]] | None:
    """The register an instruction writes, with its bits afterwards; None if it writes none."""
    if not instruction.args or instruction.name.startswith(_SILENT):
        return None
    target = instruction.args[-1]
    if target.kind is not Kind.REGISTER or family(target.name) not in GENERAL:
        return None
    source = instruction.args[0]
    order = sorted(tokens)
    name = f"%{family(target.name)}"
    bits: dict[str, Condition | None] = dict.fromkeys(order)
    match instruction.name.rstrip("bwlq") if len(instruction.args) == 2 else "":
        case "mov" | "movz" | "movabs":
            bits = {token: _operand(source, token, values) for token in order}
        case "xor" if source == target:
            bits = dict.fromkeys(order, FALSE)
        case "or" | "and" as operator:
            word = Expr(Kind.BINARY, "|" if operator == "or" else "&", (target, source))
            bits = {
                token: values.bit(word, token) if source.kind is not Kind.MEMORY else None
                for token in order
            }
    return name, bits


def _operand(source: Expr, token: str, values: Values) -> Condition | None:
    if source.kind is Kind.MEMORY:
        return None
    if source.kind is Kind.REGISTER and family(source.name) not in GENERAL:
        return None
    return values.bit(source, token)


def branch(jump: Expr, events: tuple[Event, ...], values: Values) -> Condition | None:
    """When a conditional jump is taken, by the last instruction that set the flags."""
    for event in reversed(events):
        setter = event.op.expr
        if event.op.operation is not Operation.INSTRUCTION:
            return None
        if setter.name.startswith(_KEEPS_FLAGS):
            continue
        return _taken(jump.name, setter, values)
    return None


def _taken(jump: str, setter: Expr, values: Values) -> Condition | None:
    if len(setter.args) != 2:
        return None
    source, target = setter.args
    if setter.name.startswith("test"):
        word = target if source == target else Expr(Kind.BINARY, "&", (target, source))
        truth = None if target.kind is Kind.MEMORY else values.bit(word, TRUTH)
    elif setter.name.startswith("cmp") and values.bit(source) == FALSE:
        truth = None if target.kind is Kind.MEMORY else values.bit(target, TRUTH)
    elif setter.name in ("bt", "btl", "btq", "btw") and target.kind is Kind.REGISTER:
        truth = _numbered_bit(source, target, values)
        return _polarity(jump, truth, frozenset({"jc", "jb"}), frozenset({"jnc", "jae"}))
    else:
        return None
    return _polarity(jump, truth, _WHEN_NOT, _WHEN_ZERO)


def _numbered_bit(source: Expr, target: Expr, values: Values) -> Condition | None:
    number = values.code.constant(source.name) if source.kind is Kind.IDENTIFIER else None
    text = str(number) if number is not None else source.name
    return values.bit(target, text) if text.isdigit() else None


def _polarity(
    jump: str, truth: Condition | None, when: frozenset[str], unless: frozenset[str]
) -> Condition | None:
    if truth is None:
        return None
    if jump in when:
        return truth
    return negate(truth) if jump in unless else None


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
        if instruction.name.startswith("push"):
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
