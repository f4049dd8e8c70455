"""What a patch says of its own size: the `git diff --stat` block under the `---`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from reviewer.patch.late import late
from reviewer.patch.types import FileDiff

_SUMMARY = late(r"(\d{1,9}) files? changed")
_INSERTIONS = late(r", (\d{1,9}) insertions?\(\+\)")
_DELETIONS = late(r", (\d{1,9}) deletions?\(-\)")
_CHANGES = late(r"(?:\d{1,9}(?: [+-]*)?|Bin\b.*|0)")


class Diffstat(Struct, frozen=True):
    """The totals a patch declares.

    `paths` are the names listed, shortened ones from their `.../` on; `line` is the index of the
    summary line.
    """

    files: int
    insertions: int
    deletions: int
    paths: tuple[str, ...]
    line: int


def diffstat(lines: Sequence[str]) -> Diffstat | None:
    """The first diffstat in `lines`, None where there is none."""
    for at, line in enumerate(lines):
        if "changed" not in line or not _SUMMARY.match(line.lstrip()[:80]):
            continue
        summary = line.strip()
        if not summary.endswith(")") and at + 1 < len(lines):
            summary = f"{summary} {lines[at + 1].strip()}"
        first = at
        while first > 0 and _path(lines[first - 1]):
            first -= 1
        match = _SUMMARY.match(summary)
        return Diffstat(
            int(match[1]) if match else 0,
            _number(_INSERTIONS.search(summary)),
            _number(_DELETIONS.search(summary)),
            tuple(_path(one) for one in lines[first:at]),
            at,
        )
    return None


def disagreement(stat: Diffstat, files: Sequence[FileDiff]) -> str:
    """How `files` differ from the totals declared, `""` when they add up."""
    declared, found = _declared(stat), _found(files)
    return "" if declared == found else _difference(declared, found)


def shortfall(stat: Diffstat, files: Sequence[FileDiff]) -> str:
    """How `files` fall short of the totals declared, `""` when they do not.

    A patch edited by hand may well have more. None of the patch mails of two years of a list had
    less than it declared; a mail cut between two hunks or two files shows nowhere else.
    """
    declared, found = _declared(stat), _found(files)
    missing = any(one > other for one, other in zip(declared, found, strict=True))
    return _difference(declared, found) if missing else ""


def _declared(stat: Diffstat) -> tuple[int, int, int]:
    return stat.files, stat.insertions, stat.deletions


def _found(files: Sequence[FileDiff]) -> tuple[int, int, int]:
    return len(files), sum(diff.added for diff in files), sum(diff.removed for diff in files)


def _difference(declared: tuple[int, int, int], found: tuple[int, int, int]) -> str:
    return f"the diffstat declares {_shown(*declared)}, the diff has {_shown(*found)}"


def lists(stat: Diffstat, path: str) -> bool:
    """Whether the diffstat names the path: in full, shortened to its end, or as a rename."""
    return any(_names(name, path) for name in stat.paths)


def _names(name: str, path: str) -> bool:
    if " => " in name:
        renamed = name.replace("}", "").rpartition(" => ")[2]
        return path.rpartition("/")[2] == renamed.rpartition("/")[2]
    return path == name or (name.startswith("...") and path.endswith(name.lstrip(".")))


def _path(line: str) -> str:
    """The name on a ` name | 12 +++--` line, `""` when it is no such line."""
    name, bar, changes = line.rpartition(" | ")
    if not bar or len(line) > 4096 or not _CHANGES.fullmatch(changes.strip()):
        return ""
    return name.strip()


def _number(match: re.Match[str] | None) -> int:
    return int(match[1]) if match else 0


def _shown(files: int, insertions: int, deletions: int) -> str:
    counts = ((files, "file"), (insertions, "insertion"), (deletions, "deletion"))
    first, second, third = (f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)
    return f"{first}, {second} and {third}"
