from __future__ import annotations

import pytest

from reviewer.source.registers import (
    ARGUMENTS,
    CALLEE_SAVED,
    CALLER_SAVED,
    GENERAL,
    REGISTERS,
    family,
    register,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rax", ("rax", 64, 0)),
        ("eax", ("rax", 32, 0)),
        ("ax", ("rax", 16, 0)),
        ("al", ("rax", 8, 0)),
        ("ah", ("rax", 8, 8)),
        ("sil", ("rsi", 8, 0)),
        ("bpl", ("rbp", 8, 0)),
        ("r8", ("r8", 64, 0)),
        ("r8d", ("r8", 32, 0)),
        ("r11w", ("r11", 16, 0)),
        ("r15b", ("r15", 8, 0)),
        ("xmm3", ("zmm3", 128, 0)),
        ("ymm31", ("zmm31", 256, 0)),
        ("gs", ("gs", 16, 0)),
        ("cr3", ("cr3", 64, 0)),
        ("_ASM_AX", ("rax", 64, 0)),
        ("_ASM_ARG1", ("rdi", 64, 0)),
        ("_ASM_ARG3L", ("rdx", 32, 0)),
    ],
)
def test_names_widths_and_families(name: str, expected: tuple[str, int, int]) -> None:
    found = register(name)
    assert found is not None
    assert (found.family, found.width, found.offset) == expected


def test_a_name_that_is_none_is_its_own_family() -> None:
    assert register("foo") is None
    assert family("foo") == "foo"
    assert family("r8b") == "r8"


def test_sixteen_general_registers_of_four_or_five_names() -> None:
    assert len(GENERAL) == 16
    names = [r.name for r in REGISTERS.values() if r.family in GENERAL and r.name[0] != "_"]
    assert len(names) == 16 * 4 + 4


def test_the_convention_divides_the_registers() -> None:
    assert not CALLEE_SAVED & CALLER_SAVED
    assert set(ARGUMENTS) <= CALLER_SAVED
    assert ARGUMENTS == ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
