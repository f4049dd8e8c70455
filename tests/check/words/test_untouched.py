from __future__ import annotations

import pytest

from reviewer.check.words.untouched import untouched
from tests.check.words.mails import mail, subjects

VERBS = ("Convert", "Use")


@pytest.mark.parametrize(
    ("changelog", "found"),
    [
        ("Convert mini_old() to a macro.", ["mini_old"]),
        ("Convert the helper mini_old() to a macro.", ["mini_old"]),
        ("Convert ready to a flag.", []),
        ("Use mini_start() here.", []),
        ("Use start_mini here.", []),
        ("Use mini_old_*() here.", []),
        ("Use mini_old.flag here.", []),
        ("This is what we\nUse mini_old() for.", []),
        ("It is so. It goes on:\nUse mini_old().", ["mini_old"]),
        ("Fix mini_old() here.", []),
    ],
)
def test_untouched(changelog: str, found: list[str]) -> None:
    change = "-\tready = 1;\n+\tready = mini_start(a);\n"
    assert subjects(untouched, mail(changelog, change), *VERBS) == found


def test_the_subject_stands_on_its_line_of_the_mail() -> None:
    text = mail("Say why.").replace("start later", "Use mini_old()")
    (line,) = [
        number for number, line in enumerate(text.splitlines(), 1) if line.startswith("Subject")
    ]
    from tests.check.words.mails import hits

    (hit,) = hits(untouched, text, *VERBS)
    assert hit.mail
    assert (hit.subject, hit.mail.line) == ("mini_old", line)


def test_a_diff_that_shows_not_all_says_nothing() -> None:
    head, _, _ = mail("Convert mini_old() to a macro.").partition("diff --git")
    renamed = "diff --git a/a.c b/b.c\nsimilarity index 100%\nrename from a.c\nrename to b.c\n"
    assert subjects(untouched, head + renamed, *VERBS) == []
