"""A review as a mail that answers the patch: a draft for a person to read and send.

One mail a patch that introduces something, an mbox of several; nothing for a clean series. The
customs are those of the kernel's lists: the patch is quoted as far as it is spoken of, each comment
stands under its line, and what is not needed is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import getaddresses

from reviewer.finding import Finding
from reviewer.patch.headers import decoded_words
from reviewer.patch.types import Patch, Series
from reviewer.report.prose import explanation, statement, wrapped
from reviewer.report.quotation import Placed, grouped, place, quote
from reviewer.report.safe import printable, quoted
from reviewer.report.style import PLAIN, Style, shown
from reviewer.review.types import Report

_FOLDED = EmailPolicy(max_line_length=78, linesep="\n", utf8=False)
#: Only what must be encoded is folded: mailers and people read a subject in one line.
_PLAIN = _FOLDED.clone(max_line_length=900)
_ADDRESS = re.compile(r"[\w.+=%-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_MESSAGE_ID = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_ENVELOPE = "From reviewer Thu Jan  1 00:00:00 1970\n"
_FROM = re.compile(r"^(?=>*From )", re.MULTILINE)


def render(report: Report, style: Style = PLAIN) -> str:
    """The mail, or an mbox when several patches are answered; `""` when there is nothing to say."""
    series = report.series
    if series is None:
        return ""
    findings = shown(report, style)
    mails = [
        _mail(patch, series, own, report)
        for patch in series.patches
        if (own := tuple(each for each in findings if each.patch == patch.number))
    ]
    if len(mails) < 2 and not style.several:
        return "".join(mails)
    return "".join(f"{_ENVELOPE}{_FROM.sub('>', mail)}\n" for mail in mails)


def _mail(patch: Patch, series: Series, findings: tuple[Finding, ...], report: Report) -> str:
    headers = list(_headers(patch, series))
    plain = all(str(value).isascii() for _, value in headers)
    mail = EmailMessage(policy=_PLAIN if plain else _FOLDED)
    for name, value in headers:
        mail[name] = value
    body = "\n".join(_body(patch, series, findings, report)) + "\n"
    mail.set_content(body, cte="8bit")
    return mail.as_bytes().decode("utf-8")


def _headers(patch: Patch, series: Series) -> Iterator[tuple[str, str | tuple[Address, ...]]]:
    to = _addresses(patch.author)
    others = _addresses(patch.envelope.recipients) if patch.envelope else ()
    cc = tuple(each for each in others if each.addr_spec not in {one.addr_spec for one in to})
    if to:
        yield "To", to
    if cc:
        yield "Cc", cc
    yield "Subject", f"Re: {_subject(patch, series)}"
    if _MESSAGE_ID.fullmatch(patch.message_id):
        earlier = patch.envelope.references if patch.envelope else ()
        chain = [*filter(_MESSAGE_ID.fullmatch, earlier), patch.message_id]
        yield "In-Reply-To", f"<{patch.message_id}>"
        yield "References", " ".join(f"<{name}>" for name in dict.fromkeys(chain))


def _subject(patch: Patch, series: Series) -> str:
    """The subject as it was sent, without reply marks."""
    if patch.envelope and patch.envelope.subject:
        return re.sub(r"^(?:re:\s*)+", "", quoted(patch.envelope.subject), flags=re.IGNORECASE)
    version = f" v{series.version}" if series.version > 1 else ""
    counter = f" {patch.number}/{series.total}" if series.total > 1 else ""
    return f"[PATCH{version}{counter}] {quoted(patch.subject)}"


def _addresses(header: str) -> tuple[Address, ...]:
    """The addresses that can be written to; what an archive hid is left out."""
    found: dict[str, Address] = {}
    for name, address in getaddresses([" ".join(header.split())]):
        if _ADDRESS.fullmatch(address):
            shown_name = printable(decoded_words(name))
            found.setdefault(address, Address(shown_name, addr_spec=address))
    return tuple(found.values())


def _body(
    patch: Patch, series: Series, findings: tuple[Finding, ...], report: Report
) -> Iterator[str]:
    groups = grouped(findings)
    count = "an issue" if len(groups) == 1 else f"{len(groups)} issues"
    yield from wrapped(f"reviewer, a static checker, found {count} that this patch introduces:")
    yield ""
    for finding, *others in groups:
        more = f" (and {len(others)} more like it)" if others else ""
        first, *rest = wrapped(f"[{finding.severity}] {statement(finding)}{more}")
        yield from (f"- {first}", *(f"  {line}" for line in rest))
    yield ""
    yield from _commented(patch, series, place(patch, findings))
    if report.skips:
        yield from ("", *wrapped(_unread(report)))
    yield from ("", "-- ")
    rules = ", ".join(sorted({finding.rule for finding in findings}))
    yield f"reviewer, {rules}"
    yield f"fingerprints: {' '.join(finding.fingerprint for finding in findings)}"


def _commented(patch: Patch, series: Series, placed: Placed) -> Iterator[str]:
    def words(findings: tuple[Finding, ...]) -> list[str]:
        return explanation(findings, series)

    for findings in grouped(placed.elsewhere):
        yield from (*words(findings), "")
    lines = list(quote(patch, placed, words))
    while lines and not lines[-1]:
        lines.pop()
    yield from lines


def _unread(report: Report) -> str:
    count = len(report.skips)
    places = "one place was" if count == 1 else f"{count} places were"
    first = report.skips[0]
    where = f"{first.path}: " if first.path else ""
    return f"Not everything was looked at: {places} not analysed ({quoted(where + first.reason)})."
