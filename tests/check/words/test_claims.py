from __future__ import annotations

import pytest

from reviewer.check.words.claims import misplaced_note, not_removed, repeated_paragraph
from tests.check.words.mails import hits, mail, subjects

LONG = "A flag of each CPU is not strictly needed here since it is set early"


@pytest.mark.parametrize(
    ("changelog", "found"),
    [
        ("Go.\n\nNo functional change intended.\n\nAlso stop.", ["Also"]),
        ("Go.\n\nNo other functional changes.\n\nAlso, stop.", ["Also"]),
        ("Go.\n\nAlso stop.\n\nNo functional change intended.", []),
        ("Go.\n\nNo functional change intended.\n\nThen stop.", []),
        ("Go.\n\nNo functional change for most,\nbut for one.\n\nAlso stop.", []),
        ("Go.\n\nNo functional change intended.\n\n    Also code;", []),
    ],
)
def test_misplaced_note(changelog: str, found: list[str]) -> None:
    assert subjects(misplaced_note, mail(changelog), "Also") == found


@pytest.mark.parametrize(
    ("changelog", "count"),
    [
        (f"{LONG}.\n\nGo.\n\n{LONG}.", 1),
        (f"{LONG}\n\n{LONG}. Go.", 1),
        (f"{LONG}. Stop.\n\n{LONG}. Go.", 0),
        ("Short.\n\nShort.", 0),
        (f"    {LONG};\n\n    {LONG};", 0),
    ],
)
def test_repeated_paragraph(changelog: str, count: int) -> None:
    assert len(hits(repeated_paragraph, mail(changelog))) == count


@pytest.mark.parametrize(
    ("kept", "found"),
    [("\treturn mini_extra;", ["mini_extra"]), ("\t/* mini_extra */", []), ("\treturn 0;", [])],
)
def test_not_removed(kept: str, found: list[str]) -> None:
    text = mail("Go.", f"-int mini_extra;\n int mini(void)\n {{\n {kept}\n")
    subject = "mini: start later"
    assert subjects(not_removed, text) == []
    removing = text.replace(subject, "mini: remove unused mini_extra")
    assert subjects(not_removed, removing) == found
