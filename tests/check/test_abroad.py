"""Windows that a function of another file opens."""

from __future__ import annotations

from pathlib import Path

from reviewer.check.abroad import with_abroad
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from tests.check.tree import PATH, RULES, findings, tree, way

RESET = 'asm volatile("mov %0, %%gs" : : "r" (0));'
LEAVE = f"static void reset(void)\n{{\n\t{RESET}\n}}\nvoid leave(void)\n{{\n\treset();\n}}\n"
WRAP = "void leave(void);\nvoid wrap(int a)\n{\n\tif (a)\n\t\tleave();\n}\n"
CALLER = "void wrap(int a);\nvoid f(int a)\n{\n\twrap(a);\n\tsay(a);\n}\n"
FILES = {"arch/x86/lib/y.c": LEAVE, "arch/x86/power/z.c": WRAP, PATH: CALLER}


def names(index: Index) -> set[str]:
    return {name for _, found in with_abroad(RULES, index).abroad for name in found}


def test_callers_of_callers_are_found(tmp_path: Path) -> None:
    assert names(tree(tmp_path, FILES)) == {"leave", "wrap", "f"}


def test_the_window_opens_in_the_caller(tmp_path: Path) -> None:
    (finding,) = findings(tree(tmp_path, FILES))
    assert (finding.subject, finding.location.line) == ("say", 5)
    assert [place for place, _ in way(finding)] == ["x.c", "z.c", "y.c", "y.c", "x.c"]


def test_what_restores_leaves_nothing_open(tmp_path: Path) -> None:
    restored = LEAVE.replace("\treset();\n", "\treset();\n\twrmsrl(MSR_GS_BASE, 1);\n")
    index = tree(tmp_path, {**FILES, "arch/x86/lib/y.c": restored})
    assert names(index) == set()
    assert findings(index) == []


def test_a_static_function_is_nobody_elses(tmp_path: Path) -> None:
    hidden = LEAVE.replace("void leave", "static void leave")
    assert names(tree(tmp_path, {**FILES, "arch/x86/lib/y.c": hidden})) == set()


def test_a_patch_that_leaves_it_open_is_seen(tmp_path: Path) -> None:
    restored = LEAVE.replace("\treset();\n", "")
    index = tree(tmp_path, {**FILES, "arch/x86/lib/y.c": restored})
    assert names(index) == set()
    after = index.with_files({"arch/x86/lib/y.c": LEAVE.encode()})
    assert names(after) == {"leave", "wrap", "f"}
    assert names(index) == set()


def test_functions_that_call_each_other_end(tmp_path: Path) -> None:
    one = f"void two(int a);\nvoid one(int a)\n{{\n\t{RESET}\n\tif (a)\n\t\ttwo(a);\n}}\n"
    two = "void one(int a);\nvoid two(int a)\n{\n\tone(a - 1);\n\tsay(a);\n}\n"
    index = tree(tmp_path, {"arch/x86/lib/y.c": one, PATH: two})
    assert [finding.subject for finding in findings(index)] == ["say"]


def test_what_a_tree_has_is_remembered_until_it_changes(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    first = tree(tmp_path / "tree", FILES)
    assert names(Index(first.tree, store)) == {"leave", "wrap", "f"}
    again = Index(first.tree, store)
    assert names(again) == {"leave", "wrap", "f"}
    assert not again._texts
    (tmp_path / "tree/arch/x86/lib/y.c").write_text("void leave(void)\n{\n}\n")
    assert names(Index(first.tree, store)) == set()
