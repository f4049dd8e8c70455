"""A reply taken apart: the quoted lines at the level that holds a diff, and what stands between.

Quotes are `>` at the start of a line, with or without a blank after each. Other marks (`|`, `:`,
initials) are not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from reviewer.patch.hunk_header import header_at, is_cut
from reviewer.patch.late import late
from reviewer.patch.paths import git_names
from reviewer.patch.transport import Numbered

_DIFF = late(r"((?:> ?){1,20})(?:(@@ -\d{1,9}(?:,\d{1,9})? )|diff --git |--- a/)")
_HEADER = late(r"\[<prev\]|(?:From|To|CC|Date|Subject|Message-ID): ", re.IGNORECASE)
_FOOTER = late(r"-- ?$|_{20,}$|Powered by blists\b|To unsubscribe from this list")
_ATTRIBUTION = late(r"(?:wrote|writes|said|schrieb|a \xe9crit|\u5199\u9053) ?[:\uff1a]$")
_OPENING = late(r"(?:On|At|Am|Le) |\d{4}-\d\d-\d\d")
# An attribution with date, name and address wrapped at 72 columns.
_ATTRIBUTION_LINES = 3


class Aside(Struct, frozen=True):
    """Lines of the reply's own; `after` is the index of the quoted line before, -1 for none."""

    text: str
    after: int
    number: int


class Reply(Struct, frozen=True):
    """The quoted lines without their marks, and the asides between them in order."""

    quoted: Numbered
    asides: tuple[Aside, ...]


class _Level(Struct, frozen=True):
    depth: int
    spaced: bool


def taken_apart(lines: Sequence[str], *, first_line: int) -> Reply | None:
    """The reply's quotation and asides, None where no diff is quoted.

    A mark for lines left out (`[...]`) is part of the quotation, wherever it stands. Attributions,
    signatures, list footers and mail headers are neither.
    """
    level = _level(lines)
    if level is None:
        return None
    quoted: list[str] = []
    numbers: list[int] = []
    asides: list[Aside] = []
    for own, number, text in _groups(lines, level):
        words = _words(own, leading=not quoted)
        while words and quoted and _completes(quoted[-1], words[0][1]):
            quoted[-1] = f"{quoted[-1].rstrip()} {words.pop(0)[1]}"
        spoken = _without_cuts(words)
        if len(spoken) < len(words):
            quoted.append("[...]")
            numbers.append(first_line + number - 1)
            words = _trimmed(spoken)
        if words:
            remark = "\n".join(line for _, line in words).strip("\n")
            asides.append(Aside(remark, len(quoted) - 1, first_line + words[0][0]))
        if text is not None:
            quoted.append(text)
            numbers.append(first_line + number)
    return Reply(Numbered(quoted, numbers), tuple(asides))


def _level(lines: Sequence[str]) -> _Level | None:
    """The quote level with the most hunk headers, the outermost of several."""
    seen: Counter[tuple[int, bool]] = Counter()
    spaced: Counter[tuple[int, bool]] = Counter()
    for line in lines:
        match = _DIFF.match(line) if line.startswith(">") else None
        if match:
            depth = match[1].count(">")
            seen[depth, True] += match[2] is not None
            spaced[depth, match[1].endswith(" ")] += 1
    if not seen:
        return None
    depth, _ = min(seen, key=lambda key: (-seen[key], key))
    return _Level(depth, spaced[depth, True] >= spaced[depth, False])


def _groups(
    lines: Sequence[str], level: _Level
) -> Iterator[tuple[list[tuple[int, str]], int, str | None]]:
    """Each quoted line with its index and the lines of the reply's own before it; then the rest."""
    own: list[tuple[int, str]] = []
    for number, line in enumerate(lines):
        text = _unquoted(line.removesuffix("\r"), level)
        if text is None:
            own.append((number, line.rstrip()))
            continue
        yield own, number, text
        own = []
    yield own, len(lines), None


def _unquoted(line: str, level: _Level) -> str | None:
    """The line without the marks of its level, None when it is not quoted so deep."""
    at = 0
    for depth in range(level.depth):
        if not line.startswith(">", at):
            return None
        at += 1
        if (level.spaced or depth + 1 < level.depth) and line.startswith(" ", at):
            at += 1
    return line[at:]


def _words(own: Sequence[tuple[int, str]], *, leading: bool) -> list[tuple[int, str]]:
    """The lines that are a comment, without blank lines around them."""
    if not own:
        return []
    words = list(own)
    footer = next((at for at, (_, line) in enumerate(words) if _FOOTER.match(line)), len(words))
    words = _trimmed(words[:footer])
    if leading and words and _HEADER.match(words[0][1]):
        blank = next((at for at, (_, line) in enumerate(words) if not line), len(words))
        words = words[blank:]
    return _trimmed(_without_attributions(words))


def _without_cuts(words: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines without marks for lines left out; dots among words are words."""
    if all(is_cut(line) for _, line in words if line.strip()):
        return []
    return [
        (number, line)
        for number, line in words
        if not (is_cut(line) and line.lstrip().startswith(("[", "<", "{", "(")))
    ]


def _without_attributions(words: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The lines without any `On ..., ... wrote:`, which may be wrapped and quoted."""
    kept: list[tuple[int, str]] = []
    for number, line in words:
        if not _ATTRIBUTION.search(line[-200:]):
            kept.append((number, line))
            continue
        for lines in range(1, _ATTRIBUTION_LINES):
            if len(kept) >= lines and _OPENING.match(kept[-lines][1].lstrip("> ")):
                del kept[-lines:]
                break
    return kept


def _trimmed(words: list[tuple[int, str]]) -> list[tuple[int, str]]:
    filled = [at for at, (_, line) in enumerate(words) if line.strip("> ")]
    return words[filled[0] : filled[-1] + 1] if filled else []


def _completes(header: str, line: str) -> bool:
    """Whether a mailer broke the quoted header line so that its end lost the quote mark."""
    if header.startswith("diff --git "):
        names = header.removeprefix("diff --git ")
        return git_names(names) is None and git_names(f"{names} {line}") is not None
    broken = header.startswith("@@ -") and len(header) < 80
    return (
        broken and header_at([header], 0) is None and header_at([f"{header} {line}"], 0) is not None
    )
