from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch import changelog
from reviewer.patch.changelog import Base, is_scissors
from reviewer.patch.types import Trailer

SIGNED = "Signed-off-by: A B <a@b.org>"


def read(text: str, *, has_diff: bool = True) -> changelog.Changelog:
    return changelog.read(text.split("\n"), has_diff=has_diff)


def test_message_notes_and_trailers() -> None:
    log = read(f"\nWhy.\n\nMore.  \n\n{SIGNED}\n---\nv2: less\n\n a.c | 1 +\n\n")
    assert log.message == f"Why.\n\nMore.\n\n{SIGNED}"
    assert log.notes == "v2: less\n\n a.c | 1 +"
    assert log.trailers == (Trailer("Signed-off-by", "A B <a@b.org>"),)


def test_headers_in_the_body_overrule_the_mails() -> None:
    log = read('From: "C, D" <c@d.org>\nSubject: [PATCH] long\n subject\nDate: today\n\nWhy.\n')
    assert (log.author, log.subject, log.date) == (
        "C, D <c@d.org>",
        "[PATCH] long subject",
        "today",
    )
    assert log.message == "Why."


def test_prose_that_names_a_header_is_prose() -> None:
    assert read("Why.\n\nFrom: nobody\n").message == "Why.\n\nFrom: nobody"
    assert read("From here on it works.\n").author == ""


def test_what_stands_above_the_scissors_is_dropped() -> None:
    log = read("How about this?\n\n-- >8 --\nSubject: [PATCH] other\n\nWhy.\n---\n-- 8< --\n")
    assert (log.subject, log.message, log.notes) == ("[PATCH] other", "Why.", "-- 8< --")


@pytest.mark.parametrize(
    "line",
    [
        "-- >8 --",
        "-- 8< --",
        "--- >8 --- cut here --- 8< ---",
        "- - 8< - - >8 - -",
        "-----%<-----",
    ],
)
def test_scissors(line: str) -> None:
    assert is_scissors(line)


@pytest.mark.parametrize(
    "line",
    ["", "---", "--------", ">8", "a >8 b is more than 8", "-     >8     -", "- >8 cut it here"],
)
def test_no_scissors(line: str) -> None:
    assert not is_scissors(line)


def test_the_signature_of_a_letter_is_cut() -> None:
    assert read("Text.\n-- \nA B\n", has_diff=False).message == "Text."


@pytest.mark.parametrize(
    ("message", "keys"),
    [
        (f"Why.\n\nCc: a@b\n{SIGNED}", ["Cc", "Signed-off-by"]),
        (f'Why.\n\nFixes: 0123 ("a\n  b")\n{SIGNED}', ["Fixes", "Signed-off-by"]),
        (f"Why.\n\n{SIGNED}\n[a: changed b]\n{SIGNED}", ["Signed-off-by"] * 2),
        (f"Why.\n\nnot a trailer\n{SIGNED}\n", ["Signed-off-by"]),
        ("Why.\n\nCc: a@b\nnot a trailer", []),
        (SIGNED, ["Signed-off-by"]),
        ("kexec: why", []),
        ("", []),
    ],
)
def test_trailers(message: str, keys: list[str]) -> None:
    assert [one.key for one in changelog.trailers(message.split("\n"))] == keys


def test_a_trailer_goes_on_in_the_next_line() -> None:
    (trailer,) = changelog.trailers(["Why.", "", 'Fixes: 0123 ("a', ' b")'])
    assert trailer.value == '0123 ("a b")'


def test_hidden_addresses_are_left_out() -> None:
    (trailer,) = changelog.trailers(["Why.", "", "Acked-by: A B <a@...b.org>"])
    assert trailer.value == "A B"


def test_base() -> None:
    lines = [
        f"base-commit: {'a' * 40}",
        "change-id: 20260101-wait-0123456789ab",
        f"prerequisite-patch-id: {'b' * 40}",
        f"prerequisite-patch-id: {'c' * 40}",
        f"base-commit: {'d' * 40}",
        "base-commit: none",
    ]
    assert changelog.base(lines) == Base(
        "a" * 40, "20260101-wait-0123456789ab", ("b" * 40, "c" * 40)
    )


@given(st.lists(st.sampled_from(["---", "", "From: a", " b", "-- >8 --", SIGNED, "-- ", "x"])))
def test_any_lines_have_a_reading(lines: list[str]) -> None:
    log = changelog.read(lines)
    assert "\n---\n" not in f"\n{log.message}\n"
