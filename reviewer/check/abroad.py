"""Functions that leave a window open for their callers, wherever in the tree they are defined.

They are looked for from the opening events on: the files that can have one, then those that call
what was found there, and so on. Functions of assembly are not among them. Those that close a
window are looked up where one is called in a window; here only how a change lets them come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec.json
from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.bodies import Bodies
from reviewer.check.judged import meaning
from reviewer.check.path import State, Summary
from reviewer.check.prefilter import in_places, spelled
from reviewer.check.reachability import Search
from reviewer.check.run import prepare
from reviewer.patch.types import SourceFile
from reviewer.rule.automaton import CLOSED, OPEN, of_window
from reviewer.rule.types import Abroad, RuleSet, Scope, Window
from reviewer.source.conditions import render
from reviewer.source.index.index import Index
from reviewer.source.index.store import content_key
from reviewer.source.presence import parse
from reviewer.source.read import read
from reviewer.source.resolve.sight import Sight

#: Calls into each other that are followed upwards.
MAX_ROUNDS = 16
#: The same from a function whose end a change alters.
MAX_BETWEEN = 3


def with_abroad(rules: RuleSet, index: Index) -> RuleSet:
    """The rules with what the functions of the tree do to their windows.

    What the tree itself has is remembered in the index's store.
    """
    found: dict[tuple[Scope, Window], Abroad] = {}
    abroad: list[tuple[str, Abroad]] = []
    for rule in rules.rules:
        if isinstance(rule.body, Window) and rule.body.beneath:
            key = rule.scope, Window(rule.body.opens, (), closes=rule.body.closes)
            if key not in found:
                found[key] = _abroad(rules, *key, index)
            abroad.append((rule.id, found[key]))
    return replace(rules, abroad=tuple(abroad))


def _abroad(rules: RuleSet, scope: Scope, window: Window, index: Index) -> Abroad:
    opens = _Movers(rules, scope, window, index, CLOSED).found()
    ends = _Movers(rules, scope, window, index, OPEN).changed() | opens.ends
    return Abroad(opens.names, scope, ends, opens.cut)


def callers(before: RuleSet, after: RuleSet, index: Index) -> Iterator[SourceFile]:
    """The files that use a function which moves a window in another way under the other rules.

    Calls in between are followed by their words.
    """
    seen: dict[str, None] = {}
    for rule in after.rules:
        changed = before.abroad_of(rule).ends ^ after.abroad_of(rule).ends
        new = known = frozenset(name for name, _ in changed)
        for _ in range(MAX_BETWEEN):
            using = _using(rule.scope, index, new) if new else {}
            seen.update(dict.fromkeys(using))
            new = frozenset().union(*using.values()) - known
            known |= new
    return (SourceFile(path, index.listed_text(path)) for path in seen)


def _using(scope: Scope, index: Index, names: frozenset[str]) -> dict[str, set[str]]:
    """The files that have one of the names, and what they define for others with it."""
    found: dict[str, set[str]] = {}
    for path in _files(scope, index):
        text = index.listed_text(path)
        if _has_one(text, names):
            found[path] = {
                item.name
                for item in read(SourceFile(path, text)).definitions
                if path.endswith(".h") or "static" not in item.attributes
                if _has_one(text[item.start_byte : item.end_byte], names)
            }
    return found


def _files(scope: Scope, index: Index) -> Iterator[str]:
    """The C files and headers of the tree that the scope has."""
    return (path for folder in _folders(scope) for path in index.below(folder) if _in(scope, path))


def _folders(scope: Scope) -> tuple[str, ...]:
    folders = (glob.partition("*")[0].rstrip("/") for glob in scope.paths)
    return tuple(folder for folder in dict.fromkeys(folders) if folder)


def _in(scope: Scope, path: str) -> bool:
    return path.endswith((".c", ".h")) and in_places(scope, path)


class _Found(Struct, frozen=True):
    """By the file that defines them, functions that move a window, each with how it ends."""

    by_file: Mapping[str, Mapping[str, str]]
    cut: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset().union(*self.by_file.values())

    @property
    def ends(self) -> frozenset[tuple[str, str]]:
        return frozenset(item for each in self.by_file.values() for item in each.items())


class _Movers:
    """The functions that come back in another state than the one they are `entered` in."""

    def __init__(
        self, rules: RuleSet, scope: Scope, window: Window, index: Index, entered: str
    ) -> None:
        self._digest = rules.digest
        self._matcher = prepare(rules).matcher
        self._scope = scope
        self._window = window
        self._index = index
        self._automaton = of_window(window)
        self._entered = State(entered)
        self._moving = window.opens if entered == CLOSED else window.closes
        self._literals = tuple(spelled(self._moving, rules.vocabulary))

    def found(self) -> _Found:
        """The functions of the tree as the index has it."""
        found = self._in_tree()
        known = found.names
        if any(
            found.by_file.get(path, {}) != self._moved_in(path, text, known)
            for path, text in self._replaced()
        ):
            return self._search(self._index)
        return found

    def changed(self) -> frozenset[tuple[str, str]]:
        """How functions of changed files end, as far as those of the tree end otherwise."""
        bare = self._index.without_files()
        none = frozenset[str]()
        return frozenset(
            item
            for path, text in self._replaced()
            for item in self._moved_in(path, text, none).items()
            ^ self._moved_in(path, bare.text(path) or b"", none).items()
        )

    def _replaced(self) -> Iterator[tuple[str, bytes]]:
        overlay = self._index.overlay
        return ((path, text) for path, text in overlay.items() if _in(self._scope, path))

    def _moved_in(self, path: str, text: bytes, known: frozenset[str]) -> dict[str, str]:
        """What `_moved` says, nothing where the text cannot have such a function."""
        concerned = self._spells(text) or _has_one(text, known)
        return self._moved(path, text, known) if concerned else {}

    def _in_tree(self) -> _Found:
        """What the tree has, remembered as long as its files stay as they are."""
        stamps = [self._index.stamp(folder) for folder in _folders(self._scope)]
        about = repr((self._digest, self._window, self._scope, self._entered))
        key = content_key(b"".join((about.encode(), *stamps)))
        note = self._index.store.note(key) if all(stamps) else None
        if note is not None:
            return msgspec.json.decode(note, type=_Found)
        found = self._search(self._index.without_files())
        if all(stamps):
            self._index.store.put(key, msgspec.json.encode(found, order="sorted"))
        return found

    def _search(self, index: Index) -> _Found:
        """The functions, found round by round until no further caller is one."""
        texts = {path: index.listed_text(path) for path in _files(self._scope, index)}
        known = frozenset[str]()
        found = {path: self._moved_in(path, text, known) for path, text in texts.items()}
        for _ in range(MAX_ROUNDS):
            new = _names(found) - known
            if not new:
                break
            known |= new
            for path, text in texts.items():
                if _has_one(text, new):
                    found[path] = self._moved(path, text, known, index)
        kept = {path: ends for path, ends in found.items() if ends}
        return _Found(kept, cut=not _names(found) <= known)

    def _spells(self, text: bytes) -> bool:
        return any(all(item.encode() in text for item in each) for each in self._literals)

    def _moved(
        self, path: str, text: bytes, known: frozenset[str], index: Index | None = None
    ) -> dict[str, str]:
        """Functions of the file that others can call and that move the window.

        What it includes matters only where functions are `known` that other files define.
        """
        unit = read(SourceFile(path, text))
        index = index or (self._index if known else None)
        bodies = Bodies(unit, self._matcher, Sight(index, unit) if index else None)
        literals = (*self._literals, *(frozenset({name}) for name in sorted(known)))
        named = bodies.reaching(literals, meaning(self._moving, known))
        openers = named if self._entered.name == CLOSED else frozenset[str]()
        assumed = parse(self._scope.condition)
        abroad = Abroad(opens=known)
        search = Search(bodies, self._automaton, openers, assumed, None, literals, abroad)
        found = (
            (body.name, search.summary(body, self._entered))
            for name in sorted(named)
            for body in bodies.by_name[name]
            if body.is_function and (path.endswith(".h") or not body.is_static)
        )
        ends = ((name, self._ends(summary)) for name, summary in found if summary)
        return {name: end for name, end in ends if end}

    def _ends(self, summary: Summary) -> str:
        """How a function ends that moves the window, `""` for one that does not."""
        if all(end.state == self._entered for end in summary.exits):
            return ""
        ends = {f"{end.state.name} {render(end.condition)}" for end in summary.exits}
        return ", ".join(sorted(ends))


def _names(found: Mapping[str, Iterable[str]]) -> frozenset[str]:
    return frozenset().union(*found.values())


def _has_one(text: bytes, names: Iterable[str]) -> bool:
    return any(name.encode() in text for name in names)
