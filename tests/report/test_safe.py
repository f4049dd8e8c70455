from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.report.safe import WIDTH, printable, quoted


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain\ttext é", "plain\ttext é"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\r\nb\0", "a\\x0d\\x0ab\\x00"),
        ("if (x) \u202e{ \u2066", "if (x) \\u202e{ \\u2066"),
        ("\x9b2J\x7f", "\\x9b2J\\x7f"),
        ("\u2028\u200b\ufeff", "\\u2028\\u200b\\ufeff"),
        ("\U000e0041", "\\U000e0041"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), "caf\\xe9"),
    ],
)
def test_printable(raw: str, shown: str) -> None:
    assert printable(raw) == shown


@given(st.text(st.characters()))
def test_printable_is_one_printable_line_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert shown.replace("\t", "").isprintable()
    assert printable(shown) == shown
    shown.encode()  # raises where a surrogate is left


def test_long_lines_are_cut() -> None:
    assert quoted("\t\t" + "x" * 10_000_000) == "x" * WIDTH + "..."
    assert quoted("  short ") == "short"
