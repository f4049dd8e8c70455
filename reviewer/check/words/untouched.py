"""What a patch says it changes, and whether its diff touches that."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.check.words.text import PatchText, TextLine
from reviewer.check.words.types import Hit, Question
from reviewer.patch.types import FileChange

_NAME = r"`?'?([A-Za-z_]\w*?_\w+|[a-z]\w{4,}(?=\(\)))(?:\(\))?`?'?"
_SAYS = (
    r"(?:{verbs}) (?:the |a |an |new |unused |unneeded |obsolete |helper |function |macro "
    r"|variable |field |flag |prototype |definition of |declaration of |parameter |argument )*"
)


def untouched(question: Question) -> Iterator[Hit]:
    """A name that a sentence of the rule's verbs says is changed, and no line of the diff has.

    Only what opens the subject or a sentence of the changelog says what the patch does.
    """
    patch = question.patch
    if not patch.patch.files or any(_opaque(diff.change) for diff in patch.patch.files):
        return
    says = re.compile(_SAYS.format(verbs="|".join(question.words)) + _NAME + r"(?![\w*>/-]|\.\w)")
    words = patch.everything
    told: set[str] = set()
    for line, start in _openings(patch):
        match = says.match(line.text, start)
        if match and match[1] not in told and not _wild(match[1]) and not _is_in(match[1], words):
            told.add(match[1])
            yield Hit(match[1], line.text.strip(), line.location, line.mail)


def _is_in(name: str, words: frozenset[str]) -> bool:
    """Whether a word is the name, or has all its parts: names are cut short in speech."""
    parts = set(name.strip("_").split("_"))
    return name in words or any(name in word or parts <= set(word.split("_")) for word in words)


def _openings(patch: PatchText) -> Iterator[tuple[TextLine, int]]:
    """Where sentences begin: the subject behind its prefixes, and lines that open one."""
    yield patch.subject, patch.subject.text.rfind(": ") + 2 if ": " in patch.subject.text else 0
    for paragraph in patch.prose:
        ended = True
        for line in paragraph.lines:
            if ended:
                yield line, 0
            ended = line.text.rstrip().endswith((".", ":", "!"))


def _opaque(change: FileChange) -> bool:
    """Whether the diff of such a file does not show all that it changes."""
    return change in (FileChange.RENAME, FileChange.COPY, FileChange.BINARY, FileChange.DELETE)


def _wild(name: str) -> bool:
    return name.endswith("_") or "xx" in name.lower()
