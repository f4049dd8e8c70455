"""Well-formed diffs of every kind, amid the prose of a mail."""

from __future__ import annotations

import pytest

from reviewer.patch.diff import ParsedDiff, parse
from reviewer.patch.types import FileChange, FileDiff, LineKind

HUNK = """\
@@ -1,3 +1,4 @@ static void drain(void)
 one
-two
+2
+2b
 three"""

GIT = f"""\
diff --git a/kernel/drain.c b/kernel/drain.c
index 1111111..2222222 100644
--- a/kernel/drain.c
+++ b/kernel/drain.c
{HUNK}"""


def of(text: str) -> ParsedDiff:
    return parse(text.split("\n"), source="mail")


def only(text: str) -> FileDiff:
    parsed = of(text)
    assert parsed.skips == ()
    (diff,) = parsed.files
    return diff


def test_a_git_diff_with_its_line_numbers() -> None:
    parsed = parse(GIT.split("\n"), first_line=100, source="mail")
    (diff,) = parsed.files
    assert (diff.change, diff.old_path, diff.new_path) == (
        FileChange.MODIFY,
        "kernel/drain.c",
        "kernel/drain.c",
    )
    assert (diff.old_blob, diff.new_blob, diff.old_mode, diff.new_mode) == (
        "1111111",
        "2222222",
        "100644",
        "100644",
    )
    (hunk,) = diff.hunks
    assert (hunk.section, hunk.mail_line, diff.mail_line) == ("static void drain(void)", 104, 100)
    assert [(line.kind, line.text, line.old, line.new, line.mail_line) for line in hunk.lines] == [
        (LineKind.CONTEXT, "one", 1, 1, 105),
        (LineKind.REMOVED, "two", 2, None, 106),
        (LineKind.ADDED, "2", None, 2, 107),
        (LineKind.ADDED, "2b", None, 3, 108),
        (LineKind.CONTEXT, "three", 3, 4, 109),
    ]
    assert (parsed.start, parsed.end) == (0, 10)


def test_prose_signature_and_footer_around_a_diff_are_not_part_of_it() -> None:
    above = "Subject line\n\nWhy.\n---\n kernel/drain.c | 3 ++-\n\n"
    below = "\n-- \n2.43.0\n\n______________________________\nsome list\nhttp://lists.example/x\n"
    parsed = of(above + GIT + below)
    assert parsed.skips == ()
    assert parsed.files[0].added == 2
    assert (parsed.start, parsed.end) == (6, 16)


@pytest.mark.parametrize(
    "prose",
    [
        "+++ this is loud\nand nothing else",
        "--- a/x.c\n+++ b/x.c\nare the two names of a file",
        "--- a/x.c",
        "    diff --git a/x.c b/x.c\n    --- a/x.c\n    +++ b/x.c\n    @@ -1 +1 @@\n    -a\n    +b",
        "> --- a/x.c\n> +++ b/x.c\n> @@ -1 +1 @@\n> -a\n> +b",
        "diff --git takes two names",
        "@@ is an at sign twice",
        "",
    ],
)
def test_prose_is_no_diff(prose: str) -> None:
    parsed = of(prose)
    count = len(prose.split("\n"))
    assert parsed == ParsedDiff((), (), count, count)
    assert [diff.path for diff in of(f"{prose}\n{GIT}").files] == ["kernel/drain.c"]


@pytest.mark.parametrize(
    ("header", "change", "old", "new"),
    [
        ("new file mode 100644\nindex 0000000..e69de29", FileChange.ADD, None, "b.c"),
        ("deleted file mode 100644\nindex e69de29..0000000", FileChange.DELETE, "a.c", None),
        (
            "similarity index 100%\nrename from a.c\nrename to b.c",
            FileChange.RENAME,
            "a.c",
            "b.c",
        ),
        ("similarity index 100%\ncopy from a.c\ncopy to b.c", FileChange.COPY, "a.c", "b.c"),
        ("old mode 100644\nnew mode 100755", FileChange.RENAME, "a.c", "b.c"),
        (
            "index 1111111..2222222 100644\nBinary files a/a.c and b/b.c differ",
            FileChange.BINARY,
            "a.c",
            "b.c",
        ),
    ],
)
def test_changes_without_hunks(
    header: str, change: FileChange, old: str | None, new: str | None
) -> None:
    diff = only(f"diff --git a/a.c b/b.c\n{header}\n-- \n2.43.0")
    assert (diff.change, diff.old_path, diff.new_path, diff.hunks) == (change, old, new, ())


def test_a_mode_change_with_and_without_hunks() -> None:
    modes = "diff --git a/run b/run\nold mode 100644\nnew mode 100755"
    bare = only(modes)
    assert (bare.change, bare.old_mode, bare.new_mode) == (FileChange.MODE, "100644", "100755")
    full = only(f"{modes}\nindex 1111111..2222222\n--- a/run\n+++ b/run\n{HUNK}")
    assert (full.change, full.old_mode, full.new_mode) == (FileChange.MODIFY, "100644", "100755")


def test_a_git_binary_patch_is_one_binary_change_and_loses_no_neighbour() -> None:
    binary = (
        "diff --git a/logo.png b/logo.png\nindex 1111111..2222222 100644\nGIT binary patch\n"
        "literal 12\nTcmZQzWMT#Y01*%X0ssI200031\n\ndelta 7\nOcmeyz$iTo01pxpC0ssI2\n\n"
    )
    parsed = of(binary + GIT)
    assert [diff.change for diff in parsed.files] == [FileChange.BINARY, FileChange.MODIFY]
    assert parsed.skips == ()


def test_a_new_symlink_and_a_submodule_keep_their_modes() -> None:
    link = only(
        "diff --git a/now b/now\nnew file mode 120000\nindex 0000000..2222222\n"
        "--- /dev/null\n+++ b/now\n@@ -0,0 +1 @@\n+later\n\\ No newline at end of file"
    )
    assert (link.new_mode, link.hunks[0].lines[0].newline) == ("120000", False)
    module = only(
        "diff --git a/sub b/sub\nindex 1111111..2222222 160000\n--- a/sub\n+++ b/sub\n"
        "@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2"
    )
    assert (module.old_mode, module.change) == ("160000", FileChange.MODIFY)


def test_the_no_newline_marker_speaks_of_the_line_before_it_in_any_language() -> None:
    for marker in ("No newline at end of file", "Kein Zeilenumbruch am Dateiende."):
        diff = only(
            f"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n same\n-old\n\\ {marker}\n+new\n\\ {marker}\n"
        )
        assert [line.newline for line in diff.hunks[0].lines] == [True, False, False]


def test_lines_that_look_like_headers_are_content_where_the_counts_say_so() -> None:
    diff = only(
        "--- a/q.sql\n+++ b/q.sql\n@@ -1,3 +1,3 @@\n context\n--- a/old comment\n- \n"
        "+++ b/new comment\n+ \n@@ -9 +9 @@\n-x\n+y"
    )
    assert [line.text for line in diff.hunks[0].lines] == [
        "context",
        "-- a/old comment",
        " ",
        "++ b/new comment",
        " ",
    ]
    assert len(diff.hunks) == 2


def test_a_removed_and_an_added_line_before_the_next_hunk_are_no_file_names() -> None:
    diff = only("--- a/q\n+++ b/q\n@@ -1 +1 @@\n--- a/x\n+++ b/y\n@@ -9 +9 @@\n-x\n+y")
    assert [line.text for line in diff.hunks[0].lines] == ["-- a/x", "++ b/y"]


def test_odd_line_separators_stay_inside_their_line() -> None:
    text = "form\x0cfeed\x0bvertical\u2028line\u0085next"
    diff = only(f"--- a/f\n+++ b/f\n@@ -1 +1 @@\n-{text}\n+{text}x")
    assert [line.text for line in diff.hunks[0].lines] == [text, f"{text}x"]


def test_bytes_that_are_no_text_survive() -> None:
    raw = b"-\xe4\xff"
    line = raw.decode("utf-8", "surrogateescape")
    diff = only(f"--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n{line}")
    assert diff.hunks[0].lines[0].text.encode("utf-8", "surrogateescape") == raw[1:]


def test_a_diff_with_crlf_throughout_comes_out_without() -> None:
    diff = only("\r\n".join([*GIT.split("\n"), "\\ No newline at end of file", ""]))
    assert diff == only(f"{GIT}\n\\ No newline at end of file\n")


def test_carriage_returns_of_the_content_alone_are_kept() -> None:
    diff = only("--- a/dos.inf\n+++ b/dos.inf\n@@ -1,2 +1,2 @@\n same\r\n-old\r\n+new\n")
    assert [line.text for line in diff.hunks[0].lines] == ["same\r", "old\r", "new"]
    assert diff.path == "dos.inf"


def test_an_empty_line_is_context_that_lost_its_blank() -> None:
    diff = only("--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n")
    assert diff.hunks[0].lines[1].text == ""
    assert diff.hunks[0].lines[1].kind is LineKind.CONTEXT


def test_a_hunk_of_nothing_is_dropped() -> None:
    diff = only(f"--- a/f\n+++ b/f\n@@ -1,0 +1,0 @@\n{HUNK}")
    assert len(diff.hunks) == 1


def test_one_bad_file_never_loses_the_others() -> None:
    merge = "diff --cc lib/merge.c\nindex 11,22..33\n@@@ -1,1 -1,1 +1,2 @@@\n  a\n++b\n"
    hostile = "--- a/../../etc/passwd\n+++ b/../../etc/passwd\n@@ -1 +1 @@\n-a\n+b\n"
    short = "diff --git a/s.c b/s.c\n--- a/s.c\n+++ b/s.c\n@@ -1,9 +1,9 @@\n a\n"
    parsed = of(f"{merge}{GIT}\n{hostile}{short}{GIT.replace('drain', 'fill')}\n")
    assert [diff.path for diff in parsed.files] == ["kernel/drain.c", "kernel/fill.c"]
    assert [(skip.path, skip.line, skip.reason) for skip in parsed.skips] == [
        ("mail", 1, "lib/merge.c: combined diff of a merge"),
        ("mail", 16, "../../etc/passwd: path that leaves the tree"),
        (
            "mail",
            24,
            "s.c: hunk @@ -1,9 +1,9 @@: is damaged or cut short: "
            "8 old and 8 new lines of its header are missing",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("--- a/x\n+++ b//etc/passwd\n@@ -1 +1 @@\n-a\n+b", "absolute path"),
        ("--- /tmp/x\n+++ /tmp/x\n@@ -1 +1 @@\n-a\n+b", "absolute path"),
        ("--- a/x/../../y\n+++ b/x/../../y\n@@ -1 +1 @@\n-a\n+b", "path that leaves the tree"),
        ("--- a/x\0\n+++ b/x\0\n@@ -1 +1 @@\n-a\n+b", "path with a NUL byte"),
        ('diff --git "a/\\000x" "b/\\000x"\nnew file mode 100644', "path with a NUL byte"),
        ("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b", "neither side exists"),
        (
            "diff --git a/x b/x\nnew file mode 100644\ndeleted file mode 100644",
            "both added and deleted",
        ),
        (
            "diff --git a/x.c b/x.c\n--- a/y.c\n+++ b/y.c\n@@ -1 +1 @@\n-a\n+b",
            "the diff --git line and the --- and +++ lines name different files",
        ),
        ("diff --git a/x.c b/x.c\nindex 1111111..2222222 100644", "no change follows its header"),
    ],
)
def test_a_file_that_must_not_be_used_is_a_skip(text: str, reason: str) -> None:
    parsed = of(f"{text}\n{GIT}")
    assert [diff.path for diff in parsed.files] == ["kernel/drain.c"]
    (skip,) = parsed.skips
    assert skip.reason.endswith(f": {reason}")
    assert (skip.path, skip.line) == ("mail", 1)


def test_an_example_above_the_diffstat_is_no_file() -> None:
    example = f"Before this patch:\n\n{GIT.replace('drain', 'example')}\n\n---\n"
    stat = " kernel/drain.c | 3 ++-\n 1 file changed, 2 insertions(+), 1 deletion(-)\n\n"
    parsed = of(example + stat + GIT)
    assert [diff.path for diff in parsed.files] == ["kernel/drain.c"]
    assert [skip.line for skip in parsed.skips] == [3]
    assert "example" in parsed.skips[0].reason
    assert parsed.start == 17


def test_two_patches_with_a_diffstat_each_are_all_files() -> None:
    stat = " kernel/{}.c | 3 ++-\n 1 file changed, 2 insertions(+), 1 deletion(-)\n\n"
    first, second = GIT, GIT.replace("drain", "fill")
    parsed = of(f"{stat.format('drain')}{first}\n\n---\n{stat.format('fill')}{second}")
    assert [diff.path for diff in parsed.files] == ["kernel/drain.c", "kernel/fill.c"]
    assert parsed.skips == ()


def test_a_hunk_without_a_file_is_a_skip() -> None:
    parsed = of(f"I meant this:\n{HUNK}\n\nor not\n{GIT}")
    (skip,) = parsed.skips
    assert (skip.line, skip.end_line) == (2, 7)
    assert skip.reason == "hunk without a file header: its lines belong to no file"
    assert len(parsed.files) == 1


def test_two_hundred_thousand_lines_and_a_ten_megabyte_line() -> None:
    lines = [
        "--- a/f",
        "+++ b/f",
        "@@ -0,0 +1,200000 @@",
        *["+x"] * 199_999,
        "+" + "y " * 5_000_000,
    ]
    (diff,) = parse(lines).files
    assert diff.added == 200_000
    assert len(diff.hunks[0].lines[-1].text) == 10_000_000
