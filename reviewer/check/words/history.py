"""Commits that a changelog cites, held against the history that is at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.words.text import PatchText, TextLine
from reviewer.check.words.types import Hit, Question
from reviewer.patch.late import late
from reviewer.patch.tree import NoTree

_CITE = late(
    r"\b(?:[Cc]ommits?|Fixes):?\s+(?:commit\s+)?([0-9a-f]{7,40}):?\s*\(\s*\"([^\"]{3,200})\"\s*\)"
    r"|\b(?:[Cc]ommits?|Fixes):?\s+(?:commit\s+)?([0-9a-f]{12,40})\b"
)
_FOREIGN = late(r"upstream|cherry.picked|backport|https?://|\.git\b", re.IGNORECASE)


class _Cite(Struct, frozen=True):
    """A commit as it is cited; `title` is `""` where none follows."""

    commit: str
    title: str
    line: TextLine


def cited_commits(question: Question) -> Iterator[Hit]:
    """A cite of a commit that history does not have, or has with another title.

    A commit is only missing from a history that has another one that the series cites, or its
    base: what somebody made of a tarball has none of Linux's.
    """
    if isinstance(question.tree, NoTree):
        return
    cites = list(_cites(question.patch))
    titles = {cite.commit: question.tree.title(cite.commit) for cite in cites}
    told: set[str] = set()
    for cite in cites:
        title = titles[cite.commit]
        if cite.commit in told or title is None:
            continue
        if title and cite.title and not _same(cite.title, title):
            told.add(cite.commit)
            yield _hit(cite, f'its title is "{title}"')
        elif not title and _is_proven(question):
            told.add(cite.commit)
            yield _hit(cite, "no such commit in the history at hand")


def _hit(cite: _Cite, detail: str) -> Hit:
    return Hit(cite.commit, cite.line.text.strip(), cite.line.location, cite.line.mail, detail)


def _cites(patch: PatchText) -> Iterator[_Cite]:
    lines = [line for line in patch.changelog if not line.text.startswith((">", "    "))]
    text = "\n".join(line.text for line in lines)
    at, end = 0, len(lines[0].text) + 1 if lines else 0
    for match in _CITE.finditer(text):
        while match.start() >= end:
            at += 1
            end += len(lines[at].text) + 1
        commit = match[1] or match[3]
        about = text[max(0, match.start() - 40) : match.end() + 40]
        if not commit.isdigit() and not _FOREIGN.search(about):
            yield _Cite(commit, " ".join((match[2] or "").split()), lines[at])


def _is_proven(question: Question) -> bool:
    """Whether the history has a commit that the series speaks of."""
    series = question.patch.series
    if series.base_commit and question.tree.title(series.base_commit):
        return True
    return any(
        question.tree.title(cite.commit)
        for other in question.patch.fellows
        for cite in _cites(other)
    )


def _same(cited: str, title: str) -> bool:
    """Whether the titles are equal but for blanks, quotes and a cut marked by dots."""
    mine, theirs = _folded(cited), _folded(title)
    return mine == theirs or (mine.endswith("...") and theirs.startswith(mine[:-3].rstrip()))


def _folded(title: str) -> str:
    return re.sub(r"[\s\"'`\u2018\u2019\u201c\u201d]+", " ", title).strip()
