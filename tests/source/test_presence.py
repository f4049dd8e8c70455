from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.conditions import FALSE, TRUE, Atom, render
from reviewer.source.presence import defined, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CONFIG_A", "CONFIG_A"),
        ("defined(CONFIG_A)", "CONFIG_A"),
        ("defined CONFIG_A", "CONFIG_A"),
        ("IS_ENABLED(CONFIG_A)", "CONFIG_A"),
        ("IS_BUILTIN(CONFIG_A)", "IS_BUILTIN(CONFIG_A)"),
        ("IS_REACHABLE( CONFIG_A )", "IS_REACHABLE( CONFIG_A )"),
        ("defined(A)", "defined(A)"),
        ("!defined(A) && CONFIG_B", "!defined(A) && CONFIG_B"),
        ("CONFIG_A || CONFIG_B && CONFIG_C", "CONFIG_A || (CONFIG_B && CONFIG_C)"),
        ("(CONFIG_A || CONFIG_B) && CONFIG_C", "(CONFIG_A || CONFIG_B) && CONFIG_C"),
        ("!(CONFIG_A || CONFIG_B)", "!CONFIG_A && !CONFIG_B"),
        ("A > 3 && CONFIG_B", "A > 3 && CONFIG_B"),
        ("A != B", "A != B"),
        ("GCC >= VERSION(4, 9) || CONFIG_B", "GCC >= VERSION(4, 9) || CONFIG_B"),
        ("(A + B) > 3", "(A + B) > 3"),
        ("(CONFIG_A)", "CONFIG_A"),
        ("1 && CONFIG_A", "CONFIG_A"),
        ("CONFIG_A &&", "CONFIG_A &&"),
    ],
)
def test_conditions_are_read_as_written(text: str, expected: str) -> None:
    assert render(parse(text)) == expected


@pytest.mark.parametrize("text", ["0", "0x0", "00UL", "0 && CONFIG_A", "CONFIG_A && !CONFIG_A"])
def test_never(text: str) -> None:
    assert parse(text) == FALSE


@pytest.mark.parametrize("text", ["", "1", "0x10", "1 || CONFIG_A", "!0"])
def test_always(text: str) -> None:
    assert parse(text) == TRUE


def test_a_tristate_keeps_its_three_values_apart() -> None:
    assert parse("IS_ENABLED(CONFIG_A) && !IS_BUILTIN(CONFIG_A)") != FALSE


def test_ifdef_of_an_option_and_of_a_macro() -> None:
    assert defined("CONFIG_A") == Atom("CONFIG_A")
    assert defined("A") == Atom("defined(A)")


def test_nesting_beyond_the_limit_is_one_atom() -> None:
    text = "(" * 100 + "CONFIG_A" + ")" * 100
    assert parse(text) == Atom(text)


@given(st.text(alphabet="A1 !&|()<>=,?:+\"'\n", max_size=60))
def test_a_condition_is_read_as_it_is_written(text: str) -> None:
    assert parse(render(parse(text))) == parse(text)
