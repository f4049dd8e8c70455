from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.gas_operands import expression
from reviewer.source.gas_values import evaluate


def value(text: str, **symbols: int) -> int | None:
    return evaluate(expression(text), symbols.get)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("1 | 2 + 3", 6),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("1 / 0", None),
        ("1 << 64", None),
        ("3 == 3", -1),
        ("3 != 3", 0),
        ("!0 && 2", 1),
        ("~0", -1),
        ("i & 3", 2),
        ("unknown + 1", None),
        ("F(1)", None),
    ],
)
def test_expressions(text: str, expected: int | None) -> None:
    assert value(text, i=6) == expected


@given(st.integers(0, 1 << 40), st.integers(1, 1 << 20))
def test_quotient_and_remainder_make_the_number_again(left: int, right: int) -> None:
    quotient, rest = value(f"{left} / {right}"), value(f"{left} % {right}")
    assert quotient is not None
    assert rest is not None
    assert quotient * right + rest == left
