"""The text of one hunk: how far it reaches, and the damage that its counts let us undo.

A hunk ends where the counts of its `@@` line are used up. One that no reading of its lines meets
is no hunk, except in a quotation, where a reviewer may have cut it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from reviewer.patch.hunk_header import HunkHeader, header_at, is_cut, is_names, starts_another
from reviewer.patch.hunk_lines import Next, Reading, Unsigned, best, lenient, read, repaired


class HunkText(Struct, frozen=True):
    """A hunk whose lines add up to its header, each with its sign, and where they came from.

    `origins` are indices into the lines the hunk was read from, `origin` that of its header.
    """

    header: HunkHeader
    lines: tuple[str, ...]
    origins: tuple[int, ...]
    origin: int


class HunkRead(Struct, frozen=True):
    """What stands at a hunk header.

    `end` is the index after the hunk's last line, `stop` that of the next header or the end of
    the text. `problem` says why there is no hunk, or what a quoted one lacks.
    """

    hunks: tuple[HunkText, ...]
    end: int
    stop: int
    problem: str = ""


def read_hunk(lines: Sequence[str], at: int, *, quoted: bool = False) -> HunkRead | None:
    """The hunk whose header stands at `at`, None where there is no header.

    With `quoted`, a hunk that is cut short comes back with the counts of the lines it has.
    """
    found = header_at(lines, at)
    if not found:
        return None
    header, body = found
    stop = body
    while stop < len(lines) and not starts_another(lines, stop):
        stop += 1
    region = list(lines[body:stop])
    if lines[at].endswith("\r"):
        region = [line.removesuffix("\r") for line in region]
    if stop == len(lines):
        after = Next.END
    elif lines[stop].startswith("@@ -"):
        after = Next.HUNK
    else:
        after = Next.FILE
    # The two lines before a hunk header may be the names of another file: the counts decide.
    names = stop - 2 >= body and is_names(lines, stop - 2)
    if names and (reading := best(region[:-2], header, Next.FILE)):
        return _whole(header, reading, at, body, stop - 2)
    if reading := best(region, header, after):
        return _whole(header, reading, at, body, stop)
    if names:
        stop -= 2
        region = region[:-2]
    if quoted:
        return _cut(header, region, at, body, stop)
    plain = read(region, header, Unsigned.NOTHING)
    problem = f"hunk {header}: {_complaint(plain, region)}"
    return HunkRead((), _filled(lines, body, body + plain.used), stop, problem)


def _whole(header: HunkHeader, reading: Reading, at: int, body: int, stop: int) -> HunkRead:
    own = replace(header, section=reading.section)
    origins = tuple(body + origin for origin in reading.origins)
    hunks = (HunkText(own, tuple(reading.lines), origins, at),) if reading.lines else ()
    return HunkRead(hunks, body + reading.used, stop)


def _complaint(plain: Reading, region: Sequence[str]) -> str:
    """Why no reading of `region` meets the counts, of which `plain` is the one without repair."""
    if plain.met:
        return "has more lines than its header counts"
    rest = region[plain.used] if plain.used < len(region) else ""
    if rest.startswith(("+", "-", " ")) and rest.strip():
        return "has other lines than its header counts"
    missing = f"{plain.old_left} old and {plain.new_left} new lines"
    return f"is damaged or cut short: {missing} of its header are missing"


def _filled(lines: Sequence[str], start: int, end: int) -> int:
    """`end` without the empty lines before it."""
    while end > start and not lines[end - 1].strip():
        end -= 1
    return end


def _cut(header: HunkHeader, region: list[str], at: int, body: int, stop: int) -> HunkRead:
    """What stands of a quoted hunk, its counts those of the lines present.

    One mark for lines left out gives two hunks: the lines after it are numbered from the end.
    """
    region = repaired(region)
    marks = [index for index, line in enumerate(region) if is_cut(line)]
    first = marks[0] if marks else len(region)
    head = lenient(region[:first], header)
    hunks = _corrected(header, head, at, body, old_from=0, new_from=0)
    end = body + head.used
    if len(marks) == 1 and not head.met:
        rest = HunkHeader(0, head.old_left, 0, head.new_left)
        tail = lenient(region[first + 1 :], rest)
        old_from = header.old_count - (rest.old_count - tail.old_left)
        new_from = header.new_count - (rest.new_count - tail.new_left)
        after = body + first + 1
        hunks += _corrected(header, tail, at, after, old_from=old_from, new_from=new_from)
        end = after + tail.used if tail.lines else end
    present = sum(len(hunk.lines) for hunk in hunks)
    kind = "has lines that its header does not count" if head.met else "is quoted in part"
    return HunkRead(hunks, end, stop, f"hunk {header}: {kind}; {present} lines of it are kept")


def _corrected(
    header: HunkHeader, reading: Reading, at: int, body: int, *, old_from: int, new_from: int
) -> tuple[HunkText, ...]:
    """The lines read as a hunk that starts so many lines into the one its header describes."""
    old_count = sum(line[0] in " -" for line in reading.lines)
    new_count = sum(line[0] in " +" for line in reading.lines)
    if not old_count and not new_count:
        return ()
    own = HunkHeader(
        header.old_start + old_from,
        old_count,
        header.new_start + new_from,
        new_count,
        header.section,
    )
    origins = tuple(body + origin for origin in reading.origins)
    return (HunkText(own, tuple(reading.lines), origins, at),)
