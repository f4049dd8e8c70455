from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch.apply import apply
from reviewer.patch.diff import parse
from reviewer.patch.types import FileReview, Patch, SourceFile
from reviewer.review.renames import renames

BEFORE = "int flag;\n\nint get(void)\n{\n\treturn flag;\n}\n"


def review(before: str, after: str) -> tuple[Patch, FileReview]:
    """A patch from one text to the other and its one file."""
    old, new = before.splitlines(), after.splitlines()
    lines = list(difflib.unified_diff(old, new, "a/f.c", "b/f.c", lineterm=""))
    files = parse(["diff --git a/f.c b/f.c", *lines]).files
    sides = SourceFile("f.c", before.encode()), SourceFile("f.c", after.encode())
    assert apply(files[0], sides[0].text).text == sides[1].text
    return Patch(1, "s", "a", "", files), FileReview(files[0], *sides)


def found(before: str, after: str) -> dict[str, str]:
    patch, each = review(before, after)
    return renames(patch, [each])


def test_a_name_replaced_everywhere_is_a_rename() -> None:
    assert found(BEFORE, BEFORE.replace("flag", "mark")) == {"mark": "flag"}


def test_a_name_that_stays_somewhere_is_none() -> None:
    assert found(BEFORE, BEFORE.replace("return flag", "return mark")) == {}


def test_a_name_that_was_there_is_none() -> None:
    before = "int mark;\n" + BEFORE
    assert found(before, "int mark;\n" + BEFORE.replace("flag", "mark")) == {}


def test_another_use_of_the_new_name_is_none() -> None:
    after = BEFORE.replace("flag", "mark").replace("\treturn", "\tmark = 1;\n\treturn")
    assert found(BEFORE, after) == {}


def test_two_names_into_one_is_none() -> None:
    before = "int one;\nint two;\n"
    assert found(before, "int both;\nint both;\n") == {}


@pytest.mark.parametrize(
    "line",
    [
        "one(x);",
        "\t\tone();\n\t\tone(2);",
        "\treturn one(x);",
        "\tif (a)\n\t\tb();\n\telse one();",
        "/* Use one() here. */\n\tone();",
        '\tsay("int one");\n\tone();',
    ],
)
def test_another_function_that_is_called_is_none(line: str) -> None:
    before = f"void f(void)\n{{\n\t{line.strip()}\n}}\n"
    assert found(before, before.replace("one", "first")) == {}


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        ("static __always_inline int f(void)\n{\n}\n", "__always_inline", "inline"),
        ("DEFINE_PER_CPU(bool, flag);\n", "bool", "u8"),
        ("static bool flag;\n", "bool", "int"),
    ],
)
def test_another_type_or_attribute_is_none(before: str, old: str, new: str) -> None:
    assert found(before, before.replace(old, new)) == {}


@pytest.mark.parametrize(
    "line",
    [
        "void one(void);",
        "int one __read_mostly;",
        "#define one 1",
        "static u64\none(void)\n{\n}",
        "struct thing *one;",
        "int two, one;",
        "void (*one)(int);",
        "DEFINE_PER_CPU(bool, one);",
        "SYM_FUNC_START(one)",
        "enum color { red,\n\tone, };",
        "typedef struct { int a; } one;",
        "struct one {\n};",
    ],
)
def test_a_declared_name_may_be_renamed(line: str) -> None:
    before = f"{line}\nvoid f(void)\n{{\n\tg(one);\n}}\n"
    assert found(before, before.replace("one", "first")) == {"first": "one"}


@given(st.lists(st.sampled_from(["one", "two", "(", ";", "\n"]), min_size=1))
def test_renaming_one_name_of_any_text_is_found_or_changes_nothing(words: list[str]) -> None:
    before = "int one;\n" + " ".join(words) + "\n"
    assert found(before, before.replace("one", "first")) == {"first": "one"}


def test_a_renamed_flag_keeps_its_protocol(minikernel: Path) -> None:
    text = (minikernel / "arch/x86/kernel/process.c").read_text()
    after = text.replace("cache_state_incoherent", "cache_needs_flush")
    assert found(text, after) == {"cache_needs_flush": "cache_state_incoherent"}


@pytest.mark.parametrize("declared", [True, False])
def test_one_of_several_files_declares_what_all_rename(declared: bool) -> None:
    texts = ["int other;\n", "\treturn flag;\n", "int flag;\n" if declared else "\tflag = 1;\n"]
    reviews = [review(text, text.replace("flag", "mark")) for text in texts if "flag" in text]
    files = tuple(diff for patch, _ in reviews for diff in patch.files)
    idle = SourceFile("idle.c", texts[0].encode())
    each = [FileReview(files[0], idle, idle), FileReview(files[0], None, idle)]
    sides = [*each, *(side for _, side in reviews)]
    assert renames(Patch(1, "s", "a", "", files), sides) == ({"mark": "flag"} if declared else {})
