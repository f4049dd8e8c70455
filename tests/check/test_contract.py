"""The checks of contracts, each with what is right and with what is wrong."""

from __future__ import annotations

import pytest

from reviewer.check.contract import check_contracts
from reviewer.check.contract_hit import arguments
from reviewer.patch.types import Context, SourceFile
from reviewer.rule.load import load_rules
from tests.examples.contracts import outcome

RULES = load_rules()
HEADER = "arch/x86/include/asm/kexec.h"
CALLER = "arch/x86/kernel/machine_kexec_64.c"
CODE = "arch/x86/kernel/relocate_kernel_64.S"

DECLARED = """
#define RELOC_KERNEL_PRESERVE_CONTEXT	(1 << 0)
#define RELOC_KERNEL_CACHE_INCOHERENT	(1 << 1)
unsigned long relocate_kernel(unsigned long head, unsigned long start, unsigned int flags);
"""
CALLED = """
void machine_kexec(struct kimage *image)
{
	unsigned int flags = 0;

	if (image->preserve_context)
		flags |= RELOC_KERNEL_PRESERVE_CONTEXT;
	if (incoherent())
		flags |= RELOC_KERNEL_CACHE_INCOHERENT;
	native_gdt_invalidate();
	relocate_kernel(image->head, image->start, flags);
}
"""
ASSEMBLY = """
SYM_CODE_START_NOALIGN(relocate_kernel)
	/*
	* %rdi head
	* %rsi start
	* %rdx flags
	*/
	pushq	%rbx
	movq	%rsi, %r8
	movl	%edx, %r11d
	movq	tables(%rip), %rax
	movq	%rax, %cr3
	testb	$RELOC_KERNEL_CACHE_INCOHERENT, %r11b
	jz	.Lno_wbinvd
	wbinvd
.Lno_wbinvd:
	movq	(%rdi), %rsi
	movl	$512, %ecx
	rep movsq
	testb	$RELOC_KERNEL_PRESERVE_CONTEXT, %r11b
	jnz	.Lrelocate
	jmp	*%r8
.Lrelocate:
	call	*%r8
	lgdt	table(%rip)
	popq	%rbx
	RET
SYM_CODE_END(relocate_kernel)
"""
FILES = {HEADER: DECLARED, CALLER: CALLED, CODE: ASSEMBLY}


def rules_that_speak(files: dict[str, str]) -> set[str]:
    sources = [SourceFile(path, text.encode()) for path, text in files.items()]
    found = check_contracts(sources, RULES.contracts, RULES.vocabulary)
    return {each.rule.removeprefix("kexec-border-") for each in found}


def test_the_whole_is_right() -> None:
    assert rules_that_speak(FILES) == set()


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        (CODE, "* %rsi start", "* %rsi flags", "comment"),
        (CODE, "* %rdx flags", "* %rdx colours", "comment"),
        (CODE, "	* %rsi start\n", "", "comment"),
        (CALLER, "image->start, flags", "flags, image->start", "call"),
        (CALLER, "image->start, flags", "flags", "call"),
        (HEADER, "flags);", "flags);\nunsigned long relocate_kernel(int head, int start);",
         "declaration"),
        (CODE, "jz	.Lno", "jnz	.Lno", "sense"),
        (CODE, "testb	$RELOC_KERNEL_PRESERVE_CONTEXT, %r11b", "testq	%rdx, %rdx", "width"),
        (CODE, "movq	(%rdi), %rsi", "movq	(%rdi,%rcx), %rsi", "unpassed"),
        (CODE, "%rsi, %r8", "%rdi, %r8", "unread"),
        (HEADER, "(1 << 1)", "(1 << 0)", "bits"),
        (CALLER, "flags |= RELOC_KERNEL_P", "flags |= RELOC_KERNEL_Q", "bits"),
        (CODE, "movl	$512, %ecx", "movl	$512, %r11d", "lost"),
        (CODE, "jmp	*%r8", "movl	$RELOC_KERNEL_PRESERVE_CONTEXT, %r11d\n	jmp	*%r8", "rebuilt"),
        (CODE, "jz	.Lno", "jnz	.Lno", "flush-guard"),
        (CODE, "jnz	.Lrelocate", "jz	.Lrelocate", "return-guard"),
        (CODE, "	movq	%rax, %cr3\n", "", "switch-before-flush"),
        (CODE, "	wbinvd\n", "", "flush-before-copy"),
        (CODE, "	lgdt	table(%rip)\n", "", "table"),
        (CODE, "	lgdt	table(%rip)\n", "	movl	%eax, %ds\n", "table"),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_told(path: str, old: str, new: str, rule: str) -> None:
    assert old in FILES[path]
    changed = FILES | {path: FILES[path].replace(old, new)}
    found = rules_that_speak(changed)
    assert rule in found


def test_gs_that_the_caller_has_reset_is_not_used() -> None:
    used = ASSEMBLY.replace("	pushq	%rbx\n", "	pushq	%rbx\n	incl	%gs:jumps\n")
    assert rules_that_speak(FILES | {CODE: used}) == set()
    reset = CALLED.replace("	native_gdt", "	load_segments();\n	native_gdt")
    assert rules_that_speak(FILES | {CODE: used, CALLER: reset}) == {"percpu"}


def in_hunks(assembly: str, *known: tuple[int, int]) -> list[tuple[int, str, str]]:
    lines = assembly.split("\n")
    shown = [
        line if any(first <= number <= last for first, last in known) else ""
        for number, line in enumerate(lines, 1)
    ]
    files = [
        SourceFile(HEADER, DECLARED.encode()),
        SourceFile(
            CODE, "\n".join(shown).encode(), Context.HUNK, frozenset(), known,
            ("",) + ("SYM_CODE_START_NOALIGN(relocate_kernel)",) * (len(known) - 1),
        ),
    ]  # fmt: skip
    found = check_contracts(files, RULES.contracts, RULES.vocabulary)
    return [(each.location.line, each.function, each.subject) for each in found]


def test_a_test_in_a_hunk_is_wide_by_what_the_comment_in_another_says() -> None:
    wide = ASSEMBLY.replace("testb	$RELOC_KERNEL_PRESERVE_CONTEXT, %r11b", "testq	%rdx, %rdx")
    line = wide.split("\n").index("	testq	%rdx, %rdx") + 1
    hunks = (1, 8), (line - 1, line + 2)
    assert in_hunks(wide, *hunks) == [(line, "relocate_kernel", "argument 3")]
    assert in_hunks(wide.replace("testq	%rdx, %rdx", "testl	%edx, %edx"), *hunks) == []
    assert in_hunks(wide.replace("* %rdx flags", "* %rdx head"), *hunks) == []
    assert in_hunks(wide, hunks[1]) == []


def test_a_reader_is_told_phrases_and_no_names_of_events() -> None:
    names = {event.name for event in RULES.vocabulary.events} | {"stack.empty", "stack.table"}
    said = [
        f"{finding.message} {' '.join(step.note for step in finding.trace.steps)}"
        for rule in RULES.contracts
        for example in rule.examples
        for finding in outcome(example, rule, RULES.vocabulary)
    ]
    assert any("comes after the load of an empty descriptor table, which" in text for text in said)
    assert any("comes without any flush of the caches before it" in text for text in said)
    dotted = {name for name in names if "." in name}
    assert [text for text in said if any(name in text.split() for name in dotted)] == []


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "no argument is"), (1, "only 1 argument is"), (3, "only 3 arguments are")],
)
def test_arguments_agree_with_their_verb(count: int, said: str) -> None:
    assert arguments(count) == said
