"""Mails to what they add to a series: a patch, a cover, or the patch that a reply quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.finding import Skip
from reviewer.patch import changelog
from reviewer.patch import subject as subjects
from reviewer.patch.changelog import Base
from reviewer.patch.diff import ParsedDiff, parse_numbered
from reviewer.patch.diffstat import diffstat, shortfall
from reviewer.patch.headers import person
from reviewer.patch.late import late
from reviewer.patch.mail import Mail, attached
from reviewer.patch.subject import Subject
from reviewer.patch.transport import Numbered
from reviewer.patch.types import Cover, Envelope, Patch

if TYPE_CHECKING:
    from reviewer.patch.salvage import Salvaged

_ATTRIBUTION = late(r"(?:On|At|Am|Le) .{4,200}?, ?([^,:<>@]{2,80}?)(?: <[^<>]*>)? wrote:\s*")
_ATTRIBUTION_REACH = 20


class Letter(Struct, frozen=True):
    """What one mail adds to a series.

    `sender` is who mailed it, `""` for a file that nobody did; `parents` are the mails it answers,
    nearest first. `patch` is None in a cover. `skips` are for the series, those of the patch are
    its own. `is_aside` marks a patch in the text of a reply, which has no place in the series that
    its subject names, `is_quotation` one that only a reply preserves. `place` is that of its mail
    among all.
    """

    subject: Subject
    message_id: str
    parents: tuple[str, ...]
    sender: str
    base: Base
    patch: Patch | None = None
    cover: Cover | None = None
    is_aside: bool = False
    is_quotation: bool = False
    skips: tuple[Skip, ...] = ()
    place: int = 0


def letters(mail: Mail) -> tuple[Letter, ...]:
    """What the mail adds: nothing for a comment, several patches for several attachments."""
    subject = subjects.parse(mail.subject)
    diff = _diff(mail) if mail.has_diff else None
    if diff and subject.is_cover:
        reason = "the cover letter holds a diff, which belongs to no patch"
        return (_cover(mail, subject, (_skip(mail, reason),)),)
    if diff:
        return (_patch(mail, subject, diff),)
    if children := attached(mail):
        return _attached(children)
    if subject.reply or mail.quotes_diff:
        return ()
    if subject.is_cover:
        return (_cover(mail, subject),)
    if subject.patch and not _is_comment(mail):
        return (_patch(mail, subject, _no_diff(mail)),)
    return ()


def _is_comment(mail: Mail) -> bool:
    """Whether a mail without a diff answers another, though its subject lacks the `Re:`."""
    return bool(mail.in_reply_to) and "\n>" in f"\n{mail.body}"


def quoted(mail: Mail) -> Salvaged | None:
    """The patch that the mail quotes, with its author's remarks."""
    if not mail.quotes_diff:
        return None
    from reviewer.patch.salvage import salvage

    lines = changelog.without_signature(mail.lines)
    return salvage(lines, first_line=mail.numbers[0], source=mail.source)


def salvaged(mail: Mail, found: Salvaged) -> Letter:
    """A reply in the place of the patch it quotes."""
    subject = subjects.parse(mail.subject)
    # A reply to a cover letter quotes a patch that it does not name.
    aside = subject.number == 0 or not subject.patch
    subject = _single(subject) if aside else replace(subject, reply=False)
    trailers = changelog.trailers(found.changelog)
    signed = next((one.value for one in trailers if one.key.lower() == "signed-off-by"), "")
    patch = Patch(
        subject.number,
        subject.text,
        _attributed(mail.lines) or signed,
        "\n".join(found.changelog),
        found.files,
        trailers,
        "\n".join(found.notes).strip("\n"),
        message_id=mail.in_reply_to,
        source=mail.source,
        collapsed=found.collapsed,
        remarks=found.remarks,
        skips=_of_patch(found.skips, subject.number),
        changelog_lines=found.changelog_lines,
    )
    base = changelog.base(found.notes)
    return Letter(
        subject,
        mail.in_reply_to,
        mail.parents[1:],
        "",
        base,
        patch,
        is_aside=aside,
        is_quotation=True,
    )


def _diff(mail: Mail) -> ParsedDiff | None:
    """The diff in the body, None where what looked like one is prose."""
    lines = mail.lines
    parsed = parse_numbered(Numbered(lines, mail.numbers[: len(lines)]), source=mail.source)
    if not parsed.files and not parsed.skips:
        return None
    stat = None if parsed.skips else diffstat(lines[: parsed.start])
    if stat and (missing := shortfall(stat, parsed.files)):
        skip = Skip(mail.source, mail.numbers[stat.line], f"not the whole patch: {missing}")
        return replace(parsed, skips=(skip,))
    return parsed


def _no_diff(mail: Mail) -> ParsedDiff:
    """In the place of a diff, why there is none."""
    reason = "; ".join(mail.troubles) or "the subject says it is a patch, but no diff was found"
    end = mail.body.count("\n") + 1
    return ParsedDiff((), (_skip(mail, reason),), end, end)


def _patch(mail: Mail, named: Subject, diff: ParsedDiff) -> Letter:
    lines = mail.lines
    above = [*_preamble(mail), *lines[: diff.start]]
    log = changelog.read(above, has_diff=bool(diff.files))
    subject = _overruled(named, log.subject)
    aside = subject.reply
    if aside:
        subject = _single(subject)
    troubles = () if not diff.files else tuple(_skip(mail, one) for one in mail.troubles)
    patch = Patch(
        subject.number,
        subject.text,
        log.author or mail.author,
        log.message,
        diff.files,
        log.trailers,
        log.notes,
        message_id=mail.message_id,
        source=mail.source,
        skips=_of_patch((*diff.skips, *troubles), subject.number),
        changelog_lines=_places(mail, log),
        envelope=_envelope(mail),
        subject_line=0 if log.subject else mail.subject_line,
    )
    base = _base(mail, [*above, *lines[diff.end :]])
    return Letter(
        subject,
        mail.message_id,
        mail.parents,
        mail.author if mail.message_id else "",
        base,
        patch,
        is_aside=aside,
    )


def _base(mail: Mail, lines: Sequence[str]) -> Base:
    """What the series is to be applied to, by those lines of the mail and its headers."""
    base = changelog.base(lines)
    return replace(base, change_id=base.change_id or mail.change_id)


def _envelope(mail: Mail) -> Envelope | None:
    """What an answer to the mail needs of its headers, None for a file that nobody sent."""
    if not mail.message_id:
        return None
    return Envelope(mail.subject, mail.recipients, mail.references, mail.author)


def _cover(mail: Mail, subject: Subject, skips: tuple[Skip, ...] = ()) -> Letter:
    log = changelog.read([*_preamble(mail), *mail.lines], has_diff=False)
    body = f"{log.message}\n---\n{log.notes}" if log.notes else log.message
    author = log.author or mail.author
    base = _base(mail, mail.lines)
    return Letter(
        subject,
        mail.message_id,
        mail.parents,
        mail.author if mail.message_id else "",
        base,
        cover=Cover(subject.text, author, body, mail.message_id),
        skips=skips,
    )


def _attached(children: Sequence[Mail]) -> tuple[Letter, ...]:
    """The attached patches; several that do not count themselves are a series in their order."""
    named = [(child, subjects.parse(child.subject)) for child in children]
    if len(named) > 1 and any(subject.counter_inferred for _, subject in named):
        total = len(named)
        named = [
            (
                child,
                replace(subject, number=number, total=total, reply=False, counter_inferred=False),
            )
            for number, (child, subject) in enumerate(named, 1)
        ]
    return tuple(_patch(child, subject, diff) for child, subject in named if (diff := _diff(child)))


def _places(mail: Mail, log: changelog.Changelog) -> tuple[int, ...]:
    """The mail's lines that the message stands on; none for what is not in the body."""
    first = log.start - len(_preamble(mail))
    count = log.message.count("\n") + 1 if log.message else 0
    return tuple(mail.numbers[first : first + count]) if first >= 0 else ()


def _overruled(named: Subject, inbody: str) -> Subject:
    """The subject with what a Subject line in the body says instead."""
    if not inbody:
        return named
    said = subjects.parse(inbody)
    if said.patch or not said.counter_inferred:
        return said
    return replace(named, text=said.text, reply=False) if not named.reply else said


def _single(subject: Subject) -> Subject:
    """The subject of a patch outside of the series that the subject names."""
    return replace(subject, number=1, total=1, counter_inferred=True)


def _preamble(mail: Mail) -> list[str]:
    return [*mail.preamble.split("\n"), ""] if mail.preamble else []


def _attributed(lines: Sequence[str]) -> str:
    """Who wrote what a reply quotes, by its `On ..., NAME wrote:` line, which may be folded."""
    head = lines[:_ATTRIBUTION_REACH]
    for at, line in enumerate(head):
        for text in (line, f"{line} {head[at + 1]}" if at + 1 < len(head) else line):
            if match := _ATTRIBUTION.fullmatch(text[:400]):
                return person(match[1])
    return ""


def _skip(mail: Mail, reason: str) -> Skip:
    return Skip(mail.source, mail.line, reason)


def _of_patch(skips: Sequence[Skip], number: int) -> tuple[Skip, ...]:
    return tuple(replace(skip, patch=number) for skip in skips)
