"""Functions that leave a window open for their callers, wherever in the tree they are defined.

They are looked for from the opening events on: the files that can have one, then those that call
what was found there, and so on. Functions of assembly are not among them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from reviewer.check.bodies import Bodies
from reviewer.check.path import State
from reviewer.check.prefilter import in_places, need_of
from reviewer.check.reachability import Search
from reviewer.check.run import opening, prepare
from reviewer.patch.types import SourceFile
from reviewer.rule.automaton import of_window
from reviewer.rule.types import RuleSet, Scope, Window
from reviewer.source.index.index import Index
from reviewer.source.index.store import content_key
from reviewer.source.presence import parse
from reviewer.source.read import read
from reviewer.source.resolve.sight import Sight

#: Calls into each other that are followed upwards.
MAX_ROUNDS = 8


def with_abroad(rules: RuleSet, index: Index) -> RuleSet:
    """The rules with the functions of the tree that leave their windows open.

    What the tree itself has is remembered in the index's store.
    """
    found: dict[Scope, dict[Window, frozenset[str]]] = {}
    abroad: list[tuple[str, frozenset[str]]] = []
    for rule in rules.rules:
        if isinstance(rule.body, Window) and rule.body.beneath:
            alike = found.setdefault(rule.scope, {})
            moves = Window(rule.body.opens, (), closes=rule.body.closes)
            if moves not in alike:
                alike[moves] = _Openers(rules, rule.scope, moves, index).names()
            if alike[moves]:
                abroad.append((rule.id, alike[moves]))
    return replace(rules, abroad=tuple(abroad))


def callers(before: RuleSet, after: RuleSet, index: Index) -> Iterator[SourceFile]:
    """The files that name a function which leaves a window open under one set of rules only."""
    seen: dict[str, None] = {}
    for rule in after.rules:
        names = before.opened_by(rule) ^ after.opened_by(rule)
        for path in _files(rule.scope, index) if names else ():
            if any(name.encode() in index.listed_text(path) for name in names):
                seen[path] = None
    return (SourceFile(path, index.listed_text(path)) for path in seen)


def _files(scope: Scope, index: Index) -> Iterator[str]:
    """The C files and headers of the tree that the scope has."""
    return (path for folder in _folders(scope) for path in index.below(folder) if _in(scope, path))


def _folders(scope: Scope) -> tuple[str, ...]:
    folders = (glob.partition("*")[0].rstrip("/") for glob in scope.paths)
    return tuple(folder for folder in dict.fromkeys(folders) if folder)


def _in(scope: Scope, path: str) -> bool:
    return path.endswith((".c", ".h")) and in_places(scope, path)


class _Openers:
    """The functions that leave a window open, by the file that defines them."""

    def __init__(self, rules: RuleSet, scope: Scope, window: Window, index: Index) -> None:
        self._digest = rules.digest
        self._matcher = prepare(rules).matcher
        self._scope = scope
        self._window = window
        self._index = index
        self._automaton = of_window(window)
        self._need = need_of(window, rules.vocabulary)

    def names(self) -> frozenset[str]:
        """Their names."""
        found = self._in_tree()
        changed = {
            path: text for path, text in self._index.overlay.items() if _in(self._scope, path)
        }
        known = _all(found.values())
        fresh = {
            path: self._left_open(path, text, known)
            for path, text in changed.items()
            if self._concerns(text, known)
        }
        if any(found.get(path, frozenset()) != fresh.get(path, frozenset()) for path in changed):
            return _all(self._search(self._index).values())
        return known

    def _in_tree(self) -> dict[str, frozenset[str]]:
        """What the tree has, remembered as long as its files stay as they are."""
        stamps = [self._index.stamp(folder) for folder in _folders(self._scope)]
        about = repr((self._digest, self._window, self._scope))
        key = content_key(b"".join((about.encode(), *stamps)))
        note = self._index.store.note(key) if all(stamps) else None
        if note is not None:
            return {path: frozenset(names) for path, names in json.loads(note).items()}
        found = self._search(self._index.without_files())
        if all(stamps):
            said = {path: sorted(names) for path, names in found.items() if names}
            self._index.store.put(key, json.dumps(said).encode())
        return found

    def _search(self, index: Index) -> dict[str, frozenset[str]]:
        """The names by file, found round by round until no further caller is one."""
        texts = {path: index.listed_text(path) for path in _files(self._scope, index)}
        known = frozenset[str]()
        found = {
            path: self._left_open(path, text, known)
            for path, text in texts.items()
            if self._need.met(text)
        }
        for _ in range(MAX_ROUNDS):
            new = _all(found.values()) - known
            if not new:
                break
            known |= new
            for path, text in texts.items():
                if any(name.encode() in text for name in new):
                    found[path] = self._left_open(path, text, known, index)
        return found

    def _concerns(self, text: bytes, known: frozenset[str]) -> bool:
        return self._need.met(text) or any(name.encode() in text for name in known)

    def _left_open(
        self, path: str, text: bytes, known: frozenset[str], index: Index | None = None
    ) -> frozenset[str]:
        """Functions of the file that others can call and that come back with the window open.

        What it includes matters only where functions are `known` that other files define.
        """
        unit = read(SourceFile(path, text))
        index = index or (self._index if known else None)
        bodies = Bodies(unit, self._matcher, Sight(index, unit) if index else None)
        literals = (*self._need.moves, *(frozenset({name}) for name in sorted(known)))
        openers = bodies.reaching(literals, opening(self._automaton, known))
        assumed = parse(self._scope.condition)
        search = Search(bodies, self._automaton, openers, assumed, None, literals, known)
        entered = State(self._automaton.initial)
        found = (
            (body.name, search.summary(body, entered))
            for name in openers
            for body in bodies.by_name[name]
            if body.is_function and (path.endswith(".h") or not body.is_static)
        )
        return frozenset(
            name
            for name, summary in found
            if summary and any(end.state != entered for end in summary.exits)
        )


def _all(names: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*names)
