from __future__ import annotations

import pytest

from reviewer.source.types import Flow
from tests.source.lowering import dead_ends, lower_body, paths


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("while (a) g();", ["+a g() -a", "-a"]),
        ("do g(); while (a);", ["g() +a g() -a", "g() -a"]),
        ("do { g(); } while (0);", ["g()"]),
        ("do { if (a) break; g(); } while (0); h();", ["+a h()", "-a g() h()"]),
        ("do { if (a) continue; g(); } while (0); h();", ["+a h()", "-a g() h()"]),
        ("for (i(); a; j()) g();", ["i() +a g() j() -a", "i() -a"]),
        ("for (;;) { g(); if (a) break; }", ["g() +a", "g() -a g() +a"]),
        ("while (1) g();", []),
        ("for (;;) ;", []),
        ("while (0) g();", [""]),
        (
            "switch (a) { case 1: g(); case 2: h(); break; default: i(); }",
            ["= i()", "=1 g() h()", "=2 h()"],
        ),
        ("switch (a) { case 1: g(); } h();", ["= h()", "=1 g() h()"]),
        ("switch (a) { case 1 ... 4: g(); }", ["=", "=(1 ... 4) g()"]),
        ("switch (a) { case A: case B: g(); }", ["=", "=A g()", "=B g()"]),
        (
            "switch (a) {\ncase 1:\n#ifdef CONFIG_A\ncase 2:\n#endif\ng();\n}",
            ["=", "=1 #!CONFIG_A g()", "=1 #CONFIG_A g()", "=2 #CONFIG_A g()"],
        ),
        (
            "for_each_cpu(x, p->mask) g(x);",
            [
                "for_each_cpu(x, p->mask) +for_each_cpu(x, p->mask) g(x)"
                " for_each_cpu(x, p->mask) -for_each_cpu(x, p->mask)",
                "for_each_cpu(x, p->mask) -for_each_cpu(x, p->mask)",
            ],
        ),
    ],
)
def test_paths(body: str, expected: list[str]) -> None:
    assert paths(lower_body(body)) == expected


def test_break_and_continue_of_a_while() -> None:
    assert "+a +b h()" in paths(lower_body("while (a) { if (b) break; g(); } h();"))
    assert "+a +b -a" in paths(lower_body("while (a) { if (b) continue; g(); }"))


def test_continue_in_a_switch_is_that_of_the_loop() -> None:
    found = paths(lower_body("while (a) { switch (b) { case 1: continue; } g(); }"))
    assert {"+a = g() -a", "+a =1 -a", "-a"} <= set(found)


def test_cases_inside_other_statements() -> None:
    found = paths(lower_body("switch (a) { case 1: if (b) { case 2: g(); } h(); }"))
    assert found == ["=", "=1 +b g() h()", "=1 -b h()", "=2 g() h()"]


def test_case_under_a_condition() -> None:
    body = "switch (a) {\ncase 1:\ng();\n#ifdef CONFIG_A\ncase 2:\nh();\n#endif\n}"
    assert paths(lower_body(body)) == [
        "=",
        "=1 g() #!CONFIG_A",
        "=1 g() #CONFIG_A h()",
        "=2 #CONFIG_A h()",
    ]


def test_a_loop_goes_back_by_one_edge() -> None:
    for body in ("while (a) g();", "do g(); while (a);", "for (; a;) g();"):
        edges = lower_body(body).cfg.edges
        assert [edge.flow for edge in edges].count(Flow.BACK) == 1


def test_endless_loops_do_not_end() -> None:
    function = lower_body("g(); while (1) h();")
    assert not dead_ends(function)
    assert not paths(function)


def test_break_outside_of_a_loop_does_no_harm() -> None:
    assert paths(lower_body("break; g();")) == [""]
    assert paths(lower_body("continue; g();")) == [""]
    assert paths(lower_body("case 1: g();")) == ["g()"]
