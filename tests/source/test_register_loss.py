from __future__ import annotations

import pytest

from reviewer.source.register_flow import walk
from reviewer.source.register_loss import losses
from tests.source.assembly import function


def lost(body: str) -> list[tuple[str, str]]:
    found = function(body)
    return [(loss.register, loss.by.text) for loss in losses(found, walk(found))]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("movl $1, %ebx\nret", [("rbx", "movl $1, %ebx")]),
        ("addq $8, %r12\nRET", [("r12", "addq $8, %r12")]),
        ("movq %rdi, %rbp\nret", [("rbp", "movq %rdi, %rbp")]),
        ("testl %edi, %edi\njz 1f\nxorl %ebx, %ebx\n1: ret", [("rbx", "xorl %ebx, %ebx")]),
        ("1: movl $1, %ebx\ndecl %edi\njnz 1b\nret", [("rbx", "movl $1, %ebx")]),
        ("pushq %rbx\nmovl $1, %ebx\nmovl $2, %r15d\npopq %rbx\nret", [("r15", "movl $2, %r15d")]),
    ],
)
def test_a_register_written_and_not_restored_is_lost(
    body: str, expected: list[tuple[str, str]]
) -> None:
    assert lost(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "pushq %rbx\nmovl $1, %ebx\npopq %rbx\nret",
        "movq %rbx, saved(%rip)\nmovl $1, %ebx\nmovq saved(%rip), %rbx\nret",
        "movq %rbx, %rax\nmovl $1, %ebx\nmovq %rax, %rbx\nret",
        "movl $1, %ebx\nRESTORE_REGS\nret",
        "movl $1, %ebx\njmp elsewhere",
        "movl $1, %ebx\nlretq",
        "movl $1, %ebx\n1: hlt\njmp 1b",
        "pushq %rbp\nmovq %rsp, %rbp\nsubq $16, %rsp\nleave\nret",
        "movl $1, %eax\nmovl $1, %r11d\nret",
    ],
)
def test_what_may_be_restored_is_not_lost(body: str) -> None:
    assert lost(body) == []
