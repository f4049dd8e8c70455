from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.code_text import code_only


def test_comments_and_strings_are_blanks() -> None:
    text = b'a /* b\nc */ d; // e\nf("g /* \\" h");'
    assert code_only(text) == b"a  \n d;  \nf( );"


def test_what_never_ends_ends_with_the_text() -> None:
    assert code_only(b"a /* b") == b"a  "
    assert code_only(b'a "b') == b'a "b'


@given(st.text(alphabet='/*"\\ \na', max_size=40))
def test_no_line_is_lost(text: str) -> None:
    assert code_only(text.encode()).count(b"\n") == text.count("\n")
