from __future__ import annotations

import pytest

from reviewer.patch.types import SourceFile
from reviewer.source.conditions import render
from reviewer.source.inserted.canary import guarded
from reviewer.source.inserted.causes import CAUSES, concerned, inserted
from reviewer.source.inserted.makefile import assignments, compiled
from reviewer.source.read import read

ADDRESS = "address sanitizer"
BOTH = "CONFIG_KASAN && CONFIG_X"
COVERAGE = "CONFIG_KCOV && CONFIG_KCOV_INSTRUMENT_ALL"
SOME = "CONFIG_KCOV && (CONFIG_KCOV_INSTRUMENT_ALL || CONFIG_X)"


def found(heading: str, makefile: str = "", path: str = "arch/x86/kernel/x_64.c") -> dict[str, str]:
    unit = read(SourceFile(path, f"{heading}\n{{\n\tg();\n}}\n".encode()))
    function = unit.lower(unit.definitions[0])
    settings = tuple(assignments(makefile.encode()))
    return {each.cause.name: render(each.condition) for each in inserted(function, settings)}


def test_a_plain_function_gets_everything() -> None:
    assert found("void f(void)") == {
        "function tracing": "CONFIG_FUNCTION_TRACER",
        "stack protector": "CONFIG_STACKPROTECTOR",
        "coverage": COVERAGE,
        "address sanitizer": "CONFIG_KASAN",
        "memory sanitizer": "CONFIG_KMSAN",
        "thread sanitizer": "CONFIG_KCSAN",
        "undefined behaviour sanitizer": "CONFIG_UBSAN",
    }


def test_noinstr_keeps_all_but_the_canary_out() -> None:
    assert list(found("noinstr void f(void)")) == ["stack protector"]


@pytest.mark.parametrize(
    ("makefile", "name", "condition"),
    [
        ("KCOV_INSTRUMENT := n", "coverage", None),
        ("KCOV_INSTRUMENT_x_64.o\t:= n", "coverage", None),
        ("KCOV_INSTRUMENT_x_$(BITS).o := n", "coverage", None),
        ("KCOV_INSTRUMENT_y.o := n", "coverage", COVERAGE),
        ("KCOV_INSTRUMENT := y", "coverage", "CONFIG_KCOV"),
        ("KCOV_INSTRUMENT := $(CONFIG_X)", "coverage", SOME),
        ("KCOV_INSTRUMENT := n\nKCOV_INSTRUMENT_x_64.o := y", "coverage", "CONFIG_KCOV"),
        ("KCOV_INSTRUMENT := y\nKCOV_INSTRUMENT_x_64.o := n", "coverage", None),
        ("ifdef CONFIG_X\nKASAN_SANITIZE := n\nendif", ADDRESS, "CONFIG_KASAN && !CONFIG_X"),
        ("ifeq ($(CONFIG_X),y)\nelse\nKASAN_SANITIZE := n\nendif", ADDRESS, BOTH),
        ("KASAN_SANITIZE := n\nKASAN_SANITIZE_x_64.o := y", "address sanitizer", "CONFIG_KASAN"),
        ("CFLAGS_REMOVE_x_64.o = -pg", "function tracing", None),
        ("CFLAGS_REMOVE_x_64.o = \\\n $(CC_FLAGS_FTRACE)", "function tracing", None),
        ("CFLAGS_x_64.o := -fno-stack-protector", "stack protector", None),
        ("CFLAGS_x_64.o := -O2 # -fno-stack-protector", "stack protector", "CONFIG_STACKPROTECTOR"),
    ],
)  # fmt: skip
def test_a_makefile_keeps_causes_out(makefile: str, name: str, condition: str | None) -> None:
    assert found("void f(void)", makefile).get(name) == condition


@pytest.mark.parametrize(
    ("makefile", "condition"),
    [
        ("obj-y += x_64.o y.o", ""),
        ("obj-$(CONFIG_X) += x_64.o", "CONFIG_X"),
        ("obj-$(CONFIG_X) += x_$(BITS).o\nobj-$(CONFIG_Y) += x_64.o", "CONFIG_X || CONFIG_Y"),
        ("ifdef CONFIG_Z\nobj-$(CONFIG_X) += x_64.o\nendif", "CONFIG_Z && CONFIG_X"),
        ("x-y += x_64.o\nobj-$(CONFIG_X) += z.o", ""),
    ],
)
def test_an_object_is_compiled_where_its_makefile_says(makefile: str, condition: str) -> None:
    settings = tuple(assignments(makefile.encode()))
    assert render(compiled(settings, "x_64")) == condition


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("g();", False),
        ("int a = 1, b; b = a;", False),
        ("char text[16];", True),
        ('char text[16] = "";', True),
        ("int grid[2][2]; g();", True),
        ("int a; g(&a);", True),
        ("int a; int *p = &a;", True),
        ("g(&s->a, &global);", False),
        ("char *names[2];", True),
        ("s->a[1] = 2;", False),
        ("int n = sizeof(&n);", False),
    ],
)
def test_arrays_and_addresses_of_locals_are_guarded(body: str, expected: bool) -> None:
    unit = read(SourceFile("x.c", f"void f(struct s *s)\n{{\n\t{body}\n}}\n".encode()))
    assert guarded(unit.lower(unit.definitions[0])) is expected


@pytest.mark.parametrize(
    ("line", "stem", "names"),
    [
        ("KASAN_SANITIZE_x.o := n", "x", {"address sanitizer"}),
        ("KASAN_SANITIZE_x.o := n", "y", set()),
        ("KASAN_SANITIZE := n", "y", {"address sanitizer"}),
        ("CFLAGS_REMOVE_x.o = -pg -fstack-protector", "x", {"function tracing", "stack protector"}),
        ("CFLAGS_x.o := -fno-stack-protector", "x", {"stack protector"}),
        ("ccflags-y += -fno-stack-protector", "x", {"stack protector"}),
        ("CFLAGS_x.o := -O2", "x", set()),
        ("obj-y += x.o", "x", set()),
    ],
)
def test_a_setting_is_about_causes_and_objects(line: str, stem: str, names: set[str]) -> None:
    (setting,) = assignments(line.encode())
    assert {cause.name for cause in CAUSES if concerned(cause, setting, stem)} == names
