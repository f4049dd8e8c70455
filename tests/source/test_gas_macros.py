from __future__ import annotations

import time

import pytest

from reviewer.source.gas_assemble import Assembler
from reviewer.source.gas_cpp import Branch, Preprocessor, Step
from reviewer.source.gas_items import Item, ItemKind
from reviewer.source.gas_lines import read_lines
from reviewer.source.gas_macros import bind, parameters, split_arguments
from tests.source.assembly import code, items


def bound(formal: str, actual: str) -> dict[str, str]:
    return bind(parameters(formal)[1], actual)


@pytest.mark.parametrize(
    ("formal", "actual", "expected"),
    [
        ("m a b", "1 2", {"a": "1", "b": "2"}),
        ("m a, b", "1, 2", {"a": "1", "b": "2"}),
        ("m a b=7", "1", {"a": "1", "b": "7"}),
        ("m a:req b", "b=1 a=2", {"a": "2", "b": "1"}),
        ("m a b", ", 2", {"a": "", "b": "2"}),
        ("m a b c=9", "1,,3", {"a": "1", "b": "", "c": "3"}),
        ("m a v:vararg", "1, 2, 3", {"a": "1", "v": "2, 3"}),
        ("m a b", "(%rsi,%rax) %rdx", {"a": "(%rsi,%rax)", "b": "%rdx"}),
        ("m a", '"x y"', {"a": "x y"}),
        ("m a=%rdx b=%rcx", "b=(%rdi)", {"a": "%rdx", "b": "(%rdi)"}),
        ("m a b", "1 + 2 3", {"a": "1 + 2", "b": "3"}),
        (
            "m a b c d r",
            "'r', '8', ' ', ':', %r8",
            {"a": "'r'", "b": "'8'", "c": "' '", "d": "':'", "r": "%r8"},
        ),
    ],
)
def test_arguments_find_their_parameters(
    formal: str, actual: str, expected: dict[str, str]
) -> None:
    assert bound(formal, actual) == expected


def test_arguments_know_where_they_start() -> None:
    assert split_arguments("a, b c") == [(0, "a"), (3, "b"), (5, "c")]


def test_a_macro_is_expanded_where_it_is_used_and_remembers_its_line() -> None:
    found = items(
        """\
        .macro save reg
        pushq \\reg
        .Lx_\\@:
        .endm
        save %rax
        save reg=%rbx
        """
    )
    assert [(x.text, x.line, x.macro_line) for x in found] == [
        ("pushq %rax", 5, 2),
        (".Lx_0", 5, 3),
        ("pushq %rbx", 6, 2),
        (".Lx_1", 6, 3),
    ]


def test_a_macro_inside_a_macro_takes_effect_where_the_outer_one_is_used() -> None:
    found = items(
        """\
        .macro in r
        inc \\r
        .endm
        .macro out r
        in %\\r\\()x
        .endm
        out ra
        """
    )
    assert [(x.text, x.line, x.macro_line) for x in found] == [("inc %rax", 7, 2)]


def test_conditions_that_are_known_choose_and_others_stay() -> None:
    source = """\
        .macro m n
        .if \\n == 1
        one
        .elseif \\n == 2
        two
        .else
        more
        .endif
        .ifb \\n
        blank
        .endif
        .ifc \\n,2
        same
        .endif
        .endm
        m 1
        m 2
        m 3
        """
    assert code(source) == ["one", "two", "same", "more"]
    assert code(".if UNKNOWN\na\n.else\nb\n.endif\n") == ["a", "b"]


def test_an_undecided_condition_becomes_a_branch() -> None:
    preprocessor = Preprocessor()
    assembler = Assembler(preprocessor.table)
    text = ".if X == 1\na\n.elseif 0\nb\n.elseif Y\nc\n.else\nd\n.endif\n"
    assembler.run(preprocessor.pieces(read_lines(text)[0]))
    shown = [x.step if isinstance(x, Branch) else x.text for x in assembler.items]
    assert shown == [Step.IF, "a", Step.ELSE, "c", Step.ELSE, "d", Step.END]


def test_repetitions() -> None:
    assert code(".rept 3\nnop\n.endr\n") == ["nop"] * 3
    assert code(".irp r, %rax, %rbx\npush \\r\n.endr\n") == ["push %rax", "push %rbx"]
    assert code(".irpc d, 12\nmov $\\d, %rax\n.endr\n") == ["mov $1, %rax", "mov $2, %rax"]
    assert code("i = 0\n.rept 2\n.if i == 1\nhlt\n.endif\ni = i + 1\n.endr\n") == ["hlt"]
    assert code(".rept UNKNOWN\nnop\n.endr\n") == ["nop"]


def test_a_symbol_can_be_a_register() -> None:
    assert code(".set CTX, %rdi\nmovq 8(CTX), CTX\n.set CTX, %rsi\nincq CTX\n") == [
        "movq 8(%rdi), %rdi",
        "incq %rsi",
    ]


def test_alternating_macros_take_values() -> None:
    source = ".macro go n\n.L\\n:\n.endm\ni = 4\n.altmacro\ngo %i\n.noaltmacro\n"
    assert [x.text for x in items(source)] == [".L4"]


def test_preprocessor_macros() -> None:
    source = """\
        #define CTX %rdi
        #define COUNT 4
        #define LOAD(x, to) movq x(CTX), to ; incq to
        #define NAME(a, b) a##_##b
        LOAD(8, %rax)
        movl $COUNT, %eax
        call NAME(foo, bar)
        PER_CPU_VAR(x)
        """
    assert code(source) == [
        "movq 8(%rdi), %rax",
        "incq %rax",
        "movl $COUNT, %eax",
        "call foo_bar",
        "PER_CPU_VAR(x)",
    ]


def test_a_call_over_several_lines_is_one() -> None:
    found = items("#define ADD(a, b) addq a, b\nADD(%rax,\n    %rbx)\nnop\n")
    assert [(x.text, x.line) for x in found] == [("addq %rax, %rbx", 2), ("nop", 4)]


def test_a_macro_defined_in_both_arms_is_expanded_for_each() -> None:
    source = "#ifdef A\n#define R %rax\n#else\n#define R %eax\n#endif\nincq R\n#undef R\nincq R\n"
    assert code(source) == ["incq %rax", "incq %eax", "incq R"]


def test_a_macro_of_the_other_arm_is_not_used() -> None:
    source = "#ifdef A\n#define R %rax\n#endif\n#ifndef A\nincq R\n#endif\n"
    assert code(source) == ["incq R"]


def test_a_recursive_name_is_left_alone() -> None:
    assert code("#define foo foo(%rip)\nincq foo\n") == ["incq foo(%rip)"]


def test_alternatives_give_each_arm() -> None:
    preprocessor = Preprocessor()
    assembler = Assembler(preprocessor.table)
    text = 'ALTERNATIVE_2 "old; old2", "one", F1, __stringify(two), F2\n'
    assembler.run(preprocessor.pieces(read_lines(text)[0]))
    shown = [
        x.text if isinstance(x, Item) else (x.step.value, x.guard.name if x.guard else "")
        for x in assembler.items
    ]
    assert shown == [
        ("if", "F2"),
        "two",
        ("else", ""),
        ("if", "F1"),
        "one",
        ("else", ""),
        "old",
        "old2",
        ("end", ""),
        ("end", ""),
    ]


def test_sections_keep_data_apart() -> None:
    found = items(
        """\
        nop
        .pushsection .rodata
        table: .quad 1
        .popsection
        hlt
        .section .x, "ax"
        cli
        .previous
        .byte 0x90
        """
    )
    assert [(x.kind, x.text, x.section) for x in found] == [
        (ItemKind.CODE, "nop", ".text"),
        (ItemKind.VARIABLE, "table", ".rodata"),
        (ItemKind.CODE, "hlt", ".text"),
        (ItemKind.CODE, "cli", ".x"),
        (ItemKind.DATA, ".byte 0x90", ".text"),
    ]


def test_a_prefix_on_a_line_of_its_own_belongs_to_the_next() -> None:
    assert code("rep\n\tmovsl\nLOCK_PREFIX\ncmpxchg8b (%esi)\n") == [
        "rep movsl",
        "LOCK_PREFIX cmpxchg8b (%esi)",
    ]


@pytest.mark.parametrize(
    "text",
    [
        ".macro a\na\na\n.endm\na\n",
        ".macro a n\n.if \\n\na \\n-1\na \\n-1\n.endif\n.endm\na 60\n",
        ".rept 4096\n.rept 4096\n.rept 4096\n.endr\n.endr\n.endr\n",
        ".rept 4096\n.rept 4096\n.rept 4096\nnop\n.endr\n.endr\n.endr\n",
    ],
)
def test_macros_that_never_end_are_cut_short_and_it_is_said(text: str) -> None:
    preprocessor = Preprocessor()
    assembler = Assembler(preprocessor.table, limit=2000)
    assembler.run(preprocessor.pieces(read_lines(text)[0]))
    assert len(assembler.items) <= 2000
    assert "too far" in assembler.problems[-1][1]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"#define A{i} A{i + 1} A{i + 1}\n" for i in range(60)) + "A0\n",
        "".join(f"#define A{i}(x) A{i + 1}(x 1) A{i + 1}(x 2)\n" for i in range(60)) + "A0(0)\n",
        "#define B(x) " + "x " * 2000 + "\nB(" + "y" * 100_000 + ")\n",
        "#if A\n" * 2000 + "nop\n" + "#endif\n" * 2000,
        "#if A\n" + "".join(f"#elif B{i}\n" for i in range(5000)) + "#endif\n",
        "".join(f"#if B{i}\n" for i in range(5000)) + "nop\n" + "#endif\n" * 5000,
        ".macro m v:vararg\n\\v\n.endm\nm " + "a " * 100_000 + "\n",
    ],
)
def test_huge_and_hostile_texts_are_read_in_good_time(text: str) -> None:
    start = time.perf_counter()
    items(text)
    assert time.perf_counter() - start < 10
