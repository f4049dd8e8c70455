"""What an instruction does to the flow of control, and where an address was taken to jump to."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from reviewer.source.registers import family
from reviewer.source.types import Expr, Kind, Op


class Transfer(Enum):
    """How control leaves an instruction."""

    NEXT = "next"
    JUMP = "jump"
    BRANCH = "branch"
    CALL = "call"
    RETURN = "return"
    STOP = "stop"


_RETURN = re.compile(r"l?ret[bwlq]?|iret[wlqd]?|sysret[lq]?|sysexit[lq]?|eret[su]|uiret|rsm")
_CALL = re.compile(r"(?:\w+\s+)*?(?:l?call[wlq]?|CALL_NOSPEC)(?:\s|\*|\Z)")
#: First letters of the instructions that can take an address: add, lea, mov, push.
_TAKING = frozenset("almp")
_STOP = re.compile(r"ud[012]a?")

#: Macros of the kernel's headers that stand for a transfer, with the operand's place.
_TRANSFER_MACROS = {
    "RET": Transfer.RETURN,
    "INTERRUPT_RETURN": Transfer.RETURN,
    "ERETU": Transfer.RETURN,
    "ERETS": Transfer.RETURN,
    "CALL_NOSPEC": Transfer.CALL,
    "JMP_NOSPEC": Transfer.JUMP,
}


def is_transfer_macro(word: str) -> bool:
    """Whether a macro of the kernel's headers is known to transfer control."""
    return word in _TRANSFER_MACROS


def mnemonic(name: str) -> str:
    """The name of an instruction without its prefixes."""
    return name.rpartition(" ")[2]


def transfer(instruction: Expr) -> Transfer:
    """How control leaves the instruction; NEXT for a macro that nobody defined."""
    word = mnemonic(instruction.name)
    if word[:1] == "j":
        return Transfer.JUMP if word.startswith("jmp") else Transfer.BRANCH
    if word[:1].isupper():
        return _TRANSFER_MACROS.get(word, Transfer.NEXT)
    if word.startswith(("call", "lcall")):
        return Transfer.CALL
    if word.startswith(("loop", "xbegin")):
        return Transfer.BRANCH
    if word.startswith("ljmp"):
        return Transfer.JUMP
    if _RETURN.fullmatch(word):
        return Transfer.RETURN
    return Transfer.STOP if _STOP.fullmatch(word) else Transfer.NEXT


def returns(op: Op) -> bool:
    """Whether a CALL of an assembly file is a call, and no jump or fall into another function."""
    return _CALL.match(op.text) is not None


def target(instruction: Expr) -> tuple[Expr, bool]:
    """Where a jump or call goes, and whether that is only known at run time."""
    operand = instruction.args[-1] if instruction.args else Expr(Kind.UNKNOWN)
    if instruction.name[:1].isupper():
        return operand, True
    if operand.kind is Kind.UNARY and operand.name == "*":
        return operand.args[0], True
    return operand, operand.kind in (Kind.REGISTER, Kind.MEMORY)


class Addresses:
    """Labels whose address a register or the top of the stack holds, in straight-line code.

    Followed: `lea label(%rip)`, `mov $label`, `add $label - 0b`, copies between registers, one
    push. Any other write forgets.
    """

    def __init__(self, known: Callable[[str], bool]) -> None:
        self._known = known
        self._held: dict[str, str] = {}
        self._top = ""

    def forget(self) -> None:
        """Nothing is known: control arrives from elsewhere."""
        self._held.clear()
        self._top = ""

    def follow(self, instruction: Expr) -> None:
        """Takes account of an instruction that goes on to the next."""
        word = mnemonic(instruction.name)
        args = instruction.args
        if not (self._held or self._top) and word[:1] not in _TAKING:
            return
        if word.startswith("push") and len(args) == 1:
            self._top = self._value(args[0])
        elif word.startswith("pop"):
            self._top = ""
        if not args or args[-1].kind is not Kind.REGISTER:
            return
        into = family(args[-1].name)
        if into == "rsp":
            self._top = ""
        elif word.startswith(("mov", "lea")) and len(args) == 2:
            self._hold(into, self._address(args[0]) if word[0] == "l" else self._value(args[0]))
        elif word.startswith("add") and len(args) == 2:
            self._hold(into, self._value(args[0]) or self._held.get(into, ""))
        elif not word.startswith(("sub", "cmp", "test", "push")):
            self._held.pop(into, None)

    def held(self, register: str) -> str:
        """The label whose address the register holds, `""` if that is not known."""
        return self._held.get(family(register), "")

    @property
    def pushed(self) -> str:
        """The label that a return would go to."""
        return self._top

    def _hold(self, register: str, label: str) -> None:
        if label:
            self._held[register] = label
        else:
            self._held.pop(register, None)

    def _value(self, operand: Expr) -> str:
        if operand.kind is Kind.REGISTER:
            return self._held.get(family(operand.name), "")
        return self._first(operand) if operand.kind in (Kind.IDENTIFIER, Kind.BINARY) else ""

    def _address(self, operand: Expr) -> str:
        if operand.kind is not Kind.MEMORY or not operand.args:
            return ""
        base = operand.args[1]
        if base.kind is Kind.REGISTER and family(base.name) != "rip":
            return ""
        return self._first(operand.args[0])

    def _first(self, expr: Expr) -> str:
        """The label that an expression is relative to: its leftmost known name."""
        while expr.kind is Kind.BINARY and expr.name in ("+", "-"):
            expr = expr.args[0]
        known = expr.kind is Kind.IDENTIFIER and self._known(expr.name)
        return expr.name if known else ""
