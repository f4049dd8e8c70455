"""The symbols a file of a tree can see: its transitive includes, searched when a name is asked for.

A name that a header tests with `#ifdef` is taken as defined where some header that the file
includes defines it, whatever the order. `#undef` is not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.finding import Location
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    And,
    Atom,
    Condition,
    Constant,
    Not,
    Or,
    atoms,
    conjoin,
    disjoin,
    negate,
)
from reviewer.source.index import definition
from reviewer.source.index.facts import Facts
from reviewer.source.index.include_path import DEFAULT, FORCED, architecture
from reviewer.source.index.types import Found, FoundMacro
from reviewer.source.types import Macro

if TYPE_CHECKING:
    from reviewer.source.index.index import Index

#: What the compiler and the build define, as conditions; other names nobody defines are false.
PREDEFINED: Mapping[str, Condition] = {
    "__KERNEL__": TRUE,
    "__ASSEMBLY__": FALSE,
    "__ASSEMBLER__": FALSE,
    "__GNUC__": TRUE,
    "__x86_64__": Atom("CONFIG_X86_64"),
    "__i386__": negate(Atom("CONFIG_X86_64")),
    "__SANITIZE_ADDRESS__": Atom("CONFIG_KASAN"),
    "__SANITIZE_THREAD__": Atom("CONFIG_KCSAN"),
    "__SANITIZE_MEMORY__": Atom("CONFIG_KMSAN"),
    "__OPTIMIZE__": TRUE,
}
#: The same for files of assembly.
PREDEFINED_IN_ASSEMBLY: Mapping[str, Condition] = {
    **PREDEFINED,
    "__ASSEMBLY__": TRUE,
    "__ASSEMBLER__": TRUE,
}
#: Options that say the same on an architecture.
SAME: Mapping[str, Condition] = {
    "CONFIG_64BIT": Atom("CONFIG_X86_64"),
    "CONFIG_X86_32": negate(Atom("CONFIG_X86_64")),
    "CONFIG_X86": TRUE,
    "BITS_PER_LONG == 64": Atom("CONFIG_X86_64"),
    "BITS_PER_LONG == 32": negate(Atom("CONFIG_X86_64")),
}
MAX_SUBSTITUTION = 6


class Scope:
    """The names that one file sees."""

    def __init__(
        self,
        index: Index,
        path: str,
        text: bytes,
        *,
        assembly: bool = False,
        whole: bool = False,
    ) -> None:
        self.index = index
        self._whole = whole
        self._predefined = PREDEFINED_IN_ASSEMBLY if assembly else PREDEFINED
        self.path = path
        self.arch = architecture(path) or DEFAULT
        self._own = index.store.facts(text)
        self._text = text
        self._reached: Mapping[str, Condition] | None = None
        self._found: dict[str, tuple[Found, ...]] = {}
        self._defined: dict[str, Condition] = {}
        self._active: set[str] = set()

    @property
    def own_text(self) -> bytes:
        """The file's own bytes."""
        return self._text

    @property
    def files(self) -> Mapping[str, Condition]:
        """The transitive includes, each under the weakest condition that leads to it."""
        if self._reached is None:
            self._reached = self.index.closure(self)
        return self._reached

    def definitions(self, name: str) -> tuple[Found, ...]:
        """The definitions of the name in the headers that the file includes, in reading order."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = tuple(self._definitions(name))
        return found

    def macros(self, name: str) -> tuple[Macro, ...]:
        """The `#define`s of the name in the headers that the file includes, in reading order."""
        if name not in self.index.macros_in:
            return ()
        found = (
            replace(macro, presence=self._presence(path, macro.presence))
            for path, macro in self._macros(name)
        )
        return tuple(macro for macro in found if macro.presence != FALSE)

    def text(self, path: str) -> bytes:
        """A header's bytes, none where the tree lacks it."""
        return self.index.text(path) or b""

    def declaration(self, name: str) -> Location | None:
        """Where the file, or else a header that it includes, declares the function."""
        line = definition.declared(self._text, name)
        if line:
            return Location(self.path, line)
        for path in self._among(self.index.functions_in, name):
            line = definition.declared(self.index.text(path) or b"", name)
            if line:
                return Location(path, line)
        return None

    def simplified(self, condition: Condition, depth: int = 0) -> Condition:
        """The condition in terms of options: what headers define is put in."""
        match condition:
            case Constant():
                return condition
            case Not(operand):
                return negate(self.simplified(operand, depth))
            case And(operands):
                return conjoin(self.simplified(operand, depth) for operand in operands)
            case Or(operands):
                return disjoin(self.simplified(operand, depth) for operand in operands)
            case Atom(name):
                return self._atom(name, depth)

    def _atom(self, name: str, depth: int) -> Condition:
        if name in SAME:
            return SAME[name]
        if not name.startswith("defined("):
            return Atom(name)
        word = name[len("defined(") : -1]
        if word in self._predefined:
            return self._predefined[word]
        if word not in self._defined:
            if word in self._active or depth > MAX_SUBSTITUTION:
                return FALSE
            self._active.add(word)
            self._defined[word] = disjoin(
                self.simplified(macro.presence, depth + 1)
                for _, macro in self._macros(word)
                if name not in atoms(macro.presence)
            )
            self._active.discard(word)
        return self._defined[word]

    def _among(self, places: Mapping[str, list[str]], name: str) -> list[str]:
        """The files that the file includes of those that a name is known of, in reading order."""
        files = self.files
        found = [path for path in places.get(name, ()) if path in files]
        return sorted(found, key=self._order.__getitem__) if len(found) > 1 else found

    @cached_property
    def _order(self) -> Mapping[str, int]:
        """The places of the files in the order in which they are first included."""
        return {path: place for place, path in enumerate(self.files)}

    def _definitions(self, name: str) -> list[Found]:
        found: list[Found] = []
        for path, macro in self._macros(name):
            presence = self._presence(path, macro.presence)
            if presence != FALSE:
                found.append(FoundMacro(path, replace(macro, presence=presence)))
        for path in self._among(self.index.functions_in, name):
            for function in definition.functions(self.index.text(path) or b"", name, path):
                presence = self._presence(path, function.presence)
                if presence != FALSE:
                    found.append(replace(function, presence=presence))
        return found

    def _presence(self, path: str, presence: Condition) -> Condition:
        return conjoin((self.files[path], self.simplified(presence)))

    def _macros(self, name: str) -> list[tuple[str, Macro]]:
        return [
            (path, macro)
            for path in self._among(self.index.macros_in, name)
            for macro in self.index.macros(path, name)
        ]

    @property
    def includes(self) -> object:
        """What the files that the file includes depend on, with equal headers."""
        folder = self.path.rpartition("/")[0]
        own = self.path if self._whole or any(item.next for item in self._own.includes) else folder
        return self._own.includes, own, self.arch, self._predefined is PREDEFINED, self._whole

    def closure(self) -> dict[str, Condition]:
        """The transitive includes, each under the weakest condition that leads to it."""
        reached: dict[str, Condition] = {}
        pending: list[tuple[str, Condition]] = [
            (path, TRUE) for path in FORCED if self.index.exists(path)
        ]
        pending += self._included(self.path, self._own, TRUE)
        while pending:
            following: list[tuple[str, Condition]] = []
            for path, condition in pending:
                known = reached.get(path)
                if known is None:
                    reached[path] = condition
                elif known == TRUE or _weight(condition) >= _weight(known):
                    continue
                else:
                    reached[path] = condition
                following += self._included(path, self.index.facts(path), condition)
            pending = following
        if self._whole:
            self.index.facts(self.path)
            reached[self.path] = TRUE
        return reached

    def _included(
        self, includer: str, facts: Facts, outer: Condition
    ) -> list[tuple[str, Condition]]:
        found: list[tuple[str, Condition]] = []
        for path, condition in self.index.included(includer, facts, self.arch, self._predefined):
            both = condition if outer == TRUE else conjoin((outer, condition))
            if both != FALSE:
                found.append((path, both))
        return found


def _weight(condition: Condition) -> int:
    return sum(1 for _ in atoms(condition))


def early(condition: Condition, predefined: Mapping[str, Condition]) -> Condition:
    """The condition as far as it is known before any header is read: options only."""
    match condition:
        case Constant():
            return condition
        case Not(Atom(name)):
            known = _known(name, predefined)
            return TRUE if known is None else negate(known)
        case Atom(name):
            known = _known(name, predefined)
            return TRUE if known is None else known
        case And(operands):
            return conjoin(early(operand, predefined) for operand in operands)
        case Or(operands):
            return disjoin(early(operand, predefined) for operand in operands)
        case Not():
            return TRUE


def _known(name: str, predefined: Mapping[str, Condition]) -> Condition | None:
    """The condition of an atom, None where only the headers tell."""
    if name in SAME:
        return SAME[name]
    if name.startswith("defined("):
        return predefined.get(name[len("defined(") : -1])
    return Atom(name) if name.startswith("CONFIG_") else None
