from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.check.words.text import MAX_LINE
from tests.check.words.mails import mail, patch


def test_every_line_of_a_changelog_knows_its_line_of_the_mail() -> None:
    text = mail("Start later.\n\nIt is early.")
    lines = text.splitlines()
    for line in patch(text).changelog:
        assert line.mail == line.location
        assert lines[line.location.line - 1] == line.text


def test_code_logs_quotes_tables_and_trailers_are_no_prose() -> None:
    changelog = (
        "Words.\n\n    int code;\n\n[    0.100000] log line\n\n> quoted\n\n"
        "CPU0      CPU1\n\nif (a)\n{\n\nMore words,\non two lines."
    )
    prose = [paragraph.text for paragraph in patch(mail(changelog)).prose]
    assert prose == ["Words.", "More words, on two lines."]


def test_comments_of_the_new_side_say_which_lines_are_added() -> None:
    change = (
        " \t/*\n \t * Old words.\n+\t * New words.\n \t */\n"
        "+\tgo(); /* on a line */\n-\t/* gone */\n"
    )
    first, second = patch(mail("Say why.", change)).comments
    assert [(line.text, line.added) for line in first.lines if line.text] == [
        ("Old words.", False),
        ("New words.", True),
    ]
    assert (first.begun, first.ended) == (True, True)
    assert [line.text for line in second.lines] == ["on a line"]


def test_a_comment_that_begins_above_the_hunk_is_known_to() -> None:
    change = " \t * of old,\n+\t * and new.\n \t */\n \tgo();\n"
    (comment,) = patch(mail("Say why.", change)).comments
    assert (comment.begun, comment.ended) == (False, True)


def test_a_line_that_nobody_wrote_is_not_read_to_its_end() -> None:
    (line, *_) = patch(mail("( " * 1_000_000)).changelog
    assert len(line.text) == MAX_LINE


@given(st.text(st.sampled_from('ab (\n*/"#>-'), max_size=60))
def test_no_changelog_is_refused(changelog: str) -> None:
    text = patch(mail(changelog))
    shown = [line for paragraph in text.paragraphs for line in paragraph.lines]
    assert shown == [line for line in text.changelog if line.text.strip()]
