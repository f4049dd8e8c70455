from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.patch import headers
from reviewer.patch.headers import decoded_words, person


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("=?utf-8?q?J=C3=B6rg_R?= <j@x.org>", "Jörg R <j@x.org>"),
        ("=?ISO-8859-1?Q?J=F6rg?=", "Jörg"),
        ("=?UTF-8?B?SsO2cmc=?=", "Jörg"),
        ("=?utf-8?b?SsO2cmc?=", "Jörg"),
        ("=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"),
        ("=?utf-8?q?J=C3?= =?utf-8?q?=B6rg?=", "Jörg"),
        ("=?us-ascii?q?J=C3=B6rg?=", "Jörg"),
        ("=?no-such-charset?q?J=F6rg?=", "Jörg"),
        ("=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
        ("=?utf-8?b?*?=", ""),
        ("2 =? 3", "2 =? 3"),
    ],
)
def test_encoded_words(text: str, decoded: str) -> None:
    assert decoded_words(text) == decoded


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A Developer <dev@example.org>", "A Developer <dev@example.org>"),
        ('"Developer, A" <dev@example.org>', "Developer, A <dev@example.org>"),
        ('"Developer, A" <dev@...ple.org>', "Developer, A"),
        ("A Developer <dev@xxxxxxxxxxx>", "A Developer"),
        ("A Developer <d...@example.org>", "A Developer"),
        ("<d...@example.org>", ""),
    ],
)
def test_an_address_an_archive_hid_is_nobodys(text: str, name: str) -> None:
    assert person(text) == name


def test_folded_headers_and_the_offset_of_the_body() -> None:
    raw = b"Received: x\n y\nSubject: a\n\tb\nFROM: c\n\nbody\n"
    found, begin = headers.read(raw)
    assert raw[begin:] == b"body\n"
    assert (found.text("subject"), found.text("from"), found.get("date")) == ("a b", "c", "")


def test_crlf_headers() -> None:
    raw = b"Subject: a\r\n b\r\nFrom: c\r\n\r\nbody\r\n"
    found, begin = headers.read(raw)
    assert (found.text("subject"), found.text("from")) == ("a b", "c")
    assert raw[begin:] == b"body\r\n"


def test_message_ids() -> None:
    raw = b"Subject: a\nReferences: <a@b>\n <c@d>\n <e@...f.org>\nMessage-Id: g@h (x)\n\n"
    found, _ = headers.read(raw)
    assert found.message_ids("references") == ("a@b", "c@d")
    assert found.message_ids("message-id") == ("g@h",)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"diff --git a/x b/x\n",
        b"Index: x.c\n====\n--- x.c\n+++ x.c\n",
        b"kexec: fix a leak\n\nThe text.\n---\n--- a/x\n+++ b/x\n",
        b"\x89PNG\r\n\x1a\n\0\0\0",
    ],
)
def test_what_begins_with_no_headers(raw: bytes) -> None:
    assert headers.read(raw) == (headers.Headers(), 0)


def test_a_line_that_is_no_header_among_headers_is_passed_over() -> None:
    raw = b"Received: x\nnot a header\nFrom: c\nSubject: a\n\nbody\n"
    found, begin = headers.read(raw)
    assert (found.text("from"), found.text("subject")) == ("c", "a")
    assert raw[begin:] == b"body\n"


@given(st.binary(max_size=300))
def test_any_bytes_have_a_reading(raw: bytes) -> None:
    _, begin = headers.read(raw)
    assert 0 <= begin <= len(raw)


def test_huge_headers_are_read_at_once() -> None:
    found, _ = headers.read(b"Subject: a\n" + b"X-Junk: b\n c\n" * 200_000 + b"\nbody")
    assert found.text("subject") == "a"
    assert headers.read(b"Subject: " + b"a" * 10_000_000)[0]
