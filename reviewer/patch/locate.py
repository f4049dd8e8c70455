"""Where a run of lines stands in a file: exactly, modulo white space, or nearest to it.

Each distinct line of a diff becomes one character and each file a string of them, so that a
search for a run of lines is a search for a substring: linear, whatever the lines are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from msgspec import Struct

from reviewer.patch.late import late

_WHITE = b" \t\r\n\v\f"
_ABSENT = "\0"
_WORD = late(rb"\w")
_HEADING = late(rb"[A-Za-z_$]")
_LONGEST_FUNCTION = 5_000
# A line that stands more often than this in a file says little about where a hunk belongs.
_COMMON = 64


def split(text: bytes) -> list[bytes]:
    """The lines of a file, each with its line feed; only the last may have none."""
    lines = text.split(b"\n")
    last = lines.pop()
    lines = [line + b"\n" for line in lines]
    return [*lines, last] if last else lines


def bare(line: bytes) -> bytes:
    """The line without its white space: equal for lines that differ in white space only."""
    return line.translate(None, _WHITE)


def distinctive(lines: Iterable[bytes]) -> bool:
    """Whether any of the lines has a word, so that where it stands means something."""
    return any(_WORD.search(line) for line in lines)


class Resemblance(Struct, frozen=True):
    """Why lines are not in a file, and the index of the line where most of them are."""

    reason: str
    index: int | None


class _Symbols:
    """One file as a string with one character a line, and its mirror image."""

    def __init__(
        self, lines: Iterable[bytes], alphabet: dict[bytes, str], key: Callable[[bytes], bytes]
    ) -> None:
        self._alphabet = alphabet
        self._key = key
        self._forward = "".join([alphabet.get(key(line), _ABSENT) for line in lines])
        self._backward = self._forward[::-1]
        self._occurring = frozenset(self._forward)

    def nearest(self, run: Sequence[bytes], expected: int, first: int) -> int | None:
        """The index closest to `expected`, not under `first`, at which the run stands."""
        needle = "".join([self._alphabet.get(self._key(line), _ABSENT) for line in run])
        if _ABSENT in needle or not self._occurring.issuperset(needle):
            return None
        size = len(self._forward)
        expected = max(first, expected)
        below = self._forward.find(needle, expected)
        if below == expected:
            return below
        mirrored = self._backward.find(
            needle[::-1], max(0, size - (expected - 1 + len(needle))), size - first
        )
        above = size - len(needle) - mirrored if mirrored >= 0 else -1
        if above < 0 or 0 <= below - expected <= expected - above:
            return below if below >= 0 else None
        return above


class Page:
    """The lines of a file, searchable for the lines of one diff (`wanted`, with line ends)."""

    def __init__(self, lines: list[bytes], wanted: Iterable[bytes]) -> None:
        self.lines = lines
        self._wanted = frozenset(wanted)

    def nearest(
        self, run: Sequence[bytes], expected: int, first: int, *, modulo_white_space: bool
    ) -> int | None:
        """The index closest to `expected`, not under `first`, at which the run stands.

        A run without a word is not looked for elsewhere when white space does not count: a
        closing brace is everywhere. An empty run stands where it is expected.
        """
        at = max(first, expected)
        if not run:
            return min(at, len(self.lines))
        if not modulo_white_space:
            if self.lines[at : at + len(run)] == run:
                return at
            return self._exact.nearest(run, at, first)
        if [bare(line) for line in self.lines[at : at + len(run)]] == [bare(line) for line in run]:
            return at
        return self._bare.nearest(run, at, first) if distinctive(run) else None

    def under(self, section: str, at: int) -> bool:
        """Whether the nearest heading above the line with index `at` is the one named.

        A heading is what git takes for one without a driver: a line that begins with a letter,
        `_` or `$`; git cuts it at 80 bytes.
        """
        named = bare(section.encode("utf-8", "replace"))
        for line in reversed(self.lines[max(0, at - _LONGEST_FUNCTION) : at]):
            if _HEADING.match(line):
                return bool(named) and bare(line).startswith(named)
        return False

    def resemblance(
        self, run: Sequence[bytes], expected: int, describe: Callable[[int], str]
    ) -> Resemblance:
        """Why the run does not stand in the file and where most of its lines do.

        `describe` names the line with an index of the run ("context line 3 of hunk 2"). Each line
        that has a word and is not common votes for the place it would put the run at, rare lines
        with more weight.
        """
        votes: defaultdict[int, float] = defaultdict(float)
        for index, line in enumerate(run):
            found = self._positions.get(bare(line), ())
            if len(found) <= _COMMON and distinctive([line]):
                for position in found:
                    votes[position - index] += 1 / len(found)
        if not votes:
            return Resemblance("none of its lines is in the file", None)
        place = min(votes, key=lambda at: (-votes[at], abs(at - expected), at))
        shown = min(max(place, 0), len(self.lines) - 1)
        for index, line in enumerate(run):
            if not self._positions.get(bare(line)):
                return Resemblance(f"{describe(index)} not found", shown)
        for index, line in enumerate(run):
            at = place + index
            if not 0 <= at < len(self.lines) or bare(self.lines[at]) != bare(line):
                return Resemblance(f"{describe(index)} stands elsewhere", shown)
        return Resemblance("its lines stand above the hunk before it", shown)

    @cached_property
    def _exact(self) -> _Symbols:
        return _Symbols(self.lines, _alphabet(self._wanted), lambda line: line)

    @cached_property
    def _bare(self) -> _Symbols:
        return _Symbols(self.lines, _alphabet({bare(line) for line in self._wanted}), bare)

    @cached_property
    def _positions(self) -> dict[bytes, list[int]]:
        """Where each line of the diff stands in the file, modulo white space."""
        positions: dict[bytes, list[int]] = {bare(line): [] for line in self._wanted}
        for index, line in enumerate(self.lines):
            found = positions.get(bare(line))
            if found is not None:
                found.append(index)
        return positions


def _alphabet(lines: Iterable[bytes]) -> dict[bytes, str]:
    """One character for each line; sorted, so that the same lines give the same string."""
    return {line: chr(code) for code, line in enumerate(sorted(lines), 1)}
