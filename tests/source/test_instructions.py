from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.gas_operands import statement
from reviewer.source.instructions import effects, is_known, width, writes_memory
from reviewer.source.types import Expr, Kind


def touched(text: str) -> tuple[str, str, str]:
    """Registers read, written, and written whole."""
    found = effects(statement(text))
    return (
        " ".join(sorted(found.reads)),
        " ".join(sorted(found.writes)),
        " ".join(sorted(found.kills)),
    )


@pytest.mark.parametrize(
    ("text", "reads", "writes", "kills"),
    [
        ("movq %rcx, %r11", "rcx", "r11", "r11"),
        ("movl %ecx, %r11d", "rcx", "r11", "r11"),
        ("movb %al, %ah", "rax", "rax", ""),
        ("movq 8(%rsi,%rdi,4), %rax", "rdi rsi", "rax", "rax"),
        ("movq %rax, 8(%rsi)", "rax rsi", "", ""),
        ("movq foo(%rip), %rax", "", "rax", "rax"),
        ("leaq 8(%rsp), %rdi", "rsp", "rdi", "rdi"),
        ("addq $8, %rsp", "rsp", "rflags rsp", "rflags rsp"),
        ("testb $1, %r11b", "r11", "rflags", "rflags"),
        ("cmpl (%rbx,%rcx,4), %eax", "rax rbx rcx", "rflags", "rflags"),
        ("xorl %eax, %eax", "", "rax rflags", "rax rflags"),
        ("xorl %ecx, %eax", "rax rcx", "rax rflags", "rax rflags"),
        ("pushq %rbx", "rbx rsp", "rsp", "rsp"),
        ("popq %rbx", "rsp", "rbx rsp", "rbx rsp"),
        ("rep movsq", "rcx rdi rsi", "rcx rdi rsi", "rcx rdi rsi"),
        ("rep stosl", "rax rcx rdi", "rcx rdi", "rcx rdi"),
        ("wrmsr", "rax rcx rdx", "", ""),
        ("rdmsr", "rcx", "rax rdx", "rax rdx"),
        ("cpuid", "rax rcx", "rax rbx rcx rdx", "rax rbx rcx rdx"),
        ("mulq %rbx", "rax rbx", "rax rdx rflags", "rax rdx rflags"),
        ("imulq %rbx, %rcx", "rbx rcx", "rcx rflags", "rcx rflags"),
        ("shlq $3, %rax", "rax", "rax rflags", "rax rflags"),
        ("shlq %rax", "rax", "rax rflags", "rax rflags"),
        ("lock cmpxchg %rbx, (%rdi)", "rax rbx rdi", "rax rflags", "rflags"),
        ("xchg %rax, %rbx", "rax rbx", "rax rbx", "rax rbx"),
        ("cmovzq %rax, %rbx", "rax rflags", "rbx", ""),
        ("cmovzl %eax, %ebx", "rax rbx rflags", "rbx", ""),
        ("setnz %al", "rflags", "rax", ""),
        ("jz 1f", "rflags", "", ""),
        ("jmp *%rax", "rax", "", ""),
        ("call *8(%rax)", "rax rsp", "rsp", "rsp"),
        ("movl %edi, %gs", "rdi", "gs", "gs"),
        ("movq %rax, %cr3", "rax", "cr3 rflags", "cr3"),
        ("wbinvd", "", "", ""),
        ("inb %dx, %al", "rdx", "rax", ""),
        ("outb %al, %dx", "rax rdx", "", ""),
        ("vpaddd %xmm1, %xmm2, %xmm3", "zmm1 zmm2", "zmm3", "zmm3"),
        ("paddd %xmm1, %xmm2", "zmm1 zmm2", "zmm2", "zmm2"),
        ("movdqu (%rdi), %xmm1", "rdi", "zmm1", "zmm1"),
        ("vmovdqu8 (%rdi), %zmm1{%k1}", "k1 rdi zmm1", "zmm1", "zmm1"),
        ("vmovdqu8 (%rdi), %zmm1{%k1}{z}", "k1 rdi", "zmm1", "zmm1"),
        ("sgdt (%rdi)", "rdi", "", ""),
        ("syscall", "rflags", "r11 rcx rflags", "r11 rcx rflags"),
        ("movzbl %al, %ecx", "rax", "rcx", "rcx"),
        ("movslq %eax, %rsi", "rax", "rsi", "rsi"),
        ("incl %ecx", "rcx", "rcx rflags", "rcx rflags"),
        ("loop 1b", "rcx", "rcx", "rcx"),
    ],
)
def test_registers(text: str, reads: str, writes: str, kills: str) -> None:
    assert touched(text) == (reads, writes, kills)
    assert not effects(statement(text)).unknown


@pytest.mark.parametrize(
    ("text", "loads", "stores"),
    [
        ("movq (%rdi), %rax", 1, 0),
        ("movq %rax, (%rdi)", 0, 1),
        ("addq $1, (%rdi)", 1, 1),
        ("leaq (%rdi), %rax", 0, 0),
        ("rep movsq", 1, 1),
        ("stosb", 0, 1),
        ("cmpq $0, (%rdi)", 1, 0),
        ("sidt (%rdi)", 0, 1),
        ("lidt (%rdi)", 1, 0),
        ("prefetchnta (%rdi)", 0, 0),
        ("vmovdqu %ymm0, (%rdi)", 0, 1),
    ],
)
def test_memory(text: str, loads: int, stores: int) -> None:
    found = effects(statement(text))
    assert (len(found.loads), len(found.stores)) == (loads, stores)


def test_an_unknown_instruction_may_do_anything_to_its_operands() -> None:
    found = effects(statement("frobnicate %rax, (%rdi)"))
    assert found.unknown
    assert found.writes == {"rax"}
    assert len(found.loads) == len(found.stores) == 1
    assert effects(statement("SAVE_ALL %rax")).unknown


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("testq %r8, %r8", 64),
        ("test %r8d, %r8d", 32),
        ("testb $1, %r11b", 8),
        ("cmpl $0, foo(%rip)", 32),
        ("movb $1, (%rax)", 8),
        ("lgdt (%rax)", 0),
    ],
)
def test_width(text: str, bits: int) -> None:
    assert width(statement(text)) == bits


@given(
    st.text(alphabet="abcdeijlmopqrstvxz", min_size=1, max_size=7),
    st.lists(
        st.sampled_from(
            (
                Expr(Kind.REGISTER, "rax"),
                Expr(Kind.REGISTER, "foo"),
                Expr(Kind.NUMBER, "1"),
                statement("inc 8(%rsp,%r9)").args[0],
                statement("jmp *%rax").args[0],
            )
        ),
        max_size=5,
    ),
)
def test_any_mnemonic_with_any_operands_has_effects(name: str, args: list[Expr]) -> None:
    found = effects(Expr(Kind.INSTRUCTION, name, tuple(args)))
    assert found.kills <= found.writes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("movl $1, (%rdi)", True),
        ("movl (%rdi), %eax", False),
        ("cmpl $1, flag(%rip)", False),
        ("lock decl (%rdi)", True),
        ("rep stosb", True),
        ("pushq %rax", True),
        ("popq %rax", False),
        ("popq saved(%rip)", True),
        ("call *%rax", True),
        ("leaq flag(%rip), %rax", False),
        ("clflush (%rdi)", False),
        ("wbinvd", False),
        ("SAVE_ALL", True),
    ],
)
def test_what_writes_memory(text: str, expected: bool) -> None:
    assert writes_memory(statement(text)) is expected


def test_what_an_instruction_is() -> None:
    assert [word for word in ("movq", "xorl", "hlt", "clearly", "GO", "") if is_known(word)] == [
        "movq", "xorl", "hlt",
    ]  # fmt: skip
