from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.c import parse
from reviewer.source.c_clean import Note, Rewrite, clean

STATEMENTS = [
    "for_each_cpu(cpu, mask) x(cpu);",
    "for_each_cpu(cpu, mask)\n\t\tx(cpu);",
    "if (a) list_for_each_entry_safe(p, q, &head, list) { x(p); }",
    "my_loop(i, 4) {\n\t\tx(i);\n\t}",
    "guard(mutex)(&lock);",
    "scoped_guard(irqsave, &lock) { x(); }",
    "scoped_cond_guard(mutex_intr, return -EINTR, &lock) { x(); }",
    "if_not_guard(mutex, &lock) {\n\t\treturn 1;\n\t}",
    "struct foo *p __free(kfree) = make();",
    "x = ({ int y = g(); y; });",
    'asm volatile("mov %1, %0" : "=r" (x) : "r" (y) : "memory");',
    'asm volatile goto("1: jmp %l[out]" : : [v] "i" (&v), "m" (*p) : : out);',
    'asm_inline volatile(LOCK_PREFIX "addl %1,%0" EXTABLE(1b, 2b) : "+m" (v->a) : "ir" (i));',
    '__asm__ __volatile__("" ::: "memory");',
    'asm("x" : : "i" (offsetof(struct foo, a.b[1])));',
    'register unsigned long sp asm("rsp");',
    "x = _Generic(y, int: 1, struct foo *: 2, default: 3);",
    "typeof(*p) __user *q = p, r;",
    "const __auto_type v = y;",
    "x = (typeof(y))(z);",
    "p = container_of(q, struct foo, member);",
    "p = container_of(q, typeof(*p), member.other[2]);",
    "x = offsetof(struct foo, a[3].b) + __alignof__(p->q);",
    "x = va_arg(ap, unsigned long);",
    "x = min_t(int, a, b) + max_t(u8 *, c, d);",
    "switch (x) { case 1 ... 5: y(); break; case 'a'...'f': z(); }",
    "switch (x) {\n\tCASE64(A):\n\t\ty();\n\t}",
    "auto v = y;",
    "if (x) \\\n\t\ty();",
    "goto *targets[x];",
    'printk(KERN_INFO PREFIX "a" FMT(x) "b" PRIx64 "c", y);',
    'pr_info("a" PRIx64 "b", x);',
    "DECLARE_BITMAP(mask, 64) = { 0 };",
    "static DEFINE_RATELIMIT_STATE(rs, 5, 10);",
    "CALL_WITHOUT_SEMICOLON(x)\n\ty();",
    "no_arguments_either\n\ty();",
    'CHECK(x == 0, "text", return -1);',
    "CHECK(x, goto out);",
    "assert_op(a, ==, b);",
    "regset(386_TLS);",
    "pebs_bind(1stl_miss, 0x1ul, 1_000);",
    "x = CONFIG(.event = 1, .mask = 2);",
    'alternative_call(a, b, FEATURE, , [v] "r" (v));',
    "do { x(); } while (0);",
    "do { do { x(); } while (0); } while_each_thread(a, b);",
    "if (IS_ERR(p)) return; else if (likely(x)) y();",
]

HEADINGS = [
    "static __always_inline int f(int a)",
    "asmlinkage __visible notrace void __init f(void)",
    "noinstr void f(struct pt_regs *regs)",
    "void __noreturn __nocfi f(void)",
    "static int __must_hold(&lock) f(int a) __releases(&lock)",
    "struct foo __rcu * __sched f(void __user *p, int __maybe_unused n)",
    'static void __section(".init.text") __aligned(8) f(void)',
    "int EXPORTED_API f(int a)",
    "MADE_UP_ATTRIBUTE static unsigned long f(int a)",
    "__success __retval(0) __naked void f(void)",
    "SYSCALL_DEFINE0(f)",
    "SYSCALL_DEFINE2(f, int, a, char __user *, b)",
    "COMPAT_SYSCALL_DEFINE1(f, int, a)",
    "DEFINE_IDTENTRY(f)",
    "DEFINE_IDTENTRY_ERRORCODE(f)",
    "static int FNAME(f)(struct vcpu *v, gva_t a)",
    "int f(a, b) int a; char *b;",
    "        f(int a)",
]

FILE_SCOPE = [
    "DEFINE_PER_CPU(struct foo *, bar);",
    "DEFINE_PER_CPU(int, bar) = 1;",
    "static DEFINE_MUTEX(lock);",
    "static DEFINE_TWO(a, b);",
    'MODULE_LICENSE("GPL")',
    "NAME(a, 1)\nNAME(b, 2)",
    "EXPORT_SYMBOL_GPL(f);",
    'asm(".globl x");',
    "struct foo {\n\tint a;\n\tDECLARE_BITMAP(b, 4);\n\tint c __counted_by(a);\n} __packed;",
    "struct __made_up foo {\n\tint a;\n};",
    "static const struct ops ops __ro_after_init = { .a = CALL(struct foo, b) };",
    "unsigned int __name_of_ours __read_mostly = 1;",
    "extern __printf(1, 2) void p(const char *, ...);",
    "#define X(a, args...) a ## args",
]


def errors(text: str) -> str:
    source = clean(text.encode())
    assert len(source.text) == len(source.plain) == len(source.original)
    root = parse(source.text)
    return source.text.decode() if root.has_error else ""


@pytest.mark.parametrize("statement", STATEMENTS)
def test_statements_of_the_kernel_parse(statement: str) -> None:
    assert errors(f"int f(int a)\n{{\n\tint x;\n\n\t{statement}\n\n\treturn 0;\n}}\n") == ""


@pytest.mark.parametrize("heading", HEADINGS)
def test_headings_of_the_kernel_parse_as_one_function(heading: str) -> None:
    text = f"int before;\n{heading}\n{{\n\treturn;\n}}\n"
    assert errors(text) == ""
    kinds = [node.type for node in parse(clean(text.encode()).text).children]
    assert kinds == ["declaration", "function_definition"]


@pytest.mark.parametrize("declaration", FILE_SCOPE)
def test_file_scope_of_the_kernel_parses(declaration: str) -> None:
    assert errors(f"{declaration}\n\nint f(void)\n{{\n\treturn 0;\n}}\n") == ""


def note(text: str, rewrite: Rewrite) -> Note:
    source = clean(text.encode())
    ((offset, found),) = [item for item in source.notes.items() if item[1].rewrite is rewrite]
    assert rewrite is Rewrite.HEADING or offset == found.start
    return found


def body(statement: str) -> str:
    return f"void f(void)\n{{\n\t{statement}\n}}\n"


@pytest.mark.parametrize(
    ("statement", "rewrite", "name"),
    [
        ("for_each_cpu(a, b)\n\t\tx();", Rewrite.LOOP, "for_each_cpu"),
        ("scoped_guard(a, b) {\n\t}", Rewrite.SCOPED, "scoped_guard"),
        ("if_not_guard(a, b) {\n\t}", Rewrite.IF_GUARD, "if_not_guard"),
        ("int *p __free(kfree) = x;", Rewrite.CLEANUP, "__free"),
        ("goto *p;", Rewrite.GOTO, "goto"),
        ("CHECK(x, return y);", Rewrite.EXIT, "return"),
    ],
)
def test_notes_name_what_was_rewritten(statement: str, rewrite: Rewrite, name: str) -> None:
    assert note(body(statement), rewrite).name == name


def test_the_note_of_a_conditional_guard_bounds_what_runs_on_failure() -> None:
    text = body("scoped_cond_guard(m, return -1, &l) {\n\t}")
    start, end = note(text, Rewrite.COND_GUARD).parts
    assert text[start:end].strip() == "return -1"


def test_the_note_of_an_asm_bounds_its_sections() -> None:
    text = body('asm volatile("a" : "=r" (x) : [n] "r" (y) : "memory");')
    parts = note(text, Rewrite.ASM).parts
    sections = [text[a + 1 : b].strip() for a, b in pairwise(parts)]
    assert sections == ['"a"', '"=r" (x)', '[n] "r" (y)', '"memory"']


def test_the_note_of_a_type_argument_bounds_the_type() -> None:
    text = body("x = container_of(p, struct foo, m);")
    found = note(text, Rewrite.TYPE)
    assert text[found.start : found.end] == "struct foo"


def test_the_note_of_a_heading_has_the_parameters() -> None:
    text = "SYSCALL_DEFINE2(f, int, a, char __user *, b)\n{\n}\n"
    assert note(text, Rewrite.HEADING).parameters == (("int", "a"), ("char *", "b"))


def test_casts_and_prototypes_keep_their_types() -> None:
    text = body("x = (struct foo *)y; int (*g)(struct foo *, int); return (int)z;")
    assert not clean(text.encode()).notes


def test_calls_are_no_statement_macros() -> None:
    text = body("for_each_thing(a, b);\n\tx(a,\n\t  b);\n\tif (y(a) &&\n\t    z(b)) {\n\t}")
    assert not clean(text.encode()).notes


def test_learnt_attributes_are_blanked() -> None:
    text = b"int f(void);\nstatic OURS int g(void);\n"
    assert b"OURS" not in clean(text, frozenset({b"OURS"})).text


def test_plain_keeps_what_text_rewrites() -> None:
    text = body('printk("a %d", x); /* b */ for_each_cpu(a, b) { }')
    source = clean(text.encode())
    assert b'"a %d"' in source.plain
    assert b"for_each_cpu" in source.plain
    assert b"/*" not in source.plain


MARKS = ("{", "}", "(", ")", ";", "\n", '"', "'", "/*", "*/", "\n\t", " ")
ARMS = ("#ifdef A\n", "#else\n", "#endif\n", "#if 0\n")
PIECES = st.lists(
    st.sampled_from((*STATEMENTS, *HEADINGS, *FILE_SCOPE, *MARKS, *ARMS)), max_size=12
).map(lambda pieces: "".join(pieces).encode())


@given(PIECES)
def test_nothing_moves_whatever_the_text(text: bytes) -> None:
    source = clean(text)
    assert source.original == text
    for other in (source.text, source.plain):
        assert len(other) == len(text)
        assert other.count(b"\n") == text.count(b"\n")
        assert [len(line) for line in other.split(b"\n")] == [
            len(line) for line in text.split(b"\n")
        ]


@given(st.binary(max_size=200))
def test_any_bytes_are_cleaned(text: bytes) -> None:
    assert len(clean(text).text) == len(text)
