from __future__ import annotations

import pytest

from reviewer.source.conditions import TRUE
from reviewer.source.resolve.expand import alias, expand
from reviewer.source.types import Expr, Kind, Macro

NAME = Expr(Kind.IDENTIFIER, "flag")
CALL = Expr(Kind.CALL, "", (Expr(Kind.IDENTIFIER, "g"),))
TEXT = Expr(Kind.STRING, "a\\n")


def macro(body: str, *parameters: str) -> Macro:
    return Macro("M", parameters, body, 1, TRUE)


@pytest.mark.parametrize(
    ("body", "parameters", "arguments", "text"),
    [
        ("f(x)", ("x",), (NAME,), "f(flag)"),
        ("f(x)", ("x",), (CALL,), "f(x)"),
        ("read_##x(x)", ("x",), (NAME,), "read_flag(flag)"),
        ("read_ ## x", ("x",), (NAME,), "read_flag"),
        ("f(#x)", ("x",), (CALL,), 'f("g()")'),
        ("x(1)", ("x",), (NAME,), "flag(1)"),
        ("ops.x", ("x",), (NAME,), "ops.flag"),
        ("ops->x", ("x",), (CALL,), "ops->g()"),
        ("f(fmt, ##__VA_ARGS__)", ("fmt", "..."), (TEXT,), 'f("a\\n")'),
        ("f(fmt, ##__VA_ARGS__)", ("fmt", "..."), (TEXT, NAME), 'f("a\\n", flag)'),
        ("f(fmt, ##args)", ("fmt", "args..."), (TEXT, NAME, CALL), 'f("a\\n", flag, g())'),
        ("f(__VA_ARGS__)", ("...",), (), "f()"),
        ("f(x, __VA_ARGS__)", ("x", "..."), (NAME,), "f(flag)"),
        ("f(x, rest) + (1, 2)", ("x", "rest..."), (NAME,), "f(flag) + (1, 2)"),
        ('"x" x', ("x",), (NAME,), '"x" flag'),
    ],
)
def test_arguments_are_put_in(
    body: str, parameters: tuple[str, ...], arguments: tuple[Expr, ...], text: str
) -> None:
    found = expand(macro(body, *parameters), arguments)
    assert found is not None
    assert found.text == text


def test_names_and_effects_become_locals() -> None:
    found = expand(macro("f(a, b)", "a", "b"), (NAME, CALL))
    assert found is not None
    assert found.locals == ("flag", "b")


def test_too_long_a_text_is_none() -> None:
    assert expand(macro("x" * 30_000), ()) is None


@pytest.mark.parametrize(("body", "name"), [("f", "f"), ("(f)", "f"), ("M", ""), ("f()", "")])
def test_alias(body: str, name: str) -> None:
    assert alias(Macro("M", None, body, 1, TRUE)) == name
