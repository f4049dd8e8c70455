from __future__ import annotations

import pytest

from reviewer.patch.types import SourceFile
from reviewer.source.conditions import render
from reviewer.source.inserted.causes import inserted
from reviewer.source.inserted.makefile import assignments
from reviewer.source.read import read

ADDRESS = "address sanitizer"
BOTH = "CONFIG_KASAN && CONFIG_X"


def found(heading: str, makefile: str = "", path: str = "arch/x86/kernel/x_64.c") -> dict[str, str]:
    unit = read(SourceFile(path, f"{heading}\n{{\n\tg();\n}}\n".encode()))
    function = unit.lower(unit.definitions[0])
    settings = tuple(assignments(makefile.encode()))
    return {each.cause.name: render(each.condition) for each in inserted(function, settings)}


def test_a_plain_function_gets_everything() -> None:
    assert found("void f(void)") == {
        "function tracing": "CONFIG_FUNCTION_TRACER",
        "stack protector": "CONFIG_STACKPROTECTOR",
        "coverage": "CONFIG_KCOV",
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
        ("KCOV_INSTRUMENT_y.o := n", "coverage", "CONFIG_KCOV"),
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
