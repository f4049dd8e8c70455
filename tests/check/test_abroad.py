"""Windows that a function of another file opens."""

from __future__ import annotations

from pathlib import Path

from reviewer.check.abroad import MAX_ROUNDS, callers, with_abroad
from reviewer.check.run import check_unit
from reviewer.patch.types import SourceFile
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from reviewer.source.read import read
from tests.check.tree import PATH, RULES, findings, tree, way

RESET = 'asm volatile("mov %0, %%gs" : : "r" (0));'
LEAVE = f"static void reset(void)\n{{\n\t{RESET}\n}}\nvoid leave(void)\n{{\n\treset();\n}}\n"
WRAP = "void leave(void);\nvoid wrap(int a)\n{\n\tif (a)\n\t\tleave();\n}\n"
CALLER = "void wrap(int a);\nvoid f(int a)\n{\n\twrap(a);\n\tsay(a);\n}\n"
FILES = {"arch/x86/lib/y.c": LEAVE, "arch/x86/power/z.c": WRAP, PATH: CALLER}


def names(index: Index) -> set[str]:
    return {name for _, found in with_abroad(RULES, index).abroad for name in found.opens}


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


RESTORE = "void back(void)\n{\n\twrmsrl(MSR_GS_BASE, 1);\n}\n"
VIA = "void back(void);\nvoid via(int a)\n{\n\tif (a)\n\t\tback();\n\telse\n\t\tback();\n}\n"
LEFT = f"void via(int a);\nvoid f(int a)\n{{\n\t{RESET}\n\tvia(a);\n\tsay(a);\n}}\n"
CLOSING = {"arch/x86/lib/y.c": RESTORE, "arch/x86/power/z.c": VIA, PATH: LEFT}


def subjects(index: Index) -> list[str]:
    return [finding.subject for finding in findings(index)]


def test_a_callee_of_a_callee_closes_the_window(tmp_path: Path) -> None:
    assert subjects(tree(tmp_path, CLOSING)) == ["via"]


def test_it_stays_open_on_the_way_that_does_not_close_it(tmp_path: Path) -> None:
    perhaps = VIA.replace("\telse\n\t\tback();\n", "")
    assert subjects(tree(tmp_path, {**CLOSING, "arch/x86/power/z.c": perhaps})) == ["via", "say"]


def test_one_that_closes_and_opens_leaves_it_open(tmp_path: Path) -> None:
    again = RESTORE.replace("}", f"\t{RESET}\n}}")
    assert subjects(tree(tmp_path, {**CLOSING, "arch/x86/lib/y.c": again})) == ["via", "say"]


def test_only_the_files_of_the_scope_close_it(tmp_path: Path) -> None:
    files = {"kernel/y.c": RESTORE, "arch/x86/power/z.c": VIA, PATH: LEFT}
    assert subjects(tree(tmp_path, files)) == ["via", "say"]


def test_the_files_own_function_is_the_one_that_is_called(tmp_path: Path) -> None:
    own = "static void back(void)\n{\n\tquiet = 1;\n}\n" + LEFT.replace("via(a)", "back()")
    assert subjects(tree(tmp_path, {"arch/x86/lib/y.c": RESTORE, PATH: own})) == ["back", "say"]


def test_closing_functions_that_call_each_other_end(tmp_path: Path) -> None:
    one = "void via(int a);\nvoid back(void)\n{\n\tvia(1);\n\twrmsrl(MSR_GS_BASE, 1);\n}\n"
    assert subjects(tree(tmp_path, {**CLOSING, "arch/x86/lib/y.c": one})) == ["via"]


def test_files_are_found_whose_callee_no_longer_closes(tmp_path: Path) -> None:
    index = tree(tmp_path, CLOSING)
    without = index.with_files({"arch/x86/lib/y.c": b"void back(void)\n{\n}\n"})
    before, after = with_abroad(RULES, index), with_abroad(RULES, without)
    assert {file.path for file in callers(before, after, without)} == set(CLOSING)
    alike = index.with_files({"arch/x86/lib/y.c": RESTORE.replace("1", "2").encode()})
    assert list(callers(before, with_abroad(RULES, alike), alike)) == []


def test_calls_between_more_files_than_are_followed_are_said(tmp_path: Path) -> None:
    files = {"arch/x86/lib/y.c": LEAVE}
    for number in range(MAX_ROUNDS + 1):
        callee = f"step{number - 1}" if number else "leave"
        text = f"void {callee}(void);\nvoid step{number}(void)\n{{\n\t{callee}();\n}}\n"
        files[f"arch/x86/lib/step{number}.c"] = text
    index = tree(tmp_path, files)
    rules = with_abroad(RULES, index)
    unit = read(SourceFile("arch/x86/lib/y.c", LEAVE.encode()))
    reasons = [skip.reason for skip in check_unit(unit, rules, index).skips]
    assert "no-call-after-gs-reset: calls between files were cut off" in reasons
