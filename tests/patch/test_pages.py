"""Mails saved as text from archives' web pages, in the shapes these give them."""

from __future__ import annotations

from tests.patch import letterbox

OPENWALL = """\
[<prev] [next>] [<thread-prev] [thread-next>] [day] [month] [year] [list]
Message-ID: <review-1@example.org>
Date: Thu, 1 Jan 2026 10:00:00 +0000
From: "Reviewer, A" <a.reviewer@...mple.org>
To: "Developer, Some" <dev@...mple.org>, "Other, An"
<other@...mple.org>
CC: "list@...mple.org" <list@...mple.org>,
"third@...mple.org" <third@...mple.org>
Subject: Re: [PATCH v3 1/6] x86/example: Use a flag of each processor to control
the flush
On Thu, 2026-01-01 at 09:00 +0000, Some Developer wrote:
> Wait for the other CPU.
"""

HYPERMAIL = """\
Re: [PATCH v2] kernel: wait for the other CPU

From: Some Developer
Date: Thu Jan 01 2026 - 05:00:00 EST

Next message: Other: "Re: [PATCH] something else"
Previous message: Third: "[PATCH] something"
In reply to: Other: "[PATCH v2] kernel: wait for the other CPU"
Messages sorted by: [ date ] [ thread ] [ subject ] [ author ]

On Thu, Other wrote:
> Wait.
"""

MHONARC = """\
[Date Prev][Date Next][Thread Prev][Thread Next][Date Index][Thread Index]
Re: [PATCH v2 1/2] kernel: wait for the other CPU
To: Other <other@xxxxxxxxxxx>
Subject: Re: [PATCH v2 1/2] kernel: wait for the other CPU
From: Some Developer <dev@xxxxxxxxxxx>
Date: Thu, 1 Jan 2026 10:00:00 +0000
In-reply-to: <patch-1@xxxxxxxxxxx>

On Thu, Other wrote:
> Wait.
"""


def test_openwall() -> None:
    mail = letterbox.read(OPENWALL)
    assert mail.subject == (
        "Re: [PATCH v3 1/6] x86/example: Use a flag of each processor to control the flush"
    )
    assert (mail.author, mail.message_id) == ("Reviewer, A", "review-1@example.org")
    assert mail.lines[0] == "On Thu, 2026-01-01 at 09:00 +0000, Some Developer wrote:"
    assert OPENWALL.splitlines()[mail.numbers[0] - 1] == mail.lines[0]


def test_a_subject_that_was_not_folded_ends_with_its_line() -> None:
    page = OPENWALL.replace(
        "x86/example: Use a flag of each processor to control\nthe flush", "x86: Use a flag"
    )
    assert letterbox.read(page).subject == "Re: [PATCH v3 1/6] x86: Use a flag"


def test_hypermail_has_its_subject_as_a_heading() -> None:
    mail = letterbox.read(HYPERMAIL)
    assert mail.subject == "Re: [PATCH v2] kernel: wait for the other CPU"
    assert mail.author == "Some Developer"
    assert mail.lines[0] == "On Thu, Other wrote:"


def test_mhonarc() -> None:
    mail = letterbox.read(MHONARC)
    assert mail.subject == "Re: [PATCH v2 1/2] kernel: wait for the other CPU"
    assert (mail.author, mail.in_reply_to) == ("Some Developer", "")
    assert mail.lines[0] == "On Thu, Other wrote:"


def test_prose_above_a_diff_is_no_page() -> None:
    mail = letterbox.read(f"Dear all,\nhere it is.\n\n{letterbox.DIFF}")
    assert not mail.is_mail
    assert mail.has_diff
