from __future__ import annotations

import pytest

from reviewer.check.words.spelling import doubled, misspelt, phrases
from tests.check.words.mails import hits, mail, subjects


@pytest.mark.parametrize(
    ("changelog", "found"),
    [
        ("It is recieved.", ["recieved"]),
        ("(recieved, writen)", ["recieved", "writen"]),
        ("Recieved it is.", ["Recieved"]),
        ("So Recieved is its name.", []),
        ("RECIEVED, recieve_it, a.recieved and /dev/recieve stay.", []),
        ("> It is recieved.", []),
        ("for the fs and ags, teh end", ["teh"]),
        ("[    1.000000] recieved", []),
        ("code:\n\n    go(); // recieved", ["recieved"]),
        ("code:\n\n    recieved(); wich = 1;", []),
    ],
)
def test_misspelt_words_of_a_changelog(changelog: str, found: list[str]) -> None:
    assert subjects(misspelt, mail(changelog)) == found


def test_own_words_add_to_the_list_and_take_from_it() -> None:
    text = mail("It timesout and is recieved.")
    (hit,) = hits(misspelt, text, "timesout->times out", "recieved->")
    assert (hit.subject, hit.detail) == ("timesout", "times out")


def test_a_word_of_the_code_is_a_name() -> None:
    assert subjects(misspelt, mail("Add wich.", "+\tint wich;\n")) == []
    assert subjects(misspelt, mail("Add wich.", "+\tint which; /* wich */\n")) == ["wich", "wich"]


def test_only_added_comments_count_and_moved_ones_do_not() -> None:
    change = " \t/* wich */\n-\t/* recieved */\n+\t\t/* recieved */\n+\t/* writen */\n"
    assert subjects(misspelt, mail("Move.", change)) == ["writen"]


@pytest.mark.parametrize(
    ("changelog", "found"),
    [
        ("Start the the CPU.", ["the the"]),
        ("Start the\nthe CPU.", ["the the"]),
        ("Start the\n\nthe CPU.", []),
        ("The the CPU.", ["The the"]),
        ("First Cb CB, then Cr CR.", []),
        ("0       size             size", []),
        ("So that that is had.", []),
        ("long long, fd fd->ops, a.the the and a the-the.", []),
        ("    the the", []),
    ],
)
def test_doubled_words(changelog: str, found: list[str]) -> None:
    assert subjects(doubled, mail(changelog), "that", "long") == found


def test_phrases_keep_what_they_match() -> None:
    (hit,) = hits(phrases, mail("It should of been."), r"(should|could) of->\1 have")
    assert (hit.subject, hit.detail) == ("should of", "should have")
