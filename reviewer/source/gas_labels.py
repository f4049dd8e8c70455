"""Labels of a function in assembly: what a name stands for at a place of the code.

A numeric label stands for its nearest definition, any label only for definitions in arms of
conditionals that the place does not exclude.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from msgspec import Struct

from reviewer.source.cfg_builder import GraphBuilder
from reviewer.source.gas_cpp import Branch, Step
from reviewer.source.gas_items import Item, ItemKind, Stream
from reviewer.source.types import Expr, Kind

#: Definitions of a numeric label in arms that exclude one another, followed at most.
_MAX_TARGETS = 8

_LABELS = (ItemKind.LABEL, ItemKind.INNER, ItemKind.START)


class Place(Struct, frozen=True):
    """A label's position in the stream, the arms it is in, and its block.

    An arm is the position of the conditional's begin and the arm's number.
    """

    index: int
    arms: tuple[tuple[int, int], ...]
    block: int


class Labels:
    """The labels of a function and the arms that the code now read is in."""

    def __init__(
        self, items: Iterable[tuple[int, Stream]], start: int, graph: GraphBuilder
    ) -> None:
        self._places: dict[str, list[Place]] = {}
        self._blocks: dict[int, int] = {}
        self._arms: list[tuple[int, int]] = []
        for index, item in items:
            if isinstance(item, Branch):
                self.step(item, index)
            elif item.kind in _LABELS:
                self._add(index, item, graph.entry if index == start else None, graph)
        self._arms.clear()

    def _add(self, index: int, item: Item, block: int | None, graph: GraphBuilder) -> None:
        if block is None:
            block = graph.block("label", item.line)
        place = Place(index, tuple(self._arms), block)
        self._places.setdefault(item.text, []).append(place)
        self._blocks[index] = block

    def step(self, branch: Branch, index: int) -> None:
        """Enters or leaves an arm."""
        if branch.step is Step.IF:
            self._arms.append((index, 0))
        elif self._arms:
            opened, arm = self._arms.pop()
            if branch.step is Step.ELSE:
                self._arms.append((opened, arm + 1))

    def block(self, index: int) -> int:
        """The block of the label at a position."""
        return self._blocks[index]

    def entries(self) -> dict[str, int]:
        """The block of each label with a name."""
        return {
            name: places[0].block for name, places in self._places.items() if not name[0].isdigit()
        }

    def targets(self, place: Expr, index: int) -> list[Place]:
        """Labels of this function that an operand stands for at a position."""
        if place.kind is Kind.BINARY and place.name in ("+", "-"):
            place = place.args[0]
        if place.kind is not Kind.IDENTIFIER:
            return []
        name = place.name
        if name[0].isdigit():
            return self._numeric(name[:-1], index, forward=name[-1] == "f")
        return [label for label in self._places.get(name, ()) if self._compatible(label)]

    def _numeric(self, name: str, index: int, *, forward: bool) -> list[Place]:
        """The nearest definitions in that direction, up to one that is always there."""
        places = self._places.get(name, [])
        at = bisect_right(places, index, key=lambda place: place.index)
        if forward:
            nearest = places[at : at + _MAX_TARGETS]
        else:
            nearest = places[max(0, at - _MAX_TARGETS) : at][::-1]
        found: list[Place] = []
        here = tuple(self._arms)
        for place in nearest:
            if self._compatible(place):
                found.append(place)
                if here[: len(place.arms)] == place.arms:
                    break
        return found

    def _compatible(self, place: Place) -> bool:
        """Whether the label is in no arm that excludes one the code is in."""
        arms = dict(self._arms)
        return all(arms.get(opened, arm) == arm for opened, arm in place.arms)
