"""Which lines of the two sides of a file are the same line, asked of one line at a time."""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct

from reviewer.patch.types import SourceFile


class Ruler(Struct, frozen=True):
    """Places on one side of a file, measured in lines that the patch left alone.

    A line's `position` is the number of unchanged lines above it. An unchanged line has the same
    position on both sides, and lines that were rewritten in place share the position of the gap
    they stand in; a line that moved has another one.
    """

    known: tuple[tuple[int, int], ...]
    changed: tuple[int, ...]

    def position(self, line: int) -> int:
        """The number of unchanged lines above `line`."""
        return self._above(line) - bisect_left(self.changed, line)

    def is_changed(self, line: int) -> bool:
        """Whether the patch added the line (after) or removed it (before)."""
        index = bisect_left(self.changed, line)
        return index < len(self.changed) and self.changed[index] == line

    def _above(self, line: int) -> int:
        if not self.known:
            return line - 1
        return sum(min(end + 1, line) - start for start, end in self.known if start < line)


def ruler(file: SourceFile | None) -> Ruler:
    """The ruler of one side; of a side that does not exist, one on which nothing changed."""
    if file is None:
        return Ruler((), ())
    return Ruler(tuple(sorted(file.known)), tuple(sorted(file.changed)))
