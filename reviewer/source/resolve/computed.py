"""What the preprocessor makes of a text: for names that macros compute from their arguments.

Follows the standard in what decides a name: arguments are expanded before they are put in, unless
they are pasted or made a string, and a macro is not expanded inside its own replacement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reviewer.source.resolve.expand import TOKEN, beside, paste, quoted
from reviewer.source.types import Macro

#: Replacements in one text, and such inside each other, before it is left as it is.
MAX_REPLACED = 2_000
MAX_DEPTH = 60

Lookup = Callable[[str], tuple[Macro, ...]]


def computed(text: str, lookup: Lookup) -> str:
    """The text with every macro replaced; `""` where a name has several definitions, or too many.

    `lookup` gives the definitions of a name.
    """
    try:
        return "".join(_Preprocessor(lookup).replaced(_tokens(text), frozenset())).strip()
    except _Undecided:
        return ""


class _Undecided(Exception):
    """What the text becomes hangs on the configuration, or is too long."""


class _Preprocessor:
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._left = MAX_REPLACED
        self._depth = 0

    def replaced(self, tokens: list[str], hidden: frozenset[str]) -> list[str]:
        """The tokens with every macro replaced that is not hidden."""
        if self._depth >= MAX_DEPTH:
            raise _Undecided
        self._depth += 1
        done = self._replaced(tokens, hidden)
        self._depth -= 1
        return done

    def _replaced(self, tokens: list[str], hidden: frozenset[str]) -> list[str]:
        done: list[str] = []
        place = 0
        while place < len(tokens):
            word = tokens[place]
            place += 1
            macro = None if word in hidden or not word.isidentifier() else self._macro(word)
            if macro is None:
                done.append(word)
            elif macro.parameters is None:
                done += self.replaced(_tokens(macro.body), hidden | {word})
            elif beside(tokens, place - 1, 1) == "(":
                given, place = _arguments(tokens, tokens.index("(", place) + 1)
                body = self._filled(macro, macro.parameters, given, hidden)
                done += self.replaced(body, hidden | {word})
            else:
                done.append(word)
        return done

    def _macro(self, word: str) -> Macro | None:
        found = self._lookup(word)
        self._left -= bool(found)
        if len(found) > 1 or self._left < 0:
            raise _Undecided
        return found[0] if found else None

    def _filled(
        self,
        macro: Macro,
        parameters: tuple[str, ...],
        given: list[list[str]],
        hidden: frozenset[str],
    ) -> list[str]:
        """The replacement list with the arguments in it."""
        values = _bound(parameters, given)
        tokens = _tokens(macro.body)
        placed: list[str] = []
        for place, token in enumerate(tokens):
            before, after = beside(tokens, place, -1), beside(tokens, place, 1)
            if token not in values:
                placed.append(token)
            elif before == "#":
                while placed.pop() != "#":
                    pass
                placed.append(quoted("".join(values[token])))
            elif "##" in (before, after):
                placed.append("".join(values[token]))
            else:
                placed += self.replaced(values[token], hidden)
        return _tokens("".join(paste(placed)))


def _tokens(text: str) -> list[str]:
    return [match[0] for match in TOKEN.finditer(text)]


def _arguments(tokens: list[str], start: int) -> tuple[list[list[str]], int]:
    """The arguments of a use whose parenthesis opens right before `start`, and what follows it."""
    given: list[list[str]] = [[]]
    depth = 0
    for place in range(start, len(tokens)):
        token = tokens[place]
        if token == ")" and depth == 0:
            return [_trimmed(each) for each in given], place + 1
        depth += (token in "([{") - (token in ")]}")
        if token == "," and depth == 0:
            given.append([])
        else:
            given[-1].append(token)
    raise _Undecided


def _trimmed(tokens: list[str]) -> list[str]:
    return _tokens("".join(tokens).strip())


def _bound(parameters: tuple[str, ...], given: list[list[str]]) -> Mapping[str, list[str]]:
    """The tokens of each parameter; a variadic one has all that is left."""
    values: dict[str, list[str]] = {}
    for place, parameter in enumerate(parameters):
        if parameter.endswith("..."):
            rest = given[place:]
            word = parameter[:-3].strip() or "__VA_ARGS__"
            values[word] = [
                token
                for number, each in enumerate(rest)
                for token in ([","] if number else []) + each
            ]
        else:
            values[parameter] = given[place] if place < len(given) else []
    return values
