"""Functions by how a file hands them to those who call them, with what is then in force.

Text is read, not code: calls at file scope count, whatever `#if` they stand under, and so do those
in comments. Not seen: functions that reach their caller through a variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from msgspec import Struct

from reviewer.finding import Location, Step
from reviewer.rule.root import FUNCTION, REST, Spelling, spelling
from reviewer.rule.types import Root, Vocabulary, covers

#: Characters of an initialiser that are looked through for a member.
MAX_OBJECT = 8000
_HANDED = re.compile(r"(?:\(\s*\w+\s*\)\s*)?&?\s*([A-Za-z_]\w*)")
_LAST = re.compile(r"([A-Za-z_]\w*)\s*$")
_WORD = re.compile(r"\w")
_STRUCT = re.compile(r"\bstruct\s+$")
#: Characters before the name of a type in which `struct` is looked for.
_NEAR = 20


class Registration(Struct, frozen=True):
    """A function that is handed over, as what and where."""

    root: Root
    function: str
    location: Location
    text: str

    @property
    def step(self) -> Step:
        """The first step of a proof."""
        return Step(self.location, "", self.text, f"{self.function} is a {self.root.phrase}")


def asked(vocabulary: Vocabulary, names: Iterable[str]) -> tuple[Root, ...]:
    """The roots of the vocabulary that the names cover."""
    wanted = tuple(names)
    return tuple(
        root for root in vocabulary.roots if any(covers(name, root.name) for name in wanted)
    )


def words_of(root: Root) -> tuple[str, ...]:
    """Words one of which a text has that hands over a function in the root's way."""
    calls = (each.name for text in root.calls if (each := spelling(text)))
    types = (member.partition(".")[0] for member in root.members)
    return tuple(max(glob.split("*"), key=len) for glob in (*calls, *types, *root.macros))


def registered(text: str, path: str, roots: Iterable[Root]) -> Iterator[Registration]:
    """The functions that calls and initialisers of the file hand over, by root."""
    for root in roots:
        for each in filter(None, map(spelling, root.calls)):
            yield from _called(text, path, root, each)
        for member in root.members:
            yield from _initialised(text, path, root, *member.split("."))


def _called(text: str, path: str, root: Root, call: Spelling) -> Iterator[Registration]:
    if max(call.name.split("*"), key=len) not in text:
        return
    # The parsers that this loads are more than a patch pays for that calls none of them.
    from reviewer.source.resolve.replacement import arguments

    for match in _calls(text, call.name):
        given = arguments(text, match.end())
        if not _fits(call.arguments, given):
            continue
        at = Location(path, text.count("\n", 0, match.start()) + 1)
        shown = f"{match[1]}({', '.join(' '.join(item.split()) for item in given)})"
        for pattern, argument in zip(call.arguments, given, strict=False):
            for name in _handed(text, pattern, argument):
                yield Registration(root, name, at, shown)


def _calls(text: str, glob: str) -> Iterator[re.Match[str]]:
    """The calls of what the glob names.

    An expression that began with a look behind would be tried everywhere.
    """
    for match in _spelled(glob).finditer(text):
        if not match.start() or not _WORD.match(text, match.start() - 1):
            yield match


@lru_cache(maxsize=256)
def _spelled(glob: str) -> re.Pattern[str]:
    return re.compile(rf"({glob.replace('*', chr(92) + 'w*')})\s*\(")


def _fits(patterns: tuple[str, ...], given: list[str]) -> bool:
    """Whether the arguments are as the patterns say."""
    if patterns[-1] == REST:
        patterns = patterns[:-1]
        given = given[: len(patterns)]
    return len(patterns) == len(given) and all(
        pattern == "_" or pattern.startswith(FUNCTION) or fnmatchcase(argument, pattern)
        for pattern, argument in zip(patterns, given, strict=True)
    )


def _handed(text: str, pattern: str, argument: str) -> Iterator[str]:
    """The functions that an argument stands for where the pattern asks for one."""
    if pattern == FUNCTION:
        if match := _HANDED.fullmatch(argument):
            yield match[1]
    elif pattern.startswith(FUNCTION) and (match := _LAST.search(argument)):
        member = pattern.removeprefix(f"{FUNCTION}.")
        for body, _ in _objects(text, rf"\b{match[1]}\b(?:\[[^]]*\])?"):
            yield from (name for _, name, _ in _members(body, member))
        stored = rf"\b{match[1]}\s*(?:\.|->)\s*{member}\s*=\s*&?\s*(\w+)\s*;"
        yield from (found[1] for found in re.finditer(stored, text))


def _initialised(
    text: str, path: str, root: Root, kind: str, member: str
) -> Iterator[Registration]:
    if kind not in text:
        return
    for body, start in _objects(text, rf"{kind}\s+\w+[^;{{}}=()]*", _STRUCT):
        for field, name, place in _members(body, member.replace("*", r"\w*")):
            line = text.count("\n", 0, start + place) + 1
            yield Registration(root, name, Location(path, line), f"{kind}.{field} = {name}")


def _objects(
    text: str, declared: str, before: re.Pattern[str] | None = None
) -> Iterator[tuple[str, int]]:
    """What stands between the braces of initialisers, and from where on."""
    for match in re.finditer(declared + r"\s*=\s*\{", text):
        if before and not before.search(text[max(match.start() - _NEAR, 0) : match.start()]):
            continue
        depth, start = 1, match.end()
        for at in range(start, min(len(text), start + MAX_OBJECT)):
            depth += (text[at] == "{") - (text[at] == "}")
            if not depth:
                yield text[start:at], start
                break


def _members(body: str, member: str) -> Iterator[tuple[str, str, int]]:
    for match in re.finditer(rf"\.({member})\s*=\s*&?\s*(\w+)\s*(?:,|\Z|\n)", body):
        yield match[1], match[2], match.start()


def made_by(attributes: Iterable[str], root: Root) -> str:
    """The macro of the root that defines a function with these attributes, `""` for none."""
    return next(
        (name for name in attributes for macro in root.macros if fnmatchcase(name, macro)), ""
    )
