"""Definitions as the index finds them, in whatever file."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.source.conditions import Condition
from reviewer.source.types import Macro


@dataclass(frozen=True, slots=True)
class FoundMacro:
    """A `#define` of the tree; its presence includes that of the include that leads to it."""

    path: str
    macro: Macro

    @property
    def presence(self) -> Condition:
        """Where the definition is in force."""
        return self.macro.presence


@dataclass(frozen=True, slots=True)
class FoundFunction:
    """A function definition of the tree: `text` is the definition alone, from line `line` on."""

    path: str
    name: str
    line: int
    text: bytes
    attributes: frozenset[str]
    presence: Condition


Found = FoundMacro | FoundFunction
