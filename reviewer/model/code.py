"""The functions and macros of some files by name, ready to be spliced into each other.

A macro is read as a function of its replacement list. What a name is called through (a pointer
of an operations table) is resolved by the table's designated initialiser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.finding import Location, Skip
from reviewer.model.shelf import Shelf
from reviewer.model.trail import Moves, Trail, moves
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import Condition, Constant, conjoin, satisfiable
from reviewer.source.types import Function, Kind, Macro
from reviewer.source.unit import Definition, Unit

Reader = Callable[[str], SourceFile | None]

_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]*")
_SHIFT = re.compile(r"(\d+)[uUlL]*<<(\d+)[uUlL]*")
_BIT = re.compile(r"_?BIT(?:_ULL|UL)?\((\d+)\)|_BITUL\((\d+)\)")


class Code(Struct, eq=False):
    """What some files of a tree define, under a configuration.

    `trail` is what it has been asked, to tell whether other files would have answered the same.
    """

    units: tuple[Unit, ...]
    shelf: Shelf
    config: Condition
    trail: Trail = field(default_factory=Trail)
    _definitions: dict[str, list[tuple[Unit, Definition]]] = field(default_factory=dict)
    _macros: dict[str, list[tuple[Unit, Macro]]] = field(default_factory=dict)
    _members: dict[str, set[str]] = field(default_factory=dict)
    _found: dict[str, tuple[Function, ...]] = field(default_factory=dict)
    _present: dict[Condition, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self._definitions or self._macros:
            return
        for unit in self.units:
            for definition in unit.definitions:
                self._definitions.setdefault(definition.name, []).append((unit, definition))
            for macro in unit.macros:
                self._macros.setdefault(macro.name, []).append((unit, macro))
            for name, target in _initialised(unit):
                self._members.setdefault(name, set()).add(target)

    def followed(self) -> Code:
        """The same code with a trail of its own."""
        return Code(
            self.units,
            self.shelf,
            self.config,
            Trail(),
            self._definitions,
            self._macros,
            self._members,
            self._found,
            self._present,
        )

    def functions(self, name: str, near: str = "") -> tuple[Function, ...]:
        """Definitions of a name; those in the file `near` hide others."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._lowered(name) or self._expanded(name)
        local = tuple(each for each in found if each.location.path == near)
        answer = local or found
        self.trail.functions[name, near] = answer, self._broken(answer)
        return answer

    def _lowered(self, name: str) -> tuple[Function, ...]:
        return tuple(
            unit.lower(definition)
            for unit, definition in self._definitions.get(name, ())
            if self.present(definition.presence)
        )

    def _expanded(self, name: str) -> tuple[Function, ...]:
        return tuple(
            function
            for unit, macro in self._macros.get(name, ())
            if self.present(macro.presence)
            if (function := self.shelf.expanded(unit, macro)) is not None
        )

    def present(self, presence: Condition) -> bool:
        """Whether code under a condition may be there under the configuration."""
        if isinstance(presence, Constant):
            return presence.value
        found = self._present.get(presence)
        if found is None:
            found = self._present[presence] = satisfiable(conjoin((self.config, presence)))
        self.trail.presences[presence] = found
        return found

    def _broken(self, functions: Iterable[Function]) -> bool:
        return any(self.holes(function) for function in functions)

    def emits(self, function: Function) -> bool:
        """Whether a use of the function is a call instruction: no macro, nothing to be inlined."""
        return function.name in self._definitions and not any(
            "inline" in attribute for attribute in function.attributes
        )

    def holes(self, function: Function) -> tuple[Skip, ...]:
        """What of the function is not in its graph: what did not parse or is nested too deep."""
        path, name = function.location.path, function.name
        unparsed = (
            replace(skip, reason=f"{name}() holds a statement that did not parse")
            for unit in self.units
            if unit.path == path
            for skip in unit.skips
            if function.location.line <= skip.line <= function.end_line
        )
        deep = (
            Skip(path, line, f"{name}() holds a statement that is nested too deep to follow")
            for line in function.flattened
        )
        return (*unparsed, *deep)

    def member(self, name: str) -> str:
        """The function that some table's initialiser gives a member, `""` if none or several."""
        found = self._members.get(name, set())
        answer = next(iter(found)) if len(found) == 1 else ""
        self.trail.members[name] = answer
        return answer

    def constant(self, name: str) -> int | None:
        """The value of a macro that is plainly a number or a bit, None for any other name."""
        if name not in self.trail.constants:
            bodies = {
                macro.body
                for _, macro in self._macros.get(name, ())
                if self.present(macro.presence)
            }
            self.trail.constants[name] = number(bodies.pop()) if len(bodies) == 1 else None
        return self.trail.constants[name]

    def repeats(self, trail: Trail) -> Moves | None:
        """Where the places that a trail met are here; None if any answer is another one here.

        A function's answer is the same if only its lines have changed.
        """
        found: dict[Location, Location] = {}
        for (name, near), (functions, broken) in trail.functions.items():
            now = self.functions(name, near)
            moved = moves(functions, now)
            if moved is None or broken != self._broken(now):
                return None
            for place, other in moved.items():
                if found.setdefault(place, other) != other:
                    return None
        same = (
            all(self.member(name) == answer for name, answer in trail.members.items())
            and all(self.constant(name) == item for name, item in trail.constants.items())
            and all(self.present(each) is answer for each, answer in trail.presences.items())
        )
        return {old: new for old, new in found.items() if old != new} if same else None


def code_of(paths: Iterable[str], reader: Reader, shelf: Shelf, config: Condition) -> Code:
    """What those of the files define that are there."""
    files = [file for file in map(reader, dict.fromkeys(paths)) if file is not None]
    return Code(tuple(map(shelf.unit, files)), shelf, config)


def _initialised(unit: Unit) -> Iterable[tuple[str, str]]:
    """Members that an initialiser of the file gives a function, with its name."""
    for variable in unit.variables:
        for part in variable.initializer.args if variable.initializer else ():
            if part.kind is Kind.FIELD and part.args and part.args[0].kind is Kind.IDENTIFIER:
                yield part.name, part.args[0].name


def number(text: str) -> int | None:
    """The value of an integer, a shifted integer or a BIT(), in any number of parentheses."""
    text = re.sub(r"\s+", "", text)
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if match := _INTEGER.fullmatch(text):
        return int(match[1], 0) if match[1].lower().startswith("0x") else int(match[1])
    if match := _SHIFT.fullmatch(text):
        return int(match[1]) << min(int(match[2]), 128)
    if match := _BIT.fullmatch(text):
        return 1 << min(int(match[1] or match[2]), 128)
    return None
