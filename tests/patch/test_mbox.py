from __future__ import annotations

import mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch.mbox import is_envelope, split

ENVELOPE = b"From dev@example.org Thu Jan  1 10:00:00 2026"
RD_ENVELOPE = b"From mboxrd@z Thu Jan  1 00:00:00 1970"


@pytest.mark.parametrize(
    "line",
    [
        ENVELOPE,
        RD_ENVELOPE,
        b"From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001",
        b"From dev@example.org Thu Jan  1 10:00:00 2026\r",
        b"From MAILER-DAEMON Thu Jan  1 10:00:00 101",
    ],
)
def test_envelope(line: bytes) -> None:
    assert is_envelope(line)


@pytest.mark.parametrize(
    "line",
    [
        b"From here on the lock is held",
        b"From what I saw at 10:30, nothing broke in the end",
        b"From 10:00:00 on",
        b"From a b 10:00:00 64",
        b"From : 2026",
        b"From ",
        b"from dev@example.org Thu Jan  1 10:00:00 2026",
        b">From dev@example.org Thu Jan  1 10:00:00 2026",
    ],
)
def test_prose_is_no_envelope(line: bytes) -> None:
    assert not is_envelope(line)


def test_prose_that_begins_with_from_does_not_split_a_mail() -> None:
    patch = ENVELOPE + b"\nSubject: a\n\nFrom here on\nFrom there on\n"
    (mail,) = split(patch)
    assert mail.data == b"Subject: a\n\nFrom here on\nFrom there on\n"
    assert mail.envelope == ENVELOPE


def test_without_an_envelope_it_is_one_mail() -> None:
    data = b"Subject: a\n\nIt says:\n" + ENVELOPE + b"\nSubject: b\n"
    (mail,) = split(data)
    assert (mail.data, mail.offset, mail.line) == (data, 0, 1)


def test_each_mail_knows_where_it_stands() -> None:
    data = ENVELOPE + b"\nSubject: a\n\nx\n\n" + ENVELOPE + b"\nSubject: b\n\ny\n"
    first, second = split(data)
    assert (first.line, second.line) == (2, 7)
    assert data[second.offset :] == second.data
    assert data.splitlines()[second.line - 1] == b"Subject: b"


def test_blank_lines_above_the_first_envelope() -> None:
    (mail,) = split(b"\n\n" + ENVELOPE + b"\nSubject: a\n")
    assert (mail.data, mail.line) == (b"Subject: a\n", 4)


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_nothing_holds_no_mail(data: bytes) -> None:
    assert not list(split(data))


def test_only_mboxrd_is_unescaped() -> None:
    body = b"Subject: a\n\n>From here\n>>From there\n"
    assert next(split(RD_ENVELOPE + b"\n" + body)).data == b"Subject: a\n\nFrom here\n>From there\n"
    assert next(split(ENVELOPE + b"\n" + body)).data == body
    assert next(split(ENVELOPE + b"\n" + body, mboxrd=True)).data.endswith(b"\n>From there\n")


def test_a_mapped_file_reads_like_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.mbox"
    path.write_bytes(ENVELOPE + b"\nSubject: a\n\nx\n\n" + ENVELOPE + b"\nSubject: b\n\ny\n")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert list(split(mapped)) == list(split(path.read_bytes()))


BODIES = st.lists(
    st.sampled_from([b"text", b"", b"From here", b">From here", b">>From x", ENVELOPE, b"\xff\0"]),
    min_size=1,
    max_size=6,
).map(lambda lines: b"Subject: a\n\n" + b"\n".join(lines) + b"\n")


def _escaped(body: bytes) -> bytes:
    return b"\n".join(
        b">" + line if line.lstrip(b">").startswith(b"From ") else line
        for line in body.split(b"\n")
    )


@given(st.lists(BODIES, min_size=1, max_size=5))
def test_an_mboxrd_gives_back_what_went_in(bodies: list[bytes]) -> None:
    packed = b"".join(RD_ENVELOPE + b"\n" + _escaped(body) + b"\n" for body in bodies)
    assert [mail.data for mail in split(packed)] == bodies


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_split_without_loss(data: bytes, begins: bool) -> None:
    packed = ENVELOPE + b"\n" + data if begins else data
    mails = list(split(packed))
    assert b"".join(mail.data for mail in mails).strip() in packed
    for mail in mails:
        assert packed[mail.offset :].startswith(mail.data)
        assert packed[: mail.offset].count(b"\n") == mail.line - 1
