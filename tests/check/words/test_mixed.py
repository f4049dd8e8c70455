from __future__ import annotations

from reviewer.check.words.mixed import RENAMED_LINES, two_changes
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
