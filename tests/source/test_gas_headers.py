from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from msgspec import Struct

from reviewer.patch.types import SourceFile
from reviewer.source.conditions import TRUE, Condition
from reviewer.source.conditions import render as render_condition
from reviewer.source.gas import read
from reviewer.source.gas_cpp import Preprocessor
from reviewer.source.gas_lines import read_lines
from reviewer.source.types import Flow, Macro
from tests.source.assembly import paths


class Shown(Struct, frozen=True):
    """Headers by path, all of them included."""

    texts: dict[str, str]

    @property
    def files(self) -> Mapping[str, Condition]:
        return dict.fromkeys(self.texts, TRUE)

    def text(self, path: str) -> bytes:
        return dedent(self.texts[path]).encode()

    def simplified(self, condition: Condition) -> Condition:
        return condition

    def macros(self, name: str) -> tuple[Macro, ...]:
        found: list[Macro] = []
        for path in self.texts:
            preprocessor = Preprocessor()
            lines, _ = read_lines(self.text(path).decode())
            list(preprocessor.pieces(lines))
            found += [macro for macro in preprocessor.macros if macro.name == name]
        return tuple(found)


def ways(body: str, path: str = "a.S", **headers: str) -> set[tuple[str, ...]]:
    text = f"SYM_FUNC_START(f)\n{dedent(body)}\nSYM_FUNC_END(f)\n"
    shown = Shown({f"{name}.h": text for name, text in headers.items()})
    unit = read(SourceFile(path, text.encode()), headers=shown)
    assert unit.skips == ()
    return paths(unit.lower(unit.definitions[0]))


CALLING = """
    .macro PUSH_REGS rdx=%rdx save=1
    .if \\save
        pushq %rdi
    .endif
        pushq \\rdx
    .endm
    .macro PUSH_AND_COUNT
        PUSH_REGS save=0
        incl COUNT(pushes)
    .endm
    """
PERCPU = """
    #ifndef __ASSEMBLER__
    #define COUNT(x) this_cpu_inc(x)
    #endif
    #define SEGMENT gs
    #define COUNT(x) %SEGMENT:x
    #define FLAG 8
    #define NOTHING(x) ((x) + 1)
    """


def test_macros_of_headers_are_expanded_with_those_that_they_use() -> None:
    body = "PUSH_REGS rdx=%rax\nPUSH_AND_COUNT\nret"
    expected = {("pushq %rdi", "pushq %rax", "pushq %rdx", "incl %gs:pushes", "ret")}
    assert ways(body, calling=CALLING, percpu=PERCPU) == expected


def test_without_headers_they_stay() -> None:
    assert ways("PUSH_REGS rdx=%rax\nret") == {("PUSH_REGS rdx=%rax", "ret")}


def test_numbers_keep_their_names_and_what_is_no_code_stays() -> None:
    body = "movl $FLAG, %eax\nmovl $NOTHING(1), %ecx\nret"
    assert ways(body, percpu=PERCPU) == {("movl $FLAG, %eax", "movl $NOTHING(1), %ecx", "ret")}


def test_macros_that_say_what_they_are_keep_their_names() -> None:
    header = """
        #define RET jmp __return_thunk
        #define ENDBR endbr64
        #define SYM_FUNC_START(name) .globl name ; name:
        .macro UNWIND_HINT_FUNC
            .byte 1
        .endm
        .macro CALL_NOSPEC reg:req
            call __thunk_\\reg
        .endm
        """
    assert ways("UNWIND_HINT_FUNC\nENDBR\nCALL_NOSPEC rax\nRET", linkage=header) == {
        ("CALL_NOSPEC rax", "RET")
    }


def test_arms_of_a_header_are_arms_of_the_code() -> None:
    header = """
        #ifdef CONFIG_SMP
        #define COUNTER %gs:counter
        #else
        #define COUNTER counter
        #endif
        .macro MARK
        #ifdef CONFIG_MARKS
            nop
        #endif
        .endm
        """
    text = "SYM_FUNC_START(f)\n\tincl COUNTER\n\tMARK\n\tret\nSYM_FUNC_END(f)\n"
    unit = read(SourceFile("a.S", text.encode()), headers=Shown({"a.h": header}))
    function = unit.lower(unit.definitions[0])
    conditions = {
        (render_condition(edge.presence), op.text)
        for edge in function.cfg.edges
        if edge.flow is Flow.PRESENCE
        for op in function.cfg.blocks[edge.target].ops[:1]
    }
    assert {
        ("CONFIG_SMP", "incl %gs:counter"),
        ("!CONFIG_SMP", "incl counter"),
        ("CONFIG_MARKS", "nop"),
    } <= conditions


def test_a_file_for_one_word_size_has_the_macros_of_that_size() -> None:
    header = """
        #ifdef CONFIG_X86_64
        #define BASE %gs:(base)(%rip)
        #else
        #define BASE %fs:base
        #endif
        """
    body = "movq BASE, %rax\nret"
    assert ways(body, "entry_64.S", asm=header) == {("movq %gs:(base)(%rip), %rax", "ret")}
    assert ways(body, "entry_32.S", asm=header) == {("movq %fs:base, %rax", "ret")}
    assert len(ways(body, "entry.S", asm=header)) == 2


def test_the_files_own_definition_is_used_before_the_headers() -> None:
    body = "#undef COUNTER\n#define COUNTER %fs:own\nincl COUNTER\nret"
    assert ways(body, asm="#define COUNTER %gs:theirs\n") == {("incl %fs:own", "ret")}
