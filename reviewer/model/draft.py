"""A program while it is being cut.

An assignment to a local variable is put down as a whole; only when the program ends is it known
which bits of the variable anything asks for, and only those become instructions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.event.types import Event
from reviewer.finding import Location, Skip
from reviewer.model.terms import MAX_INSTRUCTIONS, Uncut
from reviewer.model.types import Act, Instruction, Program
from reviewer.model.value import Either, Values, among, spelled
from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, atoms
from reviewer.source.types import Expr

#: A bit of a value by its token, None if nothing is known of it.
Bits = Callable[[str], Condition | Either | None]


class _Assignment(Struct, eq=False):
    """Bits of a variable on the way from one location to another; `results` as they were there."""

    name: str
    bits: Bits
    origin: Instruction
    results: Mapping[Expr, str]
    wanted: dict[str, Condition | Either | None] = field(default_factory=dict)


class Draft:
    """Instructions of a program, in the order in which they were put down."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._items: list[Instruction | _Assignment] = []
        self._size = 0

    def new(self) -> int:
        """A new location."""
        self._size += 1
        return self._size - 1

    def emit(
        self,
        source: int,
        target: int | None = None,
        act: Act = Act.NONE,
        variable: str = "",
        value: Condition = TRUE,
        guard: Condition = TRUE,
        event: Event | None = None,
        function: str = "",
        text: str = "",
        location: Location = Location("", 0),
    ) -> int:
        """Adds an instruction; its target, new if none is given."""
        target = self.new() if target is None else target
        if event:
            text, location = event.text, event.location
        self._add(
            Instruction(source, target, act, variable, value, guard, text, function, location)
        )
        return target

    def assign(self, source: int, name: str, bits: Bits, event: Event, function: str) -> int:
        """Assigns a local variable whatever bits of it are asked for; where that leads."""
        target = self.new()
        origin = Instruction(
            source, target, text=event.text, function=function, location=event.location
        )
        self._add(_Assignment(name, bits, origin, self._values.results))
        return target

    def put(
        self, source: int, name: str, value: Condition | None, event: Event, function: str
    ) -> int:
        """Assigns a boolean, either value if none is known; where that leads."""
        target = self.new()
        for each in (TRUE, FALSE) if value is None else (value,):
            self.emit(source, target, Act.ASSIGN, name, each, event=event, function=function)
        return target

    def finished(self, name: str, entry: int, leave: int) -> Program:
        """The program, each assignment as many instructions as bits of it are asked for."""
        self._resolve()
        items, self._items = self._items, []
        for item in items:
            if isinstance(item, Instruction):
                self._add(item)
            else:
                self._spell_out(item)
        found = tuple(item for item in self._items if isinstance(item, Instruction))
        return Program(name, self._size, entry, leave, found)

    def _add(self, item: Instruction | _Assignment) -> None:
        self._items.append(item)
        if len(self._items) > MAX_INSTRUCTIONS:
            place = item if isinstance(item, Instruction) else item.origin
            reason = f"{place.function}() is too large to simulate"
            raise Uncut(Skip(place.location.path, place.location.line, reason))

    def _resolve(self) -> None:
        """What each bit that is asked for is, which may ask for further bits."""
        assignments: dict[str, list[_Assignment]] = {}
        for item in self._items:
            if isinstance(item, _Assignment):
                assignments.setdefault(item.name, []).append(item)
        known: set[tuple[str, str]] = set()
        while pending := self._values.asked - known:
            known |= pending
            for name, token in pending:
                for item in assignments.get(name, ()):
                    self._values.results = item.results
                    item.wanted[token] = item.bits(token)

    def _spell_out(self, item: _Assignment) -> None:
        """The bits one after the other, by way of others where one is read after it changes."""
        bits = {spelled(item.name, token): item.wanted[token] for token in sorted(item.wanted)}
        names = list(bits)
        late = any(
            name in names[:place]
            for place, value in enumerate(bits.values())
            for each in among(value)
            for name in atoms(each)
        )
        steps: list[tuple[str, Condition | Either | None]] = list(bits.items())
        if late:
            steps = [(f"{name}.new", value) for name, value in steps]
            steps += [(name, Atom(f"{name}.new")) for name in names]
        at = item.origin.source
        for place, (name, value) in enumerate(steps, 1):
            target = item.origin.target if place == len(steps) else self.new()
            for each in among(value):
                self._add(
                    replace(
                        item.origin,
                        source=at,
                        target=target,
                        act=Act.ASSIGN,
                        variable=name,
                        value=each,
                    )
                )
            at = target
        if not steps:
            self._add(item.origin)
