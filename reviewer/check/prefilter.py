"""What a file must contain before a rule can say anything about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from reviewer.rule.automaton import Automaton, Effect
from reviewer.rule.compile import moving, needed
from reviewer.rule.pattern import Pattern, literals
from reviewer.rule.types import Rule, Scope, Vocabulary, covers


class Need(Struct, frozen=True):
    """Alternatives of literals: text in which none has all its literals needs no search.

    `opens` are those of the events that can open or break something, `moves` those of all events
    that mean something at the start; `confirms` those of the events that a violation
    waits for, None where it waits for none.
    """

    opens: tuple[frozenset[str], ...]
    confirms: tuple[frozenset[str], ...] | None
    moves: tuple[frozenset[str], ...] = ()

    def met(self, text: bytes) -> bool:
        """Whether the text can open a window and have a violation in it."""
        return _any_present(self.opens, text) and (
            self.confirms is None or _any_present(self.confirms, text)
        )


def need(automaton: Automaton, vocabulary: Vocabulary) -> Need:
    """What the automaton needs to be in a text."""
    confirming = automaton.triggers(Effect.CONFIRM)
    return Need(
        opens=tuple(_spelled(needed(automaton), vocabulary)),
        confirms=tuple(_spelled(confirming, vocabulary)) if confirming else None,
        moves=tuple(_spelled(moving(automaton), vocabulary)),
    )


def _spelled(entries: Iterable[str], vocabulary: Vocabulary) -> Iterator[frozenset[str]]:
    """The literals of every spelling of the entries' events; none for a plain event."""
    for entry in entries:
        patterns: list[Pattern] = [
            pattern
            for event in vocabulary.events
            if covers(entry, event.name)
            for pattern in (*event.c, *event.asm)
        ]
        yield from (literals(pattern) for pattern in patterns)
        through = [
            glob
            for event in vocabulary.events
            if covers(entry, event.name)
            for glob in event.through
        ]
        yield from (frozenset({max(glob.split("*"), key=len)}) for glob in through)
        if not patterns and not through:
            yield frozenset()


def _any_present(alternatives: Iterable[frozenset[str]], text: bytes) -> bool:
    return any(
        all(literal.encode() in text for literal in alternative) for alternative in alternatives
    )


def in_scope(rule: Rule, path: str) -> bool:
    """Whether the rule looks at files of that path."""
    return _in_scope(rule.scope, path)


def within(paths: tuple[str, ...], path: str) -> bool:
    """Whether one of the globs names the path."""
    return _in_scope(Scope(paths), path)


@lru_cache(maxsize=4096)
def _in_scope(scope: Scope, path: str) -> bool:
    return any(_glob(glob).fullmatch(path) for glob in scope.paths) and not any(
        _glob(glob).fullmatch(path) for glob in scope.exclude
    )


@lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    """`**` is any folders, `*` and `?` stay within one name."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(_GLOB.get(part, re.escape(part)) for part in parts))


_GLOB = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
