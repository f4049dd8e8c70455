"""The reply as a maintainer reads it: what is quoted, where the words stand, to whom it goes."""

from __future__ import annotations

from email import message_from_string, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.mini import BAD, SOURCE, diff, mail, make_tree, mbox, run
from tests.conftest import FIXTURES

#: As wide as mails are; lines of a diff, functions' names and headers stay as they are.
WIDTH = 76
BAD_SERIES = ["query-after-load-segments", "bisection-hazard", "set-after-seamcall"]


def reply(name: str) -> EmailMessage:
    series = FIXTURES / "series" / name / "series.mbox"
    words = ("check", series, "--tree", FIXTURES / "minikernel", "--format", "reply")
    return parsed(run(*words).out)


def parsed(text: str) -> EmailMessage:
    return message_from_string(text, policy=policy.default)


def checked(tmp_path: Path, patch: str) -> EmailMessage:
    tree = make_tree(tmp_path / "linux")
    words = ("check", "-", "--tree", tree, "--format", "reply")
    return parsed(run(*words, stdin=patch.encode()).out)


def body(message: EmailMessage) -> list[str]:
    return str(message.get_content()).splitlines()


@pytest.mark.parametrize("name", BAD_SERIES)
def test_the_words_fit_a_mail(name: str) -> None:
    lines = body(reply(name))
    own = [line for line in lines if not line.startswith(">")]
    assert max(map(len, own)) <= WIDTH
    assert not any(line.endswith(" ") for line in own if line != "-- ")
    assert lines.count("-- ") == 1
    assert lines[lines.index("-- ") + 1].startswith("reviewer, ")
    assert all(before or after for before, after in pairwise(lines))


@pytest.mark.parametrize("name", BAD_SERIES)
def test_words_stand_under_a_quoted_line_of_the_patch(name: str) -> None:
    lines = body(reply(name))
    diff_lines = (FIXTURES / "series" / name / "series.mbox").read_text().splitlines()
    quoted = [line.removeprefix("> ") for line in lines if line.startswith("> ")]
    assert all(line in diff_lines for line in quoted if line[:1] in "+- @")
    first = next(at for at, line in enumerate(lines) if line.startswith("> "))
    last = max(at for at, line in enumerate(lines) if line.startswith("> "))
    assert lines[first].startswith("> diff --git a/")
    assert lines[last][2] in "+-"
    assert lines[last + 1] == ""
    assert lines[last + 2]


def test_one_issue_is_said_once() -> None:
    lines = body(reply("bisection-hazard"))
    said = "cc_platform_has() is called with GS reset by `load_segments()`."
    assert [line for line in lines if said in line] == [said]
    text = " ".join(lines)
    assert "takes it away again, but a bisection that stops in between runs into it." in text


def test_several_issues_are_listed_first() -> None:
    lines = body(reply("query-after-load-segments"))
    said = "Thanks for the patch. reviewer, a static checker, found {} new issues in it:"
    count = sum(line.startswith("- [error] ") for line in lines)
    assert count > 1
    assert " ".join(lines[:2]) == said.format(count)


def test_a_race_is_drawn_in_columns() -> None:
    lines = body(reply("query-after-load-segments"))
    head = next(line for line in lines if "CPU 0" in line and "CPU 1" in line)
    column = head.index("CPU 1")
    drawn = lines[lines.index(head) + 2 :]
    assert any(line[:column].strip() == "" and line[column:].strip() for line in drawn)
    above = " ".join(lines[: lines.index(head)])
    assert "no-stale-write-back" in above


ELSEWHERE = (
    mail("mini: account", diff(SOURCE, BAD), tag="PATCH v2 net-next 3/7")
    .replace(
        "From: A Developer <developer@example.org>\n",
        "From: =?utf-8?q?Zo=C3=AB?= Sender <zoe@example.org>\n"
        "To: Kexec <kexec@lists.example.org>, A Maintainer <m@example.org>\n"
        'Cc: "Doe, J." <jd@example.org>, developer@example.org, lost@xxxxx\n'
        "In-Reply-To: <cover@example.org>\n"
        "References: <cover@example.org>\n",
    )
    .replace("\n\nmini:", "\n\nFrom: A Developer <developer@example.org>\n\nmini:")
)


def test_it_goes_to_who_sent_the_patch_and_to_all_who_got_it(tmp_path: Path) -> None:
    message = checked(tmp_path, ELSEWHERE)
    assert message["To"] == "Zoë Sender <zoe@example.org>"
    assert [each.addr_spec for each in message["Cc"].addresses] == [
        "developer@example.org",
        "kexec@lists.example.org",
        "m@example.org",
        "jd@example.org",
    ]
    assert message["Subject"] == "Re: [PATCH v2 net-next 3/7] mini: account"
    assert message["In-Reply-To"] == "<1.mini@example.org>"
    assert message["References"] == "<cover@example.org> <1.mini@example.org>"
    assert "xxxxx" not in message.as_string()


def test_lines_far_above_are_left_out(tmp_path: Path) -> None:
    added = "".join(f"\tstep_{number}();\n" for number in range(40))
    long = BAD.replace("\tprepare(image);\n", f"{added}\tprepare(image);\n")
    lines = body(checked(tmp_path, mail("mini: steps", diff(SOURCE, long))))
    cut = lines.index("[ ... ]")
    assert lines[cut - 1].startswith("> @@ -")
    assert "> +\taccount();" in lines[cut:]
    assert "> +\tstep_0();" not in lines


def test_a_mailbox_of_replies_for_several_patches(tmp_path: Path) -> None:
    again = BAD.replace("x + 1", "x + 2").replace("\taccount();\n", "\taccount();\n\tlate();\n")
    box = mbox(
        mail("mini: one", diff(SOURCE, BAD), tag="PATCH 1/2", number=1),
        mail("mini: two", diff(BAD, again), tag="PATCH 2/2", number=2),
    )
    tree = make_tree(tmp_path / "linux")
    out = run("check", "-", "--tree", tree, "--format", "reply", stdin=box.encode()).out
    assert [line for line in out.splitlines() if line.startswith("Subject: ")] == [
        "Subject: Re: [PATCH 1/2] mini: one",
        "Subject: Re: [PATCH 2/2] mini: two",
    ]
