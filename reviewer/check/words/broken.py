"""What does not build between two patches: removed, declared or included at the wrong place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.check.words.defines import DECLARES, DEFINES, STATIC, calls, defined
from reviewer.check.words.text import PatchText, code_of
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.late import late
from reviewer.patch.tree import NoTree, Tree
from reviewer.patch.types import Context, FileChange, FileDiff, Line, LineKind, Patch

_INCLUDE = late(rb'^[ \t]*#[ \t]*include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")', re.MULTILINE)
_REFUSES = late(rb"^[ \t]*#[ \t]*error\b", re.MULTILINE)
#: Headers that are followed before nobody can say what is included.
MAX_HEADERS = 600


def removed_while_used(question: Question) -> Iterator[Hit]:
    """A definition that a patch removes, and a use that only a later patch of the series removes.

    The later patch shows the use as a line that it finds: so it was there in between.
    """
    patch = question.patch
    later = [each for each in patch.fellows if each.patch.number > patch.patch.number]
    gone = _removed(patch) if later else {}
    for other in later if gone else ():
        gone = {name: place for name, place in gone.items() if name not in other.definitions[0]}
        if not gone.keys() & other.definitions[1]:
            continue
        for diff, line in _found_lines(other.patch):
            if DECLARES.match(line.text):
                continue
            if (name := defined(line.text)) in gone:
                del gone[name]
            for name in calls(code_of(line.text)):
                place = gone.get(name)
                if place and _sees(diff.path, place):
                    del gone[name]
                    detail = f"{diff.path} as patch {other.patch.number} finds it"
                    yield _removal(patch, place, name, detail)


def _removed(patch: PatchText) -> dict[str, tuple[FileDiff, Line]]:
    """Functions and macros whose definition the patch removes and nothing in it adds."""
    if any(diff.change in (FileChange.RENAME, FileChange.COPY) for diff in patch.patch.files):
        return {}
    found: dict[str, tuple[FileDiff, Line]] = {}
    for diff in patch.code:
        for hunk in diff.hunks:
            for line in hunk.lines:
                if line.kind is LineKind.REMOVED and (name := defined(line.text)):
                    found.setdefault(name, (diff, line))
    kept = {
        word
        for line in patch.all_lines
        if line.kind is LineKind.ADDED or (line.kind is LineKind.CONTEXT and defined(line.text))
        for word in re.findall(r"\w+", line.text)
    }
    return {name: place for name, place in found.items() if name not in kept}


def _found_lines(patch: Patch) -> Iterator[tuple[FileDiff, Line]]:
    """The lines of code that the patch finds: what it removes and what it leaves."""
    for diff in patch.files:
        for line in diff.lines if diff.path.endswith((".c", ".h")) else ():
            if line.kind is not LineKind.ADDED and not line.text.lstrip().startswith("#"):
                yield diff, line


def _sees(path: str, place: tuple[FileDiff, Line]) -> bool:
    """Whether the file would use the definition: not another's, nor another architecture's."""
    diff, line = place
    if diff.path.endswith(".c") and STATIC.match(line.text) and diff.path != path:
        return False
    arch = re.match(r"arch/\w+/", diff.path)
    return arch is None or path.startswith(arch[0])


def _removal(patch: PatchText, place: tuple[FileDiff, Line], name: str, detail: str) -> Hit:
    diff, line = place
    where = Location(diff.path, line.old or 0)
    return Hit(name, line.text.strip(), where, patch.mail(line), detail)


def defined_later(question: Question) -> Iterator[Hit]:
    """A call of a function that the series has declared so far, and only a later patch defines."""
    patch = question.patch
    now = patch.patch.number
    later = {
        name: each.patch.number
        for each in reversed(patch.fellows)
        if each.patch.number > now
        for name in each.functions
    }
    if not later:
        return
    until = [each for each in patch.fellows if each.patch.number <= now]
    declared = {name for each in until for name in each.declared} & later.keys()
    declared -= {name for each in until for name in each.definitions[0]}
    for diff in patch.code if declared else ():
        for line in diff.lines if diff.path.endswith(".c") else ():
            text = code_of(line.text)
            if line.kind is not LineKind.ADDED or DECLARES.match(text) or DEFINES.match(text):
                continue
            for name in (name for name in calls(text) if name in declared):
                declared -= {name}
                place = Location(diff.path, line.new or 0)
                detail = f"patch {later[name]}"
                yield Hit(f"{name}()", line.text.strip(), place, patch.mail(line), detail)


def header_without_include(question: Question) -> Iterator[Hit]:
    """A header whose new inline code uses a name of the rule, `NAME->HEADER`, that it lacks.

    After `|` stands a header that will do as well.

    Only headers known whole, in a tree where all that they include is followed. One that forbids
    some includers relies on others.
    """
    if isinstance(question.tree, NoTree):
        return
    wanted = {name: header for name, _, header in (word.partition("->") for word in question.words)}
    for each in question.patch.reviews:
        after = each.after
        if after is None or after.context is Context.HUNK or not after.path.endswith(".h"):
            continue
        used = _used(each.diff, frozenset(wanted))
        if not used or _REFUSES.search(after.text):
            continue
        included = _closure(after.path, question.tree)
        if included is None:
            continue
        for name, line in used.items():
            headers = wanted[name].split("|")
            own = after.path.removeprefix("include/")
            if own not in headers and included.isdisjoint(headers):
                place = Location(after.path, line.new or 0)
                mail = question.patch.mail(line)
                yield Hit(f"{name}()", line.text.strip(), place, mail, headers[0])


def _used(diff: FileDiff, names: frozenset[str]) -> dict[str, Line]:
    """The first added line of code outside of macros that calls each of the names."""
    found: dict[str, Line] = {}
    for hunk in diff.hunks:
        macro = False
        for line in hunk.lines:
            if line.kind is LineKind.REMOVED:
                continue
            macro = macro or line.text.lstrip().startswith("#")
            called = calls(code_of(line.text)) if line.kind is LineKind.ADDED and not macro else ()
            for name in called:
                if name in names:
                    found.setdefault(name, line)
            macro = macro and line.text.endswith("\\")
    return found


def _closure(path: str, tree: Tree) -> frozenset[str] | None:
    """All that a header includes, as `#include` names it; None where a header is not to be had."""
    from reviewer.source.index.include_path import DEFAULT, architecture, locate

    arch = architecture(path) or DEFAULT
    named: set[str] = set()
    seen, pending = {path}, [path]
    while pending:
        here = pending.pop()
        for system, local in _INCLUDE.findall(tree.read(here) or b""):
            name = (system or local).decode(errors="replace")
            named.add(name)
            found = locate(name, here, system=bool(system), arch=arch, exists=tree.exists)
            if found and found not in seen:
                seen.add(found)
                pending.append(found)
        if len(seen) > MAX_HEADERS:
            return None
    return frozenset(named)
