from __future__ import annotations

import pytest

from reviewer.patch.types import SourceFile
from reviewer.source.format import render
from reviewer.source.gas_meaning import condition, results
from reviewer.source.read import read
from reviewer.source.types import CFG, Expr, Flow


def graph(*lines: str) -> CFG:
    body = "".join(f"\t{line}\n" for line in lines)
    text = f"SYM_FUNC_START(f)\n{body}1:\n\tret\nSYM_FUNC_END(f)\n"
    unit = read(SourceFile("a.S", text.encode()))
    return unit.lower(unit.definitions[0]).cfg


def first(line: str) -> Expr:
    block = graph(line).blocks[graph(line).entry]
    return block.ops[0].expr


def taken(*lines: str) -> Expr | None:
    """When the last of the lines jumps, by those before it."""
    cfg = graph(*lines)
    edge = next(edge for edge in cfg.edges if edge.flow is Flow.TRUE)
    assert edge.guard is not None
    return condition(edge.guard, [op.expr for op in cfg.blocks[edge.source].ops])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("movq %rcx, %r11", {"r11": "rcx"}),
        ("movl $3, %eax", {"rax": "3"}),
        ("movzbl %cl, %eax", {"rax": "cl"}),
        ("xorl %eax, %eax", {"rax": "0"}),
        ("orq $2, %rax", {"rax": "rax | 2"}),
        ("andl $1, %ecx", {"rcx": "ecx & 1"}),
        ("movq (%rbx), %rcx", {"rcx": None}),
        ("movq %cr3, %rax", {"rax": None}),
        ("addq $1, %rax", {"rax": None}),
        ("popq %r12", {"r12": None}),
        ("cpuid", {"rax": None, "rbx": None, "rcx": None, "rdx": None}),
        ("pushq %rax", {}),
        ("testq %rax, %rax", {}),
        ("movq %rax, (%rbx)", {}),
        ("wbinvd", {}),
    ],
)
def test_what_an_instruction_leaves_in_registers(
    line: str, expected: dict[str, str | None]
) -> None:
    found = dict(results(first(line)))
    spelled = {
        name: render(value).strip("()").replace("%", "") if value else None
        for name, value in found.items()
    }
    assert spelled == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("testq %r8, %r8", "jz 1f"), "!r8"),
        (("testq %r8, %r8", "jnz 1f"), "r8"),
        (("testb $1, %r11b", "jne 1f"), "(r11b & 1)"),
        (("cmpq $0, %rax", "je 1f"), "!(rax != 0)"),
        (("btl $3, %eax", "jc 1f"), "(eax & (1 << 3))"),
        (("testq %r8, %r8", "movq %rax, %rbx", "jz 1f"), "!r8"),
    ],
)
def test_when_a_jump_is_taken(lines: tuple[str, ...], expected: str) -> None:
    found = taken(*lines)
    assert found is not None
    assert render(found).replace("%", "") == expected


@pytest.mark.parametrize(
    "lines",
    [
        ("jz 1f",),
        ("testq %r8, %r8", "incq %rax", "jz 1f"),
        ("testq %r8, %r8", "vunheardof %rax", "jz 1f"),
        ("testq %r8, %r8", "js 1f"),
        ("cmpq $0, (%rax)", "je 1f"),
        ("btq %rcx, (%rax)", "jc 1f"),
    ],
)
def test_when_nobody_can_tell(lines: tuple[str, ...]) -> None:
    assert taken(*lines) is None
