"""The trailers of a changelog: who signed, in what order, and in what form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from msgspec import Struct

from reviewer.check.words.text import PatchText, TextLine
from reviewer.check.words.types import Hit, Question
from reviewer.patch.late import late

_TAG = late(r"([A-Za-z][A-Za-z-]*?)[ \t]*:[ \t]*(.*)")
_SENT = late(r"\s*\[[^]]*PATCH\b", re.IGNORECASE)
_STABLE = late(r"\bupstream commit\b|\bcommit [0-9a-f]{12,40} upstream", re.IGNORECASE)
_SIGNED = "signed-off-by"
_DEVELOPED = "co-developed-by"
#: How alike a tag must be to a known one before it is a slip of it.
ALIKE = 0.84


class _Tag(Struct, frozen=True):
    """A trailer with its line; `name` is in lower case."""

    name: str
    value: str
    line: TextLine

    def hit(self, detail: str) -> Hit:
        text = self.line.text.strip()
        return Hit(text.partition(":")[0], text, self.line.location, self.line.mail, detail)


def sign_off(question: Question) -> Iterator[Hit]:
    """A patch without a sign-off, without its author's, or whose last is not its sender's.

    A patch that only a reply preserves may have lost lines, one in a discussion is none to be
    applied, and stable trees sign when they apply. People are only compared where they have names.
    """
    patch = question.patch
    author = patch.patch.author
    envelope = patch.patch.envelope
    if not author or not patch.patch.files or patch.patch.remarks:
        return
    if envelope and not _SENT.match(envelope.subject):
        return
    signed = [tag for tag in _tags(patch) if tag.name == _SIGNED]
    if not signed:
        line = patch.subject
        yield Hit("Signed-off-by", line.text, line.location, line.mail, "nobody signed the patch")
        return
    if _STABLE.search(patch.patch.changelog):
        return
    if _has_name(author) and not any(_same_person(author, tag.value) for tag in signed):
        yield signed[0].hit(f"none is of the author, {_name(author)}")
        return
    sender = envelope.sender if envelope and _has_name(envelope.sender) else ""
    if sender and not _same_person(sender, author) and not _same_person(sender, signed[-1].value):
        yield signed[-1].hit(f"the last is not of {_name(sender)}, who sent the patch")


def co_developers(question: Question) -> Iterator[Hit]:
    """A Co-developed-by that the sign-off of the same person does not follow."""
    tags = _tags(question.patch)
    for at, tag in enumerate(tags):
        if tag.name == _DEVELOPED:
            after = tags[at + 1] if at + 1 < len(tags) else None
            if not after or after.name != _SIGNED or not _same_person(tag.value, after.value):
                yield tag.hit("the sign-off of the same person does not follow")


def tag_order(question: Question) -> Iterator[Hit]:
    """A tag below one that the rule's words have after it, for files of the folders among them."""
    patch = question.patch
    folders = tuple(word for word in question.words if "/" in word)
    ranks = {
        word.lower(): rank
        for rank, word in enumerate(word for word in question.words if "/" not in word)
    }
    files = patch.patch.files
    if not files or not all(diff.path.startswith(folders) for diff in files):
        return
    highest = None
    for tag in _tags(patch):
        rank = ranks.get(tag.name)
        if rank is None:
            continue
        if highest and rank < ranks[highest.name]:
            above = highest.line.text.partition(":")[0]
            yield tag.hit(f"it stands below {above}")
            return
        highest = tag


def tag_form(question: Question) -> Iterator[Hit]:
    """A tag that is a slip of one of the rule's, one without an address, or a link that is none."""
    known = {word.lower(): word for word in question.words}
    for tag in _tags(question.patch):
        right = known.get(tag.name)
        written = tag.line.text.partition(":")[0].rstrip()
        if right is None:
            close = get_close_matches(tag.name, known, 1, ALIKE) if "-" in tag.name else []
            if close:
                yield tag.hit(f"{known[close[0]]} is meant")
        elif written != right and tag.name.endswith("-by"):
            yield tag.hit(f"it is spelled {right}")
        elif tag.name in ("link", "closes"):
            if "://" not in tag.value:
                yield tag.hit("no address follows")
        elif not re.search(r"@| at ", tag.value):
            yield tag.hit("no mail address follows")


def _tags(patch: PatchText) -> tuple[_Tag, ...]:
    """Lines of the changelog's paragraphs of trailers, from the first sign-off's on."""
    found: list[_Tag] = []
    for paragraph in patch.paragraphs:
        tags = [
            _Tag(match[1].lower(), match[2].strip(), line)
            for line in paragraph.lines
            if (match := _TAG.fullmatch(line.text.rstrip()))
        ]
        if any(re.search(r"-by$|^(?:link|closes|fixes|cc)$", tag.name) for tag in tags):
            found += tags
    return tuple(found)


def _has_name(person: str) -> bool:
    return "@" not in _name(person)


def _name(person: str) -> str:
    return " ".join(re.sub(r"<.*|\(.*?\)|\"|'", "", person).split()) or person


def _same_person(one: str, other: str) -> bool:
    """Whether two people have an address or all words of the shorter name in common."""
    mine, theirs = _address(one), _address(other)
    if mine and mine == theirs:
        return True
    names = [frozenset(re.findall(r"\w+", _name(person).casefold())) for person in (one, other)]
    names.sort(key=len)
    return bool(names[0]) and names[0] <= names[1]


def _address(person: str) -> str:
    match = re.search(r"([\w.+-]+@[\w.-]+)", person)
    return match[1].casefold() if match and "..." not in match[1] else ""
