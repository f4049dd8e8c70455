"""Diffs damaged on their way: put right where the counts allow one reading, else a Skip."""

from __future__ import annotations

import quopri

import pytest

from reviewer.patch.diff import ParsedDiff, parse
from reviewer.patch.types import FileDiff

HEAD = """\
diff --git a/kernel/drain.c b/kernel/drain.c
index 1111111..2222222 100644
--- a/kernel/drain.c
+++ b/kernel/drain.c
"""
FIRST = """\
@@ -10,6 +10,7 @@ static void drain(struct pipe *pipe)
 {
 \tif (!pipe)
 \t\treturn;
-\tflush(pipe);
+\tif (pipe->open)
+\t\tflush(pipe);
 \tempty = true;
 }
"""
LAST = """\
@@ -40,4 +41,4 @@ static void fill(struct pipe *pipe)
 \topen(pipe);

-\tempty = true;
+\tempty = false;
 }
"""
WHOLE = HEAD + FIRST + LAST


def of(text: str) -> ParsedDiff:
    return parse(text.removesuffix("\n").split("\n"), source="mail")


def texts(diff: FileDiff) -> list[list[str]]:
    return [[f"{line.kind}{line.text}" for line in hunk.lines] for hunk in diff.hunks]


GOOD = texts(of(WHOLE).files[0])


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(WHOLE.replace("\n ", "\n\u00a0"), id="no-break blanks as signs"),
        pytest.param(
            WHOLE.replace("\n \t", "\n\t").replace("\n {", "\n{").replace("\n }", "\n}"),
            id="context lost its blank",
        ),
        pytest.param(WHOLE.replace("\n", "\r\n"), id="carriage returns"),
        pytest.param(
            "".join(f"\x1b[32m{line}\x1b[m\n" for line in WHOLE.splitlines()), id="colours"
        ),
        pytest.param(WHOLE.replace("drain.c b/", "drain.c\nb/"), id="wrapped git header"),
        pytest.param(
            WHOLE.replace("--- a", "---\na").replace("+++ b", "+++\nb"), id="wrapped names"
        ),
        pytest.param(WHOLE.replace("+10,7 @@", "+10,7\n@@"), id="wrapped hunk header"),
        pytest.param(WHOLE.rstrip("\n"), id="no line end"),
        pytest.param(WHOLE.replace(LAST, f"\n\n{LAST}"), id="blank lines between hunks"),
        pytest.param(WHOLE.replace(LAST, f"Same here:\n\n{LAST}"), id="a word between hunks"),
    ],
)
def test_damage_that_is_put_right(damaged: str) -> None:
    parsed = of(damaged)
    assert parsed.skips == ()
    (diff,) = parsed.files
    assert texts(diff) == GOOD
    assert (diff.path, diff.old_blob) == ("kernel/drain.c", "1111111")


LONG = "+\tif (" + " && ".join(f"is_set({bit})" for bit in range(12)) + ")"


def wrapped(text: str) -> str:
    """The text with long lines broken at a blank, as a mailer does at 72 columns."""
    lines: list[str] = []
    for line in text.split("\n"):
        while len(line) > 72 and (at := line.rfind(" ", 20, 73)) > 0:
            lines.append(line[:at])
            line = line[at + 1 :]
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize(
    "long",
    [
        WHOLE.replace("+\tif (pipe->open)", LONG),
        WHOLE.replace(" }\n@@", f" {LONG[1:]}\n@@"),
        WHOLE.replace("static void drain(", f"static void drain({LONG[1:]} "),
        f"{HEAD}{FIRST[:-2]} {LONG[1:]}\n{WHOLE.replace('drain', 'next')}",
    ],
)
def test_wrapped_lines_are_joined(long: str) -> None:
    assert wrapped(long) != long
    parsed = of(wrapped(long))
    assert parsed.skips == ()
    assert [texts(diff) for diff in parsed.files] == [texts(diff) for diff in of(long).files]
    assert parsed.files[0].hunks[0].section == of(long).files[0].hunks[0].section


def test_quoted_printable_that_nobody_declared_is_decoded() -> None:
    text = WHOLE.replace("+\tif (pipe->open)", LONG + " /* \u20ac */")
    encoded = quopri.encodestring(text.encode()).decode()
    assert "=3D" in encoded
    parsed = of(encoded)
    assert parsed.skips == ()
    assert texts(parsed.files[0]) == texts(of(text).files[0])
    assert parsed.end == encoded.count("\n")
    last = parsed.files[0].hunks[1].lines[-1]
    assert encoded.split("\n")[last.mail_line - 1] == " }"


def test_code_that_resembles_quoted_printable_is_left_alone() -> None:
    text = "--- a/url\n+++ b/url\n@@ -1 +1 @@\n-x=3D\n+x = 3D"
    assert texts(of(text).files[0]) == [["-x=3D", "+x = 3D"]]
    long = f"+x=3D{'y' * 80}"
    assert texts(of(f"--- a/url\n+++ b/url\n@@ -1 +1 @@\n-x=3D\n{long}").files[0]) == [
        ["-x=3D", long]
    ]


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (WHOLE.replace(" }\n@@", "@@"), "1 old and 1 new lines of its header are missing"),
        (WHOLE.replace("-\tflush(pipe);\n", ""), "1 old and 0 new lines of its header are missing"),
        (WHOLE.replace("+\t\tflush", "+\t\tlog();\n+\t\tflush"), "has other lines than"),
        (WHOLE.replace(" }\n@@", " }\n+extra\n@@"), "has more lines than its header counts"),
        (WHOLE.replace(" }\n@@", " }\n\n extra\n@@"), "has more lines than its header counts"),
        (WHOLE.replace("-\tflush", "\tflush"), "lines of its header are missing"),
    ],
)
def test_a_hunk_that_no_reading_fits_is_a_skip_and_the_next_one_is_kept(
    damaged: str, reason: str
) -> None:
    parsed = of(damaged)
    assert [texts(diff) for diff in parsed.files] == [GOOD[1:]]
    (skip,) = parsed.skips
    assert (skip.path, skip.line) == ("mail", 5)
    assert skip.reason.startswith("kernel/drain.c: hunk @@ -10,6 +10,7 @@: ")
    assert reason in skip.reason


@pytest.mark.parametrize("cut", ["@@ -20,6", "@@ -20,6 +21,7 @"])
def test_a_text_cut_inside_a_hunk_header_is_a_skip(cut: str) -> None:
    parsed = of(HEAD + FIRST + cut)
    assert [texts(diff) for diff in parsed.files] == [GOOD[:1]]
    (skip,) = parsed.skips
    assert skip.line == len((HEAD + FIRST).splitlines()) + 1
    assert skip.reason == "kernel/drain.c: its hunk header is damaged or cut short"


def test_a_file_whose_hunks_are_all_bad_is_no_file() -> None:
    parsed = of(HEAD + FIRST.replace(" }\n", ""))
    assert parsed.files == ()
    assert len(parsed.skips) == 1


def test_prose_after_a_hunk_cut_short_is_not_taken_for_context() -> None:
    prose = "\n".join(f"Sentence {number} of the rest of this mail." for number in range(50))
    for count in range(2, 30):
        text = f"{HEAD}@@ -1,{count + 3} +1,{count + 4} @@\n a\n b\n c\n+d\n{prose}\n"
        assert of(text).files == ()


def test_the_signature_is_not_taken_for_lines_of_a_short_hunk() -> None:
    text = f"{HEAD}@@ -1,5 +1,5 @@\n a\n-b\n+c\n d\n-- \n2.43.0\n"
    assert of(text).files == ()
    assert len(of(text).skips) == 1


def test_a_short_hunk_does_not_swallow_the_next_file() -> None:
    second = "--- a/two.c\n+++ b/two.c\n@@ -1 +1 @@\n-a\n+b\n"
    parsed = of(f"--- a/one.c\n+++ b/one.c\n@@ -1,3 +1,3 @@\n a\n{second}")
    assert [diff.path for diff in parsed.files] == ["two.c"]
    assert [skip.line for skip in parsed.skips] == [3]


@pytest.mark.parametrize(
    "text",
    [
        "@@ -1,9 +1,9 @@\n" * 3000,
        f"{HEAD}@@ -1,9 +1,9 @@\n a\n" + "x" * 5_000_000 + "\n" + "y " * 2_500_000,
        "--- " + " " * 5_000_000 + "\n+++ " + " " * 5_000_000 + "\n@@ -1 +1 @@\n-a\n+b",
        "diff --git " + "a " * 2_500_000,
        "diff --git " + '"' * 5_000_000,
        f"{HEAD}@@ -1,2 +1,2 @@\n a{'x' * 80}\n" + ("w" * 70 + "\n") * 20_000,
        f"{HEAD}@@ -999999999,999999999 +999999999,999999999 @@\n a\n" + "-- \n" * 20_000,
        "\x1b[" + "1;" * 2_500_000 + "\n" + WHOLE.replace("+++", "\x1b[1m+++"),
        f"{' ' * 5_000_000}| 3 ++\n{' ' * 5_000_000}1 file changed\n",
    ],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    parsed = of(text)
    assert all(skip.reason for skip in parsed.skips)
    assert all(hunk.lines for diff in parsed.files for hunk in diff.hunks)
