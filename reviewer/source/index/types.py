"""Definitions as the index finds them, in whatever file."""

from __future__ import annotations

from msgspec import Struct

from reviewer.source.conditions import Condition
from reviewer.source.types import Macro


class FoundMacro(Struct, frozen=True):
    """A `#define` of the tree; its presence includes that of the include that leads to it."""

    path: str
    macro: Macro

    @property
    def presence(self) -> Condition:
        """Where the definition is in force."""
        return self.macro.presence


class FoundFunction(Struct, frozen=True):
    """A function definition of the tree: `text` is the definition alone, from line `line` on."""

    path: str
    name: str
    line: int
    text: bytes
    attributes: frozenset[str]
    presence: Condition


Found = FoundMacro | FoundFunction
