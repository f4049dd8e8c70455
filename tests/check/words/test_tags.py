from __future__ import annotations

import pytest

from reviewer.check.words.tags import co_developers, sign_off, tag_form, tag_order
from tests.check.words.mails import hits, mail

SIGNED = "Signed-off-by: A. Writer <writer@example.org>"


def details(check_mail: str) -> list[str]:
    return [hit.detail for hit in hits(sign_off, check_mail)]


@pytest.mark.parametrize(
    ("signed", "said"),
    [
        (SIGNED, []),
        ("", ["nobody signed the patch"]),
        ("Signed-off-by: Writer, A. <a@example.net>", []),
        ("Signed-off-by: W <WRITER@example.org>", []),
        ("Signed-off-by: B. Other <b@example.org>", ["none is of the author, A. Writer"]),
        (f"Signed-off-by: B. Other <b@example.org>\n{SIGNED}", []),
        ("[ Upstream commit 1f5e7eb7868e ]\n\nSigned-off-by: B. Other <b@example.org>", []),
    ],
)
def test_sign_off(signed: str, said: list[str]) -> None:
    assert details(mail("Go.").replace(SIGNED, signed)) == said


def test_the_sender_signs_last() -> None:
    head = "Message-ID: <1@example.org>\n"
    own = mail("From: A. Writer <writer@example.org>\n\nGo.")
    sent = head + own.replace("From: A. Writer", "From: B. Other", 1).replace(
        "writer@example.org", "b@example.org", 1
    )
    assert details(sent) == ["the last is not of B. Other, who sent the patch"]
    assert details(sent.replace(SIGNED, f"{SIGNED}\nSigned-off-by: B. Other <b@x.org>")) == []
    assert details(sent.replace("From: B. Other <b@example.org>", "From: b@example.org")) == []


def test_a_patch_in_a_discussion_is_not_to_be_signed() -> None:
    text = "Message-ID: <1@example.org>\n" + mail("Go.").replace(SIGNED, "")
    assert details(text) == ["nobody signed the patch"]
    assert details(text.replace("[PATCH]", "Late")) == []


def test_co_developers_sign_at_once() -> None:
    other = "Co-developed-by: B. Other <b@example.org>"
    signed = "Signed-off-by: B. Other <b@example.org>"
    for tags, found in (
        (f"{other}\n{signed}\n{SIGNED}", 0),
        (f"{other}\n{SIGNED}\n{signed}", 1),
        (f"{SIGNED}\n{other}", 1),
    ):
        assert len(hits(co_developers, mail("Go.").replace(SIGNED, tags))) == found


def test_tags_in_the_order_of_the_words() -> None:
    words = ("kernel/", "Fixes", "Link")
    text = mail("Go.").replace(SIGNED, f"Link: https://x.org\nFixes: 1f5e7eb7868e\n{SIGNED}")
    (hit,) = hits(tag_order, text, *words)
    assert (hit.subject, hit.detail) == ("Fixes", "it stands below Link")
    assert hits(tag_order, text, "mm/", "Fixes", "Link") == []
    assert hits(tag_order, text, "kernel/", "Link", "Fixes") == []


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("Reveiwed-by: B <b@x.org>", ["Reviewed-by is meant"]),
        ("Reviewed-By: B <b@x.org>", ["it is spelled Reviewed-by"]),
        ("Reviewed-by: B", ["no mail address follows"]),
        ("Reviewed-by: B <b at x.org>", []),
        ("Link: here", ["no address follows"]),
        ("Link: https://x.org", []),
        ("Debugged-by: B", []),
    ],
)
def test_tag_form(tag: str, said: list[str]) -> None:
    text = mail("Go.").replace(SIGNED, f"{tag}\n{SIGNED}")
    assert [hit.detail for hit in hits(tag_form, text, "Reviewed-by", "Link")] == said
