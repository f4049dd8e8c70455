from __future__ import annotations

import pytest

from reviewer.event.match import compile_vocabulary
from reviewer.rule.pattern import parse_c, parse_instruction
from reviewer.rule.types import EventType, Vocabulary
from reviewer.source.types import Expr, Kind


def name(text: str) -> Expr:
    return Expr(Kind.IDENTIFIER, text)


def num(text: str) -> Expr:
    return Expr(Kind.NUMBER, text)


def call(callee: Expr, *args: Expr) -> Expr:
    return Expr(Kind.CALL, "", (callee, *args))


def cast(expr: Expr) -> Expr:
    return Expr(Kind.CAST, "unsigned long", (expr,))


def c_matches(pattern: str, expr: Expr) -> bool:
    events = (EventType("event", "", c=(parse_c(pattern),)),)
    return bool(compile_vocabulary(Vocabulary(events)).c.matches(expr))


X = name("x")
FIELD = Expr(Kind.ARROW, "field", (X,))


@pytest.mark.parametrize(
    ("pattern", "expr", "expected"),
    [
        ("f()", call(name("f")), True),
        ("f()", call(name("f"), X), False),
        ("f(_)", call(name("f"), X), True),
        ("f(...)", call(name("f")), True),
        ("f(_, ...)", call(name("f")), False),
        ("f(_, ...)", call(name("f"), X, X, X), True),
        ("f(@a, @a)", call(name("f"), X, cast(X)), True),
        ("f(@a, @a)", call(name("f"), X, name("y")), False),
        ("*rm*(0)", call(name("wrmsr"), num("0x0UL")), True),
        ("*rm*(0)", call(name("wrmsr"), num("8")), False),
        ("_->field", FIELD, True),
        ("x.field", FIELD, False),
        ("x->fie*", FIELD, True),
        ("f(&x)", call(name("f"), Expr(Kind.UNARY, "&", (X,))), True),
        ("f(&x)", call(name("f"), Expr(Kind.UNARY, "*", (X,))), False),
        ("_->field = 0", Expr(Kind.ASSIGN, "=", (FIELD, num("0"))), True),
        ("_->field = 0", Expr(Kind.ASSIGN, "|=", (FIELD, num("0"))), False),
        ("x->f(_)", call(Expr(Kind.ARROW, "f", (X,)), X), True),
        ('f("a")', call(name("f"), Expr(Kind.STRING, "a")), True),
        ('f("a")', call(name("f"), Expr(Kind.STRING, "b")), False),
        ("x", cast(X), True),
        ("f", call(name("f")), False),
        ("f(per(_))", call(name("f"), call(name("per"), X)), True),
    ],
)
def test_c_patterns_match_expressions(pattern: str, expr: Expr, expected: bool) -> None:
    assert c_matches(pattern, expr) is expected


GS = Expr(Kind.REGISTER, "gs")
GS_MEMORY = Expr(Kind.MEMORY, "gs", (name("counter"),))


@pytest.mark.parametrize(
    ("pattern", "mnemonic", "operands", "expected"),
    [
        ("mov* _, %gs", "movl", (X, GS), True),
        ("mov* _, %gs", "movl", (GS, X), False),
        ("mov* _, %gs", "pop", (X, GS), False),
        ("* %gs:_", "incl", (GS_MEMORY,), True),
        ("* %gs:counter", "incl", (GS_MEMORY,), True),
        ("* %gs:other", "incl", (GS_MEMORY,), False),
        ("* %fs:_", "incl", (GS_MEMORY,), False),
        ("hlt", "hlt", (), True),
    ],
)
def test_instruction_patterns_match_instructions(
    pattern: str, mnemonic: str, operands: tuple[Expr, ...], expected: bool
) -> None:
    events = (EventType("event", "", asm=(parse_instruction(pattern),)),)
    instruction = Expr(Kind.INSTRUCTION, mnemonic, operands)
    index = compile_vocabulary(Vocabulary(events)).asm
    assert bool(index.matches(instruction)) is expected


def test_all_matching_events_are_named_in_vocabulary_order() -> None:
    events = (
        EventType("wide", "", c=(parse_c("f*(...)"),)),
        EventType("narrow", "", c=(parse_c("f(0)"), parse_c("f(@subject)"))),
        EventType("other", "", c=(parse_c("g()"),)),
    )
    found = compile_vocabulary(Vocabulary(events)).c.matches(call(name("f"), X))
    assert [event.name for event, _ in found] == ["wide", "narrow"]
    assert found[1][1] == {"subject": X}
