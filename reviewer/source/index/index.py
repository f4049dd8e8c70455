"""A tree as symbols: what its files include and define, read when somebody asks.

One index stands for one state of a tree; the next state shares what both have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TypeVar

from msgspec import Struct, field

from reviewer.patch.tree import Tree, is_kernel
from reviewer.source.conditions import (
    Condition,
    conjoin,
)
from reviewer.source.index import definition
from reviewer.source.index.facts import Directive, Facts, directives
from reviewer.source.index.include_path import locate
from reviewer.source.index.listed import contents, names, stamp
from reviewer.source.index.scope import PREDEFINED, Scope, early
from reviewer.source.index.store import Store
from reviewer.source.inserted.makefile import Assignment, assignments, beside, compiled, descended
from reviewer.source.presence import parse
from reviewer.source.types import Macro

Value = TypeVar("Value")


class Index(Struct, eq=False, dict=True):
    """A tree as symbols. `overlay` are files whose text is not the tree's, by path.

    `touched` are the paths of all files that the series under review changes.
    """

    tree: Tree
    store: Store
    overlay: Mapping[str, bytes] = field(default_factory=dict)
    touched: tuple[str, ...] = ()
    macros_in: dict[str, list[str]] = field(default_factory=dict)
    functions_in: dict[str, list[str]] = field(default_factory=dict)
    _texts: dict[str, bytes | None] = field(default_factory=dict)
    _facts: dict[str, Facts] = field(default_factory=dict)
    _paths: dict[str, bool] = field(default_factory=dict)
    _names: dict[str, frozenset[str]] = field(default_factory=dict)
    _directives: dict[str, list[Directive]] = field(default_factory=dict)
    _included: dict[tuple[str, str, bool], tuple[Facts, tuple[tuple[str, Condition], ...]]] = field(
        default_factory=dict
    )
    _listed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _closures: dict[object, Mapping[str, Condition]] = field(default_factory=dict)
    _stamps: dict[str, bytes] = field(default_factory=dict)
    _bare: Index | None = None

    def with_files(self, overlay: Mapping[str, bytes]) -> Index:
        """The same tree with other texts at some paths; what is known of the rest stays known.

        The lists of names may go on naming files that no longer have them: who asks looks there.
        """
        changed = {path for path, text in overlay.items() if text != self.overlay.get(path)}
        alike = all(self.exists(path) for path in changed)
        includes_alike = alike and not any(path.endswith(".h") for path in changed)
        return Index(
            self.tree,
            self.store,
            overlay,
            self.touched,
            macros_in=self.macros_in,
            functions_in=self.functions_in,
            _texts=_without(self._texts, changed),
            _facts=_without(self._facts, changed),
            _paths=self._paths,
            _names=self._names,
            _directives=_without(self._directives, changed),
            _included=self._included if alike else {},
            _closures=self._closures if includes_alike else {},
            _listed=self._listed,
            _stamps=self._stamps,
            _bare=self.without_files(),
        )

    def touching(self, paths: Iterable[str]) -> Index:
        """The same tree, in which a series changes these files."""
        found = self.with_files(self.overlay)
        found.touched = tuple(sorted(set(paths)))
        return found

    def forget(self) -> None:
        """Forgets what was read, of which an interruption may have left some half entered."""
        for memory in (self.macros_in, self.functions_in, self._facts, self._directives):
            memory.clear()
        self._closures.clear()

    def text(self, path: str) -> bytes | None:
        """The file's bytes."""
        if path not in self._texts:
            listed = path in self._named(path)
            found = self.overlay.get(path)
            if not found:
                found = contents(self.tree, path) if listed else self.tree.read(path)
            self._texts[path] = found
        return self._texts[path]

    def _named(self, path: str) -> frozenset[str]:
        """What the folder of a path is known to hold, by its own listing."""
        folder = path.rpartition("/")[0]
        if folder not in self._names:
            self._names[folder] = names(self.tree, folder)
        return self._names[folder]

    def listed_text(self, path: str) -> bytes:
        """The bytes of a file that a listing of the tree names, none where it cannot be read."""
        if path not in self._texts:
            self._texts[path] = self.overlay.get(path) or contents(self.tree, path)
        return self._texts[path] or b""

    def passing_text(self, path: str) -> bytes:
        """What `listed_text` says, of a file that is looked at once and not remembered."""
        found = self.overlay.get(path) or self._texts.get(path)
        return found or contents(self.tree, path) or b""

    def inside(self, folder: str) -> tuple[str, ...]:
        """The files of the tree in a folder, not in its folders, sorted."""
        found = self._named(f"{folder}/") or self._below(folder)
        added = (path for path in self.overlay if path.startswith(f"{folder}/"))
        both = {path for path in (*found, *added) if "/" not in path[len(folder) + 1 :]}
        return tuple(sorted(both))

    def without_files(self) -> Index:
        """The tree alone."""
        return self if self._bare is None else self._bare

    def below(self, folder: str) -> tuple[str, ...]:
        """The files of the tree in a folder and in its folders, sorted."""
        listed = self._below(folder)
        added = {path for path in self.overlay if path.startswith(f"{folder}/")}
        return tuple(sorted(added.union(listed))) if added else listed

    def _below(self, folder: str) -> tuple[str, ...]:
        if folder not in self._listed:
            self._listed[folder] = tuple(self.tree.paths(folder))
        return self._listed[folder]

    def stamp(self, folder: str) -> bytes:
        """What changes when a file of the tree in a folder or below it does."""
        if folder not in self._stamps:
            self._stamps[folder] = stamp(self.tree, folder, self._below(folder))
        return self._stamps[folder]

    def facts(self, path: str) -> Facts:
        """What the file includes and may define; nothing where it is absent."""
        if path not in self._facts:
            found = self._facts[path] = self.store.facts(self.text(path) or b"")
            again = path in self.overlay
            _enter(self.macros_in, found.macros, path, again=again)
            _enter(self.functions_in, found.functions, path, again=again)
        return self._facts[path]

    def macros(self, path: str, name: str) -> tuple[Macro, ...]:
        """The `#define`s of a name in a file."""
        text = self.text(path) or b""
        if path not in self._directives:
            self._directives[path] = directives(text)
        return tuple(definition.macros(text, self._directives[path], name))

    def exists(self, path: str) -> bool:
        """Whether the tree has the file."""
        if path in self._named(path) or path in self.overlay:
            return True
        found = self._paths.get(path)
        if found is None:
            found = self._paths[path] = self.tree.exists(path)
        return found

    def included(
        self, includer: str, facts: Facts, arch: str, predefined: Mapping[str, Condition]
    ) -> tuple[tuple[str, Condition], ...]:
        """The files of the tree that a file with these facts includes, and where it does."""
        key = (includer, arch, predefined is PREDEFINED)
        known = self._included.get(key)
        if known is not None and known[0] is facts:
            return known[1]
        located = (
            (
                locate(
                    item.path,
                    includer,
                    system=item.system,
                    arch=arch,
                    exists=partial(self._other, includer if item.next else ""),
                ),
                early(parse(item.condition), predefined),
            )
            for item in facts.includes
        )
        found = tuple(item for item in located if item[0])
        self._included[key] = facts, found
        return found

    def _other(self, includer: str, path: str) -> bool:
        return path != includer and self.exists(path)

    def closure(self, scope: Scope) -> Mapping[str, Condition]:
        """The files that a file includes, found once for all files that include the same."""
        key = scope.includes
        if key not in self._closures:
            self._closures[key] = scope.closure()
        return self._closures[key]

    def settings(self, path: str) -> tuple[Assignment, ...] | None:
        """What the Makefile beside a file says, None where there is none."""
        for name in beside(path):
            text = self.text(name)
            if text is not None:
                return tuple(assignments(text))
        return None

    def compiled(self, path: str) -> Condition:
        """Where the file is part of the kernel, as far as the Makefile beside it says."""
        stem = path.rpartition("/")[2].rpartition(".")[0]
        return compiled(self.settings(path) or (), stem)

    def part(self, path: str) -> Condition:
        """Where the build comes to the file: through its folder, and to it there."""
        found = [self.compiled(path)]
        folder = path.rpartition("/")[0]
        while "/" in folder:
            settings = self.settings(folder)
            found.append(descended(settings or (), folder.rpartition("/")[2]))
            folder = folder.rpartition("/")[0]
        return conjoin(found)

    def scope(
        self, path: str, text: bytes, *, assembly: bool = False, whole: bool = False
    ) -> Scope:
        """What the file of that path and text sees, C unless it is assembly.

        Of a `whole` one what it defines itself as well; it must be the tree's.
        """
        return Scope(self, path, text, assembly=assembly, whole=whole)


def open_index(tree: Tree, store: Store) -> Index | None:
    """The tree as symbols, None where it does not look like a kernel."""
    return Index(tree, store) if is_kernel(tree) else None


def _without(known: Mapping[str, Value], paths: set[str]) -> dict[str, Value]:
    return {path: value for path, value in known.items() if path not in paths}


def _enter(places: dict[str, list[str]], words: Iterable[str], path: str, *, again: bool) -> None:
    """Notes the file as one that has the words, once where it may have been noted before."""
    for word in words:
        found = places.setdefault(word, [])
        if not again or path not in found:
            found.append(path)
