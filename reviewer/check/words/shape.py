"""How a series is cut: what one patch needs and only a later one brings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.check.words.defines import DECLARES, DEFINES, calls, defined, new_in
from reviewer.check.words.text import PatchText, code_of
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.types import FileChange, LineKind


def used_before_added(question: Question) -> Iterator[Hit]:
    """A call that a patch adds of a function that only a later patch of the series defines.

    A name that this patch or an earlier one has anywhere else, or that files under review had
    before, is none. Where no tree can say, only what the later patch defines in the same file or
    in a new C file counts: another could be an override of what the kernel has.
    """
    patch = question.patch
    later = _later(patch)
    if not later:
        return
    found: dict[str, tuple[Location, Location | None, str]] = {}
    for diff in patch.code:
        for line in diff.lines:
            text = code_of(line.text)
            no_code = line.kind is not LineKind.ADDED or text.lstrip().startswith("#")
            if no_code or DEFINES.match(line.text):
                continue
            for name in calls(text):
                if name in later:
                    place = Location(diff.path, line.new or 0)
                    found.setdefault(name, (place, patch.mail(line), line.text.strip()))
    # The tree is asked last: it is the only one whose answer takes time.
    found = {
        name: each
        for name, each in found.items()
        if not _seen_before(patch, name) and not _found_by(later[name], name, patch)
    }
    if not found:
        return
    paths = [diff.path for other in patch.series.patches for diff in other.files]
    known = question.names.known(frozenset(found), paths)
    for name, (place, mail, text) in found.items():
        other = later[name]
        there = name in known if known is not None else not _is_own(other, name, place.path)
        if not there:
            yield Hit(f"{name}()", text, place, mail, f"patch {other.patch.number}")


def _later(patch: PatchText) -> dict[str, PatchText]:
    """Names that a later patch defines."""
    found: dict[str, PatchText] = {}
    for other in patch.fellows:
        if other.patch.number > patch.patch.number:
            for name in other.definitions[0]:
                found.setdefault(name, other)
    return found


def _found_by(later: PatchText, name: str, patch: PatchText) -> bool:
    """Whether the later patch finds the name on a line that this patch did not add."""
    if name not in later.definitions[1]:
        return False
    word = re.compile(rf"\b{name}\b")
    mine = {line.text.strip() for line in patch.lines(LineKind.ADDED)}
    return any(
        word.search(line.text) and line.text.strip() not in mine
        for line in later.all_lines
        if line.kind is not LineKind.ADDED
    )


def _is_own(later: PatchText, name: str, used: str) -> bool:
    """Whether the later patch defines the name in the file that uses it, or in a new C file.

    What a new header defines can be another form of what the kernel has.
    """
    created = {
        diff.path
        for other in later.fellows
        for diff in other.patch.files
        if diff.change is FileChange.ADD and diff.path.endswith(".c")
    }
    return any(diff.path in created | {used} and name in new_in(diff) for diff in later.patch.files)


def _seen_before(patch: PatchText, name: str) -> bool:
    """Whether this or an earlier patch declares or defines the name, or a file had it before."""
    word = re.compile(rf"\b{name}\b")
    for other in patch.fellows:
        if other.patch.number > patch.patch.number:
            continue
        mine = other.patch is patch.patch
        for line in other.all_lines:
            if word.search(line.text) and (
                not (mine and line.kind is LineKind.ADDED)
                or defined(line.text)
                or DECLARES.match(line.text)
            ):
                return True
    return any(
        each.before and re.search(rb"\b" + name.encode() + rb"\b", each.before.text)
        for each in patch.reviews
    )
