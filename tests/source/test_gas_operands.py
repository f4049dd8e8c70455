from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.gas_operands import (
    ABSENT,
    expression,
    labels,
    operand,
    operands,
    split_operands,
    statement,
    statements,
)
from reviewer.source.types import Expr, Kind

RAX = Expr(Kind.REGISTER, "rax")
RSP = Expr(Kind.REGISTER, "rsp")


def name(text: str) -> Expr:
    return Expr(Kind.IDENTIFIER, text)


def number(text: str) -> Expr:
    return Expr(Kind.NUMBER, text)


def memory(*parts: Expr, segment: str = "") -> Expr:
    return Expr(Kind.MEMORY, segment, (*parts, *(ABSENT,) * (4 - len(parts))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%rax", RAX),
        ("$1", number("1")),
        ("$FLAG", name("FLAG")),
        ("$~(A|B)", Expr(Kind.UNARY, "~", (Expr(Kind.BINARY, "|", (name("A"), name("B"))),))),
        ("$-8", Expr(Kind.UNARY, "-", (number("8"),))),
        ("(%rsp)", memory(ABSENT, RSP)),
        ("8(%rsp)", memory(number("8"), RSP)),
        ("-8(%rsp)", memory(Expr(Kind.UNARY, "-", (number("8"),)), RSP)),
        ("foo(%rip)", memory(name("foo"), Expr(Kind.REGISTER, "rip"))),
        ("foo", memory(name("foo"))),
        ("(%rsp,%rax,8)", memory(ABSENT, RSP, RAX, number("8"))),
        ("t(,%rax,8)", memory(name("t"), ABSENT, RAX, number("8"))),
        ("%gs:foo(%rip)", memory(name("foo"), Expr(Kind.REGISTER, "rip"), segment="gs")),
        ("PER(x)", memory(Expr(Kind.CALL, "", (name("PER"), name("x"))))),
        ("PER(x)(%rax)", memory(Expr(Kind.CALL, "", (name("PER"), name("x"))), RAX)),
        ("(N*4)(%rax)", memory(Expr(Kind.BINARY, "*", (name("N"), number("4"))), RAX)),
        ("*%rax", Expr(Kind.UNARY, "*", (RAX,))),
        ("*t(,%rax,8)", Expr(Kind.UNARY, "*", (memory(name("t"), ABSENT, RAX, number("8")),))),
        (
            "%zmm0{%k1}",
            Expr(Kind.INDEX, "", (Expr(Kind.REGISTER, "zmm0"), Expr(Kind.REGISTER, "k1"))),
        ),
        (
            "%zmm0{%k1}{z}",
            Expr(Kind.INDEX, "{z}", (Expr(Kind.REGISTER, "zmm0"), Expr(Kind.REGISTER, "k1"))),
        ),
        ("%st(1)", Expr(Kind.REGISTER, "st1")),
        ("%[x]", Expr(Kind.UNKNOWN, "%[x]")),
    ],
)
def test_operands(text: str, expected: Expr) -> None:
    assert operand(text) == expected


def test_a_branch_names_its_target_and_any_other_instruction_memory() -> None:
    assert statement("jz .Lout").args == (name(".Lout"),)
    assert statement("call foo").args == (name("foo"),)
    assert statement("jmp 1f").args == (name("1f"),)
    assert statement("incl foo").args == (memory(name("foo")),)
    assert statement("jmp *foo").args == (Expr(Kind.UNARY, "*", (memory(name("foo")),)),)


def test_the_assembler_binds_or_tighter_than_plus() -> None:
    assert expression("1 | 2 + 3") == Expr(
        Kind.BINARY, "+", (Expr(Kind.BINARY, "|", (number("1"), number("2"))), number("3"))
    )


def test_a_numeric_label_is_no_number() -> None:
    assert expression("here - 0b") == Expr(Kind.BINARY, "-", (name("here"), name("0b")))
    assert expression("0b101") == number("0b101")


def test_prefixes_belong_to_the_mnemonic() -> None:
    assert statement("rep movsq").name == "rep movsq"
    assert statement("LOCK_PREFIX cmpxchg %rax, (%rsp)").name == "lock cmpxchg"
    assert statements("rep; movsb ; nop") == ("rep movsb", "nop")


def test_a_word_with_a_bracket_is_a_macro() -> None:
    assert statement("load_8way(%rax, %rsp)").args == (RAX, RSP)
    assert statement("PUSH_REGS rax=$-1").args == (
        Expr(Kind.FIELD, "rax", (Expr(Kind.UNARY, "-", (number("1"),)),)),
    )


def test_capital_letters_do_not_hide_a_call() -> None:
    assert statement("CALL foo") == statement("call foo")


def test_labels_come_off_and_segments_do_not() -> None:
    assert labels("1: .Lx:  movq %gs:(%rax), %rsp") == (("1", ".Lx"), "movq %gs:(%rax), %rsp")
    assert labels("movq %gs:8, %rax") == ((), "movq %gs:8, %rax")


def test_separators_inside_quotes_and_brackets_do_not_separate() -> None:
    assert statements('.ascii "a;b" ; nop') == ('.ascii "a;b"', "nop")
    assert statements("X(a; b) ; nop") == ("X(a; b)", "nop")
    assert split_operands("(%rax,%rsp), $',', F(a, b)") == ("(%rax,%rsp)", "$','", "F(a, b)")
    assert operands("") == ()


@pytest.mark.parametrize("text", ["$1 +", "$(1", "8(%rax", "$@", "$" + "(" * 500 + "1" + ")" * 500])
def test_what_does_not_read_is_kept_as_text(text: str) -> None:
    read = operand(text)
    assert read.kind is Kind.UNKNOWN or any(part.kind is Kind.UNKNOWN for part in read.args)


def test_a_long_sum_neither_recurses_nor_hangs() -> None:
    assert operand("$" + "+".join("1" * 20_000)).kind is Kind.UNKNOWN


@given(st.text(max_size=40))
def test_any_text_is_a_statement(text: str) -> None:
    for part in statements(text):
        assert statement(labels(part)[1]).kind in (Kind.INSTRUCTION, Kind.UNKNOWN)


@given(st.lists(st.sampled_from(("%rax", "$1", "(%rax,%rsp,8)", "F(a, b)", "$'x'")), max_size=4))
def test_operands_join_and_split_again(parts: list[str]) -> None:
    assert split_operands(", ".join(parts)) == tuple(parts)
