from __future__ import annotations

import pytest

from tests.source.lowering import calls, dead_ends, lower_body, ops, paths


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if (a && b) g();", ["+a +b g()", "+a -b", "-a"]),
        ("if (a || b) g();", ["+a g()", "-a +b g()", "-a -b"]),
        ("if (!a) g();", ["+a", "-a g()"]),
        ("if (!(a && !b)) g();", ["+a +b g()", "+a -b", "-a g()"]),
        ("if (a == 1) g();", ["+(a == 1) g()", "-(a == 1)"]),
        ("x = a && g();", ["+a g()", "-a"]),
        ("x = a || g();", ["+a", "-a g()"]),
        ("h(a && g());", ["+a g() h((a && g()))", "-a h((a && g()))"]),
        ("x = a ? g() : h();", ["+a g()", "-a h()"]),
        ("x = g() ?: h();", ["g() +g()", "g() -g() h()"]),
        ("a && g();", ["+a g()", "-a"]),
        ("if (1 && a) g();", ["+a g()", "-a"]),
        ("if (a && 0) g();", ["+a", "-a"]),
        ("if (a || 0x1) g();", ["+a g()", "-a g()"]),
        ("x = _Generic(a, int: g(1), default: h());", ["=default h()", "=int g(1)"]),
    ],
)
def test_paths(body: str, expected: list[str]) -> None:
    assert paths(lower_body(body)) == expected


def test_branch_hints_are_called_and_seen_through() -> None:
    assert paths(lower_body("if (unlikely(a && b)) g();")) == [
        "unlikely((a && b)) +a +b g()",
        "unlikely((a && b)) +a -b",
        "unlikely((a && b)) -a",
    ]


def test_long_chains_of_conditions() -> None:
    body = "if (" + " || ".join(f"g{i}()" for i in range(3000)) + ") h();"
    function = lower_body(body)
    assert calls(function)[-2999:] == [f"g{i}()" for i in range(1, 3000)]
    assert not dead_ends(function)


def test_value_of_a_conditional_is_an_operand() -> None:
    assert ops(lower_body("return a ? b : 1;")) == ["return (a ? b : 1)"]


@pytest.mark.parametrize("text", ["0", "0x0", "00", "0UL", "'\\0'", "false", "NULL", "!1"])
def test_constant_false(text: str) -> None:
    assert paths(lower_body(f"if ({text}) g(); else h();")) == ["h()"]


@pytest.mark.parametrize("text", ["1", "0x10", "010", "1UL", "true", "!0", "!false"])
def test_constant_true(text: str) -> None:
    assert paths(lower_body(f"if ({text}) g(); else h();")) == ["g()"]


@pytest.mark.parametrize("text", ["X", "1.5"])
def test_not_known_to_be_constant(text: str) -> None:
    assert len(paths(lower_body(f"if ({text}) g(); else h();"))) == 2
