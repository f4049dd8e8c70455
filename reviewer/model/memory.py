"""What was cut, built and judged before, to be known again where a patch has not changed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct, field

from reviewer.model.code import Code
from reviewer.model.shelf import Shelf
from reviewer.model.simplify import simplify
from reviewer.model.state import STORES_ALIAS
from reviewer.model.trail import Moves, Trail
from reviewer.source.conditions import atoms

if TYPE_CHECKING:
    from reviewer.model.scenario import Build
    from reviewer.model.types import Program

T = TypeVar("T")


class Remembered(Struct, Generic[T], eq=False):
    """Values with the trail of each, the latest last."""

    items: list[tuple[Trail, T]] = field(default_factory=list)

    def again(self, code: Code) -> tuple[Trail, T, Moves] | None:
        """The value that this code would give once more, its trail here, and where places are."""
        for trail, value in reversed(self.items):
            followed = code.followed()
            moved = followed.repeats(trail)
            if moved is not None:
                return followed.trail, value, moved
        return None

    def add(self, trail: Trail, value: T) -> None:
        """Remembers what came of the answers of a trail."""
        self.items.append((trail, value))


class Memory(Struct, eq=False):
    """Programs by what they were cut with and for, systems by scenario and flags.

    Many platforms differ in facts that a program does not ask for: they have one simple program.
    """

    shelf: Shelf
    programs: dict[object, Remembered[Program]] = field(default_factory=dict)
    builds: dict[object, Remembered[Build]] = field(default_factory=dict)
    _simple: dict[tuple[Program, frozenset[tuple[str, bool]]], Program] = field(
        default_factory=dict
    )

    def simplified(self, program: Program, inputs: Mapping[str, bool]) -> Program:
        """The program on a platform, without what makes no difference."""
        asked = {STORES_ALIAS}
        for item in program.instructions:
            asked.update(atoms(item.guard), atoms(item.value))
        key = (program, frozenset((name, true) for name, true in inputs.items() if name in asked))
        found = self._simple.get(key)
        if found is None:
            found = self._simple[key] = simplify(program, inputs)
        return found
