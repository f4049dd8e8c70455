"""What the compiler puts into windows: causes, canaries, and windows that are none."""

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
ADDRESS = (Severity.INFO, "CONFIG_KASAN")
MEMORY = (Severity.INFO, "CONFIG_KMSAN")
RACES = (Severity.INFO, "CONFIG_KCSAN")
UNDEFINED = (Severity.INFO, "CONFIG_UBSAN")
COVERAGE = (Severity.WARNING, "CONFIG_KCOV && CONFIG_KCOV_INSTRUMENT_ALL")
CANARY = "CONFIG_STACKPROTECTOR && CONFIG_STACKPROTECTOR_STRONG"


def findings(folder: Path, code: str, makefile: str, mark: str) -> list[Finding]:
    (folder / "arch/x86/kernel").mkdir(parents=True)
    (folder / "arch/x86/kernel/Makefile").write_text(makefile)
    index = Index(Directory(folder), Store())
    checked = check_unit(read(SourceFile(PATH, code.encode())), RULES, index)
    return [item for item in checked.findings if mark in item.subject]


def inserted(folder: Path, code: str, makefile: str = "") -> list[tuple[Severity, str]]:
    found = findings(folder, code, makefile, "inserts")
    return [(item.severity, item.condition) for item in found]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("load_segments();", []),
        ("s->a = s->b; load_segments(); relocate_kernel(1);", []),
        ("load_segments(); s->a = s->b; relocate_kernel(1);", [ADDRESS, RACES, MEMORY]),
        ("load_segments(); relocate_kernel(s->b);", [ADDRESS, RACES, MEMORY]),
        ("load_segments(); relocate_kernel(1); s->a = 1; ", []),
        ("load_segments(); int n = 1; n = n + 1; relocate_kernel(n);", []),
        ("load_segments(); int n = k; if (n) n = 2; relocate_kernel(n);", [COVERAGE]),
        ("load_segments(); int n = k << k; relocate_kernel(n);", [UNDEFINED]),
        ("if (k) load_segments(); relocate_kernel(1);", [COVERAGE]),
        ("loadsegment(gs, 0); s->a = 1;", [ADDRESS, RACES, MEMORY]),
    ],
)
def test_a_cause_needs_something_in_the_window_to_instrument(
    code: str, expected: list[tuple[Severity, str]], tmp_path: Path
) -> None:
    code = f"void f(struct s *s, int k)\n{{\n\t{code}\n}}\n"
    assert sorted(inserted(tmp_path, code)) == sorted(expected)


def test_the_makefile_and_attributes_keep_causes_out(tmp_path: Path) -> None:
    code = """
void f(struct s *s)
{
	load_segments();
	s->a = s->b;
}
"""
    makefile = "KASAN_SANITIZE_x.o := n\nKCSAN_SANITIZE := n\n"
    assert inserted(tmp_path / "a", code, makefile) == [MEMORY]
    assert inserted(tmp_path / "b", code.replace("void", "noinstr void")) == []


def test_a_window_of_another_architecture_is_none(tmp_path: Path) -> None:
    code = """
void f(struct s *s)
{
#ifdef CONFIG_X86_32
	loadsegment(gs, 0);
#endif
	s->a = s->b;
}
"""
    assert inserted(tmp_path, code) == []


def test_a_window_under_an_option_says_so(tmp_path: Path) -> None:
    code = """
void f(struct s *s)
{
#ifdef CONFIG_ONE
	prepare(s);
#endif
#ifdef CONFIG_TWO
	load_segments();
#endif
	s->a = s->b;
}
"""
    makefile = "KASAN_SANITIZE := n\nKCSAN_SANITIZE := n\n"
    assert inserted(tmp_path, code, makefile) == [(Severity.INFO, "CONFIG_TWO && CONFIG_KMSAN")]


@pytest.mark.parametrize(
    ("heading", "code", "expected"),
    [
        ("void f(void)", "char t[8]; g(t); load_segments();", [Severity.WARNING]),
        ("static void f(void)", "char t[8]; g(t); load_segments();", [Severity.INFO]),
        ("static noinline void f(void)", "char t[8]; g(t); load_segments();", [Severity.WARNING]),
        ("void f(void)", "g(1); load_segments();", []),
        ("void f(void)", "char t[8]; g(t); load_segments(); relocate_kernel(1);", []),
        ("void __no_stack_protector f(void)", "char t[8]; g(t); load_segments();", []),
        ("void __noreturn f(void)", "char t[8]; load_segments(); for (;;) g(t);", []),
    ],
)
def test_a_canary_is_checked_where_the_window_is_left_open(
    heading: str, code: str, expected: list[Severity], tmp_path: Path
) -> None:
    code = f"{heading}\n{{\n\t{code}\n}}\n"
    found = findings(tmp_path, code, "", "canary")
    assert [item.severity for item in found] == expected
    assert {item.condition for item in found} <= {CANARY}
    assert {item.rule for item in found} <= {"no-percpu-after-gs-reset"}


def test_a_canary_is_read_on_entry_of_a_function_called_in_the_window(tmp_path: Path) -> None:
    code = """
static noinline void format(int n)
{
	char text[16];

	g(text, n);
}

static inline void through(int n)
{
	format(n);
}

void f(int n)
{
	format(n);
	load_segments();
	through(n);
	relocate_kernel(n);
}
"""
    (finding,) = findings(tmp_path / "a", code, "", "canary")
    assert (finding.function, finding.location.line) == ("f", 18)
    assert finding.severity is Severity.WARNING
    assert "read on entry" in finding.trace.steps[-1].note
    makefile = "CFLAGS_x.o := -fno-stack-protector\n"
    assert findings(tmp_path / "b", code, makefile, "canary") == []
