"""What a file must contain before a rule can say anything about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.registered import asked, words_of
from reviewer.rule.automaton import Automaton, Effect
from reviewer.rule.compile import automaton_of, moving, needed
from reviewer.rule.pattern import literals
from reviewer.rule.types import (
    Body,
    Context,
    Order,
    Rule,
    RuleSet,
    Scope,
    Vocabulary,
    Window,
)


class Need(Struct, frozen=True):
    """Alternatives of literals: text in which none has all its literals needs no search.

    `opens` are those of the events that can open or break something, `moves` those of all events
    that mean something at the start; `confirms` those of the events that a violation
    waits for, None where it waits for none; `starts` those of the events or macros that name
    the functions to start in, None where control starts in any. With `abroad` they may be in
    another file of the tree.
    """

    opens: tuple[frozenset[str], ...]
    confirms: tuple[frozenset[str], ...] | None
    moves: tuple[frozenset[str], ...] = ()
    starts: tuple[frozenset[str], ...] | None = None
    abroad: bool = False

    def met(self, text: bytes, *, in_tree: bool = False) -> bool:
        """Whether the text can open a window and have a violation in it.

        With the tree around it control may start elsewhere.
        """
        return (
            _any_present(self.opens, text)
            and (self.confirms is None or _any_present(self.confirms, text))
            and (
                self.starts is None or (in_tree and self.abroad) or _any_present(self.starts, text)
            )
        )


@lru_cache(maxsize=256)
def need_of(body: Body, vocabulary: Vocabulary) -> Need:
    """What a text needs to have for the body to say anything of it."""
    found = need(automaton_of(body), vocabulary)
    if not isinstance(body, Order | Context):
        return found
    if isinstance(body, Order):
        return replace(found, starts=tuple(spelled(body.starts, vocabulary)) or None)
    if body.bare:
        return replace(found, abroad=body.abroad)
    words = dict.fromkeys(word for root in asked(vocabulary, body.roots) for word in words_of(root))
    return replace(found, starts=tuple(frozenset({word}) for word in words), abroad=body.abroad)


def crosses(rule: Rule) -> bool:
    """Whether functions of other files matter to the rule's windows."""
    return isinstance(rule.body, Window) and bool(rule.body.beneath)


def crosses_files(rules: RuleSet) -> bool:
    """Whether for one of the rules it matters who calls a function in another file."""
    return any(isinstance(rule.body, Context) and rule.body.abroad for rule in rules.rules)


def need_in(rules: RuleSet, rule: Rule) -> Need:
    """What a text needs to have for the rule of the set to say anything of it."""
    found = need_of(rule.body, rules.vocabulary)
    names = tuple(frozenset({name}) for name in sorted(rules.abroad_of(rule).opens))
    return replace(found, opens=(*found.opens, *names), moves=(*found.moves, *names))


def need(automaton: Automaton, vocabulary: Vocabulary) -> Need:
    """What the automaton needs to be in a text."""
    confirming = automaton.triggers(Effect.CONFIRM)
    return Need(
        opens=tuple(spelled(needed(automaton), vocabulary)),
        confirms=tuple(spelled(confirming, vocabulary)) if confirming else None,
        moves=tuple(spelled(moving(automaton), vocabulary)),
    )


def spelled(entries: Iterable[str], vocabulary: Vocabulary) -> Iterator[frozenset[str]]:
    """The literals of every spelling of the entries' events; none for a plain event."""
    known = _spellings(vocabulary)
    for entry in entries:
        yield from known.get(entry, (frozenset(),))


@lru_cache(maxsize=8)
def _spellings(vocabulary: Vocabulary) -> Mapping[str, tuple[frozenset[str], ...]]:
    """The literals of the spellings that each entry covers, those of types of parameters last."""
    patterns: dict[str, list[frozenset[str]]] = {}
    through: dict[str, list[frozenset[str]]] = {}
    for event in vocabulary.events:
        words = [literals(pattern) for pattern in (*event.c, *event.asm)]
        globs = [
            frozenset({max(glob.split("*"), key=len)}) for glob in (*event.through, *event.carries)
        ]
        parts = event.name.split(".")
        for entry in (".".join(parts[:end]) for end in range(1, len(parts) + 1)):
            patterns.setdefault(entry, []).extend(words)
            through.setdefault(entry, []).extend(globs)
    return {entry: (*found, *through[entry]) or (frozenset(),) for entry, found in patterns.items()}


def _any_present(alternatives: tuple[frozenset[str], ...], text: bytes) -> bool:
    for alternative in _encoded(alternatives):
        for literal in alternative:
            if literal not in text:
                break
        else:
            return True
    return False


@lru_cache(maxsize=256)
def _encoded(alternatives: tuple[frozenset[str], ...]) -> tuple[tuple[bytes, ...], ...]:
    """The alternatives as bytes, each once, the longest literal of each first."""
    return tuple(
        dict.fromkeys(
            tuple(sorted((item.encode() for item in alternative), key=_rarest))
            for alternative in alternatives
        )
    )


def _rarest(literal: bytes) -> tuple[int, bytes]:
    """Sorts literals by how seldom a text has them: a longer one is rarer."""
    return -len(literal), literal


class Sieve(Struct, frozen=True):
    """The needs of all rules that look at the same files.

    A text that meets one of them has one of the `anchors`, so that most texts are done with after
    a few searches.
    """

    scope: Scope
    anchors: tuple[bytes, ...]
    needs: tuple[Need, ...]

    def looks_at(self, path: str) -> bool:
        """Whether the rules look at files of that path, whatever is in them."""
        return _in_scope(self.scope, path)

    def holds(self, path: str, text: bytes, *, in_tree: bool = False) -> bool:
        """Whether one of the rules can have anything to say about the file."""
        if not self.looks_at(path):
            return False
        for anchor in self.anchors:
            if anchor in text:
                return any(each.met(text, in_tree=in_tree) for each in self.needs)
        return False


def sieves(needs: Iterable[tuple[Scope, Need]]) -> tuple[Sieve, ...]:
    """The needs by the files that they are asked of."""
    by_scope: dict[Scope, list[Need]] = {}
    for scope, wanted in needs:
        places = Scope(scope.paths, scope.exclude)
        by_scope.setdefault(places, []).append(wanted)
    return tuple(
        Sieve(scope, _anchors(wanted), tuple(wanted)) for scope, wanted in by_scope.items()
    )


def _anchors(needs: Iterable[Need]) -> tuple[bytes, ...]:
    """The longest literal of each alternative that opens, without those that hold another."""
    found = {
        alternative[0] if alternative else b""
        for each in needs
        for alternative in _encoded(each.opens)
    }
    return tuple(
        sorted(
            (item for item in found if not any(other in item for other in found - {item})),
            key=_rarest,
        )
    )


def in_scope(rule: Rule, path: str) -> bool:
    """Whether the rule looks at files of that path."""
    return _in_scope(rule.scope, path)


def contained(scope: Scope, path: str) -> bool:
    """Whether the scope has the path."""
    return _in_scope(scope, path)


def in_places(scope: Scope, path: str) -> bool:
    """Whether the file is one that the scope names."""
    return _in_scope(Scope(scope.paths, scope.exclude), path)


def within(paths: tuple[str, ...], path: str) -> bool:
    """Whether one of the globs names the path."""
    return _in_scope(Scope(paths), path)


def _in_scope(scope: Scope, path: str) -> bool:
    return _covers(scope.paths, path) and not _covers(scope.exclude, path)


def _covers(globs: tuple[str, ...], path: str) -> bool:
    """Whether one of the globs names the path."""
    return bool(globs) and _any_of(globs).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """The globs as one expression: `**` is any folders, `*` and `?` stay within one name."""
    return re.compile("|".join(map(_spelling, globs)))


def _spelling(glob: str) -> str:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return "".join(_GLOB.get(part, re.escape(part)) for part in parts)


_GLOB = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
