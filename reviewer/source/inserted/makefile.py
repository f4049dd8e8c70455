"""What a kernel Makefile says about the compilation of one object.

Read are assignments of per-directory and per-object variables under `ifdef` and `ifeq` of options.
Functions of make and variables other than `$(BITS)` and options are not evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.source.conditions import FALSE, Atom, Condition, conjoin, disjoin, negate

_ASSIGNMENT = re.compile(r"^([A-Za-z_][\w$().-]*?)\s*(?::=|\+=|\?=|=)\s*(.*)$")
_EQUAL = re.compile(r"^ifn?eq\s*\(\s*\$\((CONFIG_\w+)\)\s*,\s*(y|m|)\s*\)")
_OPTION = re.compile(r"\$\((CONFIG_\w+)\)")


class Assignment(Struct, frozen=True):
    """`variable := value` where the nest of `ifdef`s around it is in force."""

    variable: str
    value: str
    line: int
    presence: Condition


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


def _bits(variable: str) -> tuple[str, ...]:
    if "$(BITS)" not in variable:
        return (variable,)
    return tuple(variable.replace("$(BITS)", bits) for bits in ("64", "32"))


def switched_off(settings: tuple[Assignment, ...], variable: str, stem: str) -> Condition:
    """Where `variable := n` holds for the object: its own setting counts before the directory's."""
    own = [each for each in settings if each.variable == f"{variable}_{stem}.o"]
    general = [each for each in settings if each.variable == variable]
    off: Condition = FALSE
    for each in (*general, *own):
        value = each.value.strip()
        if value == "n":
            off = disjoin((off, each.presence))
        elif value == "y":
            off = conjoin((off, negate(each.presence)))
        elif match := _OPTION.fullmatch(value):
            off = disjoin((off, conjoin((each.presence, negate(Atom(match[1]))))))
    return off


def flags(settings: tuple[Assignment, ...], variable: str, stem: str, flag: str) -> Condition:
    """Where a flag stands in `variable_stem.o`, or for the whole directory in `ccflags-y`."""
    names = (
        f"{variable}_{stem}.o",
        *(("ccflags-y", "KBUILD_CFLAGS") if variable == "CFLAGS" else ()),
    )
    return disjoin(
        each.presence for each in settings if each.variable in names and flag in each.value.split()
    )
