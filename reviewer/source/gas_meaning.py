"""What instructions compute and test, as expressions over their operands.

Not modelled: memory, widths (a test of 32 bits tests the value), the carry other than of `bt`,
anything that an expression of `&`, `|`, `==` and `!` cannot say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reviewer.source.gas_flow import mnemonic
from reviewer.source.instructions import effects, zeroes
from reviewer.source.registers import FLAGS, GENERAL, family
from reviewer.source.types import Expr, Kind

_COPIES = frozenset({"mov", "movz", "movabs"})
_OPERATORS = {"or": "|", "and": "&"}
_WHEN_ZERO, _WHEN_NOT = frozenset({"jz", "je"}), frozenset({"jnz", "jne"})
_WHEN_CARRY, _WHEN_NO_CARRY = frozenset({"jc", "jb"}), frozenset({"jnc", "jae"})
_ZERO = Expr(Kind.NUMBER, "0")


def results(instruction: Expr) -> Iterator[tuple[str, Expr | None]]:
    """The general registers an instruction writes, by family, each with its value if that is known.

    The stack pointer is left out: nobody tests it.
    """
    for register in sorted((effects(instruction).writes & GENERAL) - {"rsp"}):
        yield register, _result(instruction, register)


def _result(instruction: Expr, register: str) -> Expr | None:
    args = instruction.args
    if not args or args[-1].kind is not Kind.REGISTER or family(args[-1].name) != register:
        return None
    word = mnemonic(instruction.name)
    if zeroes(word, args):
        return _ZERO
    if len(args) != 2 or not _plain(args[0]):
        return None
    if _base(word) in _COPIES:
        return args[0]
    operator = _OPERATORS.get(_base(word))
    return Expr(Kind.BINARY, operator, (args[1], args[0])) if operator else None


def condition(jump: Expr, before: Sequence[Expr]) -> Expr | None:
    """When a conditional jump after these instructions is taken; None if that is not known."""
    for setter in reversed(before):
        taken = effects(setter)
        if taken.unknown:
            return None
        if FLAGS in taken.writes:
            return _taken(mnemonic(jump.name), setter)
    return None


def _taken(jump: str, setter: Expr) -> Expr | None:
    if len(setter.args) != 2 or not _plain(setter.args[1]):
        return None
    source, target = setter.args
    when, unless = _WHEN_NOT, _WHEN_ZERO
    match _base(mnemonic(setter.name)):
        case "test":
            tested = target if source == target else Expr(Kind.BINARY, "&", (target, source))
        case "cmp":
            tested = Expr(Kind.BINARY, "!=", (target, source))
        case "bt" if _plain(source):
            one = Expr(Kind.NUMBER, "1")
            tested = Expr(Kind.BINARY, "&", (target, Expr(Kind.BINARY, "<<", (one, source))))
            when, unless = _WHEN_CARRY, _WHEN_NO_CARRY
        case _:
            return None
    if jump in when:
        return tested
    return Expr(Kind.UNARY, "!", (tested,)) if jump in unless else None


def _plain(operand: Expr) -> bool:
    """Whether an operand is a general register or an immediate."""
    if operand.kind is Kind.REGISTER:
        return family(operand.name) in GENERAL
    return operand.kind in (Kind.NUMBER, Kind.IDENTIFIER, Kind.BINARY, Kind.UNARY, Kind.CALL)


def _base(word: str) -> str:
    """A mnemonic without its size; `movzbl` is `movz`."""
    if word.startswith("movz"):
        return "movz"
    return word[:-1] if word[-1:] in "bwlq" and word[:-1] in _SIZED else word


_SIZED = frozenset({"mov", "movabs", "or", "and", "test", "cmp", "bt"})
