"""What a call is, row by row: a miniature tree, and the same code with and without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.run import check_unit
from reviewer.finding import Finding, Severity
from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from reviewer.source.read import read

RULES = load_rules()
PATH = "arch/x86/kernel/x.c"
HEADER = """
#define LEAF(x) ((x) + 1)
#define NOISY(x) do { if (x) say(x); } while (0)
#define VALUE(x) ({ int v = x; tell(v); v; })
#define PASTED(x, n) x##_##n(n)
#define LIST(f, ...) f(1, ##__VA_ARGS__)
#define JOIN(a, b) JOIN_(a, b)
#define JOIN_(a, b) a ## b
#define THIRD(_0, _1, _2, _n, ...) _n
#define COUNT(...) THIRD(, ##__VA_ARGS__, 2, 1, 0)
#define COUNTED(a, ...) JOIN(read_, COUNT(a, ##__VA_ARGS__))(a, ##__VA_ARGS__)
#define read_1(a) LEAF(a)
#define OTHER other_name
#ifdef CONFIG_DEBUG_VIRTUAL
extern long checked(long);
#else
#define checked(x) (x)
#endif
static __always_inline int always(int a) { return LEAF(a); }
static inline int perhaps(int a) { return LEAF(a); }
static inline int deep(int a) { return checked(a); }
static __always_inline int trampoline(int a)
{
	return deep(a);
}
int outside(int a);
int say(int a);
int tell(int a);
int read_2(int a, int b);
int read_4(int a);
int other_name(int a);
#define STUB(name) __STUB__##name
#define patched(name) (&STUB(name))
int __STUB__hook(int a);
#define TEXT "call " "%c[target]"
static __always_inline void coded(void) { asm volatile(TEXT : : [target] "i" (outside)); }
#define NESTED(x) NOISY(x)
#define APPLIED(f, x) f(x)
#define static_assert(x, ...) __static_assert(x, ##__VA_ARGS__, #x)
#define __static_assert(x, msg, ...) _Static_assert(x, msg)
#define SELF(x) SELF(x)
#define unread(x) ] x [
#define ANYWHERE "rm"
#define loaded(x) asm volatile("nop" : : ANYWHERE (x), unread)
"""


def found(folder: Path, call: str) -> list[tuple[Severity, str, str]]:
    """Severity, subject and condition of what the rule says of a call in a window."""
    (folder / "include/linux").mkdir(parents=True)
    (folder / "include/linux/x.h").write_text(HEADER)
    heading = "#include <linux/x.h>\n#define APPLY(f, x) f(x)\nint f(int a, struct ops *ops)\n"
    code = f"{heading}{{\n\tload_segments();\n\t{call};\n}}\n"
    unit = read(SourceFile(PATH, code.encode()))
    index = Index(Directory(folder), Store())
    checked = check_unit(unit, RULES, index)
    return [
        summary(item)
        for item in checked.findings
        if item.rule == "no-call-after-gs-reset" and not item.subject.endswith("inserts")
    ]


def summary(finding: Finding) -> tuple[Severity, str, str]:
    return finding.severity, finding.subject, finding.condition


ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
OPTION = "CONFIG_DEBUG_VIRTUAL"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("a = LEAF(a)", []),
        ("NOISY(a)", [(ERROR, "say", "")]),
        ("NESTED(a)", [(ERROR, "say", "")]),
        ("a = VALUE(a)", [(ERROR, "tell", "")]),
        ("PASTED(read, 4)", [(ERROR, "read_4", "")]),
        ("PASTED(say, 4)", [(ERROR, "say_4", "")]),
        ("COUNTED(a)", []),
        ("COUNTED(a, 2)", [(ERROR, "read_2", "")]),
        ("LIST(say)", [(ERROR, "say", "")]),
        ("LIST(say, a, 2)", [(ERROR, "say", "")]),
        ("OTHER(a)", [(ERROR, "other_name", "")]),
        ("always(a)", []),
        ("perhaps(a)", [(INFO, "perhaps", "")]),
        ("outside(a)", [(ERROR, "outside", "")]),
        ("a = checked(a)", [(WARNING, "checked", OPTION)]),
        ("a = deep(a)", [(WARNING, "checked", OPTION), (INFO, "deep", "")]),
        ("a = trampoline(a)", [(WARNING, "checked", OPTION), (INFO, "deep", "")]),
        ("ops->stop(a)", [(ERROR, "ops->stop", "")]),
        ("LEAF(outside(a))", [(ERROR, "outside", "")]),
        ("coded()", [(ERROR, "outside", "")]),
        ('asm volatile("call outside")', [(ERROR, "outside", "")]),
        ('asm volatile("call %c0" : : "i" (say))', [(ERROR, "say", "")]),
        ('asm volatile("call *%0" : : "r" (ops))', [(ERROR, "ops", "")]),
        ('asm goto("call outside; jmp %l[out]" : : : : out); out:', [(ERROR, "outside", "")]),
        ('_Static_assert(sizeof(outside(a)) == 4, "x")', []),
        ("static_assert(sizeof(outside(a)) == 4)", []),
        (
            "_Generic(a, int: say, long: tell)(a)",
            [(ERROR, "_Generic(a, int: say, long: tell)", "")],
        ),
        ("APPLY(say, a)", [(ERROR, "say", "")]),
        ("APPLIED(say, a)", [(ERROR, "say", "")]),
        ("APPLY(ops->stop, a)", [(ERROR, "f", "")]),
        ("a = (outside(a), 1)", [(ERROR, "outside", "")]),
        ("((void (*)(int))a)(1)", [(ERROR, "a", "")]),
        ("a ? outside(a) : 0", [(ERROR, "outside", "")]),
        ("a = __builtin_popcount(a)", []),
        ("ops->hook = outside", []),
        ("return outside(a)", [(ERROR, "outside", "")]),
        ("loaded(a)", []),
        ("NOISY(sizeof(outside(a)))", [(ERROR, "say", "")]),
    ],
)
def test_what_a_call_is(
    call: str, expected: list[tuple[Severity, str, str]], tmp_path: Path
) -> None:
    assert sorted(found(tmp_path, call)) == sorted(expected)


def test_a_name_that_nothing_explains_is_a_call_and_a_skip(tmp_path: Path) -> None:
    (tmp_path / "include/linux").mkdir(parents=True)
    (tmp_path / "include/linux/x.h").write_text("")
    code = b"#include <linux/x.h>\nvoid f(void)\n{\n\tload_segments();\n\tnobody();\n}\n"
    unit = read(SourceFile(PATH, code))
    checked = check_unit(unit, RULES, Index(Directory(tmp_path), Store()))
    assert "nobody" in [item.subject for item in checked.findings]
    assert any("nobody is called" in skip.reason for skip in checked.skips)


def test_the_trace_leads_through_the_headers(tmp_path: Path) -> None:
    found(tmp_path, "")
    code = b"#include <linux/x.h>\nvoid f(int a)\n{\n\tload_segments();\n\ttrampoline(a);\n}\n"
    unit = read(SourceFile(PATH, code))
    checked = check_unit(unit, RULES, Index(Directory(tmp_path), Store()))
    (finding,) = (item for item in checked.findings if item.subject == "checked")
    assert finding.location.path == PATH
    assert [(step.location.path, step.location.line) for step in finding.trace.steps] == [
        (PATH, 4),
        (PATH, 5),
        ("include/linux/x.h", 24),
        ("include/linux/x.h", 21),
        ("include/linux/x.h", 15),
    ]
