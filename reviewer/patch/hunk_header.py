"""The lines of a diff that say where a hunk begins and where it must have ended."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from reviewer.patch.late import late

NO_NEWLINE = "\\ No newline at end of file"

_HEADER = late(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")
_CUT = late(
    r"\s*(?:[\[<({]\s*(?:\.{2,}|\u2026|snip\w*|cut|trimmed|deleted)\s*[\])>}]|\.{3,}|\u2026)\s*",
    re.IGNORECASE,
)


class HunkHeader(Struct, frozen=True):
    """`@@ -old_start,old_count +new_start,new_count @@ section`."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str = ""

    def __str__(self) -> str:
        """The ranges as git prints them: a count of 1 is left out."""
        old = f"{self.old_start}" if self.old_count == 1 else f"{self.old_start},{self.old_count}"
        new = f"{self.new_start}" if self.new_count == 1 else f"{self.new_start},{self.new_count}"
        return f"@@ -{old} +{new} @@"


def header_at(lines: Sequence[str], at: int) -> tuple[HunkHeader, int] | None:
    """The hunk header at `at` and the index after it, joined with the next line if wrapped."""
    line = lines[at]
    if not line.startswith("@@ -"):
        return None
    used = 1
    match = _HEADER.match(line)
    if not match and len(line) < 80 and at + 1 < len(lines):
        line = f"{line.rstrip()} {lines[at + 1]}"
        match = _HEADER.match(line)
        used = 2
    if not match:
        return None
    old_start, old_count, new_start, new_count = match.groups(default="1")
    section = line[match.end() :].removesuffix("\r").removeprefix(" ")
    numbers = int(old_start), int(old_count), int(new_start), int(new_count)
    return HunkHeader(*numbers, section), at + used


def is_cut(line: str) -> bool:
    """Whether the line is a reviewer's mark for lines left out: `[ ... ]`, `<snip>`, `...`."""
    return len(line) < 40 and _CUT.fullmatch(line) is not None


def is_signature(lines: Sequence[str], at: int) -> bool:
    """Whether the line is the `-- ` before a signature and not a removed `- `."""
    if lines[at].rstrip() != "--":
        return False
    return at + 1 >= len(lines) or not lines[at + 1].startswith(("+", "-", " ", "\\", "@@ -"))


def is_names(lines: Sequence[str], at: int) -> bool:
    """Whether `--- old`, `+++ new` and a hunk header follow each other at `at`."""
    return (
        at + 2 < len(lines)
        and lines[at].startswith("--- ")
        and lines[at + 1].startswith("+++ ")
        and header_at(lines, at + 2) is not None
    )


def starts_another(lines: Sequence[str], at: int) -> bool:
    """Whether another hunk or file starts at a line that no hunk can hold."""
    line = lines[at]
    match line[:1]:
        case "@":
            return line.startswith("@@@ -") or header_at(lines, at) is not None
        case "d":
            return line.startswith(("diff --git ", "diff --cc ", "diff --combined ", "diff -"))
        case "I":
            return line.startswith("Index: ")
        case _:
            return False
