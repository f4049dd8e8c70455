from __future__ import annotations

import pytest

from reviewer.source.types import Operation
from tests.source.lowering import calls, dead_ends, lower_body, lower_text, ops, paths


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if (a) g(); else h();", ["+a g()", "-a h()"]),
        ("if (a) g(); else if (b) h(); else i();", ["+a g()", "-a +b h()", "-a -b i()"]),
        ("if (a) return; g();", ["+a", "-a g()"]),
        ("if (a) { if (b) g(); else h(); }", ["+a +b g()", "+a -b h()", "-a"]),
        ("g(); ; {} h();", ["g() h()"]),
        ("#ifdef X\ng();\n#endif\nh();", ["#!defined(X) h()", "#defined(X) g() h()"]),
        ("#ifndef X\ng();\n#endif\nh();", ["#!defined(X) g() h()", "#defined(X) h()"]),
        (
            "#ifdef CONFIG_A\ng();\n#elif defined(CONFIG_B)\nh();\n#else\ni();\n#endif",
            ["#!CONFIG_A && !CONFIG_B i()", "#!CONFIG_A && CONFIG_B h()", "#CONFIG_A g()"],
        ),
        (
            "#ifdef CONFIG_A\n#ifdef CONFIG_B\ng();\n#endif\n#endif",
            ["#!CONFIG_A", "#CONFIG_A #!CONFIG_B", "#CONFIG_A #CONFIG_B g()"],
        ),
        ("#if 0\ng();\n#endif\nh();", ["h()"]),
        ("#if 1\ng();\n#else\nh();\n#endif", ["g()"]),
        ("if (a) {\n#ifdef CONFIG_A\ng();\n#endif\n}", ["+a #!CONFIG_A", "+a #CONFIG_A g()", "-a"]),
        ("#define Y 1\n#undef Y\n#pragma once\ng();", ["g()"]),
        ("typedef int t; struct t { int a; }; enum { P = 1, Q }; g();", ["g()"]),
    ],
)
def test_paths(body: str, expected: list[str]) -> None:
    assert paths(lower_body(body)) == expected


def test_nothing_follows_a_return() -> None:
    function = lower_body("return 1; g();")
    assert paths(function) == [""]
    assert calls(function) == ["g()"]


def test_nothing_follows_a_call_that_does_not_return() -> None:
    assert paths(lower_body("if (a) die(); g();", frozenset({"die"}))) == ["-a g()"]
    assert paths(lower_body("if (a) __builtin_unreachable(); g();")) == ["-a g()"]
    assert paths(lower_body("if (a && die()) g(); h();", frozenset({"die"}))) == ["-a h()"]
    assert len(paths(lower_body("if (a) die(); g();"))) == 2


def test_long_chains_of_else_if() -> None:
    body = " else ".join(f"if (a == {i}) g{i}();" for i in range(3000))
    function = lower_body(body)
    assert calls(function) == [f"g{i}()" for i in range(3000)]
    assert not dead_ends(function)


@pytest.mark.parametrize(
    "opening", ["{", "if (a) {", "while (a) {", "do {", "switch (a) { case 1:"]
)
def test_deep_nesting_keeps_the_calls(opening: str) -> None:
    closing = "} while (0);" if opening == "do {" else "}"
    function = lower_body(opening * 500 + "g(h());" + closing * 500)
    assert len(calls(function)) == 2


def test_statements_around_an_error_are_kept() -> None:
    function = lower_body("g(); if (a) { h(); } @@@ ) i(); if (b) return; j();")
    assert {"g()", "h()", "i()", "j()"} <= set(calls(function))


def test_attributes_and_storage_do_not_hide_declarations() -> None:
    function = lower_body("int y __maybe_unused = g(); unsigned long flags; const char *s = h();")
    assert {"y", "flags", "s"} <= function.locals
    assert ops(function, Operation.STORE) == ["store (y = g())", "store (s = h())"]
    assert "declare flags" in ops(function, Operation.DECLARE)


def test_definitions_of_old_style() -> None:
    function = lower_text("int f(a, b)\nint a;\nchar *b;\n{\nreturn a;\n}\n")
    assert [parameter.name for parameter in function.parameters] == ["a", "b"]
    assert ops(function) == ["return a"]
