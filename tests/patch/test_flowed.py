from __future__ import annotations

from reviewer.patch.flowed import unflowed
from tests.patch import letterbox


def lines(text: str, *, delsp: bool = False) -> list[str]:
    count = text.count("\n") + 1
    return unflowed(text, range(1, count + 1), delsp=delsp)[0].split("\n")


def test_soft_breaks_are_joined() -> None:
    text, numbers = unflowed("one \ntwo\nthree", range(5, 8), delsp=False)
    assert (text, list(numbers)) == ("one two\nthree", [5, 7])
    assert lines("one \ntwo", delsp=True) == ["onetwo"]


def test_stuffing_is_removed() -> None:
    assert lines(" From here\n > no quote") == ["From here", "> no quote"]


def test_quotations_are_joined_at_their_own_depth() -> None:
    assert lines("> one \n> two\n>> three \n> four") == ["> one two", ">> three ", "> four"]


def test_a_signature_mark_is_no_soft_break() -> None:
    assert lines("text\n-- \nname") == ["text", "-- ", "name"]


def test_a_stuffed_diff_comes_out_as_it_was() -> None:
    stuffed = "\n".join(f" {line}" if line[:1] == " " else line for line in WRAPPABLE)
    assert lines(stuffed) == WRAPPABLE


def test_a_diff_that_was_not_stuffed_stays() -> None:
    assert lines(letterbox.DIFF) == letterbox.DIFF.split("\n")


def test_white_space_at_the_ends_of_a_diffs_lines_stays() -> None:
    body = ["--- a/x", "+++ b/x", "@@ -1,2 +1,2 @@", "-one ", "+two ", "+three"]
    assert lines("\n".join(body)) == body


WRAPPABLE = ["--- a/x", "+++ b/x", "@@ -1,3 +1,3 @@", " {", "-\tone", "+\ttwo", " }"]
