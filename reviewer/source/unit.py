"""One source file, read: its definitions, macros, variables and includes, functions on demand."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from reviewer.finding import Skip
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import Condition
from reviewer.source.types import Function, Language, Macro, Variable


class Definition(Struct, frozen=True):
    """A function definition before it is lowered to a graph; lines from 1, bytes from 0."""

    name: str
    attributes: frozenset[str]
    presence: Condition
    line: int
    end_line: int
    start_byte: int
    end_byte: int


class Include(Struct, frozen=True):
    """`#include <path>` (`system`) or `#include "path"`."""

    path: str
    system: bool
    line: int
    presence: Condition


class Unit(Struct, frozen=True, eq=False):
    """A file as code. `lower` turns a definition into its Function once and remembers it.

    `skips` are the line ranges that did not parse. A function with an unparsed range inside is
    still lowered, around the hole. `completed` is the text that the definitions' bytes count in
    where that is not the file's: hunks, each under its heading and closed.
    """

    file: SourceFile
    language: Language
    definitions: tuple[Definition, ...]
    macros: tuple[Macro, ...]
    variables: tuple[Variable, ...]
    includes: tuple[Include, ...]
    skips: tuple[Skip, ...]
    lowering: Callable[[Definition], Function]
    completed: bytes | None = None
    lowered: dict[int, Function] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where the file stands in its tree."""
        return self.file.path

    def lower(self, definition: Definition) -> Function:
        """The definition's graph."""
        found = self.lowered.get(definition.start_byte)
        if found is None:
            found = self.lowered[definition.start_byte] = self.lowering(definition)
        return found

    def text_of(self, definition: Definition) -> bytes:
        """The definition as it is written."""
        text = self.file.text if self.completed is None else self.completed
        return text[definition.start_byte : definition.end_byte]

    def named(self, name: str) -> tuple[Definition, ...]:
        """Definitions of that name: several where arms of an `#if` define it differently."""
        return tuple(item for item in self.definitions if item.name == name)
