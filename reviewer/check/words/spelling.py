"""Misspelt words, doubled words and wrong phrases in changelogs and added comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from reviewer.check.words import dictionary
from reviewer.check.words.text import PatchText, TextLine, code_of, folded
from reviewer.check.words.types import Hit, Question
from reviewer.patch.late import late

_TOKEN = late(r"\S+")
_PLAIN = late(r"[\"'(\[*]*([A-Za-z]?[a-z]{2,}(?:'[a-z]+)?)[\"')\].,;:!?*]*")
_DOUBLE = late(
    r"(?<![\w.<>\"'`/*=+-])([A-Za-z]{2,}) {1,2}\1(?![\w.<>\"'`/*=+(-]|\.\w)", re.IGNORECASE
)
_SHORT = 3
_NO_WORDS = late(r"\s*(?:>|\[ *\d+\.\d+\]|@@|diff |[\w-]+-by: |Cc: |\$ |# )")
_CODE_COMMENT = late(r"//|/\*|^\s*\*(?: |$)")


def misspelt(question: Question) -> Iterator[Hit]:
    """Words of the dictionary of misspellings, and `wrong->right` of the rule's own.

    An own entry without a right form allows the word.

    A word that the diff has on a line of code is a name there, whatever it means.
    """
    own = {wrong: right for wrong, _, right in (entry.partition("->") for entry in question.words)}
    found: list[Hit] = []
    for line, said in _all_lines(question.patch):
        for word in _words(said):
            lower = word.lower()
            right = own[lower] if lower in own else dictionary.correction(lower)
            # Three letters that could be anything are a name.
            if right and (len(word) > _SHORT or " or " not in right):
                found.append(Hit(word, line.text.strip(), line.location, line.mail, right))
    names = _names(question.patch) if found else frozenset()
    yield from (hit for hit in found if hit.subject.lower() not in names)


def doubled(question: Question) -> Iterator[Hit]:
    """A word that stands twice in a row, also over the end of a line; the rule's words may."""
    allowed = frozenset(question.words)
    patch = question.patch
    blocks = [paragraph.lines for paragraph in patch.prose]
    blocks += [lines for comment in patch.comments for lines in comment.paragraphs]
    for lines in blocks:
        for line in (line for line in lines if line.added and not _moved(line, patch)):
            for match in _DOUBLE.finditer(line.text):
                if match[1].lower() not in allowed and _is_one_word(*match[0].split()):
                    yield Hit(match[0], line.text.strip(), line.location, line.mail)
        for above, below in pairwise(lines):
            if not below.added or _moved(below, patch):
                continue
            last, first = above.text.split()[-1], below.text.split()[0]
            if last.isalpha() and last.islower() and last == first and last not in allowed:
                yield Hit(f"{last} {first}", below.text.strip(), below.location, below.mail)


def _is_one_word(first: str, again: str) -> bool:
    """Whether two spellings are of one word: "It it" are, "Cb CB" are two names."""
    return first[-1].islower() and (again.islower() or again == first)


def phrases(question: Question) -> Iterator[Hit]:
    """The wrong phrases that the rule lists as `wrong->right`."""
    patterns = _patterns(question.words)
    for line, said in _all_lines(question.patch):
        for pattern, right in patterns:
            for match in pattern.finditer(said):
                detail = match.expand(right)
                yield Hit(match[0], line.text.strip(), line.location, line.mail, detail)


@lru_cache(maxsize=8)
def _patterns(words: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    listed = [entry.partition("->") for entry in words]
    return tuple((re.compile(rf"\b{wrong}\b"), right) for wrong, _, right in listed)


def _all_lines(patch: PatchText) -> Iterator[tuple[TextLine, str]]:
    """Lines, each with its words of the author's: of code in a changelog only its comments.

    What stands in quotation marks in a changelog may be what the patch corrects.
    """
    prose = {line for paragraph in patch.prose for line in paragraph.lines}
    spoken = {each.line: each.words for each in patch.spoken}
    for line in patch.changelog:
        if line in prose:
            yield line, spoken.get(line, line.text)
        elif not _NO_WORDS.match(line.text) and (mark := _CODE_COMMENT.search(line.text)):
            yield line, line.text[mark.start() :]
    for comment in patch.comments:
        yield from (
            (line, line.text) for line in comment.lines if line.added and not _moved(line, patch)
        )


def _words(text: str) -> Iterator[str]:
    """Plain words: no names, numbers, paths or addresses, nothing capital but a first letter.

    A capital letter inside a sentence begins a name.
    """
    for match in _TOKEN.finditer(text):
        if word := _PLAIN.fullmatch(match[0]):
            if word[1][0].isupper() and match.start() > 0:
                continue
            yield word[1]


def _names(patch: PatchText) -> frozenset[str]:
    """The words of the diff's lines that are no comments, in lower case."""
    found: set[str] = set()
    for diff in patch.patch.files:
        for hunk in diff.hunks:
            for line in hunk.lines:
                code = code_of(line.text)
                found.update(word.lower() for word in re.findall(r"[A-Za-z]+", code))
    return frozenset(found)


def _moved(line: TextLine, patch: PatchText) -> bool:
    """Whether the patch removes a comment line with the same words elsewhere."""
    return folded(line.text) in patch.removed
