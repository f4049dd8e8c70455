"""Values of the assembler's absolute expressions, where every symbol in them is known."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.source.literals import number
from reviewer.source.types import Expr, Kind

_MASK = (1 << 64) - 1


def evaluate(expr: Expr, lookup: Callable[[str], int | None]) -> int | None:
    """The value, None where a symbol has none; a true comparison is -1, as in the assembler."""
    kind = expr.kind
    if kind is Kind.NUMBER:
        return number(expr.name)
    if kind is Kind.IDENTIFIER:
        return lookup(expr.name)
    if kind is not Kind.UNARY and kind is not Kind.BINARY:
        return None
    values = [evaluate(item, lookup) for item in expr.args]
    left, right = values[0], values[-1]
    if left is None or right is None:
        return None
    if kind is Kind.UNARY:
        return _UNARY[expr.name](left) if expr.name in _UNARY else None
    operation = _BINARY.get(expr.name)
    return operation(left, right) if operation else None


def _divide(left: int, right: int) -> int | None:
    if right == 0:
        return None
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _modulo(left: int, right: int) -> int | None:
    quotient = _divide(left, right)
    return None if quotient is None else left - quotient * right


def _left(left: int, right: int) -> int | None:
    return (left << right) & _MASK if 0 <= right < 64 else None


def _right(left: int, right: int) -> int | None:
    return (left & _MASK) >> right if 0 <= right < 64 else None


_UNARY: dict[str, Callable[[int], int]] = {
    "-": lambda value: -value,
    "+": lambda value: value,
    "~": lambda value: ~value,
    "!": lambda value: int(value == 0),
}
_BINARY: dict[str, Callable[[int, int], int | None]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": _modulo,
    "<<": _left,
    ">>": _right,
    "&": lambda left, right: left & right,
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
    "!": lambda left, right: left | ~right,
    "&&": lambda left, right: int(bool(left and right)),
    "||": lambda left, right: int(bool(left or right)),
    "==": lambda left, right: -int(left == right),
    "!=": lambda left, right: -int(left != right),
    "<>": lambda left, right: -int(left != right),
    "<": lambda left, right: -int(left < right),
    ">": lambda left, right: -int(left > right),
    "<=": lambda left, right: -int(left <= right),
    ">=": lambda left, right: -int(left >= right),
}
