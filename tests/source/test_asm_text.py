from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.asm_text import executed, instructions
from reviewer.source.c_asm import template
from reviewer.source.format import render
from reviewer.source.types import Expr, Kind

ABSENT = Expr(Kind.UNKNOWN)


def register(name: str) -> Expr:
    return Expr(Kind.REGISTER, name)


def reference(name: str) -> Expr:
    return Expr(Kind.IDENTIFIER, name)


def names(text: str) -> list[str]:
    return [item.name for item in instructions(text)]


@pytest.mark.parametrize(
    ("text", "operands"),
    [
        ("mov %0, %%gs", (reference("%0"), register("gs"))),
        ("mov %gs, %rax", (register("gs"), register("rax"))),
        ("mov %k[val], %%fs", (reference("%[val]"), register("fs"))),
        ("mov $3, %0", (Expr(Kind.NUMBER, "3"), reference("%0"))),
        (
            "mov %%gs:%P1, %0",
            (Expr(Kind.MEMORY, "gs", (reference("%1"), ABSENT, ABSENT, ABSENT)), reference("%0")),
        ),
        (
            "mov %c1(%0), %%rax",
            (
                Expr(Kind.MEMORY, "", (reference("%1"), reference("%0"), ABSENT, ABSENT)),
                register("rax"),
            ),
        ),
        (
            "clflush (%[p])",
            (Expr(Kind.MEMORY, "", (ABSENT, reference("%[p]"), ABSENT, ABSENT)),),
        ),
        ("jmp %l[out]", (reference("%[out]"),)),
        ("call *%0", (Expr(Kind.UNARY, "*", (reference("%0"),)),)),
    ],
)
def test_operands(text: str, operands: tuple[Expr, ...]) -> None:
    [found] = instructions(text)
    assert found == Expr(Kind.INSTRUCTION, text.split(maxsplit=1)[0], operands)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a; b\n\tc", ["a", "b", "c"]),
        ("rep; movsb", ["rep movsb"]),
        ("lock; incl %0", ["lock incl"]),
        ("LOCK_PREFIX\nincl %0", ["lock incl"]),
        ("1: wbinvd # flush; cli\n2:", ["wbinvd"]),
        ("/* cli; */ sti // hlt", ["sti"]),
        (".align 4\nnop\n.byte 0x0f, 0x01", ["nop", ".byte"]),
        (".pushsection .fixup\n.byte 1\njmp 2b\n.popsection\n.byte 2", ["jmp", ".byte"]),
        ("ALT(FEATURE)\nclflush %0", ["ALT", "clflush"]),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@given(st.text(alphabet="%$()[],;:#\"'\\ \nabgsmov01*{}./-", max_size=60))
def test_nothing_raises(text: str) -> None:
    assert all(isinstance(item, Expr) for item in instructions(template(text)))
    assert all(isinstance(item, Expr) for item in instructions(text))


def meant(text: str, *operands: Expr) -> list[tuple[str, ...]]:
    found = executed(Expr(Kind.ASM, text, operands))
    return [(item.name, *(render(arg) for arg in item.args)) for item in found]


def operand(constraint: str, value: str, *names: str) -> Expr:
    args = (reference(value), *(reference(name) for name in names))
    return Expr(Kind.FIELD, constraint, args)


def test_references_to_memory_are_the_memory() -> None:
    assert meant("movl %1, %0", operand("=m", "flag"), operand("r", "value")) == [
        ("movl", "%1", "flag")
    ]
    assert meant("incl %[count]", operand("+m", "n", "count")) == [("incl", "n")]
    assert meant("movl $1, %0", operand("=rm", "either")) == [("movl", "1", "%0")]
    assert [item.args[-1].kind for item in executed(
        Expr(Kind.ASM, "incl %0", (operand("+m", "n"),))
    )] == [Kind.MEMORY]  # fmt: skip


def test_constraints_say_what_an_instruction_takes_without_naming_it() -> None:
    registers = (operand("c", "MSR_GS_BASE"), operand("a", "low"), operand("d", "high"))
    assert meant("wrmsr", *registers) == [("wrmsr", "MSR_GS_BASE", "low", "high")]
    assert meant("wrmsr", operand("c", "MSR_GS_BASE")) == [("wrmsr", "MSR_GS_BASE", "-", "-")]
    assert meant("wrmsr") == [("wrmsr",)]
