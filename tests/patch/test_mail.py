from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reviewer.patch import mail
from reviewer.patch.mail import Mail
from reviewer.patch.mbox import RawMail
from tests.patch import letterbox

HEAD = "From: a@b\nSubject: s\n"


def read(raw: bytes) -> Mail:
    return mail.read(RawMail(raw), source="a.eml")


def content(kind: str, body: bytes, **headers: str) -> bytes:
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return f"{HEAD}Content-Type: {kind}\n{more}\n".encode() + body


def test_what_a_mail_says() -> None:
    raw = letterbox.text(
        "[PATCH] =?utf-8?q?fl=C3=BCsh?=",
        message_id="m@x",
        in_reply_to="p@x",
        references="<r@x> <p@x>",
    )
    found = letterbox.read(raw)
    assert (found.message_id, found.subject) == ("m@x", "[PATCH] flüsh")
    assert (found.author, found.date) == (
        "A Developer <dev@example.org>",
        "Thu, 1 Jan 2026 10:00:00 +0000",
    )
    assert found.parents == ("p@x", "r@x")
    assert found.has_diff
    assert not found.quotes_diff


def test_lines_know_their_place_in_the_file() -> None:
    found = mail.read(RawMail(b"Subject: s\n\none\ntwo\n", line=100), source="a.mbox")
    assert list(zip(found.numbers, found.lines, strict=True))[:2] == [(102, "one"), (103, "two")]
    assert found.subject_line == 100


def test_the_subject_stands_on_the_line_of_its_header() -> None:
    raw = b"From: a@b\nX-Subject: no\nSUBJECT: s\n\nSubject: body\n"
    assert mail.read(RawMail(raw, line=10), source="a.eml").subject_line == 12
    assert mail.read(RawMail(b"From: a@b\n\nSubject: body\n"), source="a.eml").subject_line == 0


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("iso-8859-1", b"\xfc", "ü"),
        ("utf-8", b"\xc3\xbc", "ü"),
        ("us-ascii", b"\xc3\xbc", "ü"),
        ("utf-8", b"\x93quoted\x94", "\u201cquoted\u201d"),
        ("utf-8", b"\x81", "\x81"),
        ("no-such", b"\xc3\xbc", "ü"),
        ("idna", b"a.b", "a.b"),
        ("base64", b"YQ==", "YQ=="),
        ('"utf-8', b"\xc3\xbc", "ü"),
    ],
)
def test_charsets(charset: str, body: bytes, text: str) -> None:
    assert read(content(f"text/plain; charset={charset}", body)).body == text


def test_bytes_of_a_diff_that_are_no_text_survive() -> None:
    raw = HEAD.encode() + b"\n\xfc is prose\n" + letterbox.diff(added="/* ? */").encode()
    found = read(raw.replace(b"?", b"\xfc"))
    assert found.lines[0] == "ü is prose"
    assert "+\t/* \udcfc */" in found.lines


def test_quoted_printable_lines_know_their_place() -> None:
    body = quopri.encodestring(("x" * 100 + "\nü\n" + letterbox.DIFF).encode())
    raw = content("text/plain; charset=utf-8", body, Content_Transfer_Encoding="Quoted-Printable")
    found = read(raw)
    assert found.body == "x" * 100 + "\nü\n" + letterbox.DIFF
    at = found.lines.index("@@ -10,3 +10,4 @@ void stop_cpu(void)")
    assert raw.splitlines()[found.numbers[at] - 1].startswith(b"@@ -10,3")


@pytest.mark.parametrize("footer", [b"", b"\n____\nsome list\n"])
def test_base64(footer: bytes) -> None:
    body = base64.encodebytes(letterbox.DIFF.encode()) + footer
    found = read(content("text/plain", body, Content_Transfer_Encoding="base64"))
    assert found.body.startswith(letterbox.DIFF)
    assert ("some list" in found.body) == bool(footer)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"====", ""),
        (b"A", ""),
        (b"!!!!\n", "\n!!!!\n"),
        (b"QUJD\nQQ", "ABCA"),
        (b"\xff\xfe", "\n\u00ff\u00fe"),
    ],
)
def test_damaged_base64_is_read_as_far_as_it_goes(body: bytes, text: str) -> None:
    found = read(content("text/plain", body, Content_Transfer_Encoding="base64"))
    assert found.body == text


def test_a_mail_sent_with_crlf() -> None:
    found = read(letterbox.text("[PATCH] s").replace("\n", "\r\n").encode())
    assert "\r" not in found.body
    assert found.numbers[found.lines.index("---")] == 8


def test_a_patch_to_a_crlf_file_keeps_its_carriage_returns() -> None:
    raw = letterbox.text("[PATCH] s").replace("wait();\n", "wait();\r\n")
    assert "+\twait();\r" in letterbox.read(raw).lines


MULTIPART = """\
From: a@b
Subject: [PATCH] s
Content-Type: multipart/mixed; boundary="=-x"

preamble
--=-x
Content-Type: text/html

<p>no</p>
--=-x
Content-Type: text/plain; charset=utf-8

The message.
--=-x
{part}
{text}
--=-x--
epilogue
"""


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: text/x-patch\nContent-Disposition: attachment; filename=a\n",
        "Content-Type: text/x-diff\n",
        "Content-Type: application/octet-stream; name=a.patch\n",
        'Content-Type: text/plain\nContent-Disposition: attachment; filename="a.diff"\n',
        "Content-Type: text/plain\nContent-Disposition: inline; filename*=utf-8''a%2Ediff\n",
        "Content-Type: text/plain\n",
    ],
)
def test_an_attached_patch(part: str) -> None:
    raw = MULTIPART.format(part=part, text=letterbox.DIFF)
    found = letterbox.read(raw)
    assert found.body.strip() == "The message."
    (child,) = mail.attached(found)
    assert (child.subject, child.author, child.preamble) == (
        "[PATCH] s",
        "a@b",
        "The message.",
    )
    at = child.lines.index("+\twait();")
    assert raw.splitlines()[child.numbers[at] - 1] == "+\twait();"


def test_an_attachment_that_git_wrote_speaks_for_itself() -> None:
    written = "From 0123 Mon Sep 17 00:00:00 2001\n" + letterbox.text("[PATCH 2/3] other")
    raw = MULTIPART.format(part="Content-Type: text/x-patch\n", text=written)
    (child,) = mail.attached(letterbox.read(raw))
    assert (child.subject, child.preamble) == ("[PATCH 2/3] other", "")
    at = child.lines.index("+\twait();")
    assert raw.splitlines()[child.numbers[at] - 1] == "+\twait();"


def test_a_mail_without_plain_text_says_so() -> None:
    found = read(content("text/html", b"<p>[PATCH]</p>"))
    assert found.troubles == ("the mail has no plain text, only text/html",)


def test_a_multipart_that_is_none_is_text() -> None:
    assert read(content("multipart/mixed; boundary=x", b"text")).body == "text"
    assert read(content("multipart/mixed", b"text")).body == "text"


def test_deep_nesting_ends() -> None:
    raw = b"Subject: s\n"
    for depth in range(200):
        raw += f"Content-Type: multipart/mixed; boundary=b{depth}\n\n--b{depth}\n".encode()
    assert read(raw + b"\ntext").is_mail


@pytest.mark.parametrize(
    "footer",
    [
        "_______________________________________________\nkexec mailing list\n",
        "Powered by blists - more mailing lists",
        "To unsubscribe from this list: send the line ...\n",
    ],
)
def test_list_footers_are_cut(footer: str) -> None:
    assert letterbox.read(f"{HEAD}\ntext\n\n{footer}").body == "text\n"


def test_dep3_headers() -> None:
    raw = (
        "Description: fix the flush\n It came too\n .\n late.\nAuthor: A B <a@b>\n"
        f"Origin: upstream, 1234\nLast-Update: 2026-01-01\n---\n{letterbox.DIFF}"
    )
    found = letterbox.read(raw)
    assert (found.subject, found.author) == ("fix the flush", "A B <a@b>")
    assert found.preamble == "It came too\n\nlate."
    assert found.lines[0] == "---"


def test_git_show() -> None:
    raw = (
        f"commit {'0123456789' * 4}\nAuthor: A B <a@b>\nDate:   Thu Jan 1 10:00:00 2026 +0000\n\n"
        f"    kernel: wait\n\n    Because.\n\n{letterbox.DIFF}"
    )
    found = letterbox.read(raw)
    assert (found.subject, found.author) == ("kernel: wait", "A B <a@b>")
    assert found.body.strip().startswith("Because.\n\ndiff --git")
    several = letterbox.read(raw + "\n" + raw)
    assert several.body.count("diff --git") == 1
    assert several.troubles


def test_a_bare_diff_is_no_mail() -> None:
    found = letterbox.read(letterbox.DIFF)
    assert not found.is_mail
    assert found.lines[0].startswith("diff --git")


MIME_WORDS = st.lists(
    st.sampled_from(
        [
            b"Content-Type: multipart/mixed; boundary=x\n",
            b"Content-Type: message/rfc822\n",
            b"Content-Type: text/plain; charset=utf-16; format=flowed; delsp=yes\n",
            b"Content-Transfer-Encoding: base64\n",
            b"Content-Transfer-Encoding: quoted-printable\n",
            b"Subject: =?utf-8?b?QQ?= [PATCH 1/2]\n",
            b"commit 0123456789012345678901234567890123456789\n",
            b"--x\n",
            b"--x--\n",
            b"\n",
            b"> text \n",
            b"@@ -1 +1 @@\n-a\n+b\n",
            b"\xff\xfe=\n",
            b"\r\n",
        ]
    ),
    max_size=20,
).map(b"".join)


@given(st.one_of(st.binary(max_size=300), MIME_WORDS))
@example(b"Subject:")
def test_any_bytes_are_a_mail_or_none(raw: bytes) -> None:
    found = read(raw)
    assert len(found.numbers) >= len(found.lines)
    for child in mail.attached(found):
        assert len(child.numbers) >= len(child.lines)
