from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.source.gas_lines import Line, read_lines


def texts(source: str) -> list[tuple[int, str]]:
    return [(line.line, line.text) for line in read_lines(source)[0]]


def test_comments_of_all_kinds_are_cut_out() -> None:
    source = "nop // one\n/* two\n three */ hlt /* four */\n\tcli # five\n# six\nsti\n"
    assert texts(source) == [(1, "nop"), (3, "hlt"), (4, "cli"), (6, "sti")]


def test_comments_are_kept_with_their_lines() -> None:
    _, comments = read_lines("nop # flags\n\t/*\n\t * %rdi page\n\t * %r11 flags\n\t */\n")
    assert [(x.line, x.end_line, x.trailing) for x in comments] == [(1, 1, True), (2, 5, False)]
    assert comments[1].lines == ("", "%rdi page", "%r11 flags", "")


def test_a_mark_in_quotes_begins_no_comment() -> None:
    source = ".ascii \"a # b /* c // d\"\nmovb $'#', %al\nmovb $'\"', %al # \"\n"
    assert texts(source) == [
        (1, '.ascii "a # b /* c // d"'),
        (2, "movb $'#', %al"),
        (3, "movb $'\"', %al"),
    ]


def test_continued_lines_are_one_and_count_as_several() -> None:
    source = 'ALTERNATIVE "a", \\\n\t"b", F\nnop\n#define X \\\n one ; \\\n two\nhlt\n'
    lines, _ = read_lines(source)
    assert [(x.line, x.end_line, x.directive) for x in lines] == [
        (1, 2, ""),
        (3, 3, ""),
        (4, 6, "define"),
        (7, 7, ""),
    ]
    assert lines[2].text.split() == ["X", "one", ";", "two"]


def test_a_directive_keeps_its_hash_marks_and_a_hash_comment_does_not() -> None:
    lines, _ = read_lines("#define S(x) #x\n# define T 1\n#ifdef A /* why */\n# if this is prose\n")
    assert lines[0] == Line(1, 1, "S(x) #x", "define")
    assert lines[1] == Line(2, 2, "T 1", "define")
    assert lines[2] == Line(3, 3, "A", "ifdef")


def test_an_unclosed_comment_takes_the_rest() -> None:
    assert texts("nop\n/* open\nhlt\n") == [(1, "nop")]


@given(
    st.lists(
        st.sampled_from(("\tnop", "/* a */ hlt", "// x", "# y", "", "/* b\n c */", "cli ; sti"))
    )
)
def test_every_line_stands_where_its_text_does(parts: list[str]) -> None:
    source = "\n".join(parts)
    numbered = source.split("\n")
    for line in read_lines(source)[0]:
        assert line.text.split()[0] in numbered[line.line - 1]


@given(st.text(alphabet="ab\"'\\/*# \n;", max_size=80))
def test_any_text_is_read(source: str) -> None:
    lines, comments = read_lines(source)
    last = source.count("\n") + 1
    spans = [(x.line, x.end_line) for x in lines] + [(x.line, x.end_line) for x in comments]
    assert all(1 <= first <= end <= last for first, end in spans)
