"""Kconfig as data: each option with all that decides its value.

Expressions are conditions whose atoms are symbols without `CONFIG_`, the constants `y`, `m` and
`n`, quoted strings, and comparisons as their text with blanks around the operator (`A = "x"`).
They are tristate, so they are built without the simplifications of two-valued logic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from reviewer.source.conditions import TRUE, And, Condition, Or


class UndecidedError(Exception):
    """A bound was reached before the answer was found."""


class Kind(StrEnum):
    """The type of an option; UNKNOWN where only `default` or `depends on` was said of it."""

    BOOL = "bool"
    TRISTATE = "tristate"
    STRING = "string"
    INT = "int"
    HEX = "hex"
    UNKNOWN = "unknown"


class Default(Struct, frozen=True):
    """`default value if condition`; the dependencies of the option are part of the condition."""

    value: Condition
    condition: Condition


class Option(Struct, frozen=True):
    """A configuration symbol.

    `prompts` says where the user may set it, `selected` what sets it against the user, `implied`
    what does so by default (the selecting option and what that hangs on), `depends` what it hangs
    on; `choice` is the number of the choice that it belongs to, -1 for none.
    """

    name: str
    kind: Kind
    prompts: tuple[Condition, ...] = ()
    defaults: tuple[Default, ...] = ()
    selected: tuple[Condition, ...] = ()
    implied: tuple[Condition, ...] = ()
    depends: Condition = TRUE
    choice: int = -1


class Choice(Struct, frozen=True):
    """Options of which one is on where the choice is visible, or none if it is `optional`."""

    members: tuple[str, ...]
    visible: Condition
    defaults: tuple[Default, ...]
    optional: bool


class Kconfig(Struct, frozen=True):
    """The options of a tree for one architecture.

    `shell` holds, by the name it stands under in expressions, what each command of `$(shell,...)`
    would print if it succeeds: no command is run. `complete` is False where a file could not be
    read, so that a symbol may exist that is not here. `files` are the paths read
    or looked for.
    """

    options: Mapping[str, Option]
    choices: tuple[Choice, ...]
    shell: Mapping[str, str]
    files: tuple[str, ...]
    complete: bool


def both(parts: Iterable[Condition]) -> Condition:
    """The least of the values: all of them hold."""
    kept = _flat(parts, And)
    return kept[0] if len(kept) == 1 else And(kept) if kept else TRUE


def either(parts: Iterable[Condition]) -> Condition:
    """The greatest of the values: some of them hold; there must be one."""
    kept = _flat(parts, Or)
    return kept[0] if len(kept) == 1 else Or(kept)


def _flat(parts: Iterable[Condition], cls: type[And] | type[Or]) -> tuple[Condition, ...]:
    kept: dict[Condition, None] = {}
    for part in parts:
        if isinstance(part, (And, Or)) and isinstance(part, cls):
            kept.update(dict.fromkeys(part.operands))
        elif not (cls is And and part == TRUE):
            kept[part] = None
    return tuple(kept)
