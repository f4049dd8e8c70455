"""The functions of a text that use a word, found without parsing it.

Relies on the kernel's style: a function's braces stand in the first column. A function that is
written otherwise is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

_CALLED = re.compile(rb"([A-Za-z_]\w*)\s*\(\s*(\w*)")
_WORD = re.compile(rb"[A-Za-z_]\w*")
_END = re.compile(rb"\n")
_LETTERS = frozenset(b"_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
#: Bytes of a heading that are looked at.
MAX_HEADING = 600
#: What ends the code before a heading.
_BEFORE = (b"\n}", b";\n", b"\n\n", b"*/\n")


class Outline(Struct, frozen=True):
    """A function by its name and its heading; `macro` defines it, `""` where none does."""

    name: str
    heading: bytes
    macro: str = ""

    @property
    def is_static(self) -> bool:
        """Whether only its own file can call it by its name."""
        return b"static" in self.heading


class Balance(Struct, frozen=True):
    """Words of which a function that has more of `off` than of `on` before a use is none."""

    off: tuple[bytes, ...] = ()
    on: tuple[bytes, ...] = ()

    def holds(self, text: bytes, start: int, end: int) -> bool:
        """Whether more is begun than ended between two places of the text."""
        begun = sum(text.count(word, start, end) for word in self.off)
        return begun > 0 and begun > sum(text.count(word, start, end) for word in self.on)


EVEN = Balance()


def using(text: bytes, words: Iterable[str], balance: Balance = EVEN) -> dict[str, Outline]:
    """The functions of the text that use one of the words, however indirectly, by name."""
    found: dict[str, Outline] = {}
    pending = list(words)
    known = set(pending)
    while pending:
        for outline in _around(text, _places(text, pending.pop().encode()), balance):
            found.setdefault(outline.name, outline)
            if outline.name not in known:
                known.add(outline.name)
                pending.append(outline.name)
    return found


def holding(
    text: bytes, alternatives: Iterable[tuple[bytes, ...]], balance: Balance = EVEN
) -> dict[str, Outline]:
    """The functions whose body has a literal of each alternative, by name."""
    found: dict[str, Outline] = {}
    for first, *others in alternatives:
        if all(each in text for each in (first, *others)):
            places = _found(text, first)
            found.update((each.name, each) for each in _around(text, places, balance))
    return found


def lines_at(text: bytes, lines: Iterable[int]) -> bytes:
    """The lines of those numbers, from 1."""
    every = text.split(b"\n")
    return b"\n".join(every[each - 1] for each in sorted(lines) if each <= len(every))


def words_at(text: bytes, lines: Iterable[int]) -> frozenset[str]:
    """The words of the lines, and of the whole functions that they are in."""
    ends = [0, *(match.end() for match in _END.finditer(text)), len(text)]
    found: set[bytes] = set()
    done = -1
    for line in sorted(each for each in lines if each < len(ends)):
        start, end = ends[line - 1], ends[line]
        if start < done:
            continue
        if around(text, start) is not None:
            start, done = text.rfind(b"\n{", 0, start), text.find(b"\n}", start)
            end = max(done, end)
        found.update(_WORD.findall(text, start, end))
    return frozenset(word.decode() for word in found)


def _around(text: bytes, places: Iterable[int], balance: Balance) -> Iterator[Outline]:
    """The functions that the places are in, but for those that hold something there."""
    for place in places:
        opening = text.rfind(b"\n{", 0, place)
        outline = around(text, place)
        if outline is not None and not balance.holds(text, opening, place):
            yield outline


def around(text: bytes, place: int) -> Outline | None:
    """The function whose body the place is in, None outside of functions."""
    opening = text.rfind(b"\n{", 0, place)
    if opening < 0 or text.find(b"\n}", opening, place) >= 0:
        return None
    first = max(opening - MAX_HEADING, 0)
    start = max(text.rfind(each, first, opening) + len(each) for each in _BEFORE)
    if start < first:
        return None
    heading = text[start:opening]
    called = _CALLED.search(heading)
    if called is None:
        return None
    name = called[1].decode()
    if called[2] and name.isupper():
        return Outline(called[2].decode(), heading, name)
    return Outline(name, heading)


def _places(text: bytes, word: bytes) -> Iterator[int]:
    """Where the word stands alone."""
    for start in _found(text, word):
        end = start + len(word)
        if text[start - 1] not in _LETTERS and (end >= len(text) or text[end] not in _LETTERS):
            yield start


def _found(text: bytes, word: bytes) -> Iterator[int]:
    start = text.find(word)
    while start >= 0:
        yield start
        start = text.find(word, start + len(word))
