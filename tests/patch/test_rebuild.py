"""A series over a tree: every file before and after every patch."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reviewer.finding import Skip
from reviewer.patch.apply import reverse
from reviewer.patch.rebuild import Rebuilt, rebuild
from reviewer.patch.tree import Directory, NoTree, Tree, open_tree
from reviewer.patch.types import (
    Context,
    FileChange,
    FileDiff,
    FileReview,
    HunkFate,
    Patch,
    Series,
)
from tests.patch.repository import Repository
from tests.patch.test_apply import collapse, diff_of

LINES = [f"int line{number};\n" for number in range(1, 31)]
OLD = "".join(LINES)
NEW = OLD.replace("line15;", "LINE15;")
NEWER = NEW.replace("line16;", "LINE16;")
NEWEST = NEWER.replace("line3;", "LINE3;")
PATH = "kernel/a.c"


def series_of(*patches: FileDiff | tuple[FileDiff, ...], base: str = "") -> Series:
    each = [patch if isinstance(patch, tuple) else (patch,) for patch in patches]
    made = tuple(Patch(number, "s", "a", "", files) for number, files in enumerate(each, 1))
    return Series("t", 1, len(made), made, base_commit=base)


def added(text: str, path: str = PATH) -> FileDiff:
    return replace(diff_of("", text), change=FileChange.ADD, old_path=None, new_path=path)


def moved(diff: FileDiff, old: str, new: str, change: FileChange) -> FileDiff:
    return replace(diff, change=change, old_path=old, new_path=new)


def only(rebuilt: Rebuilt, patch: int = 0) -> FileReview:
    (review,) = rebuilt.patches[patch]
    return review


def before(review: FileReview) -> str:
    assert review.before is not None
    return review.before.text.decode()


def after(review: FileReview) -> str:
    assert review.after is not None
    return review.after.text.decode()


def fates(review: FileReview) -> list[HunkFate]:
    return [hunk.fate for hunk in review.hunks]


@pytest.fixture
def tree(tmp_path: Path) -> Directory:
    return tree_of(tmp_path / "linux-6", {PATH: OLD})


def tree_of(root: Path, files: dict[str, str]) -> Directory:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return Directory(root)


def test_whole_file_before_and_after(tree: Tree) -> None:
    rebuilt = rebuild(series_of(diff_of(OLD, NEW)), tree)
    review = only(rebuilt)
    assert (before(review), after(review)) == (OLD, NEW)
    assert review.context is Context.FULL
    assert review.before is not None
    assert review.after is not None
    assert review.before.changed == review.after.changed == {15}
    assert (rebuilt.base, rebuilt.skips) == ("directory linux-6", ())


def test_patches_build_on_each_other(tree: Tree) -> None:
    rebuilt = rebuild(series_of(diff_of(OLD, NEW), diff_of(NEW, NEWER)), tree)
    assert after(only(rebuilt, 0)) == before(only(rebuilt, 1)) == NEW
    assert after(only(rebuilt, 1)) == NEWER


def test_new_renamed_copied_and_deleted_files(tree: Tree) -> None:
    new = added("int n;\n", "n.c")
    rename = moved(diff_of("int n;\n", "int m;\n"), "n.c", "m.c", FileChange.RENAME)
    copy = moved(diff_of("int m;\n", "int m;\nint c;\n"), "m.c", "c.c", FileChange.COPY)
    change = moved(diff_of("int m;\nint c;\n", "int m;\nint d;\n"), "c.c", "c.c", FileChange.MODIFY)
    gone = reverse(replace(new, new_path="m.c", hunks=added("int m;\n").hunks))
    again = moved(diff_of("int m;\n", "int x;\n"), "m.c", "m.c", FileChange.MODIFY)
    rebuilt = rebuild(series_of(new, rename, copy, change, gone, again), tree)
    assert only(rebuilt, 0).before is None
    assert after(only(rebuilt, 0)) == "int n;\n"
    assert before(only(rebuilt, 1)) == "int n;\n"
    assert after(only(rebuilt, 1)) == "int m;\n"
    assert before(only(rebuilt, 2)) == "int m;\n"
    assert after(only(rebuilt, 3)) == "int m;\nint d;\n"
    assert only(rebuilt, 4).after is None
    assert before(only(rebuilt, 4)) == "int m;\n"
    assert only(rebuilt, 5).context is Context.HUNK
    assert rebuilt.skips == (
        Skip("m.c", 0, "an earlier patch deletes it: only its hunks are analysed", patch=6),
    )


def test_names_swapped_in_one_patch(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {"a.c": "int a;\n", "b.c": "int b;\n"})
    empty = diff_of("", "")
    swap = (
        moved(empty, "a.c", "b.c", FileChange.RENAME),
        moved(empty, "b.c", "a.c", FileChange.RENAME),
    )
    first, second = rebuild(series_of(swap), tree).patches[0]
    assert (after(first), after(second)) == ("int a;\n", "int b;\n")


def test_a_file_that_two_diffs_of_a_patch_change(tree: Tree) -> None:
    first, second = rebuild(series_of((diff_of(OLD, NEW), diff_of(NEW, NEWER))), tree).patches[0]
    assert (after(first), after(second)) == (NEW, NEWER)


def test_without_a_tree_only_the_hunks_are_known() -> None:
    diff = diff_of(OLD, NEWEST, section="static int f(void)")
    rebuilt = rebuild(series_of(diff), NoTree())
    review = only(rebuilt)
    assert review.context is Context.HUNK
    assert review.hunks == ()
    assert review.after is not None
    assert review.after.known == ((1, 6), (12, 19))
    assert review.after.sections == ("static int f(void)",) * 2
    lines = after(review).split("\n")
    assert lines[:3] == ["int line1;", "int line2;", "int LINE3;"]
    assert lines[6:11] == [""] * 5
    assert lines[14] == "int LINE15;"
    assert review.after.changed == {3, 15, 16}
    assert (rebuilt.base, rebuilt.skips) == ("no tree", ())


def test_new_and_deleted_files_are_whole_without_a_tree() -> None:
    rebuilt = rebuild(series_of(added(OLD), reverse(added(OLD, "b.c"))), NoTree())
    assert after(only(rebuilt, 0)) == before(only(rebuilt, 1)) == OLD
    assert only(rebuilt, 0).context is only(rebuilt, 1).context is Context.FULL


def test_hunks_that_cannot_be_shown_are_said() -> None:
    diff = diff_of(OLD, NEW)
    (hunk,) = diff.hunks
    far = replace(hunk, old_start=900_000_000, new_start=900_000_000)
    rebuilt = rebuild(series_of(replace(diff, hunks=(hunk, hunk, far))), NoTree())
    assert [skip.reason for skip in rebuilt.skips] == [
        "hunk 2 overlaps the hunk above it",
        "hunk 3 claims to stand below line 400000",
    ]
    assert len(after(only(rebuilt)).split("\n")) < 30


def test_file_that_is_not_in_the_tree(tree: Tree) -> None:
    diff = moved(diff_of(OLD, NEW), "x.c", "x.c", FileChange.MODIFY)
    rebuilt = rebuild(series_of(diff), tree)
    assert only(rebuilt).context is Context.HUNK
    assert fates(only(rebuilt)) == [HunkFate.FAILED]
    assert only(rebuilt).hunks[0].reason == "not in directory linux-6"
    assert rebuilt.skips == (
        Skip("x.c", 0, "not in directory linux-6: only its hunks are analysed", patch=1),
    )


def test_no_hunk_applies(tmp_path: Path) -> None:
    other = OLD.replace("line", "row")
    rebuilt = rebuild(series_of(diff_of(OLD, NEW)), tree_of(tmp_path / "t", {PATH: other}))
    assert only(rebuilt).context is Context.HUNK
    assert fates(only(rebuilt)) == [HunkFate.FAILED]
    assert rebuilt.skips == (
        Skip(PATH, 0, "no hunk applies to directory t: only its hunks are analysed", patch=1),
    )


def test_some_hunks_fail(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {PATH: OLD.replace("line15", "row15")})
    rebuilt = rebuild(series_of(diff_of(OLD, NEWEST)), tree)
    review = only(rebuilt)
    assert fates(review) == [HunkFate.EXACT, HunkFate.FAILED]
    assert review.context is Context.FULL
    assert after(review) == OLD.replace("line15", "row15").replace("line3;", "LINE3;")
    reason = "hunk 2 does not apply: removed line 4 of hunk 2 not found"
    assert rebuilt.skips == (Skip(PATH, 12, reason, patch=1),)


def test_series_that_the_tree_holds_already_is_undone(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {PATH: NEWEST, "n.c": "int m;\n"})
    new = added("int n;\n", "n.c")
    then = moved(diff_of("int n;\n", "int m;\n"), "n.c", "n.c", FileChange.MODIFY)
    series = series_of(
        (diff_of(OLD, NEW), new), (diff_of(NEW, NEWER), then), diff_of(NEWER, NEWEST)
    )
    rebuilt = rebuild(series, tree)
    texts = [(before(patch[0]), after(patch[0])) for patch in rebuilt.patches]
    assert texts == [(OLD, NEW), (NEW, NEWER), (NEWER, NEWEST)]
    assert (before(rebuilt.patches[1][1]), after(rebuilt.patches[1][1])) == ("int n;\n", "int m;\n")
    every = [fate for patch in rebuilt.patches for review in patch for fate in fates(review)]
    assert set(every) == {HunkFate.PRESENT}
    assert rebuilt.skips == ()


def test_start_of_a_series_that_the_tree_holds_is_undone(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {PATH: NEWER})
    series = series_of(diff_of(OLD, NEW), diff_of(NEW, NEWER), diff_of(NEWER, NEWEST))
    rebuilt = rebuild(series, tree)
    assert [fates(only(rebuilt, index)) for index in range(3)] == [
        [HunkFate.PRESENT],
        [HunkFate.PRESENT],
        [HunkFate.EXACT],
    ]
    assert before(only(rebuilt, 0)) == OLD
    assert after(only(rebuilt, 2)) == NEWEST


def test_hunk_that_the_tree_holds_is_undone(tmp_path: Path) -> None:
    tree = tree_of(tmp_path, {PATH: NEWER})
    review = only(rebuild(series_of(diff_of(OLD, NEWEST)), tree))
    assert fates(review) == [HunkFate.EXACT, HunkFate.PRESENT]
    assert (before(review), after(review)) == (OLD, NEWEST)


def test_new_file_whose_name_is_taken(tree: Tree) -> None:
    review = only(rebuild(series_of(added("int n;\n")), tree))
    assert (review.before, after(review)) == (None, "int n;\n")
    assert review.hunks[0].reason == "the file is there already"


def test_deleted_file_that_is_gone_already(tree: Tree) -> None:
    review = only(rebuild(series_of(reverse(added(NEW, "gone.c"))), tree))
    assert (before(review), review.after) == (NEW, None)
    assert fates(review) == [HunkFate.PRESENT]


def test_collapsed_patch_gets_tabs_back(tmp_path: Path) -> None:
    old = "int f(void)\n{\n\tone();\n\treturn 0;\n}\n"
    new = old.replace("\treturn", "\ttwo();\n\treturn")
    series = series_of(collapse(diff_of(old, new), leading=" "))
    (patch,) = series.patches
    series = replace(series, patches=(replace(patch, collapsed=True),))
    assert after(only(rebuild(series, tree_of(tmp_path, {PATH: old})))) == new


@pytest.mark.parametrize(
    ("diff", "reason"),
    [
        (moved(diff_of(OLD, NEW), "../a.c", "../a.c", FileChange.MODIFY), "path that leaves"),
        (moved(diff_of(OLD, NEW), "/a.c", "/a.c", FileChange.MODIFY), "absolute path"),
        (replace(added("../../etc/passwd"), new_mode="120000"), "symbolic link"),
        (replace(added("Subproject commit 1"), new_mode="160000"), "submodule"),
        (FileDiff(FileChange.BINARY, PATH, PATH), "binary file"),
    ],
)
def test_what_is_no_source_is_skipped(tree: Tree, diff: FileDiff, reason: str) -> None:
    rebuilt = rebuild(series_of(diff), tree)
    assert rebuilt.patches == ((),)
    (skip,) = rebuilt.skips
    assert (skip.path, skip.patch) == (diff.path, 1)
    assert skip.reason.startswith(reason)


def test_change_of_mode_alone_has_no_review(tree: Tree) -> None:
    diff = FileDiff(FileChange.MODE, PATH, PATH, old_mode="100644", new_mode="100755")
    assert rebuild(series_of(diff), tree) == Rebuilt(((),), "directory linux-6", tree=tree)


def test_unwanted_files_do_not_touch_the_tree(tmp_path: Path) -> None:
    nowhere = Directory(tmp_path / "never-made")
    series = series_of(moved(diff_of(OLD, NEW), "a.rst", "a.rst", FileChange.MODIFY), base="f" * 40)
    rebuilt = rebuild(series, nowhere, wanted=lambda path: path.endswith(".c"))
    assert rebuilt == Rebuilt(((),), "directory never-made", tree=nowhere)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("old", {PATH: OLD})
    made.commit("new", {PATH: NEW})
    made.commit("unrelated", {PATH: OLD.replace("line", "row")})
    return made


def test_base_commit_comes_first(repository: Repository) -> None:
    base = repository.name("HEAD~2")
    rebuilt = rebuild(series_of(diff_of(OLD, NEW), base=base), open_tree(repository.root))
    assert (rebuilt.base, only(rebuilt).context) == (f"commit {base[:12]}", Context.FULL)
    assert after(only(rebuilt)) == NEW


def test_base_commit_that_is_nowhere(repository: Repository, tree: Tree) -> None:
    series = series_of(diff_of(OLD, NEW), base="f" * 40)
    assert rebuild(series, tree).base == "directory linux-6 (base commit ffffffffffff not found)"
    assert rebuild(series, NoTree()).base == "no tree"
    rebuilt = rebuild(series, open_tree(repository.root))
    assert rebuilt.base == "work tree repo (base commit ffffffffffff not found)"


def test_blob_before_the_work_tree(repository: Repository) -> None:
    name = repository.blob(f"HEAD~2:{PATH}")[:12]
    diff = replace(diff_of(OLD, NEW), old_blob=name, new_blob="f" * 12)
    rebuilt = rebuild(series_of(diff), open_tree(repository.root))
    assert (rebuilt.base, only(rebuilt).context) == ("index blobs", Context.BLOB)
    assert (before(only(rebuilt)), after(only(rebuilt))) == (OLD, NEW)


def test_blob_that_the_diff_leads_to_is_undone(repository: Repository) -> None:
    diff = replace(diff_of(OLD, NEW), old_blob="f" * 12)
    diff = replace(diff, new_blob=repository.blob(f"HEAD~1:{PATH}")[:12])
    rebuilt = rebuild(series_of(diff), open_tree(repository.root))
    assert (rebuilt.base, only(rebuilt).context) == ("index blobs", Context.BLOB)
    assert (before(only(rebuilt)), after(only(rebuilt))) == (OLD, NEW)
    assert fates(only(rebuilt)) == [HunkFate.EXACT]


def test_file_of_the_tree_with_the_right_id_is_full(repository: Repository) -> None:
    repository.write({PATH: OLD})
    diff = replace(diff_of(OLD, NEW), old_blob=repository.blob(f"HEAD~2:{PATH}")[:12])
    rebuilt = rebuild(series_of(diff), open_tree(repository.root))
    assert (rebuilt.base, only(rebuilt).context) == ("work tree repo", Context.FULL)
