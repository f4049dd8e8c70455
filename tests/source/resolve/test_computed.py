"""Names that macros compute."""

from __future__ import annotations

import pytest

from reviewer.source.conditions import TRUE
from reviewer.source.resolve.computed import computed
from reviewer.source.types import Macro

MACROS = {
    "JOIN": Macro("JOIN", ("a", "b"), "a ## b", 1, TRUE),
    "JOINED": Macro("JOINED", ("a", "b"), "JOIN(a, b)", 2, TRUE),
    "THIRD": Macro("THIRD", ("_0", "_1", "_2", "_n", "X..."), "_n", 3, TRUE),
    "COUNT": Macro("COUNT", ("X...",), "THIRD(, ##X, 2, 1, 0)", 4, TRUE),
    "COUNT_ALL": Macro("COUNT_ALL", ("...",), "THIRD(, ##__VA_ARGS__, 2, 1, 0)", 5, TRUE),
    "NAME": Macro("NAME", None, "flush", 6, TRUE),
    "SAY": Macro("SAY", ("x",), "#x", 7, TRUE),
    "SELF": Macro("SELF", None, "SELF", 8, TRUE),
    "LEFT": Macro("LEFT", None, "RIGHT", 9, TRUE),
    "RIGHT": Macro("RIGHT", None, "LEFT", 10, TRUE),
    "DOUBLE": Macro("DOUBLE", ("x",), "x x", 11, TRUE),
}


def lookup(word: str) -> tuple[Macro, ...]:
    if word == "EITHER":
        return (MACROS["NAME"], MACROS["SELF"])
    return (MACROS[word],) if word in MACROS else ()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("f(x)", "f(x)"),
        ("NAME", "flush"),
        ("JOIN(NAME, _all)", "NAME_all"),
        ("JOINED(NAME, _all)", "flush_all"),
        ("JOINED(put, COUNT())", "put0"),
        ("JOINED(put, COUNT(a))", "put1"),
        ("JOINED(put, COUNT(a, f(b, c)))", "put2"),
        ("JOINED(put, COUNT_ALL(a))", "put1"),
        ("SAY(NAME)", '"NAME"'),
        ("JOIN", "JOIN"),
        ("SELF", "SELF"),
        ("LEFT", "LEFT"),
        ("EITHER", ""),
        ("JOIN(a", ""),
    ],
)
def test_what_a_text_becomes(text: str, result: str) -> None:
    assert computed(text, lookup) == result


def test_what_doubles_itself_ends() -> None:
    text = "a"
    for _ in range(30):
        text = f"DOUBLE({text})"
    assert computed(text, lookup) == ""


def test_what_is_nested_too_deep_is_left_alone() -> None:
    assert computed("SAY(" * 5000 + ")" * 5000, lookup).startswith('"SAY(')
    assert computed("JOINED(" * 5000 + ", a)" * 5000, lookup) == ""
