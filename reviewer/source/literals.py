"""Values of literals, in C and in assembly."""

from __future__ import annotations

from functools import lru_cache

from reviewer.source.types import Expr, Kind

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_NOTHING = frozenset({"false", "NULL"})


@lru_cache(maxsize=1 << 12)
def number(literal: str) -> int | None:
    """The value of a hexadecimal, octal, binary, decimal or character literal, None for others."""
    if literal.startswith("'"):
        return _character(literal[1:])
    text = literal.rstrip("uUlL").lower()
    try:
        if text.startswith("0") and text.isdigit():
            return int(text, 8)
        return int(text, 0)
    except ValueError:
        return None


def constant_truth(expr: Expr) -> bool | None:
    """How a constant comes out as a condition, None for what is no constant or has no value."""
    if expr.kind not in (Kind.NUMBER, Kind.IDENTIFIER):
        return None
    if expr.name == "true":
        return True
    if expr.name in _NOTHING:
        return False
    value = number(expr.name) if expr.kind is Kind.NUMBER else None
    return None if value is None else value != 0


def _character(text: str) -> int | None:
    if text.startswith("\\") and len(text) > 1:
        return ord(_ESCAPES.get(text[1], text[1]))
    return ord(text[0]) if text else None
