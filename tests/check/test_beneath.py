"""Proofs that go on beneath a call, into other files and through pointers."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.run import check_unit
from reviewer.patch.types import SourceFile
from reviewer.source.read import read
from tests.check.tree import PATH, RULES, findings, tree, way

HEADER = """
int outside(int a);
void looping(int a);
void sleepy(void);
static inline void between(void) { sleepy(); }
struct ops { void (*stop)(int); };
extern struct ops ops;
#define static_call(name) (&__SCT__##name)
"""
OTHER = """
#include <linux/x.h>
static DEFINE_PER_CPU(int, count);
static void inner(void)
{
#ifdef CONFIG_COUNTED
	this_cpu_inc(count);
#endif
}
int outside(int a)
{
	inner();
	return a;
}
static void stop(int a)
{
	outside(a);
}
struct ops ops = {
	.stop = stop,
};
void looping(int a)
{
	if (a)
		looping(a - 1);
}
"""
READ = "per-CPU access where CONFIG_COUNTED"


def window(call: str, before: str = "") -> str:
    return (
        f"#include <linux/x.h>\n{before}\n"
        f"void f(int a, struct ops *p)\n{{\n\tload_segments();\n\t{call};\n}}\n"
    )


def test_the_chain_of_a_forbidden_call_leads_to_per_cpu_data(tmp_path: Path) -> None:
    files = {"include/linux/x.h": HEADER, "kernel/y.c": OTHER, PATH: window("outside(1)")}
    (finding,) = findings(tree(tmp_path, files))
    assert finding.condition == ""
    assert way(finding)[2:] == [("y.c", "into inner"), ("y.c", READ)]


def test_a_definition_that_is_not_part_of_the_kernel_says_so(tmp_path: Path) -> None:
    files = {
        "include/linux/x.h": HEADER,
        "kernel/Makefile": "obj-$(CONFIG_SUB) += sub/\n",
        "kernel/sub/Makefile": "obj-$(CONFIG_Y) += y.o\n",
        "kernel/sub/y.c": OTHER,
        PATH: window("outside(1)"),
    }
    (finding,) = findings(tree(tmp_path, files))
    notes = [note for _, note in way(finding)]
    assert notes[-1] == "per-CPU access where CONFIG_Y && CONFIG_SUB && CONFIG_COUNTED"


def test_the_chain_goes_on_where_a_macro_of_a_header_calls(tmp_path: Path) -> None:
    header = f"{HEADER}#define say(x) outside(x)\n"
    files = {"include/linux/x.h": header, "kernel/y.c": OTHER, PATH: window("say(1)")}
    (finding,) = findings(tree(tmp_path, files))
    assert way(finding)[-2:] == [("y.c", "into inner"), ("y.c", READ)]


@pytest.mark.parametrize("call", ["looping(1)", "nobody(1)"])
def test_nothing_beneath_adds_nothing_to_the_proof(call: str, tmp_path: Path) -> None:
    files = {"include/linux/x.h": HEADER, "kernel/y.c": OTHER, PATH: window(call)}
    (finding,) = findings(tree(tmp_path, files))
    assert len(way(finding)) == 2


@pytest.mark.parametrize(
    ("call", "before"),
    [
        ("p->stop(1)", ""),
        ("ops.stop(1)", ""),
        ("local(1)", ""),
        ("hook(1)", "static void (*hook)(int) = outside;"),
        ("table[a](1)", "static void (*table[])(int) = { looping, outside };"),
        ("static_call(hook)(1)", "DEFINE_STATIC_CALL(hook, outside);"),
    ],
)
def test_pointers_are_followed(call: str, before: str, tmp_path: Path) -> None:
    call = f"void (*local)(int) = a ? looping : outside;\n\t{call}" if "local" in call else call
    files = {"include/linux/x.h": HEADER, "kernel/y.c": OTHER, PATH: window(call, before)}
    (finding,) = findings(tree(tmp_path, files))
    notes = [note for _, note in way(finding)]
    assert any(note.startswith("what may be called: ") for note in notes)
    assert notes[-1] == READ


def test_what_is_known_is_looked_beneath(tmp_path: Path) -> None:
    flush = "static DEFINE_PER_CPU(int, n);\nvoid wbinvd(void)\n{\n\tthis_cpu_inc(n);\n}\n"
    files = {
        "include/linux/x.h": "void wbinvd(void);\n",
        "arch/x86/lib/y.c": flush,
        PATH: window("wbinvd()"),
    }
    (finding,) = findings(tree(tmp_path, files))
    assert (finding.rule, finding.subject) == ("no-percpu-after-gs-reset", "n")
    assert finding.location.path == PATH


def test_a_chain_too_long_is_cut_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviewer.check.beneath.MAX_BODIES", 1)
    files = {"include/linux/x.h": HEADER, "kernel/y.c": OTHER, PATH: window("outside(1)")}
    index = tree(tmp_path, files)
    checked = check_unit(read(SourceFile(PATH, files[PATH].encode())), RULES, index)
    assert any("outside calls more than was looked into" in each.reason for each in checked.skips)
