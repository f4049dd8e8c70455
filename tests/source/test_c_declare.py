from __future__ import annotations

import pytest

from reviewer.patch.types import SourceFile
from reviewer.source.read import read
from tests.source.lowering import lower_body, lower_text


@pytest.mark.parametrize(
    ("declaration", "names"),
    [
        ("int y;", {"y"}),
        ("int *y, **z;", {"y", "z"}),
        ("int y[3][4];", {"y"}),
        ("int (*y)(int z);", {"y"}),
        ("int (*y[3])(void);", {"y"}),
        ("int y(int z);", set()),
        ("extern int y;", set()),
        ("static int y;", {"y"}),
        ("struct s { int m; } y;", {"y"}),
        ("unsigned long flags = 0, y;", {"flags", "y"}),
        ("struct s y = { .m = 1 };", {"y"}),
    ],
)
def test_names_that_a_declaration_makes_local(declaration: str, names: set[str]) -> None:
    assert lower_body(declaration).locals - {"a", "b", "p", "x"} == names


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("void f(void)", []),
        ("void f()", []),
        ("int f(int a, char *b)", [("a", "int"), ("b", "char *")]),
        ("int f(int, struct s *)", [("", "int"), ("", "struct s *")]),
        ("int f(void (*cb)(int), ...)", [("cb", "void (*)(int)"), ("...", "")]),
        ("int f(int a[4])", [("a", "int [4]")]),
        ("static int *f(const char *a)", [("a", "const char *")]),
    ],
)
def test_parameters(heading: str, expected: list[tuple[str, str]]) -> None:
    found = lower_text(f"{heading}\n{{\n}}\n").parameters
    assert [(item.name, item.type) for item in found] == expected


def test_parameters_of_a_macro_that_defines_a_function() -> None:
    function = lower_text(
        "SYSCALL_DEFINE2(f, int, fd, char __user *, buf)\n{\n\treturn g(fd, buf);\n}\n", "sys_f"
    )
    assert [item.name for item in function.parameters] == ["fd", "buf"]
    assert {"fd", "buf"} <= function.locals


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("SYSCALL_DEFINE2(f, int, a, int, b)", "sys_f"),
        ("COMPAT_SYSCALL_DEFINE1(f, int, a)", "compat_sys_f"),
        ("BPF_CALL_1(f, int, a)", "f"),
    ],
)
def test_a_system_call_is_not_the_function_of_its_name(heading: str, name: str) -> None:
    text = f"long f(void)\n{{\n\treturn 0;\n}}\n\n{heading}\n{{\n\treturn f();\n}}\n"
    assert [each.name for each in read(SourceFile("a.c", text.encode())).definitions][1] == name
