"""What a kernel Makefile says about the compilation of one object.

Read are assignments of per-directory and per-object variables under `ifdef` and `ifeq` of options.
Functions of make and variables other than `$(BITS)` and options are not evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.source.conditions import TRUE, Atom, Condition, conjoin, disjoin, negate

#: What a folder's Makefile is called, the first that is there counts.
NAMES = ("Kbuild", "Makefile")

#: Variables whose flags are for every object of the directory.
FLAGS = ("ccflags-y", "KBUILD_CFLAGS")

_OBJECT = re.compile(r"(?:CFLAGS_REMOVE|CFLAGS|[A-Z]+_(?:INSTRUMENT|SANITIZE))_(.+)\.o")
_ASSIGNMENT = re.compile(r"^([A-Za-z_][\w$().-]*?)\s*(?::=|\+=|\?=|=)\s*(.*)$")
_EQUAL = re.compile(r"^ifn?eq\s*\(\s*\$\((CONFIG_\w+)\)\s*,\s*(y|m|)\s*\)")
_OBJECTS = re.compile(r"obj-(y|m|\$\(CONFIG_\w+\))")
_OPTION = re.compile(r"\$\((CONFIG_\w+)\)")


class Assignment(Struct, frozen=True):
    """`variable := value` where the nest of `ifdef`s around it is in force."""

    variable: str
    value: str
    line: int
    presence: Condition


def is_makefile(path: str) -> bool:
    """Whether a path names what says how the files beside it are compiled."""
    return path.rpartition("/")[2] in NAMES


def beside(path: str) -> tuple[str, ...]:
    """The Makefiles beside a file, of which the first that is there counts."""
    folder = path.rpartition("/")[0]
    return tuple(f"{folder}/{name}" if folder else name for name in NAMES)


def assignments(text: bytes) -> Iterator[Assignment]:
    """The assignments of a Makefile in order."""
    nest: list[Condition] = []
    for line, content in _lines(text):
        words = content.split(None, 1)
        if not words:
            continue
        if words[0] in ("ifdef", "ifndef", "ifeq", "ifneq"):
            nest.append(_tested(content))
        elif words[0] == "else":
            if nest:
                nest[-1] = negate(nest[-1])
        elif words[0] == "endif":
            if nest:
                nest.pop()
        elif match := _ASSIGNMENT.match(content):
            for bits in _bits(match[1]):
                yield Assignment(bits, match[2], line, conjoin(nest))


def _lines(text: bytes) -> Iterator[tuple[int, str]]:
    """Logical lines without comments, each with its first line's number."""
    joined, first = "", 0
    for number, raw in enumerate(text.decode("utf-8", "replace").split("\n"), 1):
        first = first or number
        if raw.endswith("\\"):
            joined += raw[:-1] + " "
            continue
        yield first, (joined + raw).partition("#")[0].strip()
        joined, first = "", 0


def _tested(content: str) -> Condition:
    word, _, rest = content.partition(" ")
    match = _EQUAL.match(content)
    if match:
        condition: Condition = Atom(match[1])
        positive = (word == "ifeq") is bool(match[2])
    elif word in ("ifdef", "ifndef") and rest.strip().startswith("CONFIG_"):
        condition, positive = Atom(rest.strip()), word == "ifdef"
    else:
        return Atom(content)
    return condition if positive else negate(condition)


def _bits(text: str) -> tuple[str, ...]:
    if "$(BITS)" not in text:
        return (text,)
    return tuple(text.replace("$(BITS)", bits) for bits in ("64", "32"))


def switched_on(
    settings: tuple[Assignment, ...], variable: str, stem: str, usual: Condition
) -> Condition:
    """Where `variable` is on for the object: its own setting counts before the directory's.

    `usual` is where it is on for objects of which nothing is said.
    """
    own = [each for each in settings if each.variable == f"{variable}_{stem}.o"]
    general = [each for each in settings if each.variable == variable]
    on = usual
    for each in (*general, *own):
        value = each.value.strip()
        if value.startswith("n"):
            on = conjoin((on, negate(each.presence)))
        elif value.startswith("y"):
            on = disjoin((on, each.presence))
        elif match := _OPTION.fullmatch(value):
            on = disjoin((on, conjoin((each.presence, Atom(match[1])))))
    return on


def compiled(settings: tuple[Assignment, ...], stem: str) -> Condition:
    """Where the object is part of the kernel, TRUE where no line of the Makefile says."""
    return _built(settings, f"{stem}.o")


def descended(settings: tuple[Assignment, ...], folder: str) -> Condition:
    """Where the build goes into a folder, TRUE where no line of the Makefile above it says."""
    return _built(settings, f"{folder}/")


def _built(settings: tuple[Assignment, ...], goal: str) -> Condition:
    found = [
        conjoin((each.presence, Atom(option[1]) if option else TRUE))
        for each in settings
        if (match := _OBJECTS.fullmatch(each.variable))
        for value in _bits(each.value)
        if goal in value.split()
        for option in (_OPTION.fullmatch(match[1]),)
    ]
    return disjoin(found) if found else TRUE


def object_of(setting: Assignment) -> str:
    """The object without `.o` that a variable is about, `""` for all of the directory."""
    match = _OBJECT.fullmatch(setting.variable)
    return match[1] if match else ""


def flags(settings: tuple[Assignment, ...], variable: str, stem: str, flag: str) -> Condition:
    """Where a flag stands in `variable_stem.o`, or for the whole directory in `ccflags-y`."""
    names = (f"{variable}_{stem}.o", *(FLAGS if variable == "CFLAGS" else ()))
    return disjoin(
        each.presence for each in settings if each.variable in names and flag in each.value.split()
    )
