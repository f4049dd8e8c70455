from __future__ import annotations

import pytest

from reviewer.check.words.mixed import RENAMED_LINES, stray_white_space, two_changes
from tests.check.words.mails import hits, mail


def renamed(lines: int, *, declared: bool = True) -> str:
    first = "-int mini_old;\n+int mini_new;\n \n" if declared else ""
    return first + "-\tgo(mini_old);\n+\tgo(mini_new);\n \n" * lines


OTHER = "-\tif (a > 1)\n+\tif (a > 2)\n"


def test_a_rename_and_another_change() -> None:
    (hit,) = hits(two_changes, mail("Go.", renamed(RENAMED_LINES) + OTHER))
    assert hit.subject == "mini_new"
    assert hit.detail.startswith("`mini_old` became `mini_new` (kernel/mini.c:10, 12")
    assert hit.detail.endswith("other code changed (kernel/mini.c:22)")


def test_one_change_alone_or_a_change_that_needs_the_name() -> None:
    assert hits(two_changes, mail("Go.", renamed(RENAMED_LINES))) == []
    needs = OTHER.replace("2", "mini_new")
    assert hits(two_changes, mail("Go.", renamed(RENAMED_LINES) + needs)) == []


def test_too_few_lines_or_another_thing_instead() -> None:
    assert hits(two_changes, mail("Go.", renamed(2) + OTHER)) == []
    assert hits(two_changes, mail("Go.", renamed(9, declared=False) + OTHER)) == []


CODE = "-\tif (a > 1)\n+\tif (a > 2)\n"


def in_hunks(*changes: str, changelog: str = "Go.") -> str:
    """A mail with a hunk for each of the changes."""
    first, *others = changes
    text = mail(changelog, first)
    for number, change in enumerate(others, 3):
        old = sum(line[0] in " -" for line in change.splitlines())
        new = sum(line[0] in " +" for line in change.splitlines())
        text += f"@@ -{number * 10},{old} +{number * 10},{new} @@ int f(void)\n{change}"
    return text


@pytest.mark.parametrize(
    ("change", "said", "line"),
    [
        (" \ta;\n+\n \tb;\n", "an empty line is added", 11),
        (" \ta;\n-\n \tb;\n", "an empty line is removed", 11),
        (" \ta;\n-\tb;  \n+\tb;\n \tc;\n", "only white space is changed", 11),
        ("-int\n-go(void)\n+int go(void)\n {\n", "only white space is changed", 10),
    ],
)
def test_a_hunk_of_white_space_among_code(change: str, said: str, line: int) -> None:
    (hit,) = hits(stray_white_space, in_hunks(change, CODE))
    assert (hit.subject, hit.location.line) == (said, line)
    assert [hit.subject for hit in hits(stray_white_space, in_hunks(CODE, change))] == [said]


def test_white_space_that_is_meant_or_belongs_to_the_change_is_none() -> None:
    blank = " \ta;\n+\n \tb;\n"
    assert hits(stray_white_space, in_hunks(blank, blank)) == []
    assert hits(stray_white_space, in_hunks(blank, CODE, changelog="Clean up, too.")) == []
    assert hits(stray_white_space, in_hunks(blank + CODE, CODE)) == []
    moved = "-\ta();\n \tb();\n+\ta();\n"
    assert hits(stray_white_space, in_hunks(moved, CODE)) == []
    comment = " \ta;\n+\t/* why */\n"
    assert hits(stray_white_space, in_hunks(blank, comment)) == []
