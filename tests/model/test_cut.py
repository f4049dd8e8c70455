from __future__ import annotations

import pytest

from reviewer.finding import Location
from reviewer.model.terms import Uncut
from reviewer.model.types import Act
from reviewer.source.conditions import TRUE, Atom, Condition, negate
from tests.model.cutting import cut, flushes

ALWAYS, NEVER, MAYBE = {True}, {False}, {True, False}


def test_a_flush_begins_and_ends() -> None:
    acts = [item.act for item in cut("void f(void) { wbinvd(); }").instructions]
    assert [act for act in acts if act is not Act.NONE] == [Act.FLUSH_BEGIN, Act.FLUSH_END]


def test_the_flag_decides() -> None:
    program = cut("void f(void) { if (this_cpu_read(dirty_flag)) wbinvd(); }")
    assert flushes(program, flag=True) == ALWAYS
    assert flushes(program, flag=False) == NEVER


def test_another_flag_is_a_free_choice() -> None:
    assert flushes(cut("void f(void) { if (this_cpu_read(other)) wbinvd(); }")) == MAYBE


WORD = """
#define WANTED 4
static int ask(void) {{ return this_cpu_read(dirty_flag); }}
static void act(unsigned int word) {{ if ({test}) wbinvd(); }}
void f(void)
{{
	unsigned int word = 0;
	if (ask())
		word |= WANTED;
	word |= 3;
	act(word);
}}
"""


@pytest.mark.parametrize(
    ("test", "with_flag", "without"),
    [
        ("word & WANTED", ALWAYS, NEVER),
        ("!(word & WANTED)", NEVER, ALWAYS),
        ("word & 8", NEVER, NEVER),
        ("word & 2", ALWAYS, ALWAYS),
        ("word", ALWAYS, ALWAYS),
        ("(word & WANTED) == 0", NEVER, ALWAYS),
        ("(word & 2) && (word & WANTED)", ALWAYS, NEVER),
        ("word > 3", MAYBE, MAYBE),
    ],
)
def test_the_flag_is_followed_through_a_call_a_local_and_a_bit(
    test: str, with_flag: set[bool], without: set[bool]
) -> None:
    program = cut(WORD.format(test=test))
    assert flushes(program, flag=True) == with_flag
    assert flushes(program, flag=False) == without


def test_bits_that_are_read_after_they_change_keep_their_old_value() -> None:
    text = """
    void f(void)
    {
        unsigned int word = 2;
        word = word ? 4 : 2;
        if (word & 2)
            wbinvd();
    }
    """
    assert flushes(cut(text)) == NEVER
    assert flushes(cut(text.replace("word & 2", "word & 4"))) == ALWAYS


def test_a_platform_fact_is_an_input() -> None:
    text = "void f(void) { if (host_encrypts()) wbinvd(); }"
    program = cut(text, inputs={"host_encrypts()": "active"})
    assert flushes(program, active=True) == ALWAYS
    assert flushes(program, active=False) == NEVER


@pytest.mark.parametrize(
    ("config", "expected"), [(Atom("CONFIG_A"), MAYBE), (negate(Atom("CONFIG_A")), NEVER)]
)
def test_code_that_the_configuration_leaves_out_is_left_out(
    config: Condition, expected: set[bool]
) -> None:
    text = "void f(void)\n{\n\tif (x)\n\t\ty();\n#ifdef CONFIG_A\n\telse\n\t\twbinvd();\n#endif\n}"
    assert flushes(cut(text, config=config)) == expected


def test_a_function_and_its_stub_are_both_possible() -> None:
    text = """
    #ifdef CONFIG_A
    static void g(int x) { if (x) wbinvd(); }
    #else
    static void g(int x) { }
    #endif
    void f(void) { g(1); }
    """
    assert flushes(cut(text)) == MAYBE
    assert flushes(cut(text, config=Atom("CONFIG_A"))) == ALWAYS


def test_a_call_of_code_that_is_not_shown_counts_and_may_store() -> None:
    acts = [item.act for item in cut("void f(void) { helper(); }").instructions]
    assert [act for act in acts if act is not Act.NONE] == [Act.CALL, Act.STORE]


def test_each_step_has_its_line() -> None:
    program = cut("void f(void)\n{\n\twbinvd();\n}")
    begin = next(item for item in program.instructions if item.act is Act.FLUSH_BEGIN)
    assert (begin.location, begin.function, begin.text) == (Location("a.c", 3), "f", "wbinvd()")


ASSEMBLY = """
SYM_FUNC_START(copy)
	movq	%rdi, %r8
	{test}
	{jump}	.Lskip
	wbinvd
.Lskip:
	ret
SYM_FUNC_END(copy)
"""
CALLER = "void copy(unsigned long flags);\nvoid f(void) { copy(this_cpu_read(dirty_flag)); }"


@pytest.mark.parametrize(
    ("test", "jump", "expected"),
    [
        ("testq %r8, %r8", "jz", (ALWAYS, NEVER)),
        ("testq %r8, %r8", "jnz", (NEVER, ALWAYS)),
        ("testb $1, %r8b", "je", (ALWAYS, NEVER)),
        ("testb $2, %r8b", "je", (NEVER, NEVER)),
        ("cmpq $0, %r8", "jne", (NEVER, ALWAYS)),
        ("btq $0, %r8", "jnc", (ALWAYS, NEVER)),
        ("btq $0, %r8", "jc", (NEVER, ALWAYS)),
        ("andq $1, %r8", "jz", (MAYBE, MAYBE)),
        ("movq %r8, %rax\n\torq $2, %rax\n\ttestq %rax, %rax", "jz", (ALWAYS, ALWAYS)),
        ("testq %r8, %r8\n\taddq $1, %rax", "jz", (MAYBE, MAYBE)),
        ("testq %r8, %r8\n\tmovq $1, %rax", "jz", (ALWAYS, NEVER)),
        ("popq %r8\n\ttestq %r8, %r8", "jz", (MAYBE, MAYBE)),
        ("cpuid\n\tmovq %rax, %r8\n\ttestq %r8, %r8", "jz", (MAYBE, MAYBE)),
        ("xorl %r8d, %r8d\n\ttestq %r8, %r8", "jz", (NEVER, NEVER)),
    ],
)
def test_an_argument_is_tested_in_assembly(
    test: str, jump: str, expected: tuple[set[bool], set[bool]]
) -> None:
    program = cut({"a.c": CALLER, "a.S": ASSEMBLY.format(test=test, jump=jump)})
    assert (flushes(program, flag=True), flushes(program, flag=False)) == expected


NESTED = "".join(f"if (a{number}) {{\n" for number in range(100))
ODD = {
    "a statement that did not parse": "void f(void)\n{\n\twbinvd(;\n}",
    "nested too deep": f"void f(void)\n{{\n{NESTED}wbinvd();\n{'}' * 100}\n}}",
    "calls itself": "void g(void) { g(); }\nvoid f(void)\n{\n\tg();\n}",
    "several definitions": "#ifdef A\nvoid g(void) {}\n#endif\nvoid g(void) { h(); }\n"
    "void f(void)\n{\n\tg();\n}",
    "no file of the scenario defines": "void g(void) {}",
    "only the CPU that hands over": "void f(void)\n{\n\tcpumask_copy(&cpus_stop_mask, x);\n}",
}


@pytest.mark.parametrize("reason", ODD)
def test_what_is_not_understood_is_named(reason: str) -> None:
    with pytest.raises(Uncut) as caught:
        cut(ODD[reason])
    words = reason.removeprefix("a statement that ")
    assert words in caught.value.skip.reason
    if reason != "no file of the scenario defines":
        assert caught.value.skip.path == "a.c"
        assert caught.value.skip.line > 0


@pytest.mark.parametrize("line", ["NEW_MACRO %r8", "vfoobar %r8", "jmp *%rax"])
def test_an_instruction_that_is_not_understood_is_named(line: str) -> None:
    text = ASSEMBLY.format(test=line, jump="jz")
    with pytest.raises(Uncut) as caught:
        cut({"a.c": CALLER, "a.S": text})
    assert (caught.value.skip.path, caught.value.skip.line) == ("a.S", 4)


def test_a_program_does_not_grow_without_end() -> None:
    calls = "\n".join(
        f"static void g{number}(void) {{ g{number + 1}(); g{number + 1}(); }}"
        for number in range(18)
    )
    text = f"static void g18(void) {{ x(); }}\n{calls}\nvoid f(void) {{ g0(); }}"
    with pytest.raises(Uncut, match="too large"):
        cut(text)


def test_presence_of_an_edge_is_always_known() -> None:
    program = cut("void f(void)\n{\n\tif (a)\n#ifdef B\n\t\tb();\n#else\n\t\tc();\n#endif\n}")
    assert {item.text for item in program.instructions} >= {"b()", "c()"}
    assert all(item.guard == TRUE for item in program.instructions)
