"""The headers of a mail saved as text from an archive's web page.

Navigation stands above and below them, continuation lines have lost their indentation, the blank
line before the body may be gone, and the subject may be a heading. Seen at openwall, lkml.iu.edu
(hypermail), spinics (mhonarc) and mail-archive.com.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct, field

from reviewer.patch.late import late

_KNOWN = late(
    r"(from|to|cc|bcc|date|subject|message-id|in-reply-to|references|reply-to|sender"
    r"|description|author|origin|forwarded|last-update|bug[\w-]*|applied-upstream"
    r"|mime-version|content-[\w-]+|list-[\w-]+|user-agent|x-[\w-]+)[ \t]*:",
    re.IGNORECASE,
)
_FIELD = late(r"([A-Za-z][\w-]*)[ \t]*:")
_NAVIGATION = late(
    r"\[?<?(?:date |thread-?|day|day )?(?:prev|next)\b.*\]"
    r"|(?:next|previous|maybe)[- ](?:message|in thread|in reply|reply)\b.*"
    r"|(?:in reply to|next in thread|messages sorted by|reply|contemporary messages).*:.*"
    r"|[-_*=]{10,}",
    re.IGNORECASE,
)
_HEADING = late(r"(?:(?:re|aw|fwd?):\s*)*\[[^\]]{1,80}\]\s*\S", re.IGNORECASE)
_DIFF = late(r"diff -|--- |---$|\+\+\+ |@@ -|Index: |===|commit [0-9a-f]{40}")
_ADDRESSES = frozenset({"from", "to", "cc", "bcc", "reply-to", "references", "in-reply-to"})
_MAIN = frozenset({"from", "subject", "date", "author", "description", "message-id"})
# Mailers fold a header where the next word would pass column 76 or 78; some a little before.
_FOLD_WIDTH = 74
_ABOVE = 30
_LOOK_AHEAD = 4
_LINES = 400


class PageHeaders(Struct, frozen=True):
    """The headers with their continuation lines indented again, and how many lines they took."""

    text: str
    lines: int


class _Reading(Struct):
    name: str = ""
    lines: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def add(self, name: str, line: str) -> None:
        self.name = name
        self.names.add(name)
        self.lines.append(line)


def page_headers(text: str) -> PageHeaders | None:
    """The headers at the start of a saved page, None where it has none.

    Only a mail whose headers do not read by the rules of mail needs this.
    """
    lines = [line.rstrip("\r") for line in text.split("\n", _LINES)[:_LINES]]
    above = lines[:_ABOVE]
    start = next((at for at, line in enumerate(above) if _KNOWN.match(line)), len(above))
    if any(_DIFF.match(line) for line in lines[:start]):
        return None
    heading = next((line for line in lines[:start] if _HEADING.match(line)), "")
    reading = _Reading()
    end = _read(lines, start, reading)
    main = reading.names & _MAIN
    if len(main) < (2 if start and not heading else 1):
        return PageHeaders(f"Subject: {heading}\n", 1 + lines.index(heading)) if heading else None
    if "subject" not in main and heading:
        reading.lines.append(f"Subject: {heading}")
    while end < len(lines) and (not lines[end].strip() or _NAVIGATION.fullmatch(lines[end])):
        end += 1
    return PageHeaders("\n".join(reading.lines) + "\n", end)


def _read(lines: Sequence[str], at: int, reading: _Reading) -> int:
    """Reads headers from index `at` on; the index of the first line that is none."""
    while at < len(lines) and (line := lines[at]).strip():
        match = _FIELD.match(line)
        if _DIFF.match(line) or line.startswith(">"):
            break
        if match:
            reading.add(match[1].lower(), line)
        elif line[0] in " \t":
            reading.lines.append(line)
        elif _continues(reading.name, lines[at - 1], line):
            reading.lines.append(f" {line}")
        elif not _NAVIGATION.fullmatch(line) and not _more_follow(lines, at + 1):
            break
        at += 1
    return at


def _continues(name: str, before: str, line: str) -> bool:
    """Whether an unindented line goes on with the header above it."""
    if name in _ADDRESSES:
        return before.rstrip().endswith(",") or line[0] in '<"' or "@" in line
    return name == "subject" and len(before) + 1 + len(line.split(maxsplit=1)[0]) > _FOLD_WIDTH


def _more_follow(lines: Sequence[str], at: int) -> bool:
    """Whether a line that is no header is damage among them: a known header comes soon after."""
    for line in lines[at : at + _LOOK_AHEAD]:
        if not line.strip() or line.startswith(">") or _DIFF.match(line):
            return False
        if _KNOWN.match(line):
            return True
    return False
