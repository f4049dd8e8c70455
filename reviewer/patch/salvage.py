"""A patch out of a reply that quotes it, with the reviewer's remarks where they stand.

Replies lose white space, wrap header lines, put comments between the lines and leave lines out.
The counts of the `@@` lines tell what was a line of the hunk; the diffstat tells whether all came
back. What a reply left out is gone: it is said in a Skip.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from reviewer.finding import Location, Skip
from reviewer.patch.diff import ParsedDiff, parse_numbered
from reviewer.patch.diffstat import diffstat, disagreement
from reviewer.patch.quoting import Reply, taken_apart
from reviewer.patch.types import FileDiff, Line, LineKind, Remark

_KERNEL_CODE = (".c", ".h", ".S")


class Salvaged(Struct, frozen=True):
    """What a reply quotes: the lines above the `---`, those down to the diff, and the files.

    `changelog_lines` are the numbers of the first ones in the mail.
    `collapsed` says that white space was lost; `remarks` are the reply's own words in order.
    """

    changelog: tuple[str, ...]
    notes: tuple[str, ...]
    files: tuple[FileDiff, ...]
    remarks: tuple[Remark, ...]
    collapsed: bool
    skips: tuple[Skip, ...]
    changelog_lines: tuple[int, ...] = ()


def salvage(lines: Sequence[str], *, first_line: int = 1, source: str = "") -> Salvaged | None:
    """The patch quoted in the body of a reply, None where it quotes no diff.

    `first_line` is the number of the first line in `source`, the name Skips give the mail.
    """
    reply = taken_apart(lines, first_line=first_line)
    if reply is None:
        return None
    quoted = reply.quoted
    parsed = parse_numbered(quoted, source=source, quoted=True)
    if not parsed.files and not parsed.skips:
        return None
    above = list(quoted.lines[: parsed.start])
    stat = diffstat(above)
    rule = next((at for at, line in enumerate(above) if line.rstrip() == "---"), None)
    split = rule if rule is not None else stat.line - len(stat.paths) if stat else len(above)
    skips = list(parsed.skips)
    if stat and (difference := disagreement(stat, parsed.files)):
        number = quoted.numbers[stat.line]
        skips.append(Skip(source, number, f"the quotation is not the whole patch: {difference}"))
    first, end = _filled(above[:split])
    return Salvaged(
        tuple(above[first:end]),
        tuple(above[split if rule is None else split + 1 :]),
        parsed.files,
        _remarks(reply, parsed),
        _is_collapsed(parsed.files, reply),
        tuple(skips),
        tuple(quoted.numbers[first:end]),
    )


def _filled(lines: Sequence[str]) -> tuple[int, int]:
    """The range of the lines without the empty ones at both ends."""
    filled = [at for at, line in enumerate(lines) if line]
    return (filled[0], filled[-1] + 1) if filled else (0, 0)


def _remarks(reply: Reply, parsed: ParsedDiff) -> tuple[Remark, ...]:
    """The asides, each at the place of the last quoted line before it that is not empty."""
    places = _places(parsed.files)
    marks = [number for number, _ in places]
    quoted = reply.quoted
    remarks: list[Remark] = []
    for aside in reply.asides:
        after = aside.after
        while after >= 0 and not quoted.lines[after].strip():
            after -= 1
        location = None
        if parsed.start <= after < parsed.end:
            at = bisect_right(marks, quoted.numbers[after])
            location = places[at - 1][1] if at else None
        text = quoted.lines[after] if after >= 0 else ""
        remarks.append(Remark(aside.text, text, location, aside.number))
    return tuple(remarks)


def _places(files: Sequence[FileDiff]) -> list[tuple[int, Location]]:
    """Where in the patched tree each line of the mail's diff is, by mail line."""
    places: list[tuple[int, Location]] = []
    for diff in files:
        places.append((diff.mail_line, Location(diff.path, 0)))
        for hunk in diff.hunks:
            places.append((hunk.mail_line, Location(diff.path, hunk.new_start)))
            places.extend((line.mail_line, _place(diff, line)) for line in hunk.lines)
    return sorted(places, key=lambda place: place[0])


def _place(diff: FileDiff, line: Line) -> Location:
    """The line in the new file, a removed one in the old."""
    if line.kind is LineKind.REMOVED:
        return Location(diff.old_path or diff.path, line.old or 0)
    return Location(diff.path, line.new or 0)


def _is_collapsed(files: Sequence[FileDiff], reply: Reply) -> bool:
    """Whether context lines stand without their blank, or kernel code has indents but no tab."""
    raw = dict(zip(reply.quoted.numbers, reply.quoted.lines, strict=True))
    code = [diff for diff in files if diff.path.endswith(_KERNEL_CODE)]
    lines = [line for diff in files for line in diff.lines]
    context = [line for line in lines if line.kind is LineKind.CONTEXT and line.text.strip()]
    blankless = sum(not raw[line.mail_line].startswith(" ") for line in context)
    if 2 * blankless > len(context):
        return True
    indents = any(
        line.text.startswith(" ") and not line.text.startswith(" *")
        for diff in code
        for line in diff.lines
    )
    return indents and not any("\t" in line.text for line in lines)
