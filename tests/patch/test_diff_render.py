"""Parsing and printing undo each other; whatever comes in, what comes out adds up."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reviewer.patch.diff import parse
from reviewer.patch.render import render
from reviewer.patch.types import FileChange, FileDiff, Hunk, Line, LineKind

# A diff whose every `=` is written `=3D` is taken for quoted-printable: test_diff_damage.
TEXT = st.text(
    st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=30
).filter(lambda text: "=3D" not in text)
NAME = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda name: name not in (".", ".."))
PATH = st.lists(NAME, min_size=1, max_size=3).map("/".join)
BLOB = st.text("0123456789abcdef", min_size=7, max_size=12)
MODE = st.sampled_from(["100644", "100755"])


@st.composite
def hunks(draw: st.DrawFn, kinds: tuple[LineKind, ...] = tuple(LineKind)) -> Hunk:
    old_start = 0 if kinds == (LineKind.ADDED,) else draw(st.integers(1, 999))
    new_start = 0 if kinds == (LineKind.REMOVED,) else draw(st.integers(1, 999))
    old, new = old_start or 1, new_start or 1
    lines: list[Line] = []
    for kind, text in draw(st.lists(st.tuples(st.sampled_from(kinds), TEXT), min_size=1)):
        on_old, on_new = kind is not LineKind.ADDED, kind is not LineKind.REMOVED
        lines.append(Line(kind, text, old if on_old else None, new if on_new else None))
        old, new = old + on_old, new + on_new
    if draw(st.booleans()):
        lines[-1] = replace(lines[-1], newline=False)
    old_count = sum(line.old is not None for line in lines)
    new_count = sum(line.new is not None for line in lines)
    section = draw(TEXT.map(str.strip))
    return Hunk(old_start, old_count, new_start, new_count, section, tuple(lines))


@st.composite
def file_diffs(draw: st.DrawFn) -> FileDiff:
    change: FileChange = draw(st.sampled_from(FileChange))
    old, new = draw(st.tuples(PATH, PATH).filter(lambda pair: pair[0] != pair[1]))
    blobs = draw(st.tuples(BLOB, BLOB))
    mode, other = draw(st.permutations(["100644", "100755"]))
    some = tuple(draw(st.lists(hunks(), min_size=1, max_size=3)))
    match change:
        case FileChange.ADD:
            added = (draw(hunks(kinds=(LineKind.ADDED,))),)
            return FileDiff(change, None, new, added, *blobs, "", mode)
        case FileChange.DELETE:
            removed = (draw(hunks(kinds=(LineKind.REMOVED,))),)
            return FileDiff(change, old, None, removed, *blobs, mode, "")
        case FileChange.MODE:
            return FileDiff(change, old, old, old_mode=mode, new_mode=other)
        case FileChange.BINARY:
            return FileDiff(change, old, old, (), *blobs, mode, mode)
        case FileChange.RENAME | FileChange.COPY:
            return FileDiff(change, old, new, some, *blobs, mode, mode)
        case FileChange.MODIFY:
            return FileDiff(change, old, old, some, *blobs, mode, mode)


def without_mail_lines(files: tuple[FileDiff, ...]) -> list[FileDiff]:
    return [
        replace(
            diff,
            mail_line=0,
            hunks=tuple(
                replace(
                    hunk,
                    mail_line=0,
                    lines=tuple(replace(line, mail_line=0) for line in hunk.lines),
                )
                for hunk in diff.hunks
            ),
        )
        for diff in files
    ]


@given(st.lists(file_diffs(), max_size=4))
def test_parse_undoes_render(files: list[FileDiff]) -> None:
    parsed = parse(render(files).split("\n"))
    assert parsed.skips == ()
    assert without_mail_lines(parsed.files) == files


@given(st.lists(file_diffs(), min_size=1, max_size=4), st.integers(0, 1000))
def test_render_undoes_parse_and_mail_lines_point_at_their_lines(
    files: list[FileDiff], above: int
) -> None:
    text = render(files)
    parsed = parse(text.split("\n"), first_line=above + 1)
    assert render(parsed.files) == text
    raw = text.split("\n")
    for diff in parsed.files:
        assert raw[diff.mail_line - above - 1].startswith("diff --git ")
        for hunk in diff.hunks:
            assert raw[hunk.mail_line - above - 1].startswith("@@ -")
            for line in hunk.lines:
                assert raw[line.mail_line - above - 1] == f"{line.kind}{line.text}"


FRAGMENT = st.sampled_from(
    [
        "diff --git a/f.c b/f.c",
        "diff --git a/f.c",
        "diff --cc f.c",
        "index 1111111..2222222 100644",
        "new file mode 100644",
        "rename from x",
        "rename to y",
        "GIT binary patch",
        "literal 3",
        "Binary files a/f.c and b/f.c differ",
        "--- a/f.c",
        "--- /dev/null",
        "---",
        "+++ b/f.c",
        "@@ -1,2 +1,2 @@ section",
        "@@ -1 +1 @@",
        "@@ -1,3 +1,4",
        "@@ -0,0 +0,0 @@",
        "@@@ -1 -1 +1 @@@",
        " context",
        "+added",
        "-removed",
        "unsigned",
        "x" * 70,
        "",
        "\r",
        "-- ",
        "2.43.0",
        "[...]",
        "\\ No newline at end of file",
        " f.c | 2 +-",
        " 1 file changed, 1 insertion(+), 1 deletion(-)",
        "\u00a0no-break",
        "\x1b[32m+++ b/f.c",
        "a =3D b=",
        "\0",
    ]
)


@given(st.lists(FRAGMENT, max_size=40))
def test_any_sequence_of_diff_lines_gives_sound_hunks_or_skips(lines: list[str]) -> None:
    parsed = parse(lines, source="mail")
    assert 0 <= parsed.start <= parsed.end <= len(lines)
    for diff in parsed.files:
        for hunk in diff.hunks:
            olds = [line.old for line in hunk.lines if line.old is not None]
            news = [line.new for line in hunk.lines if line.new is not None]
            assert olds == list(range(hunk.old_start, hunk.old_start + hunk.old_count))
            assert news == list(range(hunk.new_start, hunk.new_start + hunk.new_count))
            assert all(after.mail_line > before.mail_line for before, after in pairwise(hunk.lines))
    assert all(1 <= skip.line <= skip.end_line <= len(lines) for skip in parsed.skips)


@pytest.mark.real
def test_every_patch_of_a_folder_comes_back_from_its_printed_form() -> None:
    folder = os.environ.get("REVIEWER_PATCHES")
    if not folder:
        pytest.skip("REVIEWER_PATCHES names no folder of patches")
    paths = sorted(path for path in Path(folder).iterdir() if path.is_file())
    assert paths
    for path in paths:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        parsed = parse(text.split("\n"), source=path.name)
        assert parsed.skips == ()
        again = parse(render(parsed.files).split("\n"))
        assert without_mail_lines(again.files) == without_mail_lines(parsed.files)
