"""Which file of the tree a section of a diff is about, and whether it may be looked up there."""

from __future__ import annotations

from collections.abc import Iterable

from reviewer.patch.diff_prepass import Section
from reviewer.patch.paths import (
    DEV_NULL,
    header_name,
    hostile,
    may_be_absent,
    unquote,
    without_prefix,
    without_prefixes,
)

Names = tuple[str | None, str | None]


def tops(sections: Iterable[Section]) -> frozenset[str]:
    """The directories over the tree (`linux-6.1`) that the names of changed files show.

    An added or deleted file has one name only, from which they could not be told.
    """
    found: set[str] = set()
    for section in sections:
        new = header_name(section.new)
        old = header_name(section.old)
        if section.names or DEV_NULL in (old, new) or not new:
            continue
        if without_prefixes(old, new)[1] != new:
            found |= {old.partition("/")[0], new.partition("/")[0]}
    return frozenset(found)


def names(section: Section, over: frozenset[str] = frozenset()) -> Names:
    """The old and the new path in the tree, None for the side that does not exist.

    `over` are the directories that `tops` found in the same diff.
    """
    old_line, new_line = header_name(section.old), header_name(section.new)
    if old_line == new_line == DEV_NULL:
        return None, None
    extended = section.extended
    renamed_from = extended.get("rename_from", extended.get("copy_from"))
    renamed_to = extended.get("rename_to", extended.get("copy_to"))
    if renamed_from and renamed_to:
        return unquote(renamed_from), unquote(renamed_to)
    old, new = section.names or (old_line, new_line)
    if DEV_NULL not in (old, new):
        old, new = without_prefixes(old, new)
    if "added" in extended or old_line == DEV_NULL or _absent(section, section.old, side=0):
        return None, new if section.names else _below(new_line, over)
    if "deleted" in extended or new_line == DEV_NULL or _absent(section, section.new, side=1):
        return old if section.names else _below(old_line, over), None
    return (old, new) if section.names else (new, new)


def refusal(section: Section, old: str | None, new: str | None) -> str:
    """Why these names must not be used: hostile or contradictory; `""` when they may."""
    if old is None and new is None:
        return "neither side exists"
    if {"added", "deleted"} <= section.extended.keys():
        return "both added and deleted"
    lines = [header_name(section.old), header_name(section.new)]
    claimed = [name for name in lines if name and name != DEV_NULL]
    for name in (old, new, *claimed):
        if name is not None and (reason := hostile(name)):
            return reason
    if section.names and not all(_agrees(name, section.names, old, new) for name in claimed):
        return "the diff --git line and the --- and +++ lines name different files"
    return ""


def _absent(section: Section, line: str, *, side: int) -> bool:
    """Whether a diff that is not git's says by range and time stamp that the file is not there."""
    if section.names or len(section.hunks) != 1 or not may_be_absent(line):
        return False
    header = section.hunks[0].header
    return (header.old_count, header.new_count)[side] == 0


def _below(name: str, over: frozenset[str]) -> str:
    """The name of a file whose other side is `/dev/null`, without what stands over the tree."""
    top, _, rest = name.partition("/")
    return rest if top in over else without_prefix(name)


def _agrees(name: str, pair: tuple[str, str], old: str | None, new: str | None) -> bool:
    return name in pair or name in (old, new) or name.partition("/")[2] in (old, new)
