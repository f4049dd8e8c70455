"""Expressions of Kconfig: tokens of a line, and conditions over symbols."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewer.source.conditions import Atom, Condition, Not
from reviewer.source.kconfig.types import both, either

#: Parentheses and negations inside each other.
MAX_DEPTH = 40

_TOKEN = re.compile(
    r"""&&|\|\||!=|<=|>=|[!<>=()]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s&|!<>=()"'#]+|(\#.*)"""
)
_RELATIONS = frozenset(("=", "!=", "<", ">", "<=", ">="))
_OPERATORS = frozenset(("&&", "||", "!", "(", ")", *_RELATIONS))


def tokens(text: str) -> list[str]:
    """The words, strings and operators of a line, without a comment at its end."""
    return [match[0] for match in _TOKEN.finditer(text) if not match[1]]


def parse(words: Sequence[str]) -> Condition | None:
    """The condition that the tokens spell, None where they spell none."""
    try:
        parser = _Parser(words)
        condition = parser.either(0)
        return condition if parser.position == len(words) else None
    except (IndexError, ValueError):
        return None


class _Parser:
    """Recursive descent; raises IndexError or ValueError where the tokens are no expression."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.position = 0

    def either(self, depth: int) -> Condition:
        parts = [self._both(depth)]
        while self._next_is("||"):
            parts.append(self._both(depth))
        return either(parts)

    def _both(self, depth: int) -> Condition:
        parts = [self._factor(depth)]
        while self._next_is("&&"):
            parts.append(self._factor(depth))
        return both(parts)

    def _factor(self, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise ValueError("too deep")
        if self._next_is("!"):
            return Not(self._factor(depth + 1))
        if self._next_is("("):
            inner = self.either(depth + 1)
            if not self._next_is(")"):
                raise ValueError("not closed")
            return inner
        left = self._symbol()
        if self.position < len(self.words) and self.words[self.position] in _RELATIONS:
            relation = self.words[self.position]
            self.position += 1
            return Atom(f"{left} {relation} {self._symbol()}")
        return Atom(left)

    def _symbol(self) -> str:
        word = self.words[self.position]
        if word in _OPERATORS:
            raise ValueError("an operator where a symbol is due")
        self.position += 1
        return f'"{word[1:-1]}"' if word[0] in "\"'" else word

    def _next_is(self, word: str) -> bool:
        if self.position < len(self.words) and self.words[self.position] == word:
            self.position += 1
            return True
        return False
