from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.c_lex import lex, unwrapped

C_LIKE = st.text(alphabet="ab#\"'\\/*\n {}();", max_size=80).map(str.encode)


def test_comments_and_directives_become_blanks_and_strings_are_filled() -> None:
    text = b"/* a { */ f(\"x{\", '{'); // }\n#define A \\\n  1 /* b */\nint c;\n"
    lexed = lex(text)
    assert lexed.plain.split() == b"f(\"x{\", '{'); int c;".split()
    assert b"{" not in lexed.code
    assert [(item.keyword, item.text.split()) for item in lexed.directives] == [
        ("define", ["A", "1"])
    ]


def test_a_string_over_two_lines_keeps_its_continuation() -> None:
    assert lex(b'"ab\\\ncd"').code == b'"__\\\n__"'


def test_an_unterminated_literal_ends_with_its_line() -> None:
    assert lex(b"don't {\n{").code.count(b"{") == 1


@given(C_LIKE)
def test_lengths_and_newlines_stay(text: bytes) -> None:
    lexed = lex(text)
    for other in (lexed.plain, lexed.code):
        assert len(other) == len(text)
        assert [at for at, byte in enumerate(other) if byte == 10] == [
            at for at, byte in enumerate(text) if byte == 10
        ]


@pytest.mark.parametrize("text", ["a(b, c(d))", "a(\n\tb,\n\n\t  c(d\n)\n)", "a(b,\r\n c(\r\nd))"])
def test_wrapping_leaves_the_text_as_it_is(text: str) -> None:
    assert unwrapped(text) == "a(b, c(d))"
