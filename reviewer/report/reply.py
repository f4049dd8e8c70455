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
from reviewer.report.prose import explanation, proof, statement, wrapped
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
    author = _addresses(patch.author)
    envelope = patch.envelope
    to = (_addresses(envelope.sender) if envelope else ()) or author
    others = (*author, *(_addresses(envelope.recipients) if envelope else ()))
    told = {one.addr_spec for one in to}
    cc = tuple({each.addr_spec: each for each in others if each.addr_spec not in told}.values())
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
    count = "a new issue" if len(groups) == 1 else f"{len(groups)} new issues"
    yield from wrapped(f"Thanks for the patch. reviewer, a static checker, found {count} in it:")
    yield ""
    for finding, *others in groups if len(groups) > 1 else ():
        more = f" (and {len(others)} more like it)" if others else ""
        yield from _bullet(f"[{finding.severity}] {statement(finding)}{more}")
    if len(groups) > 1:
        yield ""
    yield from _commented(patch, series, place(patch, findings))
    yield from _behaviour(patch, report)
    if report.skips:
        yield from ("", *wrapped(_unread(report)))
    yield from ("", "-- ")
    yield from wrapped(f"reviewer, {', '.join(sorted({finding.rule for finding in findings}))}")
    yield from wrapped(f"fingerprints: {' '.join(finding.fingerprint for finding in findings)}")


def _commented(patch: Patch, series: Series, placed: Placed) -> Iterator[str]:
    def words(findings: tuple[Finding, ...]) -> list[str]:
        return explanation(findings, series)

    for findings in grouped(placed.elsewhere):
        yield from (*words(findings), "")
    lines = list(quote(patch, placed, words))
    while lines and not lines[-1]:
        lines.pop()
    yield from lines


def _behaviour(patch: Patch, report: Report) -> Iterator[str]:
    """What the patch changes in what simulated CPUs can be seen to do.

    A run of each side is drawn where the changelog denies the change.
    """
    changes = [change for change in report.behaviour_changes if change.patch == patch.number]
    if not changes:
        return
    from reviewer.report.verdicts import change_runs, same_changes

    yield ""
    yield from wrapped("Simulated before and after the patch, the code differs in this as well:")
    yield ""
    for change, places in same_changes(changes):
        yield from _bullet(f"{quoted(change.text)} ({places})")
        for words, trace in change_runs(change) if change.contradicts else ():
            yield from ("", f"  {words[0].upper()}{words[1:]}:", "")
            yield from (f"    {line}".rstrip() for line in proof(trace))
            yield ""


def _bullet(text: str) -> Iterator[str]:
    first, *rest = wrapped(text)
    yield from (f"- {first}", *(f"  {line}" for line in rest))


def _unread(report: Report) -> str:
    count = len(report.skips)
    places = "one place was" if count == 1 else f"{count} places were"
    first = report.skips[0]
    where = f"{first.path}: " if first.path else ""
    return f"Not everything was looked at: {places} not analysed ({quoted(where + first.reason)})."
