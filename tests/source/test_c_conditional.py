from __future__ import annotations

import pytest

from reviewer.source.c_conditional import Nest, Shape, choices, nest, shape
from reviewer.source.c_lex import lex
from reviewer.source.conditions import render


def nest_of(text: str) -> Nest:
    lexed = lex(text.encode())
    return nest(lexed.directives, len(text))


def at(text: str, word: str) -> str:
    return render(nest_of(text).at(text.index(word)))


def test_each_arm_has_its_condition() -> None:
    text = "#ifdef CONFIG_A\none\n#elif CONFIG_B\ntwo\n#else\nthree\n#endif\nfour\n"
    assert at(text, "one") == "CONFIG_A"
    assert at(text, "two") == "!CONFIG_A && CONFIG_B"
    assert at(text, "three") == "!CONFIG_A && !CONFIG_B"
    assert at(text, "four") == ""


def test_nesting_joins_conditions() -> None:
    text = "#ifdef CONFIG_A\n#ifndef CONFIG_B\none\n#endif\n#endif\n"
    assert at(text, "one") == "CONFIG_A && !CONFIG_B"


def test_an_include_guard_is_no_condition() -> None:
    assert at("#ifndef A_H\n#define A_H\none\n#endif\n", "one") == ""
    assert at("#if !defined(A_H)\n#define A_H\none\n#endif\n", "one") == ""
    assert at("#ifndef A\n#define B\none\n#endif\n", "one") == "!defined(A)"
    assert at("#ifndef A\n#define A\none\n#endif\n#ifdef B\n#endif\n", "one") == "!defined(A)"


@pytest.mark.parametrize("test", ["if 0", "ifdef __ASSEMBLY__", "if defined(__cplusplus)"])
def test_arms_that_can_never_be_are_dead(test: str) -> None:
    assert len(nest_of(f"#{test}\none\n#else\ntwo\n#endif\n").dead) == 1
    assert at(f"#{test}\none\n#else\ntwo\n#endif\n", "two") == ""


def test_lone_directives_and_open_groups_raise_nothing() -> None:
    assert at("#endif\n#else\n#elif A\none\n", "one") == ""
    assert at("#ifdef CONFIG_A\none\n", "one") == "CONFIG_A"


def shape_of(text: str) -> Shape:
    (group,) = nest_of(text).groups
    return shape(bytearray(lex(text.encode()).code), group)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a();\n#ifdef X\nb();\n#endif\nc();", Shape.WHOLE),
        ("{\n#ifdef X\nif (a) { b(); }\n#else\nc();\n#endif\n}", Shape.WHOLE),
        ("case 1:\n#ifdef X\ncase 2:\n#endif\nc();", Shape.WHOLE),
        ("{ .a = 1,\n#ifdef X\n.b = 2,\n#endif\n}", Shape.LIST),
        ("{ A,\n#ifdef X\nB\n#endif\n}", Shape.LIST),
        ("if (a\n#ifdef X\n&& b\n#endif\n)", Shape.SPLIT),
        ("if (a)\n#ifdef X\nb();\n#endif\nc();", Shape.SPLIT),
        ("a();\n#ifdef X\nif (b) {\n#endif\nc();", Shape.SPLIT),
        ("{ a(); }\n#ifdef X\nelse { b(); }\n#endif\n", Shape.SPLIT),
        ("a();\n#ifdef X\nif (b) c();\n#endif\nelse d();", Shape.SPLIT),
        ("f(a,\n#ifdef X\nb,\n#endif\nc);", Shape.SPLIT),
        ("a();\n#ifdef X\nout:\n#endif\nb();", Shape.SPLIT),
    ],
)
def test_shape_says_whether_arms_split_a_construct(text: str, expected: Shape) -> None:
    assert shape_of(text) is expected


def test_choices_are_all_combinations_while_few_and_then_every_arm_once() -> None:
    (group,) = nest_of("#ifdef A\na\n#endif\n").groups
    assert len(set(choices([group] * 3, 16))) == 8
    many = list(choices([group] * 10, 16))
    assert len(many) == 2
    assert {choice[0] for choice in many} == {0, None}
