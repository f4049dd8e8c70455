"""Expressions as boolean conditions, bit by bit, over what a scenario tracks.

A bit of a value is asked for by its token: `""` for whether the value is true (not zero), a
decimal number for one bit of it. A local variable `%f` has the boolean `%f` for its truth and
`%f.1` for bit 1. None means that nothing is known: the condition is a free choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.event.match import stripped
from reviewer.model.code import Code
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    Atom,
    Condition,
    Constant,
    conjoin,
    disjoin,
    negate,
)
from reviewer.source.format import render as spell
from reviewer.source.literals import number
from reviewer.source.registers import family
from reviewer.source.types import Expr, Kind

TRUTH = ""


class Either(Struct, frozen=True):
    """One of two values; which is not known."""

    values: tuple[Condition, Condition]


def among(value: Condition | Either | None) -> tuple[Condition, ...]:
    """The values that it may be."""
    match value:
        case None:
            return TRUE, FALSE
        case Either(values):
            return values
        case _:
            return (value,)


def spelled(name: str, token: str) -> str:
    """The boolean that holds a bit of a variable, or its truth."""
    return f"{name}.{token}" if token else name


_TRUE, _FALSE = frozenset({"true"}), frozenset({"false", "NULL"})


#: Comparisons that scenarios spell the other way round.
_OPPOSITE = {"<": ">=", "<=": ">"}


class Values(Struct, eq=False, dict=True):
    """What expressions mean in a scenario.

    `inputs` maps globs over spelled expressions to the name of a platform fact, or to a constant
    that the scenario assumes. `tests` answers for calls that the vocabulary names. `results` maps
    calls that were spliced to the variable that holds what they returned. `asked` collects the
    bits of variables that were asked for, by name and token.
    """

    code: Code
    inputs: tuple[tuple[str, Condition], ...]
    tests: Callable[[Expr], Expr | Condition | None]
    results: Mapping[Expr, str] = field(default_factory=dict)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def bit(self, expr: Expr, token: str = TRUTH) -> Condition | None:
        """The truth of an expression or one of its bits; None if unknown."""
        expr = stripped(expr)
        given = self._given(expr, token)
        if given is not None:
            return given
        match expr.kind:
            case Kind.NUMBER | Kind.IDENTIFIER | Kind.REGISTER:
                return self._leaf(expr, token)
            case Kind.CALL:
                return self._call(expr, token)
            case Kind.UNARY if expr.name == "!" and token == TRUTH:
                return _not(self.bit(expr.args[0]))
            case Kind.BINARY:
                return self._binary(expr, token)
            case Kind.CONDITIONAL if len(expr.args) == 3:
                test, then, other = (
                    self.bit(expr.args[0]),
                    self.bit(expr.args[1], token),
                    self.bit(expr.args[2], token),
                )
                return _or(_and(test, then), _and(_not(test), other))
            case Kind.ASSIGN if expr.name == "=":
                return self.bit(expr.args[1], token)
            case _:
                return None

    def mask(self, expr: Expr) -> tuple[str, ...] | None:
        """The bits of a constant, None for what is none."""
        value = self._number(stripped(expr))
        if value is None or value < 0:
            return None
        return tuple(str(place) for place in range(value.bit_length()) if value >> place & 1)

    def stored(self, expr: Expr, token: str) -> Condition | Either | None:
        """A bit of a variable after an assignment to it.

        What is not known can only set bits with `|=`, and clear them with `&=`.
        """
        if expr.kind is not Kind.ASSIGN:
            return None
        target, value = expr.args
        match expr.name:
            case "=":
                return self.bit(value, token)
            case "|=":
                whole = self.bit(Expr(Kind.BINARY, "|", (target, value)), token)
                return self._or_kept(target, token, TRUE) if whole is None else whole
            case "&=":
                value = stripped(value)
                if value.kind is Kind.UNARY and value.name == "~" and token != TRUTH:
                    cleared = self.mask(value.args[0])
                    if cleared is not None:
                        return FALSE if token in cleared else self.bit(target, token)
                whole = self.bit(Expr(Kind.BINARY, "&", (target, value)), token)
                return self._or_kept(target, token, FALSE) if whole is None else whole
            case _:
                return None

    def _or_kept(self, target: Expr, token: str, other: Condition) -> Either | None:
        """The bit as it was or the other value; None where it was not known before either."""
        kept = self.bit(target, token)
        return None if kept is None else Either((kept, other))

    def _given(self, expr: Expr, token: str) -> Condition | None:
        if token != TRUTH or not self.inputs or expr.kind is Kind.NUMBER:
            return None
        opposite = _OPPOSITE.get(expr.name) if expr.kind is Kind.BINARY else None
        if opposite:
            return _not(self._given(replace(expr, name=opposite), token))
        text = spell(expr)
        if expr.kind is Kind.BINARY:
            text = text.removeprefix("(").removesuffix(")")
        return next((meant for glob, meant in self.inputs if fnmatchcase(text, glob)), None)

    def _leaf(self, expr: Expr, token: str) -> Condition | None:
        if expr.kind is Kind.REGISTER:
            return self._variable(f"%{family(expr.name)}", token)
        if expr.name.startswith("%"):
            return self._variable(expr.name, token)
        if expr.name in _TRUE:
            return Constant(token in (TRUTH, "0"))
        if expr.name in _FALSE:
            return FALSE
        return self._constant(expr, token)

    def _constant(self, expr: Expr, token: str) -> Condition | None:
        value = self._number(expr)
        if value is None:
            return None
        return Constant(bool(value) if token == TRUTH else bool(value >> int(token) & 1))

    def _variable(self, name: str, token: str) -> Condition:
        self.asked.add((name, token))
        return Atom(spelled(name, token))

    def _number(self, expr: Expr) -> int | None:
        match expr.kind:
            case Kind.NUMBER:
                return number(expr.name)
            case Kind.IDENTIFIER:
                return self.code.constant(expr.name)
            case Kind.CALL if len(expr.args) == 2:
                place = number(expr.args[1].name) if expr.args[1].kind is Kind.NUMBER else None
                is_bit = spell(expr.args[0]) in ("BIT", "BIT_ULL")
                return 1 << place if is_bit and place is not None and place < 64 else None
            case Kind.BINARY if expr.name in ("<<", "|") and len(expr.args) == 2:
                left, right = (self._number(stripped(arg)) for arg in expr.args)
                if left is None or right is None or right > 1 << 16:
                    return None
                return left << min(right, 64) if expr.name == "<<" else left | right
            case _:
                return None

    def _call(self, expr: Expr, token: str) -> Condition | None:
        known = self.tests(expr)
        if isinstance(known, Expr):
            return self.bit(known, token)
        if known is not None:
            return known if token in (TRUTH, "0") else FALSE
        result = self.results.get(expr)
        return self._variable(result, token) if result else self._constant(expr, token)

    def _binary(self, expr: Expr, token: str) -> Condition | None:
        left, right = expr.args
        match expr.name:
            case "&":
                return self._and_bits(left, right, token)
            case "|":
                return _or(self.bit(left, token), self.bit(right, token))
            case "<<":
                return self._constant(expr, token)
            case "&&" if token == TRUTH:
                return _and(self.bit(left), self.bit(right))
            case "||" if token == TRUTH:
                return _or(self.bit(left), self.bit(right))
            case "==" | "!=" if token == TRUTH:
                for one, other in ((left, right), (right, left)):
                    constant = self.bit(stripped(other))
                    plain = stripped(other).kind in (Kind.NUMBER, Kind.IDENTIFIER)
                    if plain and constant == FALSE:
                        truth = self.bit(one)
                        return truth if expr.name == "!=" else _not(truth)
                return None
            case _:
                return None

    def _and_bits(self, left: Expr, right: Expr, token: str) -> Condition | None:
        if token != TRUTH:
            return _and(self.bit(left, token), self.bit(right, token))
        for one, other in ((left, right), (right, left)):
            mask = self.mask(other)
            if mask is not None:
                bits = [self.bit(one, token) for token in mask]
                known = [bit for bit in bits if bit is not None]
                return disjoin(known) if len(known) == len(bits) else None
        return None


def _not(condition: Condition | None) -> Condition | None:
    return None if condition is None else negate(condition)


def _and(left: Condition | None, right: Condition | None) -> Condition | None:
    if FALSE in (left, right):
        return FALSE
    return None if left is None or right is None else conjoin((left, right))


def _or(left: Condition | None, right: Condition | None) -> Condition | None:
    if TRUE in (left, right):
        return TRUE
    return None if left is None or right is None else disjoin((left, right))
