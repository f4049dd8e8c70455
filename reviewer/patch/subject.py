"""What a subject line says of a patch: version, counter, prefixes (b4's reading)."""

from __future__ import annotations

import re

from msgspec import Struct

from reviewer.patch.late import late

_KNOWN_REPLY = r"(?:re|aw|fwd?|sv|vs)(?:\[\d{1,3}\])?:\s*"
_REPLY = late(rf"(?:{_KNOWN_REPLY}|\w{{2,3}}:\s*(?=\[))+", re.IGNORECASE)
_INNER_REPLY = late(rf"(?:{_KNOWN_REPLY})+(?=\[)", re.IGNORECASE)
_GLUED_VERSION = late(r"(patch|rfc)(v\d)", re.IGNORECASE)
_COUNTER = late(r"(\d{1,4})/(\d{1,4})", re.ASCII)
_VERSION = late(r"v(\d{1,4})", re.IGNORECASE | re.ASCII)
_SEPARATORS = late(r"[\s,;]+")
# No subject is longer; what stands behind is not looked at.
_LIMIT = 4000


class Subject(Struct, frozen=True):
    """A subject line taken apart.

    `text` is what remains without reply marks and leading brackets. `reply` says that it began
    with `Re:` or the like, `patch` that a bracket held PATCH. `version`, `number` and `total` are
    1 where the subject does not say, and marked as inferred; number 0 is the cover letter.
    `prefixes` are the other words of the brackets (RFC, RESEND, net-next), in order.
    """

    text: str
    reply: bool = False
    patch: bool = False
    version: int = 1
    number: int = 1
    total: int = 1
    prefixes: tuple[str, ...] = ()
    counter_inferred: bool = True

    @property
    def is_cover(self) -> bool:
        """Whether it announces a series: 0 of n."""
        return self.number == 0 and not self.reply


def parse(text: str) -> Subject:
    """The subject taken apart; any text has a reading."""
    folded = " ".join(text[:_LIMIT].split())
    mark = _REPLY.match(folded)
    reply = mark is not None
    rest = folded[mark.end() :] if mark else folded
    brackets: list[str] = []
    while rest.startswith("["):
        inside, rest = _bracket(rest)
        if inside is None:
            break
        brackets.append(inside)
        rest = rest.lstrip()
        # A list's own bracket before the reply mark: `[list] Re: [PATCH]`. A mark of no known
        # language is the subject's own word here: `[PATCH] x86: [v8086] ...`.
        mark = _INNER_REPLY.match(rest)
        if mark:
            reply = True
            rest = rest[mark.end() :]
    words = [
        word
        for inside in brackets
        for word in _SEPARATORS.split(_GLUED_VERSION.sub(r"\1 \2", inside))
        if word
    ]
    return _read(words, rest, reply=reply)


def _bracket(text: str) -> tuple[str | None, str]:
    """The inside of the leading bracket, nested brackets flattened, and what follows it.

    None when it is never closed.
    """
    depth = 0
    for at, char in enumerate(text):
        if char == "[":
            depth += 1
        elif char == "]":
            depth -= 1
            if depth == 0:
                inside = text[1:at].replace("[", " ").replace("]", " ")
                return inside, text[at + 1 :]
    return None, text


def _read(words: list[str], text: str, *, reply: bool) -> Subject:
    version = number = total = 0
    patch = counted = False
    prefixes: list[str] = []
    for word in words:
        if match := _COUNTER.fullmatch(word):
            number, total, counted = int(match[1]), int(match[2]), True
        elif match := _VERSION.fullmatch(word):
            version = int(match[1])
        elif word.lower() == "patch":
            patch = True
        else:
            patch = patch or "patch" in word.lower()
            prefixes.append(word)
    return Subject(
        text,
        reply=reply,
        patch=patch,
        version=version or 1,
        number=number if counted else 1,
        total=total if counted else 1,
        prefixes=tuple(prefixes),
        counter_inferred=not counted,
    )
