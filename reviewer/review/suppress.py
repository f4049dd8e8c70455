"""Findings that somebody has judged and does not want to see again, each with the reason given.

A list names findings by fingerprint and belongs to the person who runs the review; a comment in the
source names a rule for its line or the next. A suppressed finding is still counted and, where a
format has a place for it, shown with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.finding import Finding
from reviewer.patch.types import FileReview
from reviewer.review.types import Report, Suppressed, Suppression

_ENTRY = re.compile(r"([0-9a-f]{8,16})\s+(\S.*)")
_COMMENT = re.compile(rb"reviewer: ignore ([\w-]+): ([^\n]*?)\s*(?:\*/|$)")


class Entry(Struct, frozen=True):
    """One line of a list: the beginning of a fingerprint, and why."""

    fingerprint: str
    reason: str
    line: int


def read_list(path: Path) -> tuple[Entry, ...]:
    """The entries of a list: `FINGERPRINT REASON` a line, comments after `#`.

    Raises:
        InputError: it cannot be read, or a line is neither; a reason is a must.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as a list of suppressions", path=str(path)) from error
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
    """The report with suppressed findings set apart."""
    texts = {
        (number, each.after.path): each.after.text
        for number, patch in enumerate(reviews, 1)
        for each in patch
        if each.after
    }
    kept: list[Finding] = []
    apart: list[Suppressed] = []
    for finding in report.findings:
        found = _entry(finding, entries) or _comment(finding, texts)
        if found:
            apart.append(replace(found, finding=finding))
        else:
            kept.append(finding)
    return replace(report, findings=tuple(kept), suppressed=tuple(apart))


def unused(entries: Sequence[Entry], reports: Iterable[Report]) -> tuple[Entry, ...]:
    """The entries that suppressed nothing in any of the reports."""
    used = {each.finding.fingerprint for report in reports for each in report.suppressed}
    return tuple(
        entry
        for entry in entries
        if not any(fingerprint.startswith(entry.fingerprint) for fingerprint in used)
    )


def _entry(finding: Finding, entries: Sequence[Entry]) -> Suppressed | None:
    for entry in entries:
        if finding.fingerprint.startswith(entry.fingerprint):
            return Suppressed(finding, Suppression.LIST, entry.reason)
    return None


def _comment(finding: Finding, texts: Mapping[tuple[int, str], bytes]) -> Suppressed | None:
    """What a comment on the guilty line, or on the one above, says of the finding's rule."""
    text = texts.get((finding.patch or 0, finding.location.path))
    if text is None or b"reviewer: ignore" not in text:
        return None
    above = max(finding.location.line - 2, 0)
    for line in text.split(b"\n")[above : finding.location.line]:
        match = _COMMENT.search(line)
        if match and match[1].decode() == finding.rule and match[2]:
            reason = match[2].decode("utf-8", "surrogateescape")
            return Suppressed(finding, Suppression.SOURCE, reason)
    return None
