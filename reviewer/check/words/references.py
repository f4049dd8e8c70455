"""How a changelog refers to other commits, in form."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from reviewer.check.words.text import Paragraph, TextLine
from reviewer.check.words.types import Hit, Question
from reviewer.patch.late import late

_CITE = late(r"\b[Cc]ommits?:?\s+([0-9a-f]{7,40})\b(?!-)")
_GOOD = late(r"\s*\(\s*[\"'\u201c]")
_FIXES = late(r"Fixes:\s*(?:commit:?\s+)?([0-9a-f]{5,40})\b")
_FIXES_GOOD = late(r"Fixes: [0-9a-f]{12,40} \(\".+\"\)")
_FOREIGN = late(
    r"upstream|cherry.picked|backport|\.git\b|https?://|bisect|reverts commit|glibc|gcc|qemu|xen\b",
    re.IGNORECASE,
)
#: Characters of a hash that tell commits of Linux apart.
SHORT = 12


def commit_cites(question: Question) -> Iterator[Hit]:
    """`commit HASH` without the title in parentheses and quotes, the first time it is named."""
    named: set[str] = set()
    lines = [
        line
        for paragraph in _with_title_lines(question.patch.paragraphs)
        for line in paragraph.lines
    ]
    text = "\n".join(line.text for line in lines)
    starts = _starts(lines)
    for match in _CITE.finditer(text):
        commit = match[1]
        first = commit[:7] not in named
        named.add(commit[:7])
        line = lines[bisect_right(starts, match.start(1)) - 1]
        about = text[max(0, match.start() - 60) : match.end() + 60]
        before = text[: match.start()].rstrip()[-1:]
        if not first or commit.isdigit() or _FOREIGN.search(about) or before == "[":
            continue
        if not _GOOD.match(text, match.end(1)):
            detail = _fault(text[match.end(1) :])
            yield Hit(commit, line.text.strip(), line.location, line.mail, detail)
        elif len(commit) < SHORT:
            detail = f"a hash of {len(commit)} digits, {SHORT} are asked for"
            yield Hit(commit, line.text.strip(), line.location, line.mail, detail)


def _fault(rest: str) -> str:
    """What stands after the hash in the place of the title."""
    rest = rest.lstrip()
    if rest.startswith((":", ",")):
        return f"`{rest[0]}` follows the hash"
    if rest.startswith(("(", '"', "'")):
        return "its title is not in parentheses and quotes"
    return "no title follows it"


def _with_title_lines(paragraphs: tuple[Paragraph, ...]) -> Iterator[Paragraph]:
    """Prose, and what is no prose but may hold the rest of a cite."""
    for paragraph in paragraphs:
        if not any(_quoted(line.text) for line in paragraph.lines):
            yield paragraph


def _quoted(text: str) -> bool:
    return text.startswith((">", "commit ", "[ Upstream", "From ")) or bool(
        re.match(r"\s*(?:\[ *\d+\.\d+\]|[\w-]+-by:|Fixes:|git )", text)
    )


def _starts(lines: list[TextLine]) -> list[int]:
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line.text) + 1
    return starts


def fixes_form(question: Question) -> Iterator[Hit]:
    """A `Fixes:` trailer with a hash that is not `Fixes: HASH ("title")`."""
    lines = question.patch.changelog
    for at, line in enumerate(lines):
        match = _FIXES.match(line.text)
        if match is None:
            continue
        whole = line.text.rstrip()
        if at + 1 < len(lines) and '")' not in whole and '")' in lines[at + 1].text:
            yield Hit(match[1], whole, line.location, line.mail, "it is wrapped over two lines")
        elif not _FIXES_GOOD.fullmatch(whole):
            short = len(match[1]) < SHORT
            detail = f"its hash has {len(match[1])} digits" if short else "it has another form"
            yield Hit(match[1], whole, line.location, line.mail, detail)
