"""What registers hold on the way through a function of x86 assembly.

A value is where it came from: a register as the function was entered, an immediate, a place in
memory. Followed through moves between registers, pushes and pops, and over calls by what the
callee leaves alone. Where paths meet, what they do not agree on is not known. Not modelled:
arithmetic (the result is a new, unknown value), values spilled to memory other than by push, the
upper half that a 32-bit move clears beyond the width kept with the value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from reviewer.source.gas_flow import mnemonic
from reviewer.source.gas_values import evaluate
from reviewer.source.instructions import IMPLICIT, Effects, effects, zeroes
from reviewer.source.registers import ARGUMENTS, CALLER_SAVED, FLAGS, GENERAL, REGISTERS
from reviewer.source.types import CFG, Expr, Function, Kind, Op, Operation

#: Words on the stack followed at most.
_MAX_STACK = 256

_ALL = GENERAL | {FLAGS}
#: Copies of the accumulator's sign into `rdx`.
_EXTENDING = ("cltd", "cdq", "cqto", "cqo")
#: What a call of a C function may read and change; it keeps what it must (System V ABI, x86-64).
SYSTEM_V = Effects(
    reads=frozenset(ARGUMENTS), writes=CALLER_SAVED | {FLAGS}, kills=CALLER_SAVED | {FLAGS}
)


class Value(Struct, frozen=True):
    """Where a value came from, and how many of its low bits are left.

    `source` is REGISTER for the register as the function was entered, MEMORY for a load, or the
    expression of an immediate.
    """

    source: Expr
    width: int = 64


_ZERO = Value(Expr(Kind.NUMBER, "0"))


class Machine(Struct, frozen=True):
    """What is known at a point: values by register family, and the stack's words, top last.

    `stack` is None where the stack pointer is not known relative to the entry.
    """

    registers: Mapping[str, Value]
    stack: tuple[Value | None, ...] | None = ()

    def holds(self, register: str) -> Value | None:
        """The value in a register by any of its names, no wider than that name."""
        named = REGISTERS.get(register)
        if named is None or named.offset:
            return None
        value = self.registers.get(named.family)
        return None if value is None else Value(value.source, min(value.width, named.width))


def entry() -> Machine:
    """A function's begin: each register holds what it was entered with."""
    return Machine({name: Value(Expr(Kind.REGISTER, name)) for name in sorted(GENERAL)})


def machines(function: Function) -> dict[int, Machine]:
    """What is known at the begin of each block that is reached."""
    graph = function.cfg
    after = _successors(graph)
    found = {graph.entry: entry()}
    pending = [graph.entry]
    while pending:
        block = pending.pop()
        machine = found[block]
        for op in graph.blocks[block].ops:
            machine = step(machine, op)
        for target in after.get(block, ()):
            known = found.get(target)
            met = machine if known is None else _meet(known, machine)
            if met != known:
                found[target] = met
                pending.append(target)
    return found


def walk(function: Function) -> Iterator[tuple[int, Op, Machine]]:
    """Each operation of the reached blocks, its block, and what is known before it."""
    found = machines(function)
    for block in sorted(found):
        machine = found[block]
        for op in function.cfg.blocks[block].ops:
            yield block, op, machine
            machine = step(machine, op)


def completed(function: Function) -> dict[tuple[int, int], Expr]:
    """Instructions with operands that they do not name, these added: what the registers hold.

    By block and place in it; UNKNOWN where the value is not known.
    """
    found: dict[tuple[int, int], Expr] = {}
    if not any(op.expr.name in IMPLICIT for block in function.cfg.blocks for op in block.ops):
        return found
    for block, machine in machines(function).items():
        for place, op in enumerate(function.cfg.blocks[block].ops):
            if op.expr.kind is Kind.INSTRUCTION and op.expr.name in IMPLICIT:
                held = (machine.registers.get(name) for name in IMPLICIT[op.expr.name])
                values = (value.source if value else Expr(Kind.UNKNOWN) for value in held)
                found[block, place] = Expr(Kind.INSTRUCTION, op.expr.name, tuple(values))
            machine = step(machine, op)
    return found


def step(machine: Machine, op: Op) -> Machine:
    """What is known after an operation."""
    if op.operation is Operation.CALL:
        lost = SYSTEM_V.writes
        kept = {name: value for name, value in machine.registers.items() if name not in lost}
        return Machine(kept, machine.stack)
    if op.expr.kind is not Kind.INSTRUCTION:
        return machine
    return _instruction(machine, op.expr)


def _successors(graph: CFG) -> dict[int, list[int]]:
    after: dict[int, list[int]] = {}
    for edge in graph.edges:
        after.setdefault(edge.source, []).append(edge.target)
    return after


def _meet(first: Machine, second: Machine) -> Machine:
    registers = {
        name: value
        for name, value in first.registers.items()
        if second.registers.get(name) == value
    }
    stack = first.stack if first.stack == second.stack else None
    return Machine(registers, stack)


def _instruction(machine: Machine, instruction: Expr) -> Machine:
    word = mnemonic(instruction.name)
    args = instruction.args
    taken = effects(instruction)
    written = taken.writes if not taken.unknown or word[:1].islower() else taken.writes | _ALL
    registers = {name: value for name, value in machine.registers.items() if name not in written}
    stack = machine.stack
    if word.startswith("push") and not word.startswith("pusha"):
        value = _read(machine, args[0]) if len(args) == 1 else None
        stack = _pushed(stack, value)
    elif word.startswith("pop") and not word.startswith(("popa", "popcnt")):
        stack, value = _popped(stack)
        if value is not None and len(args) == 1:
            _write(registers, args[0], value)
    elif "rsp" in written or taken.unknown:
        stack = _moved(stack, word, args)
    elif word.startswith("mov") and len(args) == 2 and "movs" not in word and "movz" not in word:
        value = _read(machine, args[0])
        if value is not None:
            _write(registers, args[1], value)
    elif zeroes(word, args):
        named = REGISTERS.get(args[-1].name)
        if named is not None and named.family in GENERAL and named.width >= 32:
            registers[named.family] = _ZERO
    elif word in _EXTENDING and machine.registers.get("rax") == _ZERO:
        registers["rdx"] = _ZERO
    return Machine(registers, stack)


def _read(machine: Machine, operand: Expr) -> Value | None:
    match operand.kind:
        case Kind.REGISTER:
            return machine.holds(operand.name)
        case Kind.MEMORY:
            plain = all(
                part.kind is not Kind.REGISTER or part.name == "rip" for part in operand.args
            )
            return Value(operand) if plain else None
        case Kind.INDEX | Kind.UNKNOWN:
            return None
        case _:
            return Value(operand)


def _write(registers: dict[str, Value], operand: Expr, value: Value) -> None:
    """Puts a value into a register; a write of fewer than 32 bits leaves a mixture."""
    named = REGISTERS.get(operand.name) if operand.kind is Kind.REGISTER else None
    if named is not None and named.family in GENERAL and named.width >= 32:
        registers[named.family] = Value(value.source, min(value.width, named.width))


def _pushed(
    stack: tuple[Value | None, ...] | None, value: Value | None
) -> tuple[Value | None, ...] | None:
    return (*stack, value) if stack is not None and len(stack) < _MAX_STACK else None


def _popped(
    stack: tuple[Value | None, ...] | None,
) -> tuple[tuple[Value | None, ...] | None, Value | None]:
    if not stack:
        return None, None
    return stack[:-1], stack[-1]


def _moved(
    stack: tuple[Value | None, ...] | None, word: str, args: tuple[Expr, ...]
) -> tuple[Value | None, ...] | None:
    """The stack after the stack pointer was changed by a number of words, else unknown."""
    if stack is None or len(args) != 2 or not word.startswith(("add", "sub")):
        return None
    size = evaluate(args[0], lambda name: None)
    if size is None or size % 8 or not 0 <= size <= 8 * _MAX_STACK:
        return None
    words = size // 8
    if word.startswith("sub"):
        return (*stack, *(None,) * words)
    return stack[: len(stack) - words] if words <= len(stack) else None
