"""How a series is cut: what one patch needs and only a later one brings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.check.words.text import PatchText, code_of
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.types import FileChange, LineKind, Patch

_DEFINES = re.compile(
    r"(?!return\b|else\b|typedef\b|case\b)(?:[A-Za-z_]\w*[ \t*]+)+\*?([a-z_]\w{4,})\([^;]*$"
)
#: A macro that uses its own name wraps what is there already.
_MACRO = re.compile(r"#\s*define\s+(\w{5,})\b(?!.*\b\1\b)")
_DECLARES = re.compile(r"[A-Za-z_][\w \t*]*[ *]\w+\(.*\);")
_USES = re.compile(r"(?<![\w.>])([a-z_]\w{4,})\(")


def used_before_added(question: Question) -> Iterator[Hit]:
    """A call that a patch adds of a function that only a later patch of the series defines.

    A name that this patch or an earlier one has anywhere else, or that files under review had
    before, is none. Without a tree only what the later patch defines in the same file or in a new
    one counts: another could be an override of what the kernel has.
    """
    patch = question.patch
    later = _later(patch)
    if not later:
        return
    calls: dict[str, tuple[Location, Location | None, str]] = {}
    for diff in patch.code:
        for hunk in diff.hunks:
            for line in hunk.lines:
                text = code_of(line.text)
                if line.kind is not LineKind.ADDED or text.lstrip().startswith("#"):
                    continue
                for name in _USES.findall(re.sub(r'"[^"]*"', '""', text)):
                    if name in later and not _DEFINES.match(line.text):
                        place = Location(diff.path, line.new or 0)
                        calls.setdefault(name, (place, patch.mail(line), line.text.strip()))
    if not calls:
        return
    paths = [diff.path for other in patch.series.patches for diff in other.files]
    known = question.names.known(frozenset(calls), paths)
    for name, (place, mail, text) in calls.items():
        if (known and name in known) or _seen_before(patch, name):
            continue
        yield Hit(f"{name}()", text, place, mail, f"patch {later[name].number}")


def _later(patch: PatchText) -> dict[str, Patch]:
    """Names that a later patch defines, and no line it removes or keeps has."""
    found: dict[str, Patch] = {}
    following = [each for each in patch.series.patches if each.number > patch.patch.number]
    for other in following:
        new, old = _definitions(other)
        for name in new - old:
            found.setdefault(name, other)
    return found


def _definitions(patch: Patch) -> tuple[set[str], set[str]]:
    new: set[str] = set()
    old: set[str] = set()
    for diff in patch.files:
        if diff.change in (FileChange.RENAME, FileChange.COPY):
            continue
        for hunk in diff.hunks:
            old.update(re.findall(r"\w+", hunk.section))
            for line in hunk.lines:
                match = _DEFINES.match(line.text) or _MACRO.match(line.text)
                if line.kind is not LineKind.ADDED:
                    old.update(re.findall(r"\w+", line.text))
                elif match:
                    new.add(match[1])
    return new, old


def _is_own(patch: PatchText, later: Patch, name: str, used: str) -> bool:
    """Whether the later patch defines the name in the file that uses it, or in a new file."""
    created = {
        diff.path
        for other in patch.series.patches
        for diff in other.files
        if diff.change is FileChange.ADD
    }
    return any(
        diff.path in created | {used} and name in _definitions(replace(later, files=(diff,)))[0]
        for diff in later.files
    )


def _seen_before(patch: PatchText, name: str) -> bool:
    """Whether this or an earlier patch declares or defines the name, or a file had it before."""
    word = re.compile(rf"\b{name}\b")
    for other in patch.series.patches:
        if other.number > patch.patch.number:
            continue
        for diff in other.files:
            for hunk in diff.hunks:
                for line in hunk.lines:
                    use = other is patch.patch and line.kind is LineKind.ADDED
                    declared = any(form.match(line.text) for form in (_DEFINES, _MACRO, _DECLARES))
                    if word.search(line.text) and (declared or not use):
                        return True
    return any(
        each.before and re.search(rb"\b" + name.encode() + rb"\b", each.before.text)
        for each in patch.reviews
    )
