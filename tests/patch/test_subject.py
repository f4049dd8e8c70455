from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch.subject import Subject, parse


@pytest.mark.parametrize(
    ("text", "version", "number", "total", "prefixes"),
    [
        ("[PATCH v3 1/6] x86: flush", 3, 1, 6, ()),
        ("[PATCHv3 1/6] x86: flush", 3, 1, 6, ()),
        ("[PATCH V2 01/10] x86: flush", 2, 1, 10, ()),
        ("[PATCH 1/2 v4] x86: flush", 4, 1, 2, ()),
        ("[v3,1/6] x86: flush", 3, 1, 6, ()),
        ("[RFC PATCH 0/3] x86: flush", 1, 0, 3, ("RFC",)),
        ("[RFCv2 2/3] x86: flush", 2, 2, 3, ("RFC",)),
        ("[PATCH net-next v2 2/2] x86: flush", 2, 2, 2, ("net-next",)),
        ("[RESEND][PATCH v2 2/2] x86: flush", 2, 2, 2, ("RESEND",)),
        ("[PATCH [RESEND] v5 7/9] x86: flush", 5, 7, 9, ("RESEND",)),
        ("[PATCH AUTOSEL 5.4 12/66] x86: flush", 1, 12, 66, ("AUTOSEL", "5.4")),
        ("[list] Re: [PATCH v2 2/3] x86: flush", 2, 2, 3, ("list",)),
        ("[PATCH 1234/5678] x86: flush", 1, 1234, 5678, ()),
    ],
)
def test_brackets(
    text: str, version: int, number: int, total: int, prefixes: tuple[str, ...]
) -> None:
    subject = parse(text)
    assert subject.text == "x86: flush"
    assert (subject.version, subject.number, subject.total) == (version, number, total)
    assert subject.prefixes == prefixes
    assert not subject.counter_inferred


def test_a_bracket_behind_a_prefix_is_no_reply_mark() -> None:
    subject = parse("[PATCH 1/2] x86: [tsc] calibrate")
    assert subject.text == "x86: [tsc] calibrate"
    assert not subject.reply


def test_what_is_not_said_is_inferred() -> None:
    subject = parse("[PATCH] x86: flush")
    assert subject == Subject("x86: flush", patch=True)
    assert subject.counter_inferred


@pytest.mark.parametrize("mark", ["Re: ", "RE: Re: ", "Aw: ", "Fwd: Re:", "Re[2]: ", "xx: "])
def test_reply_marks(mark: str) -> None:
    subject = parse(f"{mark}[PATCH 2/3] x86: flush")
    assert subject.reply
    assert (subject.number, subject.text) == (2, "x86: flush")


def test_a_subsystem_is_no_reply_mark() -> None:
    assert parse("mm: fix") == Subject("mm: fix")


def test_a_folded_subject_is_one_line() -> None:
    assert parse("[PATCH\n 1/2] a\n\tb").text == "a b"


def test_brackets_behind_the_text_stay() -> None:
    assert parse("[PATCH] kexec: [arm] fix").text == "kexec: [arm] fix"


def test_an_open_bracket_is_text() -> None:
    assert parse("[PATCH 1/2 x86: flush").text == "[PATCH 1/2 x86: flush"


def test_only_an_announcement_is_a_cover() -> None:
    assert parse("[PATCH 0/2] a").is_cover
    assert not parse("Re: [PATCH 0/2] a").is_cover
    assert not parse("[PATCH 1/2] a").is_cover


@given(st.text(alphabet=st.sampled_from("[]PATCHv0123/: Re\n\0é"), max_size=60))
def test_any_text_has_a_reading(text: str) -> None:
    assert parse(text) == parse(" ".join(text.split()))


def test_a_very_long_subject_is_read_at_once() -> None:
    assert parse("[" * 1_000_000).prefixes == ()
    assert parse("Re: " * 1_000_000).reply
