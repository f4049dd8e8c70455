"""The names of a file: prefixes, quoting, time stamps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch.diff import parse
from reviewer.patch.paths import git_names, quote, unquote
from reviewer.patch.types import FileChange

HUNK = "@@ -1 +1 @@\n-a\n+b"


def path(text: str) -> str:
    parsed = parse(text.split("\n"))
    assert parsed.skips == ()
    (diff,) = parsed.files
    assert diff.change is FileChange.MODIFY
    assert diff.old_path == diff.new_path
    return diff.path


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a/mm/f.c", "b/mm/f.c", "mm/f.c"),
        ("i/mm/f.c", "w/mm/f.c", "mm/f.c"),
        ("mm/f.c", "mm/f.c", "mm/f.c"),
        ("./mm/f.c", "./mm/f.c", "mm/f.c"),
        ("linux.orig/mm/f.c", "linux/mm/f.c", "mm/f.c"),
        ("a/mm/f.c~why-not", "a/mm/f.c", "mm/f.c"),
        ("mm/f.c.orig", "mm/f.c", "mm/f.c"),
        ("a/mm/f.c\t2021-03-04 05:06:07.000 +0100", "b/mm/f.c\t2021-03-04 05:06:08", "mm/f.c"),
        ("a/mm/f.c 2021-03-04 05:06:07.000 +0100", "b/mm/f.c 2021-03-04 05:06:08", "mm/f.c"),
        ("a/mm/f.c Thu Mar  4 05:06:07 2021", "b/mm/f.c Thu Mar  4 05:06:08 2021", "mm/f.c"),
        ("a/my file.c\t", "b/my file.c\t", "my file.c"),
        ('"a/tab\\there.c"', '"b/tab\\there.c"', "tab\there.c"),
    ],
)
def test_a_traditional_header(old: str, new: str, expected: str) -> None:
    assert path(f"--- {old}\n+++ {new}\n{HUNK}") == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("a/mm/f.c b/mm/f.c", "mm/f.c"),
        ("mm/f.c mm/f.c", "mm/f.c"),
        ("c/mm/f.c w/mm/f.c", "mm/f.c"),
        ("old/mm/f.c new/mm/f.c", "mm/f.c"),
        ("a/my own file.c b/my own file.c", "my own file.c"),
        ("a/mm/f.c b/mm/f.c  ", "mm/f.c"),
        ("a/blank  b/blank ", "blank "),
        ("a/  b/ ", " "),
        ('"a/\\303\\244.c" "b/\\303\\244.c"', "\u00e4.c"),
        ('"a/say \\"x\\".c" "b/say \\"x\\".c"', 'say "x".c'),
    ],
)
def test_a_git_header(names: str, expected: str) -> None:
    assert path(f"diff --git {names}\nindex 1111111..2222222 100644\n{HUNK}") == expected


def test_a_rename_between_names_with_blanks_is_told_by_its_extended_header() -> None:
    lines = ["diff --git a/an old name b/a new one", "similarity index 100%"]
    (diff,) = parse([*lines, "rename from an old name", "rename to a new one"]).files
    assert (diff.old_path, diff.new_path) == ("an old name", "a new one")


@pytest.mark.parametrize(
    ("old", "new", "ranges", "change"),
    [
        ("/dev/null", "b/new.c", "-0,0 +1", FileChange.ADD),
        ("a/old.c", "/dev/null", "-1 +0,0", FileChange.DELETE),
        (
            "x.orig/new.c\t1970-01-01 01:00:00 +0100",
            "x/new.c\t2021-03-04",
            "-0,0 +1",
            FileChange.ADD,
        ),
        ("x.orig/new.c", "x/new.c", "-0,0 +1", FileChange.ADD),
        ("x.orig/old.c", "x/old.c", "-1 +0,0", FileChange.DELETE),
        ("x.orig/old.c\t2021-03-04", "x/old.c\t1970-01-01 00:00:00", "-1 +0,0", FileChange.DELETE),
    ],
)
def test_a_file_that_exists_on_one_side(
    old: str, new: str, ranges: str, change: FileChange
) -> None:
    line = "+x" if change is FileChange.ADD else "-x"
    # Another file shows what stands over the tree.
    other = f"--- x.orig/k.c\n+++ x/k.c\n{HUNK}\n"
    parsed = parse(f"{other}--- {old}\n+++ {new}\n@@ {ranges} @@\n{line}".split("\n"))
    assert parsed.files[1].change is change
    assert parsed.files[1].path == ("new.c" if change is FileChange.ADD else "old.c")


def test_an_empty_file_with_a_time_stamp_exists() -> None:
    text = "--- a/k.c\t2021-03-04 10:00:00\n+++ b/k.c\t2021-03-05 10:00:00\n@@ -0,0 +1 @@\n+x"
    assert parse(text.split("\n")).files[0].change is FileChange.MODIFY


def test_the_directory_over_the_tree_is_taken_from_the_other_files() -> None:
    text = f"--- k.orig/a.c\n+++ k/a.c\n{HUNK}\n--- /dev/null\n+++ k/b.c\n@@ -0,0 +1 @@\n+x"
    assert [diff.path for diff in parse(text.split("\n")).files] == ["a.c", "b.c"]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_unquote_undoes_quote(name: str) -> None:
    assert unquote(quote(name)) == name
    assert "\n" not in quote(name)


@given(st.text(st.characters(exclude_characters="\n\r\t", exclude_categories=["Cs", "Zs"])))
def test_a_git_header_of_any_name_is_split(name: str) -> None:
    name = f"x/{name}.c"
    assert git_names(f"{quote(f'a/{name}')} {quote(f'b/{name}')}") == (f"a/{name}", f"b/{name}")
