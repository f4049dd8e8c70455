"""One mail, patch file or bare diff to a value: who sent what in reply to what, and its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from reviewer.patch import headers as mail_headers
from reviewer.patch.headers import person
from reviewer.patch.late import late
from reviewer.patch.mbox import RawMail
from reviewer.patch.mime import Part, parts

_DIFF_STARTS = ("diff -", "--- ", "+++ ", "@@ -", "Index: ", "\x1b[")
_QUOTED_DIFF = late(r"^[> ]{0,20}>[ ]?(?:diff --git |@@ -)", re.MULTILINE)
_COMMIT = late(r"^commit [0-9a-f]{40,64}\b.*$", re.MULTILINE)
_SUBJECT = late(rb"^subject:", re.IGNORECASE | re.MULTILINE)
_COMMIT_HEADER = late(r"(Author|Date|AuthorDate): *(.*)")
_FOOTER_REACH = 12
_FOOTER = late(
    r"_{20,}|-=-=-=.*|Powered by blists\b.*|To unsubscribe from this list: .*"
    r"|You received this message because .*"
)


class Mail(Struct, frozen=True):
    """A mail, or a file in a mail's place.

    `body` is the decoded text that holds the message and, unless it is attached, the diff; the
    line `n` of it (from 0) is line `numbers[n]` of the file `source`. Those are exact for 7bit,
    8bit and quoted-printable text; lines of base64 are counted on from the body's first one.
    `preamble` is text that belongs before the body: a DEP-3 description, or the mail whose
    attachment this is. `attachments` are the parts that say they are patches. `is_mail` is False
    for a bare diff. `troubles` say what of the mail cannot be read.
    `recipients` are its To and Cc as they stand. `subject_line` is the line of the file with the
    subject's header, 0 where it has none.
    """

    source: str
    line: int = 1
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    author: str = ""
    date: str = ""
    subject: str = ""
    change_id: str = ""
    preamble: str = ""
    body: str = ""
    numbers: Sequence[int] = range(1, 2)
    attachments: tuple[Part, ...] = ()
    is_mail: bool = True
    troubles: tuple[str, ...] = ()
    recipients: str = ""
    subject_line: int = 0

    @property
    def lines(self) -> list[str]:
        """The lines of the body, without their line feeds."""
        return self.body.split("\n")

    @property
    def has_diff(self) -> bool:
        """Whether the body may hold a diff; a cheap test with false alarms and no misses."""
        return self.body.startswith(_DIFF_STARTS) or any(
            f"\n{start}" in self.body for start in _DIFF_STARTS
        )

    @property
    def quotes_diff(self) -> bool:
        """Whether the body quotes one, as the reply of a reviewer does."""
        hunks = "@@ -" in self.body or "diff --git " in self.body
        return hunks and _QUOTED_DIFF.search(self.body) is not None

    @property
    def parents(self) -> tuple[str, ...]:
        """The mails this one answers, nearest first."""
        nearest = (self.in_reply_to,) if self.in_reply_to else ()
        return nearest + tuple(one for one in reversed(self.references) if one not in nearest)


def read(raw: RawMail, *, source: str = "") -> Mail:
    """The mail as a value; damage never raises.

    `source` is the name of the file it stands in.
    """
    headers, begin = mail_headers.read(raw.data)
    if not headers:
        return _bare(raw, source)
    line = raw.line + raw.data.count(b"\n", 0, begin)
    leaves = parts(headers, raw.data[begin:], line)
    text = next((part for part in leaves if part.is_text and not part.attached), None)
    body, numbers = text.text() if text else ("", range(line, line + 1))
    description, _, preamble = headers.get("description").partition("\n")
    references = headers.message_ids("references")
    in_reply_to = headers.message_ids("in-reply-to") or references[-1:]
    return Mail(
        source,
        raw.line,
        "".join(headers.message_ids("message-id")[:1]),
        "".join(in_reply_to[:1]),
        references,
        headers.address("from") or headers.address("author"),
        headers.text("date"),
        headers.text("subject") or description.strip(),
        headers.text("x-change-id"),
        _dep3_text(preamble),
        _without_footer(body),
        numbers,
        tuple(part for part in leaves if part is not text and _may_be_patch(part)),
        troubles=() if text or any(part.is_patch for part in leaves) else _no_text(leaves),
        recipients=", ".join(filter(None, (headers.get("to"), headers.get("cc")))),
        subject_line=_line_of(_SUBJECT, raw, begin),
    )


def _line_of(header: re.Pattern[bytes], raw: RawMail, end: int) -> int:
    """The line of the file on which a header above `end` begins, 0 where there is none."""
    found = header.search(raw.data, 0, end)
    return raw.line + raw.data.count(b"\n", 0, found.start()) if found else 0


def attached(mail: Mail) -> tuple[Mail, ...]:
    """The patches attached to the mail, each as a mail of its own with what it does not say itself.

    An attachment is either a bare diff or what git format-patch wrote.
    """
    return tuple(found for part in mail.attachments if (found := _attachment(mail, part)).has_diff)


def _attachment(mail: Mail, part: Part) -> Mail:
    inner = read(RawMail(part.data), source=mail.source)
    common = replace(
        inner,
        line=mail.line,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        recipients=mail.recipients,
        subject_line=0,
        is_mail=True,
    )
    if not inner.is_mail:
        body, numbers = part.text()
        return replace(
            common,
            author=mail.author,
            date=mail.date,
            subject=mail.subject,
            preamble=mail.body,
            body=body,
            numbers=numbers,
        )
    return replace(
        common,
        author=inner.author or mail.author,
        numbers=[part.numbers[number - 1] for number in inner.numbers],
    )


def _bare(raw: RawMail, source: str) -> Mail:
    """Bytes without mail headers: a bare diff, or a commit as git show prints it."""
    part = Part("text/plain", data=raw.data, numbers=range(raw.line, raw.line + _lines(raw.data)))
    body, numbers = part.text()
    mail = Mail(source, raw.line, body=body, numbers=numbers, is_mail=False)
    commits = [match.start() for match in _COMMIT.finditer(body)]
    if not commits or body[: commits[0]].strip():
        return mail
    return _commit(mail, commits)


def _commit(mail: Mail, commits: Sequence[int]) -> Mail:
    """The first commit of what git show or git log -p printed; the message is indented by four."""
    troubles: tuple[str, ...] = ()
    body = mail.body
    if len(commits) > 1:
        body = body[: commits[1]]
        troubles = (f"only the first of {len(commits)} commits is read; use git format-patch",)
    lines = body.split("\n")
    diff = next((at for at, line in enumerate(lines) if line.startswith("diff -")), len(lines))
    said: dict[str, str] = {}
    subject = ""
    for at, line in enumerate(lines[:diff]):
        if match := _COMMIT_HEADER.fullmatch(line):
            said.setdefault(match[1], match[2])
        text = line.removeprefix("    ")
        if line.startswith("    ") and not subject:
            subject, text = text.strip(), ""
        lines[at] = text if line.startswith("    ") else ""
    return replace(
        mail,
        author=person(said.get("Author", "")),
        date=said.get("Date") or said.get("AuthorDate", ""),
        subject=subject,
        body="\n".join(lines),
        numbers=mail.numbers[: len(lines)],
        is_mail=True,
        troubles=troubles,
    )


def _lines(data: bytes) -> int:
    return data.count(b"\n") + 1


def _may_be_patch(part: Part) -> bool:
    return part.is_patch or (part.kind == "text/plain" and b"@@ -" in part.data)


def _no_text(leaves: Sequence[Part]) -> tuple[str, ...]:
    kinds = sorted({part.kind for part in leaves})
    return (f"the mail has no plain text, only {', '.join(kinds)}",) if kinds else ()


def _dep3_text(folded: str) -> str:
    """The long part of a DEP-3 description: lines indented by one blank, `.` for an empty one."""
    lines = (line.removeprefix(" ") for line in folded.split("\n"))
    return "\n".join("" if line == "." else line for line in lines)


def _without_footer(body: str) -> str:
    """The body without the footer that a list or an archive appended.

    A footer starts with a rule or a phrase that no line of a diff starts with.
    """
    lines = body.rsplit("\n", _FOOTER_REACH)
    for at in range(1, len(lines)):
        if _FOOTER.fullmatch(lines[at].rstrip()):
            return "\n".join(lines[:at])
    return body
