from __future__ import annotations

import pytest

from reviewer.source.c_asm import template
from reviewer.source.types import Expr, Kind, Op, Operation
from tests.source.lowering import calls, lower_body


def asm_op(text: str) -> Op:
    [op] = [
        op
        for block in lower_body(text).cfg.blocks
        for op in block.ops
        if op.operation is Operation.ASM
    ]
    return op


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"nop"', "nop"),
        (r'"mov %0, %%gs\n\t" "nop"', "mov %0, %%gs\nnop"),
        (r'"a\n"' + "\n\t" + r'"b\n"', "a\nb"),
        (r'"say \"x\" \\ \101\x41"', 'say "x" \\ AA'),
        ('"mov " REG ", %0"', "mov REG , %0"),
        ('LOCK_PREFIX "incl %0"', "LOCK_PREFIX\nincl %0"),
        ('__SIZE(bts) " %1,%0"', "__SIZE(bts) %1,%0"),
        ('"bts %1,%0" SET(c)', "bts %1,%0\nSET(c)"),
        ('"x\\n" TABLE(1b, 2b) TABLE(3b, 4b)', "x\nTABLE(1b, 2b)\nTABLE(3b, 4b)"),
        ('"mov %0, %%" REG', "mov %0, %%REG"),
        ('"push" __SEL(l, q) " %0"', "push __SEL(l, q) %0"),
        ('ALT("", "clflush %0", FEATURE) "\\nnop"', "ALT(FEATURE)\nclflush %0\nnop"),
        ("", ""),
        ('"unterminated', "unterminated"),
    ],
)
def test_template(text: str, expected: str) -> None:
    assert template(text) == expected


def test_macros_may_nest_deeply() -> None:
    assert "nop" in template("A(" * 2000 + '"nop"' + ")" * 2000)


def test_operands_are_fields_in_the_order_of_their_numbers() -> None:
    op = asm_op('asm("x" : "=r" (x), [out] "+m" (p->q) : "r" (a), "i" (3) : "memory", "rax");')
    assert [(arg.name, *arg.args) for arg in op.expr.args] == [
        ("=r", Expr(Kind.IDENTIFIER, "x")),
        (
            "+m",
            Expr(Kind.ARROW, "q", (Expr(Kind.IDENTIFIER, "p"),)),
            Expr(Kind.IDENTIFIER, "out"),
        ),
        ("r", Expr(Kind.IDENTIFIER, "a")),
        ("i", Expr(Kind.NUMBER, "3")),
        ("clobber", Expr(Kind.STRING, "memory")),
        ("clobber", Expr(Kind.STRING, "rax")),
    ]
    assert all(arg.kind is Kind.FIELD for arg in op.expr.args)


def test_labels_of_an_asm_goto() -> None:
    op = asm_op('asm goto("jmp %l[out]" : : : : out); out: ;')
    assert op.expr.args == (Expr(Kind.FIELD, "label", (Expr(Kind.IDENTIFIER, "out"),)),)


def test_asm_without_operands() -> None:
    op = asm_op('asm volatile("wbinvd" : : : "memory");')
    assert op.expr.name == "wbinvd"
    assert op.line == 4
    assert asm_op('__asm__ __volatile__ ("cli");').expr == Expr(Kind.ASM, "cli")


def test_operands_that_a_macro_spells_are_calls() -> None:
    function = lower_body('asm("x" : OUT(c) (x) : ADDR(p), REG (g()));')
    assert calls(function) == ["ADDR(p)", "g()", "REG(g())"]
    op = asm_op('asm("x" : OUT(c) (x) : ADDR(p));')
    assert [arg.name for arg in op.expr.args] == ["OUT(c)", ""]
