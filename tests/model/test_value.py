from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reviewer.model.value import Either, Values, among, spelled
from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, atoms, evaluate, render
from reviewer.source.types import Expr, Kind, Operation
from tests.model.cutting import code

MACROS = "#define TWO 2\n#define FOUR BIT(2)\n#define SIX 0x6\n#define NO_NUMBER (x)\n"


def values(inputs: tuple[tuple[str, Condition], ...] = ()) -> Values:
    return Values(code({"a.c": MACROS}), inputs, lambda _: None)


def expression(text: str) -> Expr:
    """An expression over `v`, which stands for the local variable %v."""
    unit = code({"a.c": f"int f(int v) {{ return {text}; }}"}).functions("f")[0]
    op = next(
        op for block in unit.cfg.blocks for op in block.ops if op.operation is Operation.RETURN
    )
    return renamed(op.expr)


def renamed(expr: Expr) -> Expr:
    if expr.kind is Kind.IDENTIFIER and expr.name in "vw":
        return Expr(Kind.IDENTIFIER, f"%{expr.name}")
    return Expr(expr.kind, expr.name, tuple(map(renamed, expr.args)))


@pytest.mark.parametrize(
    ("text", "token", "expected"),
    [
        ("v", "", "%v"),
        ("v", "3", "%v.3"),
        ("!v", "", "!(%v)"),
        ("v & 2", "", "%v.1"),
        ("v & TWO", "", "%v.1"),
        ("v & FOUR", "", "%v.2"),
        ("v & SIX", "", "%v.1 || %v.2"),
        ("v & SIX", "2", "%v.2"),
        ("v & SIX", "3", "0"),
        ("v | 2", "1", ""),
        ("v | 2", "", ""),
        ("v | 2", "0", "%v.0"),
        ("v == 0", "", "!(%v)"),
        ("0 != v", "", "%v"),
        ("v && w", "", "%v && %w"),
        ("v || w", "", "%v || %w"),
        ("v ? 2 : 0", "1", "%v"),
        ("v ? 0 : 1", "", "!(%v)"),
        ("(unsigned int)v", "4", "%v.4"),
        ("v = 1", "", ""),
        ("true", "", ""),
        ("false", "", "0"),
        ("SIX", "1", ""),
        ("SIX", "0", "0"),
        ("1 << 3", "3", ""),
        ("BIT(3)", "3", ""),
        ("v & (TWO | FOUR)", "", "%v.1 || %v.2"),
    ],
)
def test_a_bit_of_an_expression(text: str, token: str, expected: str) -> None:
    found = values().bit(expression(text), token)
    assert found is not None
    assert render(found) == expected


@pytest.mark.parametrize(
    "text", ["v + 1", "v > 2", "v == 3", "v << 1", "NO_NUMBER", "v & w", "-v", "g(v)", "*v", "v[0]"]
)
def test_what_booleans_cannot_say_is_not_known(text: str) -> None:
    assert values().bit(expression(text)) is None


def test_half_a_condition_can_be_enough() -> None:
    assert values().bit(expression("g(v) && 0")) == FALSE
    assert values().bit(expression("g(v) || 1")) == TRUE


def test_an_input_goes_before_what_the_expression_says() -> None:
    known = values((("*g(*)*", Atom("fact")),))
    assert known.bit(expression("g(v)")) == Atom("fact")
    assert known.bit(expression("!g(v)")) == Atom("fact")
    assert known.bit(expression("v")) == Atom("%v")


def test_what_is_asked_of_a_variable_is_remembered() -> None:
    known = values()
    known.bit(expression("(v & 6) || w"))
    assert known.asked == {("%v", "1"), ("%v", "2"), ("%w", "")}


@pytest.mark.parametrize(
    ("operator", "compute"),
    [("=", lambda v, w: w), ("|=", lambda v, w: v | w), ("&=", lambda v, w: v & w)],
)
@given(st.integers(0, 15), st.integers(0, 15), st.integers(0, 3))
def test_an_assignment_computes_what_c_does(
    operator: str, compute: object, old: int, constant: int, place: int
) -> None:
    assert callable(compute)
    stored = Expr(
        Kind.ASSIGN,
        operator,
        (Expr(Kind.IDENTIFIER, "%v"), Expr(Kind.NUMBER, str(constant))),
    )
    bit = values().stored(stored, str(place))
    assert bit is not None
    assert not isinstance(bit, Either)
    facts = {spelled("%v", str(number)): bool(old >> number & 1) for number in range(4)}
    assert evaluate(bit, facts) == bool(compute(old, constant) >> place & 1)


@pytest.mark.parametrize(("operator", "other"), [("|=", TRUE), ("&=", FALSE)])
def test_what_is_not_known_can_only_set_or_only_clear(operator: str, other: Condition) -> None:
    target = Expr(Kind.IDENTIFIER, "%v")
    stored = Expr(Kind.ASSIGN, operator, (target, expression("g(v)")))
    assert among(values().stored(stored, "1")) == (Atom("%v.1"), other)
    assert among(values().stored(replace(stored, name="+="), "1")) == (TRUE, FALSE)


def test_bits_are_cleared_by_a_complement() -> None:
    target = Expr(Kind.IDENTIFIER, "%v")
    cleared = Expr(Kind.UNARY, "~", (Expr(Kind.NUMBER, "6"),))
    stored = Expr(Kind.ASSIGN, "&=", (target, cleared))
    assert values().stored(stored, "1") == FALSE
    assert values().stored(stored, "0") == Atom("%v.0")


@given(
    st.recursive(
        st.sampled_from(("v", "w", "1", "0", "SIX", "g(v)")),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(("&", "|", "&&", "||", "==", "+")), inner).map(
                lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
            ),
            inner.map(lambda text: f"!{text}"),
        ),
        max_leaves=6,
    )
)
def test_a_condition_speaks_of_what_was_asked_for(text: str) -> None:
    known = values()
    found = known.bit(expression(text))
    if found is not None:
        assert set(atoms(found)) <= {spelled(*asked) for asked in known.asked}
