from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviewer.source.types import Flow, Operation
from tests.source.assembly import calls, function, paths, unit


def test_straight_code_runs_to_the_return() -> None:
    assert paths(function("movq %rdi, %rax\nhlt\nret\nint3\n")) == {
        ("movq %rdi, %rax", "hlt", "ret")
    }


def test_a_conditional_jump_is_a_guard_of_two_edges() -> None:
    found = function("testb $1, %cl\njz 1f\nwbinvd\n1: ret\n")
    assert paths(found) == {
        ("testb $1, %cl", "jz", "ret"),
        ("testb $1, %cl", "!jz", "wbinvd", "ret"),
    }
    edges = [edge for edge in found.cfg.edges if edge.guard is not None]
    assert {(edge.flow, edge.line) for edge in edges} == {(Flow.TRUE, 3), (Flow.FALSE, 3)}


def test_a_numeric_label_is_the_nearest_in_its_direction() -> None:
    found = function("1: a\n jnz 1b\n jz 1f\n b\n1: c\n ret\n")
    assert paths(found) == {
        ("a", "jnz", "a", "!jnz", "jz", "c", "ret"),
        ("a", "jnz", "a", "!jnz", "!jz", "b", "c", "ret"),
        ("a", "!jnz", "jz", "c", "ret"),
        ("a", "!jnz", "!jz", "b", "c", "ret"),
        ("a", "jnz", "a"),
    } - {("a", "jnz", "a")}


def test_loops_go_back() -> None:
    found = function(".Lagain: hlt\njmp .Lagain\n")
    assert [edge.flow for edge in found.cfg.edges if edge.source == edge.target] == [Flow.BACK]
    assert not any(edge.target == found.cfg.exit for edge in found.cfg.edges)
    assert [op.text for block in function("jmp .\n").cfg.blocks for op in block.ops] == []


def test_loop_counts_and_branches() -> None:
    found = function("1: nop\nloop 1b\nret\n")
    assert ("nop", "loop 1b", "!loop", "ret") in paths(found)


@pytest.mark.parametrize("word", ["ret", "retq", "RET", "iretq", "sysretl", "lretq", "sysexit"])
def test_returns_lead_to_the_exit(word: str) -> None:
    found = function(f"{word}\nnop\n")
    (op,) = (op for op in found.cfg.blocks[found.cfg.entry].ops)
    assert op.operation is Operation.RETURN
    assert [edge.target for edge in found.cfg.edges] == [found.cfg.exit]


def test_ud2_ends_the_way_and_hlt_does_not() -> None:
    assert paths(function("hlt\nud2\nret\n")) == {("hlt", "ud2")}


def test_calls_and_functions_that_do_not_return() -> None:
    found = function("call a\ncallq *%rax\ncall *8(%rdi)\ncall b\nnop\n", noreturn=frozenset({"b"}))
    assert calls(found) == [("a", False), ("rax", True), ("", True), ("b", False)]
    assert paths(found) == {("call a", "callq *%rax", "call *8(%rdi)", "call b")}


def test_a_jump_to_another_function_is_a_tail_call() -> None:
    found = function("testl %eax, %eax\njnz away\njmp *%rax\n")
    assert paths(found) == {
        ("testl %eax, %eax", "jnz", "jnz away"),
        ("testl %eax, %eax", "!jnz", "jmp *%rax"),
    }
    assert calls(found) == [("rax", True), ("away", False)]


def test_code_falls_into_the_function_that_follows() -> None:
    text = """\
        SYM_FUNC_START(f)
            nop
        SYM_FUNC_END(f)
        SYM_CODE_START_LOCAL(g)
            ret
        SYM_CODE_END(g)
        """
    assert paths(function(text)) == {("nop", "SYM_CODE_START_LOCAL(g)")}
    assert calls(function(text)) == [("g", False)]


def test_a_call_of_a_label_inside_goes_there_and_comes_back() -> None:
    found = function("call 1f\njmp 2f\n1: ret\n2: nop\nret\n")
    assert paths(found) == {("call 1f", "ret"), ("call 1f", "nop", "ret")}


def test_arms_of_a_preprocessor_conditional() -> None:
    text = """\
        SYM_FUNC_START(f)
        #ifdef CONFIG_A
            a
        #elif defined(CONFIG_B)
            b
        #endif
            ret
        SYM_FUNC_END(f)
        """
    assert paths(function(text)) == {
        ("#CONFIG_A", "a", "ret"),
        ("#!CONFIG_A && CONFIG_B", "b", "ret"),
        ("#!CONFIG_A && !CONFIG_B", "ret"),
    }


def test_code_that_no_configuration_builds_is_not_there() -> None:
    text = "SYM_FUNC_START(f)\n#if 0\na\n#endif\nret\nSYM_FUNC_END(f)\n"
    assert paths(function(text)) == {("#", "ret")}


def test_a_label_in_both_arms_is_reached_in_the_right_one() -> None:
    text = """\
        SYM_FUNC_START(f)
        #ifdef A
        1:  a
        #else
        1:  b
        #endif
            jz 1b
            ret
        SYM_FUNC_END(f)
        """
    assert ("#A", "a", "jz", "a", "!jz", "ret") not in paths(function(text))
    found = {way for way in paths(function(text)) if way[-1] == "ret" and "jz" not in way}
    assert {way[:2] for way in found} == {("#defined(A)", "a"), ("#!defined(A)", "b")}


def test_alternatives_are_guarded_by_their_feature() -> None:
    found = function('ALTERNATIVE "jmp 1f", "", F\nmfence\n1: ret\n')
    assert paths(found) == {("F", "mfence", "ret"), ("!F", "ret")}


def test_another_section_is_another_stream_of_code() -> None:
    text = 'a\n.pushsection .fixup, "ax"\n2: b\njmp 1f\n.popsection\n1: c\nret\n'
    found = function(text)
    assert paths(found) == {("a", "c", "ret")}
    assert any(op.text == "b" for block in found.cfg.blocks for op in block.ops)


def test_an_address_taken_nearby_is_where_the_jump_goes() -> None:
    text = """\
        SYM_CODE_START(f)
            addq $g - 0b, %rsi
            movq %rsi, %rax
            jmp *%rax
        SYM_CODE_END(f)
        SYM_CODE_START(g)
            leaq .Lh(%rip), %rax
            pushq %rax
            lretq
            nop
        .Lh:
            hlt
            ret
        SYM_CODE_END(g)
        """
    assert calls(function(text)) == [("g", True)]
    assert paths(function(text, "g")) == {("leaq .Lh(%rip), %rax", "pushq %rax", "hlt", "ret")}


@pytest.mark.parametrize("between", ["call other", "movq (%rdi), %rax", "popq %rax", "1:"])
def test_an_address_that_may_be_lost_is_not_followed(between: str) -> None:
    text = f"""\
        SYM_CODE_START(f)
            leaq g(%rip), %rax
            {between}
            jmp *%rax
        SYM_CODE_END(f)
        SYM_CODE_START(g)
            ret
        SYM_CODE_END(g)
        """
    assert calls(function(text))[-1] == ("rax", True)


_LINES = st.sampled_from(
    (
        "nop",
        "ret",
        "ud2",
        "call g",
        "call 1b",
        "jmp 1f",
        "jmp 1b",
        "jz 2f",
        "jz 2b",
        "jmp g",
        "1:",
        "2:",
        "#ifdef A",
        "#else",
        "#endif",
        '.pushsection .x, "ax"',
        ".popsection",
        'ALTERNATIVE "jmp 1f", "nop", F',
        ".if X",
        ".endif",
        "leaq f(%rip), %rax",
        "pushq %rax",
        "SYM_INNER_LABEL(h, SYM_L_GLOBAL)",
    )
)


@given(st.lists(_LINES, max_size=30))
def test_every_graph_is_well_formed(lines: list[str]) -> None:
    text = "\n".join(("SYM_FUNC_START(f)", *lines, "SYM_FUNC_END(f)", ""))
    read = unit(text)
    for definition in read.definitions:
        graph = read.lower(definition).cfg
        assert [block.id for block in graph.blocks] == list(range(len(graph.blocks)))
        ids = set(range(len(graph.blocks)))
        assert all(edge.source in ids and edge.target in ids for edge in graph.edges)
        assert not any(edge.source == graph.exit for edge in graph.edges)
        assert all(
            definition.line <= op.line <= len(lines) + 2 or op.operation is Operation.CALL
            for block in graph.blocks
            for op in block.ops
            if "inner" not in definition.attributes
        )


@given(st.lists(_LINES.filter(lambda line: line[0] != "#" and "nop" not in line), max_size=30))
def test_no_instruction_is_lost(lines: list[str]) -> None:
    # A label that stands twice is no program: the assembler refuses it.
    assume(lines.count("SYM_INNER_LABEL(h, SYM_L_GLOBAL)") <= 1)
    text = "\n".join(("SYM_FUNC_START(f)", *lines, "SYM_FUNC_END(f)", ""))
    read = unit(text)
    (definition,) = read.named("f")
    ops = [op for block in read.lower(definition).cfg.blocks for op in block.ops]
    for word in ("ud2", "call g", "call 1b", "pushq %rax"):
        assert sum(op.text == word for op in ops) == lines.count(word)


def test_a_function_begun_twice_inside_another_ends() -> None:
    # As two hunks of one function show it, each after the heading of its `@@` line.
    starts = "SYM_CODE_START(f)\nSYM_CODE_START(g)\nSYM_CODE_START(g)\n"
    read = unit(f"{starts}ud2\nSYM_CODE_END(g)\nSYM_CODE_END(f)\n")
    texts = {
        op.text
        for definition in read.definitions
        for block in read.lower(definition).cfg.blocks
        for op in block.ops
    }
    assert "ud2" in texts


def test_an_instruction_that_may_fault_goes_on_at_its_fix_up() -> None:
    text = """
        1: movl %edi, %gs
        2: swapgs
        ret
        .Lbad: swapgs
        jmp 2b
        _ASM_EXTABLE(1b, .Lbad)
        _ASM_EXTABLE_TYPE(9b, 9f, EX_TYPE)
        """
    assert paths(function(text)) == {
        ("movl %edi, %gs", "swapgs", "ret"),
        ("movl %edi, %gs", "swapgs", "swapgs", "ret"),
    }


def test_a_jump_to_a_local_label_whose_address_was_taken_stays_inside() -> None:
    for taken in ("movq $1f, %rax", "leaq 1f(%rip), %rax"):
        assert paths(function(f"{taken}\njmp *%rax\nud2\n1: nop\nret\n")) == {(taken, "nop", "ret")}
