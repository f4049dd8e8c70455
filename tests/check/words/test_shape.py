from __future__ import annotations

from reviewer.check.words.names import Names, Nobody
from reviewer.check.words.shape import used_before_added
from reviewer.check.words.text import PatchText
from reviewer.check.words.types import Question
from reviewer.patch.intake import STDIN, read
from tests.check.words.mails import mail

USE = " \tint a;\n+\tmini_settle(a);\n"
DEFINITION = " int a;\n+static void mini_settle(int a)\n+{\n+}\n"


def found(*changes: str, names: Names | None = None) -> list[tuple[int, str]]:
    """Patch and subject of every hit in a series of these changes."""
    total = len(changes)
    mails = [
        mail("Go.", change).replace("[PATCH]", f"[PATCH {number}/{total}]")
        for number, change in enumerate(changes, 1)
    ]
    box = "".join(f"From w@example.org Mon Sep 17 00:00:00 2001\n{one}\n" for one in mails)
    (series,) = read([STDIN], box.encode()).series
    return [
        (patch.number, hit.subject)
        for patch in series.patches
        for hit in used_before_added(Question(PatchText(series, patch), (), names or Nobody()))
    ]


def test_a_use_before_the_definition() -> None:
    assert found(USE, DEFINITION) == [(1, "mini_settle()")]


def test_a_use_after_or_with_the_definition() -> None:
    assert found(DEFINITION, USE) == []
    assert found(USE + DEFINITION) == []


def test_a_function_that_was_there_before() -> None:
    again = " int a;\n-static void mini_settle(int a)\n+static void mini_settle(int b)\n"
    assert found(USE, again) == []
    assert found(" extern void mini_settle(int);\n" + USE, DEFINITION) == []


def test_a_macro_that_wraps_its_own_name() -> None:
    assert found(USE, " int a;\n+#define mini_settle(a) (a ? mini_settle(a) : 0)\n") == []
    assert found(USE, " int a;\n+#define mini_settle(a) (a ? 1 : 0)\n") == [(1, "mini_settle()")]


def test_words_of_comments_and_strings_are_no_use() -> None:
    assert found('+\tgo("mini_settle(a)"); /* mini_settle(a) */\n', DEFINITION) == []


def test_a_later_patch_that_finds_the_use_beside_its_definition() -> None:
    near = DEFINITION + " \tint a;\n \tmini_settle(a);\n"
    assert found(USE, near) == [(1, "mini_settle()")]
    other = DEFINITION + " \tint a;\n \tmini_settle(b);\n"
    assert found(USE, other) == []
