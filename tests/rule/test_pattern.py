from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.rule.pattern import (
    Address,
    Assign,
    Call,
    Instruction,
    Member,
    Memory,
    Not,
    Number,
    Pattern,
    PatternError,
    Register,
    Rest,
    Text,
    Wildcard,
    Word,
    glob_matches,
    head,
    literals,
    parse_c,
    parse_instruction,
)


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("current", Word("current")),
        ("flush()", Call(Word("flush"), ())),
        ("flush(...)", Call(Word("flush"), (Rest(),))),
        ("f(_, @x, 0x10)", Call(Word("f"), (Wildcard(), Wildcard("x"), Number(16)))),
        ('f("gs", &y)', Call(Word("f"), (Text("gs"), Address(Word("y"))))),
        ("warn(!off(), ...)", Call(Word("warn"), (Not(Call(Word("off"), ())), Rest()))),
        ("a->b.c(_)", Call(Member(Member(Word("a"), "b", True), "c", False), (Wildcard(),))),
        ("@x->online = 0", Assign("=", Member(Wildcard("x"), "online", True), Number(0))),
        ("@x |= _", Assign("|=", Wildcard("x"), Wildcard())),
        ("*wrmsr*(MSR, ...)", Call(Word("*wrmsr*"), (Word("MSR"), Rest()))),
    ],
)
def test_c_patterns_are_source_text(source: str, pattern: Pattern) -> None:
    assert parse_c(source) == pattern


@pytest.mark.parametrize(
    ("source", "pattern"),
    [
        ("hlt", Instruction("hlt", ())),
        ("mov* _, %gs", Instruction("mov*", (Wildcard(), Register("gs")))),
        ("* %gs:_, _", Instruction("*", (Memory("gs", Wildcard()), Wildcard()))),
        ("test $1, @x", Instruction("test", (Number(1), Wildcard("x")))),
        ("call* ...", Instruction("call*", (Rest(),))),
    ],
)
def test_instruction_patterns_are_a_mnemonic_and_operands(source: str, pattern: Pattern) -> None:
    assert parse_instruction(source) == pattern


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("f(", 3),
        ("f(_,", 5),
        ("a b", 3),
        ("f(..., _)", 10),
        ("  #", 3),
        ("", 1),
        ("x =", 4),
        ("a.", 3),
    ],
)
def test_what_cannot_be_read_has_a_column(source: str, column: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse_c(source)
    assert caught.value.column == column


@pytest.mark.parametrize(("source", "column"), [("%gs", 1), ("mov _, ", 8), ("mov ..., _", 11)])
def test_instructions_that_cannot_be_read_have_a_column(source: str, column: int) -> None:
    with pytest.raises(PatternError) as caught:
        parse_instruction(source)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("pattern", "word", "needed"),
    [
        (parse_c("flush()"), "flush", {"flush"}),
        (parse_c("*wrmsr*(MSR_GS, 0)"), "", {"wrmsr", "MSR_GS"}),
        (parse_c("a->b(_)"), "b", {"a", "b"}),
        (parse_c("@x = _"), "", set()),
        (parse_c('f("text")'), "f", {"f", "text"}),
        (parse_instruction("mov* _, %gs"), "", {"mov", "%gs"}),
        (parse_instruction("* %gs:_"), "", {"%gs"}),
    ],
)
def test_heads_and_literals_are_what_every_match_holds(
    pattern: Pattern, word: str, needed: set[str]
) -> None:
    assert head(pattern) == word
    assert literals(pattern) == needed


def test_globs_match_inside_words() -> None:
    assert glob_matches("__builtin_*", "__builtin_expect")
    assert glob_matches("*wrmsr*", "wrmsr")
    assert not glob_matches("wrmsr", "wrmsrl")


@given(st.text(alphabet='f_@x*(),.&="0->%: $', max_size=20))
def test_any_text_is_a_pattern_or_an_error_inside_it(source: str) -> None:
    for parse in (parse_c, parse_instruction):
        column = 1
        try:
            parse(source)
        except PatternError as error:
            column = error.column
        assert 1 <= column <= len(source) + 1
