"""Presence conditions: the `#if` nest as boolean formulas.

Atoms are what the preprocessor tests and the configuration decides: `CONFIG_X`, `defined(FOO)`,
or a comparison that is kept as its own text. Formulas are values, built by the functions below,
which simplify as they build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import product

from msgspec import Struct


class Atom(Struct, frozen=True):
    """What the configuration decides: true or false."""

    name: str


class Not(Struct, frozen=True):
    """Holds where the operand does not."""

    operand: Condition


class And(Struct, frozen=True):
    """Holds where every operand does."""

    operands: tuple[Condition, ...]


class Or(Struct, frozen=True):
    """Holds where some operand does."""

    operands: tuple[Condition, ...]


class Constant(Struct, frozen=True):
    """Always or never."""

    value: bool


Condition = Atom | Not | And | Or | Constant
TRUE = Constant(True)
FALSE = Constant(False)

#: Above this many atoms `satisfiable` answers True without looking: unknown is possible.
MAX_ATOMS = 12


@lru_cache(maxsize=65536)
def negate(condition: Condition) -> Condition:
    """The condition that holds exactly where this one does not."""
    match condition:
        case Constant(value):
            return Constant(not value)
        case Not(operand):
            return operand
        case And(operands):
            return disjoin(negate(operand) for operand in operands)
        case Or(operands):
            return conjoin(negate(operand) for operand in operands)
        case Atom():
            return Not(condition)


def conjoin(conditions: Iterable[Condition]) -> Condition:
    """All of them: flattened, without duplicates, FALSE as soon as two contradict."""
    return _join(conditions, And, FALSE, TRUE)


def disjoin(conditions: Iterable[Condition]) -> Condition:
    """Any of them: flattened, without duplicates, TRUE as soon as two complement each other."""
    return _join(conditions, Or, TRUE, FALSE)


def _join(
    conditions: Iterable[Condition], cls: type[And] | type[Or], absorbing: Constant, unit: Constant
) -> Condition:
    kept: dict[Condition, None] = {}
    pending = list(conditions)[::-1]
    while pending:
        condition = pending.pop()
        if isinstance(condition, (And, Or)) and isinstance(condition, cls):
            pending.extend(reversed(condition.operands))
        elif condition == absorbing or negate(condition) in kept:
            return absorbing
        elif condition != unit:
            kept[condition] = None
    if not kept:
        return unit
    return next(iter(kept)) if len(kept) == 1 else cls(tuple(kept))


def atoms(condition: Condition) -> Iterator[str]:
    """Names of the atoms, in order of appearance, possibly more than once."""
    match condition:
        case Atom(name):
            yield name
        case Not(operand):
            yield from atoms(operand)
        case And(operands) | Or(operands):
            for operand in operands:
                yield from atoms(operand)
        case Constant():
            return


def evaluate(condition: Condition, values: Mapping[str, bool]) -> bool:
    """Its truth under an assignment; raises KeyError for an atom without a value."""
    match condition:
        case Atom(name):
            return values[name]
        case Not(operand):
            return not evaluate(operand, values)
        case And(operands):
            return all(evaluate(operand, values) for operand in operands)
        case Or(operands):
            return any(evaluate(operand, values) for operand in operands)
        case Constant(value):
            return value


def assume(condition: Condition, given: Condition) -> Condition:
    """The condition where `given` holds: options that `given` settles by itself are put in."""
    parts = given.operands if isinstance(given, And) else (given,)
    return _settle(condition, frozenset(parts))


def _settle(condition: Condition, given: frozenset[Condition]) -> Condition:
    if condition in given:
        return TRUE
    if negate(condition) in given:
        return FALSE
    match condition:
        case And(operands):
            return conjoin(_settle(operand, given) for operand in operands)
        case Or(operands):
            return disjoin(_settle(operand, given) for operand in operands)
        case Not(operand):
            return negate(_settle(operand, given))
        case _:
            return condition


def given(condition: Condition, values: Mapping[str, bool]) -> Condition:
    """The condition with the atoms that have a value replaced by it."""
    match condition:
        case Atom(name):
            return Constant(values[name]) if name in values else condition
        case Not(operand):
            return negate(given(operand, values))
        case And(operands):
            return conjoin(given(operand, values) for operand in operands)
        case Or(operands):
            return disjoin(given(operand, values) for operand in operands)
        case Constant():
            return condition


@lru_cache(maxsize=65536)
def satisfiable(condition: Condition) -> bool:
    """False only when no assignment makes it true; True when unsure (over MAX_ATOMS atoms)."""
    if isinstance(condition, Constant):
        return condition.value
    names = sorted(set(atoms(condition)))
    if len(names) > MAX_ATOMS:
        return True
    return any(
        evaluate(condition, dict(zip(names, values, strict=True)))
        for values in product((True, False), repeat=len(names))
    )


def render(condition: Condition) -> str:
    """As kernel people write it: `CONFIG_A && !CONFIG_B`; `""` for always, `0` for never."""
    match condition:
        case Constant(value):
            return "" if value else "0"
        case Atom(name):
            return name
        case Not(Atom(name)) if name.isidentifier() or name.startswith("defined("):
            return f"!{name}"
        case Not(operand):
            return f"!({render(operand)})"
        case And(operands):
            return " && ".join(_nested(operand) for operand in operands)
        case Or(operands):
            return " || ".join(_nested(operand) for operand in operands)


def _nested(condition: Condition) -> str:
    text = render(condition)
    return f"({text})" if isinstance(condition, (And, Or)) else text
