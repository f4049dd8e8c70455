from __future__ import annotations

import pytest

from reviewer.source.c_expr import MAX_DEPTH, MAX_TEXT
from reviewer.source.format import render
from reviewer.source.types import Expr, Kind
from tests.source.lowering import expr


def identifier(name: str) -> Expr:
    return Expr(Kind.IDENTIFIER, name)


def number(text: str) -> Expr:
    return Expr(Kind.NUMBER, text)


A, B = identifier("a"), identifier("b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", A),
        ("((a))", A),
        ("0x10UL", number("0x10UL")),
        ("'\\n'", number("'\\n'")),
        ("true", number("true")),
        ("NULL", number("NULL")),
        ('"x" "y"', Expr(Kind.STRING, "xy")),
        ('"x" MACRO "y"', Expr(Kind.STRING, "x MACRO y")),
        ('KERN_ERR "y"', Expr(Kind.STRING, " KERN_ERR y")),
        ("a(b, 1)", Expr(Kind.CALL, "", (A, B, number("1")))),
        ("a()", Expr(Kind.CALL, "", (A,))),
        ("a.b", Expr(Kind.MEMBER, "b", (A,))),
        ("a->b", Expr(Kind.ARROW, "b", (A,))),
        ("a[b]", Expr(Kind.INDEX, "", (A, B))),
        ("*a", Expr(Kind.UNARY, "*", (A,))),
        ("&a", Expr(Kind.UNARY, "&", (A,))),
        ("&&a", Expr(Kind.UNARY, "&&", (A,))),
        ("!a", Expr(Kind.UNARY, "!", (A,))),
        ("~a", Expr(Kind.UNARY, "~", (A,))),
        ("++a", Expr(Kind.UNARY, "++", (A,))),
        ("a--", Expr(Kind.UNARY, "post--", (A,))),
        ("a << b", Expr(Kind.BINARY, "<<", (A, B))),
        ("a && b", Expr(Kind.BINARY, "&&", (A, B))),
        ("a |= b", Expr(Kind.ASSIGN, "|=", (A, B))),
        ("a ? b : 1", Expr(Kind.CONDITIONAL, "", (A, B, number("1")))),
        ("a ?: b", Expr(Kind.CONDITIONAL, "", (A, A, B))),
        ("a, b, 1", Expr(Kind.COMMA, "", (A, B, number("1")))),
        ("(struct s *)a", Expr(Kind.CAST, "struct s *", (A,))),
        ("sizeof(a)", Expr(Kind.SIZEOF, "sizeof", (A,))),
        ("sizeof(struct s)", Expr(Kind.SIZEOF, "sizeof", (Expr(Kind.TYPE, "struct s"),))),
        (
            "__builtin_types_compatible_p(int, a)",
            Expr(Kind.SIZEOF, "__builtin_types_compatible_p", (Expr(Kind.TYPE, "int"), A)),
        ),
        ("({ a; })", Expr(Kind.STATEMENT, "", (A,))),
        ("({ if (a) b; })", Expr(Kind.STATEMENT)),
        ("__extension__ a", A),
        (
            "(struct s){ .x.y = a, [3] = b, 1 }",
            Expr(
                Kind.CAST,
                "struct s",
                (
                    Expr(
                        Kind.INITIALIZER,
                        "",
                        (
                            Expr(Kind.FIELD, "x.y", (A,)),
                            Expr(Kind.FIELD, "[3]", (B,)),
                            number("1"),
                        ),
                    ),
                ),
            ),
        ),
        (
            "container_of(a, struct s, b)",
            Expr(Kind.CALL, "", (identifier("container_of"), A, Expr(Kind.TYPE, "struct s"), B)),
        ),
    ],
)
def test_expression(text: str, expected: Expr) -> None:
    assert expr(text) == expected


def test_arms_of_a_generic_selection_are_kept() -> None:
    found = expr("_Generic(a, int: g(1), default: b)")
    assert found.kind is Kind.UNKNOWN
    assert [render(arg) for arg in found.args if arg.kind is Kind.CALL] == ["g(1)"]


def test_parentheses_may_nest_deeply() -> None:
    assert expr("(" * 1000 + "a" + ")" * 1000) == A


@pytest.mark.parametrize(
    "text",
    ["+".join(["a"] * 3000), "~" * 1000 + "a", "a(" * 1000 + ")" * 1000, "a?b:" * 1000 + "a"],
)
def test_depth_is_bounded(text: str) -> None:
    found = expr(text)
    depth = 0
    level = [found]
    while level:
        depth += 1
        level = [arg for item in level for arg in item.args]
    assert depth <= MAX_DEPTH + 2
    assert len(render(found)) < 100 * MAX_TEXT


def test_text_of_what_is_unknown_is_cut() -> None:
    deep = expr("~" * 1000 + "a")
    while deep.args:
        deep = deep.args[0]
    assert deep == Expr(Kind.UNKNOWN, "~" * MAX_TEXT)
