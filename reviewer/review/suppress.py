"""Findings that somebody has judged and does not want to see again, each with the reason given.

A list names findings by fingerprint and belongs to the person who runs the review; a comment in the
source names a rule for its line or the next. A suppressed finding is still counted and, where a
format has a place for it, shown with its reason. A comment counts where it stood before the series:
what is under review does not say how it is reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.finding import Finding, Location, Status
from reviewer.patch.types import FileReview
from reviewer.review.lines import ruler
from reviewer.review.types import Idle, Report, Suppressed, Suppression

_ENTRY = re.compile(r"([0-9a-f]{8,16})\s+(\S.*)")
_MARK = b"reviewer: ignore"
_COMMENT = re.compile(rb"reviewer: ignore ([\w-]+): ([^\n]*?)\s*(?:\*/|$)")
_ASKED = " (a comment that the series adds asks to ignore it)"


class Entry(Struct, frozen=True):
    """One line of a list: the beginning of a fingerprint, and why."""

    fingerprint: str
    reason: str
    line: int


class Comment(Struct, frozen=True):
    """A comment that asks to ignore a rule on its line and the next."""

    line: int
    rule: str
    reason: str


class Judged(Struct, frozen=True):
    """Findings of a file: those that remain, those set apart, and comments about none of them."""

    kept: tuple[Finding, ...]
    apart: tuple[Suppressed, ...] = ()
    idle: tuple[Idle, ...] = ()


def read_list(path: Path) -> tuple[Entry, ...]:
    """The entries of a list: `FINGERPRINT REASON` a line, comments after `#`.

    Raises:
        InputError: it cannot be read, or a line is neither; a reason is a must.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as a list of findings", path=str(path)) from error
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _ENTRY.fullmatch(line.strip())
        if match is None:
            raise InputError(
                "no fingerprint and reason", path=str(path), line=number,
                remedy="a line is `FINGERPRINT REASON`, 8 to 16 hex digits",
            )  # fmt: skip
        found.append(Entry(match[1], match[2], number))
    return tuple(found)


def suppress(
    report: Report, entries: Sequence[Entry], reviews: Iterable[Sequence[FileReview]] = ()
) -> Report:
    """The report with suppressed findings set apart; `reviews` are the files of each patch."""
    comments = dict(_commented(reviews))
    kept: list[Finding] = []
    apart: list[Suppressed] = []
    for finding in report.findings:
        old, new = comments.get((finding.patch or 0, finding.location.path), ((), ()))
        found = _listed(finding, entries) or _excused(finding, old)
        if found:
            apart.append(found)
        elif _excused(finding, new):
            kept.append(replace(finding, message=f"{finding.message}{_ASKED}"))
        else:
            kept.append(finding)
    return replace(report, findings=tuple(kept), suppressed=(*report.suppressed, *apart))


def judged(findings: Sequence[Finding], path: str, text: bytes) -> Judged:
    """Findings of a file as it stands, under the comments in it."""
    found = comments_in(text)
    if not found:
        return Judged(tuple(findings))
    apart = [each for finding in findings if (each := _excused(finding, found))]
    gone = {id(each.finding) for each in apart}
    kept = tuple(finding for finding in findings if id(finding) not in gone)
    idle = (
        Idle(Location(path, comment.line), comment.rule, comment.reason)
        for comment in found
        if not any(_excused(each.finding, [comment]) for each in apart)
    )
    return Judged(kept, tuple(apart), tuple(idle))


def unused(entries: Sequence[Entry], used: Collection[str], name: str) -> tuple[Idle, ...]:
    """The entries of the list of that name that name none of the fingerprints."""
    return tuple(
        Idle(Location(name, entry.line), entry.fingerprint, entry.reason)
        for entry in entries
        if not any(fingerprint.startswith(entry.fingerprint) for fingerprint in used)
    )


def comments_in(text: bytes) -> tuple[Comment, ...]:
    """The comments of a file that ask to ignore something and say why."""
    if _MARK not in text:
        return ()
    return tuple(
        Comment(number, match[1].decode(), match[2].decode("utf-8", "surrogateescape"))
        for number, line in enumerate(text.split(b"\n"), 1)
        if _MARK in line and (match := _COMMENT.search(line)) and match[2]
    )


def _listed(finding: Finding, entries: Sequence[Entry]) -> Suppressed | None:
    for entry in entries:
        if finding.fingerprint.startswith(entry.fingerprint):
            return Suppressed(finding, Suppression.LIST, entry.reason)
    return None


def _excused(finding: Finding, comments: Iterable[Comment]) -> Suppressed | None:
    """What a comment on the guilty line, or on the one above, says of the finding's rule."""
    if finding.status is Status.FIXED:
        return None
    for comment in comments:
        near = finding.location.line - comment.line in (0, 1)
        if near and comment.rule == finding.rule:
            return Suppressed(finding, Suppression.SOURCE, comment.reason)
    return None


_Sides = tuple[tuple[Comment, ...], tuple[Comment, ...]]


def _commented(
    reviews: Iterable[Sequence[FileReview]],
) -> Iterator[tuple[tuple[int, str], _Sides]]:
    """The comments of each file after each patch: those of the base, and those of the series."""
    known: dict[str, tuple[bytes, frozenset[int]]] = {}
    for number, patch in enumerate(reviews, 1):
        after: dict[str, tuple[bytes, frozenset[int]]] = {}
        for each in patch:
            found = comments_in(each.after.text) if each.after else ()
            if each.after and found:
                based = _surviving(each, known)
                after[each.after.path] = (each.after.text, based)
                old = tuple(comment for comment in found if comment.line in based)
                yield (
                    (number, each.after.path),
                    (old, tuple(comment for comment in found if comment not in old)),
                )
        known |= after


def _surviving(
    each: FileReview, known: Mapping[str, tuple[bytes, frozenset[int]]]
) -> frozenset[int]:
    """Lines of comments after a patch that stood in the base, and that no patch has touched.

    `known` has these lines of files that earlier patches left, with the text they left.
    """
    before, after = each.before, each.after
    if before is None or after is None:
        return frozenset()
    own = frozenset(comment.line for comment in comments_in(before.text))
    text, lines = known.get(before.path, (before.text, own))
    if text != before.text:
        return frozenset()
    old, new = ruler(before), ruler(after)
    places = {old.position(line) for line in lines if not old.is_changed(line)}
    return frozenset(
        comment.line
        for comment in comments_in(after.text)
        if not new.is_changed(comment.line) and new.position(comment.line) in places
    )
