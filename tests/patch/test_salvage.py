"""Patches out of replies: quoted, collapsed, commented, cut."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.finding import Location
from reviewer.patch.diff import parse
from reviewer.patch.salvage import Salvaged, salvage
from reviewer.patch.types import FileDiff

# A reply as a web archive shows it: runs of blanks are one, context has lost its blank.
COLLAPSED = """\
[<prev] [next>] [<thread-prev] [day] [month] [year] [list]
Message-ID: <reply@mail.example>
Date: Mon, 3 Mar 2025 10:00:00 +0000
From: A Reviewer <reviewer@...mple.org>
Subject: Re: [PATCH v2 1/3] pump: Drain the pipe before
closing it
On Sun, 2025-03-02 at 09:00 +0100, An Author wrote:
> Closing a pipe that still holds water floods the cellar.
^ a full
>
> Drain it first.
Is the order with respect to valve_shut() documented anywhere? I could
not find it.

The rest of the text reads well.
>
> Signed-off-by: An Author <author@...mple.org>
> ---
> drivers/pump/pipe.c | 15 +++++++++++----
> include/pump/pipe.h | 2 +-
> 2 files changed, 12 insertions(+), 5 deletions(-)
>
> diff --git a/drivers/pump/pipe.c b/drivers/pump/pipe.c
> index 1111111111aa..2222222222bb 100644
> --- a/drivers/pump/pipe.c
> +++ b/drivers/pump/pipe.c
> @@ -20,11 +20,17 @@ static bool pipe_holds_water(struct pipe *pipe)
> void pipe_close(struct pipe *pipe)
> {
> unsigned int left;
>
> - left = 0;
> + /*
> + * The valve stays open until nothing is left, since
> + * water has nowhere else to go.
> + */
> + left = pipe_drain(pipe);
Can pipe_drain() sleep? This is called with the lock held.
> + if (left)
> + return;
> valve_shut(pipe->valve);
I would have shut it first.
>
> - pipe->state = 0;
> + pipe->state = CLOSED;
> }
> EXPORT_SYMBOL(pipe_close);
>
> @@ -60,8 +66,9 @@ static int __init pipe_init(void)
> {
> int error;
>
> - error = pipe_register(&pipe_ops);
> - if (error)
> + error = pipe_register(&pipe_ops,
> + PIPE_DRAINS);
> + if (error < 0)
> return error;
>
Which caller returned a positive number?
> return 0;
> diff --git a/include/pump/pipe.h b/include/pump/pipe.h
> index 3333333333cc..4444444444dd 100644
> --- a/include/pump/pipe.h
> +++ b/include/pump/pipe.h
> @@ -5,5 +5,5 @@
> #define PUMP_PIPE_H
>
> -void pipe_drain(struct pipe *pipe);
^ unsigned int
> +unsigned int pipe_drain(struct pipe *pipe);
>
> #endif
>
Powered by blists - more mailing lists
"""

PATCH = """\
Close only what is open.

Signed-off-by: An Author <author@example.org>
---
v2: reworded

 drivers/pump/pipe.c | 4 ++--
 1 file changed, 2 insertions(+), 2 deletions(-)

diff --git a/drivers/pump/pipe.c b/drivers/pump/pipe.c
index 1111111..2222222 100644
--- a/drivers/pump/pipe.c
+++ b/drivers/pump/pipe.c
@@ -20,7 +20,7 @@ static bool pipe_holds_water(struct pipe *pipe)
 void pipe_close(struct pipe *pipe)
 {
 \tunsigned int left;

-\tleft = 0;
+\tleft = 1;
 \tvalve_shut(pipe->valve);
 }
@@ -60,5 +60,5 @@ static int __init pipe_init(void)
 {
 \tint error;

-\terror = pipe_register(&pipe_ops);
+\terror = pipe_register(NULL);
 \treturn error;
"""


def of(text: str) -> Salvaged:
    salvaged = salvage(text.removesuffix("\n").split("\n"), source="reply")
    assert salvaged is not None
    return salvaged


def quoted(text: str, mark: str = "> ") -> str:
    return "".join(f"{mark}{line}".rstrip() + "\n" for line in text.splitlines())


def hunks(files: tuple[FileDiff, ...]) -> list[list[str]]:
    return [
        [f"{line.kind}{line.text}" for line in hunk.lines] for diff in files for hunk in diff.hunks
    ]


WHOLE = parse(PATCH.splitlines()).files


def test_a_collapsed_patch_comes_back_whole() -> None:
    salvaged = of(COLLAPSED)
    assert salvaged.skips == ()
    assert salvaged.collapsed
    assert [diff.path for diff in salvaged.files] == ["drivers/pump/pipe.c", "include/pump/pipe.h"]
    assert [(diff.added, diff.removed, len(diff.hunks)) for diff in salvaged.files] == [
        (11, 4, 2),
        (1, 1, 1),
    ]
    first = hunks(salvaged.files)[0]
    assert first[:6] == [
        " void pipe_close(struct pipe *pipe)",
        " {",
        " unsigned int left;",
        " ",
        "- left = 0;",
        "+ /*",
    ]


def test_changelog_and_notes_are_told_apart() -> None:
    salvaged = of(COLLAPSED)
    assert salvaged.changelog[0].startswith("Closing a pipe")
    assert salvaged.changelog[-1] == "Signed-off-by: An Author <author@...mple.org>"
    assert salvaged.notes[0] == "drivers/pump/pipe.c | 15 +++++++++++----"


def test_every_remark_is_kept_at_the_line_it_follows() -> None:
    pipe, header = "drivers/pump/pipe.c", "include/pump/pipe.h"
    found = [(remark.text, remark.after, remark.location) for remark in of(COLLAPSED).remarks]
    assert found == [
        ("^ a full", "Closing a pipe that still holds water floods the cellar.", None),
        (
            "Is the order with respect to valve_shut() documented anywhere? I could\n"
            "not find it.\n\nThe rest of the text reads well.",
            "Drain it first.",
            None,
        ),
        (
            "Can pipe_drain() sleep? This is called with the lock held.",
            "+ left = pipe_drain(pipe);",
            Location(pipe, 28),
        ),
        ("I would have shut it first.", "valve_shut(pipe->valve);", Location(pipe, 31)),
        ("Which caller returned a positive number?", "return error;", Location(pipe, 72)),
        ("^ unsigned int", "-void pipe_drain(struct pipe *pipe);", Location(header, 7)),
    ]
    lines = COLLAPSED.splitlines()
    for remark in of(COLLAPSED).remarks:
        assert lines[remark.mail_line - 1] == remark.text.split("\n")[0]


@pytest.mark.parametrize("mark", ["> ", ">", ">> ", "> > ", ">>", "> >"])
def test_every_style_of_quoting(mark: str) -> None:
    salvaged = of(f"Hello,\n\n{quoted(PATCH, mark)}\nThanks\n-- \nA Reviewer\n")
    assert hunks(salvaged.files) == hunks(WHOLE)
    assert not salvaged.collapsed
    assert salvaged.skips == ()
    assert [(remark.text, remark.location) for remark in salvaged.remarks] == [
        ("Hello,", None),
        ("Thanks", Location("drivers/pump/pipe.c", 64)),
    ]


def test_the_level_that_holds_the_diff_is_taken() -> None:
    reply = (
        "On Monday, X wrote:\n> On Sunday, 2 March 2025 at 09:00, An Author\n"
        f"> <author@example.org> wrote:\n{quoted(PATCH, '>> ')}> Nothing to add.\nAgreed.\n"
    )
    salvaged = of(reply)
    assert hunks(salvaged.files) == hunks(WHOLE)
    assert [remark.text for remark in salvaged.remarks] == ["> Nothing to add.\nAgreed."]


def test_header_lines_broken_by_a_mailer() -> None:
    text = quoted(PATCH)
    text = text.replace("pipe.c b/", "pipe.c\n> b/").replace("+60,5 @@", "+60,5\n@@")
    salvaged = of(text)
    assert hunks(salvaged.files) == hunks(WHOLE)
    assert salvaged.remarks == ()


def test_tabs_that_became_blanks_are_collapsed_white_space() -> None:
    assert of(quoted(PATCH.replace("\t", "        "))).collapsed
    assert not of(quoted(PATCH)).collapsed


@pytest.mark.parametrize("mark", ["[...]", "> [ ... ]", "<snip>", "> ..."])
def test_a_marked_cut_keeps_both_ends_of_the_hunk(mark: str) -> None:
    text = quoted(PATCH).replace(">  void pipe_close(struct pipe *pipe)\n>  {\n", f"{mark}\n")
    text = text.replace(">  \tunsigned", "What?\n>  \tunsigned") if mark == "[...]" else text
    salvaged = of(text)
    (diff,) = salvaged.files
    ranges = [
        (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) for hunk in diff.hunks
    ]
    assert ranges == [(22, 5, 22, 5), (60, 5, 60, 5)]
    assert [skip.reason for skip in salvaged.skips] == [
        "drivers/pump/pipe.c: hunk @@ -20,7 +20,7 @@: is quoted in part; 6 lines of it are kept"
    ]
    assert mark not in [remark.text for remark in salvaged.remarks]


def test_lines_left_out_at_the_end_correct_the_counts() -> None:
    text = quoted(PATCH).replace(">  \tvalve_shut(pipe->valve);\n>  }\n", "\nWhy?\n\n")
    salvaged = of(text)
    hunk = salvaged.files[0].hunks[0]
    assert (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) == (20, 5, 20, 5)
    assert len(salvaged.files[0].hunks) == 2
    assert [skip.line for skip in salvaged.skips] == [14]
    (remark,) = salvaged.remarks
    assert (remark.text, remark.location) == ("Why?", Location("drivers/pump/pipe.c", 24))


def test_a_removed_line_is_named_in_the_old_file() -> None:
    text = quoted(PATCH).replace("-\tleft = 0;\n", "-\tleft = 0;\nGood riddance.\n")
    (remark,) = of(text).remarks
    assert remark.location == Location("drivers/pump/pipe.c", 24)
    text = quoted(PATCH).replace("-20,7", "-120,7")
    text = text.replace("-\tleft = 0;\n", "-\tleft = 0;\nGood riddance.\n")
    (remark,) = of(text).remarks
    assert remark.location == Location("drivers/pump/pipe.c", 124)


def test_remarks_on_headers_stand_for_the_file_and_the_hunk() -> None:
    text = quoted(PATCH).replace("2222222 100644\n", "2222222 100644\nWhose file?\n")
    text = text.replace("pipe_init(void)\n", "pipe_init(void)\nWhose hunk?\n")
    assert [remark.location for remark in of(text).remarks] == [
        Location("drivers/pump/pipe.c", 0),
        Location("drivers/pump/pipe.c", 60),
    ]


def test_files_left_out_are_said_by_the_diffstat() -> None:
    start = COLLAPSED.index("> diff --git a/include")
    salvaged = of(COLLAPSED[:start])
    assert [skip.reason for skip in salvaged.skips] == [
        "the quotation is not the whole patch: the diffstat declares 2 files, 12 insertions and "
        "5 deletions, the diff has 1 file, 11 insertions and 4 deletions"
    ]
    assert COLLAPSED.splitlines()[salvaged.skips[0].line - 1].startswith("> 2 files changed")


def test_list_footers_and_signatures_are_no_remarks() -> None:
    footer = "_" * 47 + "\nsome mailing list\nsome@lists.example\n"
    salvaged = of(f"{quoted(PATCH)}\nFine.\n\n-- \nA Reviewer\n\n{footer}")
    assert [remark.text for remark in salvaged.remarks] == ["Fine."]


@pytest.mark.parametrize("text", ["", "Hello", "> Hello\nHi", PATCH, "> diff --git is a command"])
def test_a_mail_that_quotes_no_diff_is_none(text: str) -> None:
    assert salvage(text.split("\n")) is None


def test_a_quoted_hunk_without_its_file_is_a_skip() -> None:
    salvaged = of("> @@ -1 +1 @@\n> -a\n> +b\nWhy b?\n")
    assert salvaged.files == ()
    assert [skip.reason for skip in salvaged.skips] == [
        "hunk without a file header: its lines belong to no file"
    ]
    assert [remark.text for remark in salvaged.remarks] == ["Why b?"]


WORD = st.text("abcdefghij", min_size=1, max_size=8)


@given(st.lists(st.integers(0, len(PATCH.splitlines()) - 1), unique=True), st.data())
def test_remarks_anywhere_neither_change_the_patch_nor_get_lost(
    places: list[int], data: st.DataObject
) -> None:
    remarks: list[str] = []
    reply: list[str] = []
    for at, line in enumerate(PATCH.splitlines()):
        reply.append(f"> {line}".rstrip())
        if at in places:
            remark = data.draw(WORD)
            remarks.append(remark)
            reply += ["", remark, ""]
    salvaged = salvage(reply)
    assert salvaged is not None
    assert hunks(salvaged.files) == hunks(WHOLE)
    assert [remark.text for remark in salvaged.remarks] == remarks
    assert salvaged.skips == ()


@pytest.mark.real
def test_the_seed_mail_comes_back_whole() -> None:
    path = os.environ.get("REVIEWER_SEED")
    if not path:
        pytest.skip("REVIEWER_SEED names no mail")
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    salvaged = salvage(lines, source="seed")
    assert salvaged is not None
    assert salvaged.skips == ()
    assert salvaged.collapsed
    files = salvaged.files
    assert (len(files), len(hunks(files))) == (6, 12)
    assert (sum(diff.added for diff in files), sum(diff.removed for diff in files)) == (43, 23)
    body = next(at for at, line in enumerate(lines) if line.startswith(">"))
    own = [line for line in lines[body:] if line and not line.startswith(">")]
    kept = [line for remark in salvaged.remarks for line in remark.text.split("\n")]
    assert kept == [line for line in own if not line.startswith("Powered by")]
    assert [remark.location for remark in salvaged.remarks] == [None] * 6
