"""Readings of the lines under a hunk header, and which of them meets its counts.

Lines without a sign are the wrapped rest of the line before, or context whose blank was lost, or
both by their length. What more lines of the same kind follow is no hunk of that length.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct, field

from reviewer.patch.hunk_header import NO_NEWLINE, HunkHeader, is_signature

_NBSP = "\u00a0"
# Mailers wrap at 68 columns or later.
_NARROWEST = 66
_TAB = 8
# Lines of context around a change, git's default.
_CONTEXT = 3


class Unsigned(StrEnum):
    """What a line without a sign is taken for."""

    NOTHING = "nothing"
    WRAPPED = "wrapped"
    CONTEXT = "context"
    BY_LENGTH = "by length"


class Next(StrEnum):
    """What comes after the lines that may belong to a hunk."""

    HUNK = "hunk of the same file"
    FILE = "another file"
    END = "end of the text"


class Reading(Struct):
    """Lines read so far and how many the header still promises.

    `spaced` are the context lines that begin with a blank, `starred` those of them that can be a
    comment's ` * ` without a sign as well; `blankless` counts the context lines without a blank,
    `signed_last` says whether the last line is none of them, `embedded` whether an added or
    removed line follows one.
    """

    old_left: int
    new_left: int
    section: str
    lines: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    spaced: list[int] = field(default_factory=list)
    starred: int = 0
    blankless: int = 0
    signed_last: bool = True
    embedded: bool = False
    used: int = 0

    @property
    def met(self) -> bool:
        """Whether the counts are used up."""
        return self.old_left == 0 and self.new_left == 0

    @property
    def collapsed(self) -> bool:
        """Whether context lost its blank throughout, so that none of its blanks is a sign."""
        return self.blankless > len(self.spaced) - self.starred

    @property
    def likely(self) -> bool:
        """Whether the unsigned lines read as context can be context.

        Those at the end may be prose that follows a hunk cut short; so good context before them
        or more of them than git gives context speaks against it.
        """
        if not self.blankless:
            return True
        if self.embedded:
            return self.signed_last or self.collapsed
        return len(self.spaced) == self.starred and self.blankless <= _CONTEXT


def best(region: list[str], header: HunkHeader, after: Next) -> Reading | None:
    """The reading of `region` that meets the counts, None for none."""
    plain = read(region, header, Unsigned.NOTHING)
    if plain.met and not _remains(region, plain, after):
        return plain
    sound = repaired(region)
    readings = [read(sound, header, unsigned, after) for unsigned in Unsigned]
    exact = [reading for reading in readings if reading.met and reading.likely]
    for reading in exact:
        if not _remains(sound, reading, after):
            return reading
    return next((one for one in exact if not _goes_on(sound, one, after)), None)


def lenient(region: Sequence[str], header: HunkHeader) -> Reading:
    """The reading of a quoted hunk that need not meet the counts."""
    reading = read(region, header, Unsigned.BY_LENGTH)
    return reading if reading.likely else read(region, header, Unsigned.WRAPPED)


def repaired(region: list[str]) -> list[str]:
    """The lines without a mail's signature, their no-break blanks plain where one is a sign."""
    end = next((at for at, line in enumerate(region) if is_signature(region, at)), len(region))
    if any(line.startswith(_NBSP) for line in region[:end]):
        return [line.replace(_NBSP, " ") for line in region[:end]]
    return region[:end]


def read(
    region: Sequence[str],
    header: HunkHeader,
    unsigned: Unsigned,
    after: Next = Next.END,
) -> Reading:
    """The lines of `region` until the counts are used up or a line does not fit."""
    reading = Reading(header.old_count, header.new_count, header.section)
    wrapped: dict[int, list[str]] = {}
    for at, line in enumerate(region):
        sign = line[:1]
        if sign == "\\" and reading.lines:
            reading.lines.append(NO_NEWLINE)
            reading.origins.append(at)
            reading.used = at + 1
            continue
        if not sign or line == "\r":
            sign, line = " ", f" {line}"
        elif sign not in "+- ":
            if not (reading.met and after is Next.END) and _continues(region, at, header, unsigned):
                wrapped.setdefault(len(reading.lines) - 1, []).append(line)
                reading.used = at + 1
                continue
            if unsigned in (Unsigned.NOTHING, Unsigned.WRAPPED):
                break
            sign = ""
        old_left = reading.old_left - (sign != "+")
        new_left = reading.new_left - (sign != "-")
        if old_left < 0 or new_left < 0:
            break
        reading.old_left, reading.new_left = old_left, new_left
        if sign == " " and line.strip():
            reading.spaced.append(len(reading.lines))
            reading.starred += line.startswith(" *")
        reading.embedded |= sign in ("+", "-") and reading.blankless > 0
        reading.blankless += not sign
        reading.signed_last = bool(sign)
        reading.lines.append(line if sign else f" {line}")
        reading.origins.append(at)
        reading.used = at + 1
    if reading.collapsed:
        for index in reading.spaced:
            reading.lines[index] = f" {reading.lines[index]}"
    for index, rest in wrapped.items():
        if index < 0:
            reading.section = " ".join([reading.section, *rest])
        else:
            reading.lines[index] = " ".join([reading.lines[index], *rest])
    return reading


def _continues(region: Sequence[str], at: int, header: HunkHeader, unsigned: Unsigned) -> bool:
    """Whether the unsigned line is too long for the line before to have held its first word."""
    if unsigned in (Unsigned.NOTHING, Unsigned.CONTEXT):
        return False
    before = region[at - 1] if at else f"{header} {header.section}"
    word = region[at].split(None, 1)[:1]
    return len(before.expandtabs(_TAB)) + len("".join(word)) >= _NARROWEST


def _remains(region: Sequence[str], reading: Reading, after: Next) -> bool:
    """Whether text that may belong to the hunk is left over."""
    rest = region[reading.used :]
    match after:
        case Next.HUNK:
            return any(line.strip() for line in rest)
        case Next.FILE:
            return _goes_on(region, reading, after) or any(line.strip() for line in rest[:1])
        case Next.END:
            return _goes_on(region, reading, after)


def _goes_on(region: Sequence[str], reading: Reading, after: Next) -> bool:
    """Whether lines of the kinds read so far follow where the counts are used up."""
    rest = region[reading.used :]
    filled = [line for line in rest if line.strip()]
    if reading.blankless and after is not Next.END:
        return bool(filled)
    first = (filled if after is Next.HUNK else rest or [""])[:1]
    if not first or not first[0].strip():
        return False
    line = first[0]
    if line.startswith(("-- ", "---")) or line.rstrip() == "--":
        return False
    return line[0] in "+- " or (reading.blankless > 0 and bool(reading.lines[-1].strip()))
