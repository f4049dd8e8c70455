from __future__ import annotations

import difflib
from pathlib import Path

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


@given(st.lists(st.sampled_from(["one", "two", "(", ";", "\n"]), min_size=1))
def test_renaming_one_name_of_any_text_is_found_or_changes_nothing(words: list[str]) -> None:
    before = " ".join(words) + "\n"
    after = before.replace("one", "first")
    if "one" in words:
        assert found(before, after) == {"first": "one"}


def test_a_renamed_flag_keeps_its_protocol(minikernel: Path) -> None:
    text = (minikernel / "arch/x86/kernel/process.c").read_text()
    after = text.replace("cache_state_incoherent", "cache_needs_flush")
    assert found(text, after) == {"cache_needs_flush": "cache_state_incoherent"}
