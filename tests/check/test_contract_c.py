from __future__ import annotations

import pytest

from reviewer.check.contract_c import bits, calls, present, prototypes
from reviewer.patch.types import SourceFile
from reviewer.source.presence import parse
from reviewer.source.read import read


def declared(text: str, name: str = "go") -> list[tuple[int, list[tuple[str, int]]]]:
    return [
        (found.location.line, [(each.name, each.width) for each in found.arguments])
        for found in prototypes("a.h", text.encode(), name)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("void go(void);", [(1, [])]),
        ("int go(long a, unsigned int b, bool c);", [(1, [("a", 64), ("b", 32), ("c", 8)])]),
        ("extern void *go(void *to, const u8 *from);", [(1, [("to", 64), ("from", 64)])]),
        ("int x;\nvoid\ngo(u16 a,\n   s32 b) __noreturn;", [(3, [("a", 16), ("b", 32)])]),
        ("typedef void go_fn(int a);\nextern go_fn go;", [(1, [("a", 32)])]),
        ("typedef void go_fn(int a,\n u64 b);\nextern go_fn go;", [(1, [("a", 32), ("b", 64)])]),
        ("#define A 1\nvoid go(int);", [(2, [("", 32)])]),
        ("void go(u8 key[16], struct s s);", [(1, [("key", 64), ("s", 64)])]),
        ("void f(void) { x = 1; }\nint go(int a);", [(2, [("a", 32)])]),
    ],
)  # fmt: skip
def test_declarations_are_read(
    text: str, expected: list[tuple[int, list[tuple[str, int]]]]
) -> None:
    assert declared(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "int f(void) { return go(1); }",
        "void f(void)\n{\n\tgo(1);\n}",
        "int f(void) { if (x) go(1); else go(2); }",
        "int go(int a) { return a; }",
        "x = go(1);",
        "int (*go)(int a);",
        "void gone(int a);",
        "void let_go(int a);",
    ],
)
def test_what_is_no_declaration_is_none(text: str) -> None:
    assert declared(text) == []


def test_lines_that_the_condition_rules_out_are_gone() -> None:
    text = b'a\n#ifdef CONFIG_X\nb /* c\n d */\n#else\ne "f"\n#endif\n'
    assert present(text, parse("CONFIG_X")).split() == [
        b"a", b"#ifdef", b"CONFIG_X", b"b", b"#else", b"#endif",
    ]  # fmt: skip
    assert b"e" in present(text, parse("!CONFIG_X")).split()
    assert present(text, parse("CONFIG_X")).count(b"\n") == text.count(b"\n")


def test_bits_have_values() -> None:
    text = b"#define A_FLAG (1 << 3)\n#define B_FLAG BIT(4)\n#define low 1\n#define C_FLAG f(x)\n"
    assert [(each.name, each.value) for each in bits("a.h", text)] == [
        ("A_FLAG", 8), ("B_FLAG", 16), ("C_FLAG", None),
    ]  # fmt: skip


def test_a_call_is_known_with_the_bits_that_reach_it() -> None:
    code = """
void f(struct image *image)
{
	unsigned int flags = 0;
	go_fn *hook = go;

	if (image->keep)
		flags |= KEEP_FLAG;
	go(image->head, flags, 7);
	hook(LAST_FLAG, 0);
}
"""
    first, second = calls(read(SourceFile("a.c", code.encode())), "go")
    assert [sorted(each) for each in first.bits] == [[], ["KEEP_FLAG"], []]
    assert [(step.location.line, step.note) for step in dict(first.flow)["KEEP_FLAG"]] == [
        (7, "decides on it"),
        (8, "sets the bit"),
        (9, "passes it"),
    ]
    assert [sorted(each) for each in second.bits] == [["LAST_FLAG"], []]
