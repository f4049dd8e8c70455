from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch.types import Context, SourceFile
from reviewer.source.conditions import render
from reviewer.source.gas import comments, read
from reviewer.source.types import Language
from tests.source.assembly import calls, function, paths, unit


def ranges(text: str) -> list[tuple[str, int, int]]:
    return [(x.name, x.line, x.end_line) for x in unit(text).definitions]


def test_annotated_functions() -> None:
    text = """\
        #include <linux/linkage.h>
        SYM_FUNC_START(a)
            ret
        SYM_FUNC_END(a)
        SYM_CODE_START_LOCAL_NOALIGN(b)
            ANNOTATE_NOENDBR
            ret
        SYM_CODE_END(b)
        ENTRY(c)
            ret
        ENDPROC(c)
        SYM_FUNC_ALIAS(d, a)
        """
    found = unit(text)
    assert found.language is Language.GAS
    assert ranges(text) == [("a", 2, 4), ("b", 5, 8), ("c", 9, 11), ("d", 2, 4)]
    assert found.definitions[1].attributes == {"SYM_CODE_START_LOCAL_NOALIGN", "ANNOTATE_NOENDBR"}
    assert found.definitions[3].attributes == {"SYM_FUNC_START", "inner"}
    assert [(x.path, x.system, x.line) for x in found.includes] == [("linux/linkage.h", True, 1)]
    assert paths(found.lower(found.definitions[3])) == {("ret",)}


def test_functions_by_labels() -> None:
    text = """\
        .text
        .globl a
        .type b, @function
        a:  nop
            jmp a
        b:  ret
            .size b, .-b
        .data
        x:  .long 5
        """
    assert ranges(text) == [("a", 4, 5), ("b", 6, 6)]
    (variable,) = unit(text).variables
    assert (variable.name, variable.type, variable.line) == ("x", ".long", 9)


def test_a_marker_without_code_is_no_function() -> None:
    text = ".globl start\nstart:\n.globl end\nend:\nSYM_FUNC_START(a)\nret\nSYM_FUNC_END(a)\n"
    assert [name for name, _, _ in ranges(text)] == ["a"]


def test_inner_entries_share_the_code() -> None:
    text = """\
        SYM_CODE_START(a)
            one
        SYM_INNER_LABEL(b, SYM_L_GLOBAL)
            two
        .Lthree:
            three
            ret
        SYM_CODE_END(a)
        SYM_CODE_START(d)
            jmp .Lthree
        SYM_CODE_END(d)
        """
    found = unit(text)
    inner = [x for x in found.definitions if "inner" in x.attributes]
    assert [(x.name, x.line, x.end_line) for x in inner] == [("b", 3, 8), (".Lthree", 5, 8)]
    assert paths(found.lower(inner[0])) == {("two", "three", "ret")}
    assert paths(found.lower(inner[1])) == {("three", "ret")}
    assert calls(function(text, "d")) == [(".Lthree", False)]


def test_functions_inside_a_range_are_left_out_of_it() -> None:
    text = """\
        SYM_CODE_START_NOALIGN(all)
        SYM_CODE_START_NOALIGN(a)
            one
            jmp b
        SYM_CODE_END(a)
        SYM_CODE_START_NOALIGN(b)
            two
            ret
        SYM_CODE_END(b)
        SYM_CODE_END(all)
        """
    assert paths(function(text, "all")) == {("SYM_CODE_START_NOALIGN(a)",)}
    assert paths(function(text, "a")) == {("one", "jmp b")}


def test_a_macro_can_make_functions() -> None:
    text = """\
        .macro thunk name, func
        SYM_FUNC_START(\\name)
            call \\func
            RET
        SYM_FUNC_END(\\name)
        .endm
        thunk one, first
        thunk two, second
        """
    found = unit(text)
    assert ranges(text) == [("one", 7, 7), ("two", 8, 8)]
    assert len({x.start_byte for x in found.definitions}) == 2
    (op, _) = found.lower(found.definitions[1]).cfg.blocks[0].ops
    assert (op.text, op.line, op.macro_line) == ("call second", 8, 3)


def test_definitions_have_the_condition_they_are_under() -> None:
    text = """\
        #ifdef CONFIG_A
        SYM_FUNC_START(f)
            a
            ret
        SYM_FUNC_END(f)
        #else
        SYM_FUNC_START(f)
            b
            ret
        SYM_FUNC_END(f)
        #endif
        """
    found = unit(text)
    assert [render(x.presence) for x in found.named("f")] == ["CONFIG_A", "!CONFIG_A"]
    assert [paths(found.lower(x)) for x in found.named("f")] == [{("a", "ret")}, {("b", "ret")}]


def test_a_body_with_two_beginnings() -> None:
    text = """\
        #ifdef CONFIG_A
        SYM_FUNC_START(f)
        #else
        SYM_FUNC_START(g)
        #endif
            ret
        #ifdef CONFIG_A
        SYM_FUNC_END(f)
        #else
        SYM_FUNC_END(g)
        #endif
        """
    found = unit(text)
    for name in ("f", "g"):
        assert paths(found.lower(found.named(name)[0])) == {("ret",)}


def test_what_does_not_read_is_said_by_line_and_kept() -> None:
    text = "SYM_FUNC_START(f)\nmovq 8(%rax, %rbx\n.nonsense 3\nret\nSYM_FUNC_END(f)\n"
    found = unit(text)
    assert [skip.line for skip in found.skips] == [2, 3]
    assert paths(found.lower(found.definitions[0])) == {("movq 8(%rax, %rbx", "ret")}


def test_annotated_code_is_code_in_any_section() -> None:
    text = """\
        .section .rodata, "a"
        SYM_CODE_START(f)
            hlt
            ret
        SYM_CODE_END(f)
        x:  .long 5
        """
    assert paths(function(text)) == {("hlt", "ret")}
    assert [variable.name for variable in unit(text).variables] == ["x"]


def test_a_linker_script_is_not_read() -> None:
    found = read(SourceFile("a/vmlinux.lds.S", b"SECTIONS { .text : { *(.text) } }\n"))
    assert found.definitions == ()
    assert "linker script" in found.skips[0].reason


def test_hunks_alone_are_read_under_their_headings() -> None:
    lines = ["" for _ in range(30)]
    lines[9:12] = [" * and %rcx */", "\twbinvd", "\tjz 1f"]
    lines[19:21] = ["\tmovl %eax, %ecx", "\t/* not closed"]
    found = read(
        SourceFile(
            "a.S",
            "\n".join(lines).encode(),
            Context.HUNK,
            frozenset({11}),
            ((10, 12), (20, 21)),
            ("SYM_CODE_START_LOCAL(f)", "SYM_CODE_START(g)"),
        )
    )
    assert [(x.name, x.line) for x in found.definitions] == [("f", 10), ("g", 20)]
    first, second = (found.lower(x) for x in found.definitions)
    assert [(op.line, op.text) for op in first.cfg.blocks[0].ops] == [(11, "wbinvd")]
    assert [(op.line, op.text) for op in second.cfg.blocks[0].ops] == [(20, "movl %eax, %ecx")]


def test_comments_of_hunks_have_the_lines_of_the_file() -> None:
    file = SourceFile("a.S", b"\n\nnop # x\n", Context.HUNK, frozenset(), ((3, 3),), ("",))
    assert [(x.line, x.lines) for x in comments(file)] == [(3, ("x",))]


@given(st.binary(max_size=200))
def test_any_bytes_are_read(text: bytes) -> None:
    found = read(SourceFile("a.S", text))
    for definition in found.definitions:
        assert found.lower(definition).name == definition.name


_WORDS = st.sampled_from(
    (
        "SYM_FUNC_START(f)",
        "SYM_FUNC_END(f)",
        "SYM_DATA(x, .quad 1)",
        "f:",
        ".globl f",
        ".macro m a",
        ".endm",
        "m %rax",
        "\\a",
        ".rept 2",
        ".endr",
        "#define m(x) x",
        "#define m",
        "#undef m",
        "#if A",
        "#else",
        "#endif",
        ".if",
        ".else",
        ".endif",
        ".text",
        ".data",
        "m(",
        ")",
        "/*",
        "*/",
        '"',
        ";",
        "\\",
        "ret",
        ".set f, g",
        "SYM_FUNC_ALIAS(g, f)",
        ".exitm",
        ".popsection",
    )
)


@given(st.lists(_WORDS, max_size=40))
def test_any_mixture_of_directives_is_read(words: list[str]) -> None:
    found = read(SourceFile("a.S", "\n".join(words).encode()))
    for definition in found.definitions:
        assert 1 <= definition.line <= definition.end_line <= len(words) + 1
        found.lower(definition)
