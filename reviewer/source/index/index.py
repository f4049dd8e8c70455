"""The symbols a file of a tree can see: its transitive includes, searched when a name is asked for.

A name that a header tests with `#ifdef` is taken as defined where some header that the file
includes defines it, whatever the order. `#undef` is not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.finding import Location
from reviewer.patch.tree import Tree, is_kernel
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
from reviewer.source.index.facts import Directive, Facts, Included, directives
from reviewer.source.index.include_path import DEFAULT, FORCED, architecture, locate
from reviewer.source.index.store import Store
from reviewer.source.index.types import Found, FoundMacro
from reviewer.source.inserted.makefile import Assignment, assignments
from reviewer.source.presence import parse
from reviewer.source.types import Macro

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
    "__OPTIMIZE__": TRUE,
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


class Index(Struct, eq=False, dict=True):
    """A tree as symbols. `overlay` are files whose text is not the tree's, by path."""

    tree: Tree
    store: Store
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    macros_in: dict[str, list[str]] = field(default_factory=dict)
    functions_in: dict[str, list[str]] = field(default_factory=dict)
    _texts: dict[str, bytes | None] = field(default_factory=dict)
    _facts: dict[str, Facts] = field(default_factory=dict)
    _paths: dict[str, bool] = field(default_factory=dict)
    _directives: dict[str, list[Directive]] = field(default_factory=dict)
    _included: dict[tuple[str, str, tuple[Included, ...]], tuple[tuple[str, Condition], ...]] = (
        field(default_factory=dict)
    )

    def with_files(self, overlay: Mapping[str, bytes]) -> Index:
        """The same tree with other texts at some paths; what is known of the rest stays known."""
        changed = Index(
            self.tree,
            self.store,
            overlay,
            _texts={path: text for path, text in self._texts.items() if path not in overlay},
            _paths=self._paths | dict.fromkeys(overlay, True),
        )
        for path in self._facts:
            changed.facts(path)
        return changed

    def text(self, path: str) -> bytes | None:
        """The file's bytes."""
        if path not in self._texts:
            self._texts[path] = self.overlay.get(path) or self.tree.read(path)
        return self._texts[path]

    def facts(self, path: str) -> Facts:
        """What the file includes and may define; nothing where it is absent."""
        if path not in self._facts:
            found = self._facts[path] = self.store.facts(self.text(path) or b"")
            for word in found.macros:
                self.macros_in.setdefault(word, []).append(path)
            for word in found.functions:
                self.functions_in.setdefault(word, []).append(path)
        return self._facts[path]

    def macros(self, path: str, name: str) -> tuple[Macro, ...]:
        """The `#define`s of a name in a file."""
        text = self.text(path) or b""
        if path not in self._directives:
            self._directives[path] = directives(text)
        return tuple(definition.macros(text, self._directives[path], name))

    def exists(self, path: str) -> bool:
        """Whether the tree has the file."""
        found = self._paths.get(path)
        if found is None:
            found = self._paths[path] = path in self.overlay or self.tree.exists(path)
        return found

    def included(self, includer: str, facts: Facts, arch: str) -> tuple[tuple[str, Condition], ...]:
        """The files of the tree that a file with these facts includes, and where it does."""
        key = (includer, arch, facts.includes)
        found = self._included.get(key)
        if found is None:
            located = (
                (
                    locate(
                        item.path,
                        includer,
                        system=item.system,
                        arch=arch,
                        exists=partial(self._other, includer if item.next else ""),
                    ),
                    _early(parse(item.condition)),
                )
                for item in facts.includes
            )
            found = self._included[key] = tuple(item for item in located if item[0])
        return found

    def _other(self, includer: str, path: str) -> bool:
        return path != includer and self.exists(path)

    def settings(self, path: str) -> tuple[Assignment, ...] | None:
        """What the Makefile beside a file says, None where there is none."""
        folder = path.rpartition("/")[0]
        text = self.text(f"{folder}/Makefile" if folder else "Makefile")
        return None if text is None else tuple(assignments(text))

    def scope(self, path: str, text: bytes) -> Scope:
        """What the C file of that path and text sees."""
        return Scope(self, path, text)


def open_index(tree: Tree, store: Store) -> Index | None:
    """The tree as symbols, None where it does not look like a kernel."""
    return Index(tree, store) if is_kernel(tree) else None


class Scope:
    """The names that one C file sees."""

    def __init__(self, index: Index, path: str, text: bytes) -> None:
        self.index = index
        self.path = path
        self.arch = architecture(path) or DEFAULT
        self._own = index.store.facts(text)
        self._text = text
        self._reached: dict[str, Condition] | None = None
        self._found: dict[str, tuple[Found, ...]] = {}
        self._defined: dict[str, Condition] = {}
        self._active: set[str] = set()

    @property
    def files(self) -> Mapping[str, Condition]:
        """The transitive includes, each under the weakest condition that leads to it."""
        if self._reached is None:
            self._reached = self._closure()
        return self._reached

    def definitions(self, name: str) -> tuple[Found, ...]:
        """The definitions of the name in the headers that the file includes, in reading order."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = tuple(self._definitions(name))
        return found

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
        if word in PREDEFINED:
            return PREDEFINED[word]
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
        """The files that the file includes of those that a name is known of."""
        files = self.files
        return [path for path in places.get(name, ()) if path in files]

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

    def _closure(self) -> dict[str, Condition]:
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
        return reached

    def _included(
        self, includer: str, facts: Facts, outer: Condition
    ) -> list[tuple[str, Condition]]:
        found: list[tuple[str, Condition]] = []
        for path, condition in self.index.included(includer, facts, self.arch):
            both = conjoin((outer, condition))
            if both != FALSE:
                found.append((path, both))
        return found


def _weight(condition: Condition) -> int:
    return sum(1 for _ in atoms(condition))


def _early(condition: Condition) -> Condition:
    """The condition as far as it is known before any header is read: options only."""
    match condition:
        case Constant():
            return condition
        case Not(Atom(name)):
            known = _known(name)
            return TRUE if known is None else negate(known)
        case Atom(name):
            known = _known(name)
            return TRUE if known is None else known
        case And(operands):
            return conjoin(_early(operand) for operand in operands)
        case Or(operands):
            return disjoin(_early(operand) for operand in operands)
        case Not():
            return TRUE


def _known(name: str) -> Condition | None:
    """The condition of an atom, None where only the headers tell."""
    if name in SAME:
        return SAME[name]
    if name.startswith("defined("):
        return PREDEFINED.get(name[len("defined(") : -1])
    return Atom(name) if name.startswith("CONFIG_") else None
