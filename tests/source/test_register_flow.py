from __future__ import annotations

from reviewer.source.format import render
from reviewer.source.liveness import live_in
from reviewer.source.register_flow import completed, walk
from reviewer.source.registers import ARGUMENTS, GENERAL
from tests.source.assembly import function


def held(body: str, register: str) -> tuple[str, int] | None:
    """What a register holds before the `hlt` of a function."""
    found = function(body)
    for _, op, machine in walk(found):
        if op.text == "hlt":
            value = machine.holds(register)
            return None if value is None else (render(value.source), value.width)
    raise AssertionError("no hlt")


def test_a_value_is_followed_through_moves() -> None:
    assert held("movq %rcx, %r11\nmovq %r11, %r12\nhlt\n", "r12") == ("%rcx", 64)
    assert held("movl %ecx, %r11d\nhlt\n", "r11") == ("%rcx", 32)
    assert held("movl %ecx, %r11d\nhlt\n", "r11b") == ("%rcx", 8)
    assert held("movb %cl, %r11b\nhlt\n", "r11") is None


def test_a_value_is_followed_over_the_stack() -> None:
    assert held("pushq %rdi\npushq %rsi\npopq %rax\npopq %rbx\nhlt\n", "rbx") == ("%rdi", 64)
    assert held("pushq %rdi\npushq $0\naddq $8, %rsp\npopq %rbx\nhlt\n", "rbx") == ("%rdi", 64)
    assert held("pushq %rdi\nmovq %rdx, %rsp\npopq %rbx\nhlt\n", "rbx") is None


def test_immediates_and_variables_are_values() -> None:
    assert held("movl $FLAG, %r11d\nhlt\n", "r11") == ("FLAG", 32)
    value = held("movq page(%rip), %r10\nhlt\n", "r10")
    assert value is not None
    assert "page" in value[0]
    assert held("movq (%rdi), %r10\nhlt\n", "r10") is None


def test_arithmetic_makes_a_new_value() -> None:
    assert held("movq %rcx, %r11\nandl $1, %r11d\nhlt\n", "r11") is None


def test_paths_that_disagree_leave_nothing() -> None:
    body = "movq %rcx, %r11\ntestq %rax, %rax\njz 1f\nmovq %rdx, %r11\n1: hlt\n"
    assert held(body, "r11") is None
    assert held(body, "r12") == ("%r12", 64)


def test_loops_come_to_an_end() -> None:
    assert held("1: pushq %rax\nmovq %rbx, %rcx\njz 1b\nhlt\n", "rbx") == ("%rbx", 64)


def test_a_call_keeps_what_the_abi_says() -> None:
    assert held("call c\nhlt\n", "rbx") == ("%rbx", 64)
    assert held("call c\nhlt\n", "r11") is None


def test_an_opaque_macro_may_change_everything() -> None:
    assert held("SOME_MACRO\nhlt\n", "rbx") is None


def test_live_in_is_what_is_read_first() -> None:
    body = "movq %rcx, %r11\nmovq %rax, %rdi\njz 1f\nmovq %r8, %rdi\n1: incq %rdi\nret\n"
    assert live_in(function(body)) & GENERAL == {"rcx", "rax", "r8", "rsp"}


def test_a_conditional_jump_reads_the_flags() -> None:
    assert "rflags" in live_in(function("jz 1f\n1: ret\n"))
    assert "rflags" not in live_in(function("testl %eax, %eax\njz 1f\n1: ret\n"))


def test_a_call_of_c_may_read_the_arguments() -> None:
    found = function("movq %rdi, %rsi\njmp c\n")
    assert live_in(found) & frozenset(ARGUMENTS) == {"rdi", "rdx", "rcx", "r8", "r9"}


def test_a_partial_write_does_not_end_a_life() -> None:
    assert "rax" in live_in(function("movb $1, %al\nmovq %rax, %rdi\nret\n"))
    assert "rax" not in live_in(function("movl $1, %eax\nmovq %rax, %rdi\nret\n"))


def test_idioms_of_zero_are_a_value() -> None:
    assert held("xorl %eax, %eax\nhlt\n", "rax") == ("0", 64)
    assert held("subq %rcx, %rcx\nhlt\n", "rcx") == ("0", 64)
    assert held("xorl %eax, %eax\ncltd\nhlt\n", "rdx") == ("0", 64)
    assert held("movl %edi, %eax\ncltd\nhlt\n", "rdx") is None
    assert held("xorl %ecx, %eax\nhlt\n", "rax") is None


def implied(body: str) -> list[tuple[str, ...]]:
    found = completed(function(body))
    return [tuple(render(part) for part in expr.args) for expr in found.values()]


def test_operands_that_an_instruction_does_not_name_are_added() -> None:
    set_up = "movl $MSR_GS_BASE, %ecx\nxorl %eax, %eax\n"
    assert implied(f"{set_up}cltd\nwrmsr\nret") == [("MSR_GS_BASE", "0", "0")]
    assert implied(f"{set_up}movl %esi, %edx\nwrmsr\nret") == [("MSR_GS_BASE", "0", "%rsi")]
    assert implied(f"{set_up}call g\nwrmsr\nret") == [("-", "-", "-")]
    assert implied("rdmsr\nret") == []
