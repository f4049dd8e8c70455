from __future__ import annotations

import pytest

from reviewer.source.c_expr import MAX_TEXT
from reviewer.source.types import Kind, Operation
from tests.source.lowering import calls, lower_body, lower_text, ops


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("g(h(), i());", ["call h()", "call i()", "call g(h(), i())"]),
        ("x = g();", ["call g()", "store (x = g())"]),
        ("int y = g(), z = y;", ["call g()", "store (y = g())", "store (z = y)"]),
        ("static int y = 1;", []),
        ("extern int y; y = 1;", ["store (y = 1)"]),
        ("int y(int);", []),
        ("global;", ["load global"]),
        ("x = a + global;", ["load global", "store (x = (a + global))"]),
        ("global = a;", ["store (global = a)"]),
        ("global += a;", ["load global", "store (global += a)"]),
        ("x += a;", ["store (x += a)"]),
        ("global++;", ["load global", "store global++"]),
        ("--x;", ["store --x"]),
        ("g(&global);", ["call g(&global)"]),
        ("g(&p->q->r);", ["load p->q", "call g(&p->q->r)"]),
        ("x = p->q.r;", ["load p->q.r", "store (x = p->q.r)"]),
        ("x = p->q->r;", ["load p->q", "load p->q->r", "store (x = p->q->r)"]),
        ("p->q = global;", ["load global", "store (p->q = global)"]),
        ("*p = a;", ["store (*p = a)"]),
        ("x = *global;", ["load global", "load *global", "store (x = *global)"]),
        (
            "x = table[g()];",
            ["load table", "call g()", "load table[g()]", "store (x = table[g()])"],
        ),
        ("table[a] = g();", ["load table", "call g()", "store (table[a] = g())"]),
        ("g((struct s){ .m = h() });", ["call h()", "call g((struct s){.m = h()})"]),
        ("return g();", ["call g()", "return g()"]),
        ("return;", ["return -"]),
        ("x = sizeof(g());", ["store (x = sizeof(g()))"]),
        ("x = sizeof g();", ["store (x = sizeof(g()))"]),
        ("x = __alignof__(g());", ["store (x = __alignof__(g()))"]),
        ("x = offsetof(struct s, m);", None),
        ("typeof(g()) y;", []),
        ("x = (typeof(g()))a;", None),
        ("int y[g()];", ["call g()"]),
        ("g(({ int y = h(); y; }));", ["call h()", "store (y = h())", "call g(({ y }))"]),
        ("g(a, (h(), i()));", ["call h()", "call i()", "call g(a, (h(), i()))"]),
        ('g("x", "+m" (h()));', ["call h()", 'call g("x", .+m = h())']),
        ("(void)g();", ["call g()"]),
        ('g("%d", a);', ['call g("%d", a)']),
    ],
)
def test_operations_in_evaluation_order(body: str, expected: list[str] | None) -> None:
    found = ops(lower_body(body))
    if expected is None:
        assert [item.split()[0] for item in found] == ["store"]
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("body", "indirect"),
    [
        ("g();", [False]),
        ("(g)();", [False]),
        ("p();", [True]),
        ("(*p)();", [True]),
        ("p->ops->stop();", [True]),
        ("ops.stop();", [True]),
        ("table[1]();", [True]),
        ("g()();", [False, True]),
        ("int (*fp)(void) = g; fp();", [True]),
    ],
)
def test_calls_through_pointers_are_indirect(body: str, indirect: list[bool]) -> None:
    found = [
        op.indirect
        for block in lower_body(body).cfg.blocks
        for op in block.ops
        if op.operation is Operation.CALL
    ]
    assert found == indirect


def test_what_an_indirect_call_reads_comes_before_its_arguments() -> None:
    assert ops(lower_body("p->ops->stop(global);")) == [
        "load p->ops",
        "load p->ops->stop",
        "load global",
        "call p->ops->stop(global)",
    ]


def test_line_is_that_of_the_callee_name_and_text_is_folded() -> None:
    function = lower_text(
        "void f(struct s *p)\n{\n\tp\n\t  ->stop(1, /* one */\n\t\t 2); // done\n}\n"
    )
    [call] = [
        op for block in function.cfg.blocks for op in block.ops if op.operation is Operation.CALL
    ]
    assert call.line == 4
    assert call.text == "p ->stop(1, 2)"


def test_text_is_cut() -> None:
    function = lower_body(f"g({', '.join(['a'] * 1000)});")
    [call] = [op for block in function.cfg.blocks for op in block.ops if op.text.startswith("g")]
    assert len(call.text) == MAX_TEXT
    assert len(call.expr.args) == 1001


def test_names_declared_in_inner_blocks_are_local() -> None:
    function = lower_body("{ int y = a; g(y); } for (int i = 0; i < 3; i++) g(i);")
    assert {"a", "b", "p", "x", "y", "i"} == function.locals
    assert not [item for item in ops(function) if item.startswith("load")]


def test_calls_in_text_that_does_not_parse_are_kept() -> None:
    function = lower_body("g(); x = = h(1) } i(2); ]] j();")
    assert {"g()", "h(1)"} <= set(calls(function))


def test_calls_nested_too_deeply_are_kept() -> None:
    function = lower_body("g(" * 500 + "1" + ")" * 500 + ";")
    assert len(calls(function)) == 500
    order = [op.text for block in function.cfg.blocks for op in block.ops][-1]
    assert order.startswith("g(g(g(")


def test_long_chains_of_operators_keep_every_operand() -> None:
    function = lower_body("x = " + " + ".join(f"g{i}()" for i in range(3000)) + ";")
    assert calls(function) == [f"g{i}()" for i in range(3000)]


def test_asm_reads_its_inputs_and_keeps_its_operands() -> None:
    function = lower_body('asm volatile("mov %0, %%gs" : "=m" (p->q) : "r" (global) : "memory");')
    assert [item.split(" ")[0] for item in ops(function)] == ["load", "asm"]
    [asm] = [op for block in function.cfg.blocks for op in block.ops if op.expr.kind is Kind.ASM]
    assert asm.expr.name == "mov %0, %%gs"
    assert asm.text.startswith('asm volatile("mov %0, %%gs"')
