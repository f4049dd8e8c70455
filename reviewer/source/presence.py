"""Expressions of `#if` as presence conditions.

`defined(CONFIG_X)`, `IS_ENABLED(CONFIG_X)` and plain `CONFIG_X` are one atom, `CONFIG_X`;
`IS_BUILTIN(...)`, `IS_MODULE(...)` and `IS_REACHABLE(...)` stay atoms of their own, since a
tristate tells them apart. Comparisons, arithmetic and calls of other macros are atoms of their
text.
"""

from __future__ import annotations

import re

from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, conjoin, disjoin, negate

#: Parentheses deeper than this, or longer text, make the whole expression one atom.
MAX_DEPTH = 50
MAX_LENGTH = 4000

_TOKEN = re.compile(
    r"\s*(?:(?P<and>&&)|(?P<or>\|\|)|(?P<not>!(?!=))|(?P<open>\()|(?P<close>\))"
    r"|(?P<defined>defined\s*(?:\(\s*(?P<name>\w+)\s*\)|(?P<bare>\w+)))"
    r"|(?P<enabled>(?:IS_ENABLED|config_enabled)\s*\(\s*(?P<option>\w+)\s*\))"
    r"|(?P<term>\w+\s*\([^()]*\)|(?:[^\s&|!()]|&(?!&)|\|(?!\|)|!=)+))"
)
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]*")
_BINDING = {"or": 1, "and": 2, "not": 3}


def parse(text: str) -> Condition:
    """The condition under which `#if text` keeps its lines; never raises.

    What does not read as logic over atoms becomes one atom of the whole text.
    """
    folded = " ".join(text.split())
    if not folded:
        return TRUE
    if len(folded) > MAX_LENGTH:
        return Atom(folded[:MAX_LENGTH])
    parsed = _Expression().read(folded)
    return Atom(folded) if parsed is None else parsed


def defined(name: str) -> Condition:
    """The condition of `#ifdef name`; the option itself where the name is a CONFIG_ symbol."""
    return Atom(name if name.startswith("CONFIG_") else f"defined({name})")


class _Expression:
    """Operator precedence over two stacks, so that nesting costs no Python recursion."""

    def __init__(self) -> None:
        self.values: list[Condition] = []
        self.operators: list[str] = []
        self.wants_value = True

    def read(self, text: str) -> Condition | None:
        """The condition, None where the text is no logical expression."""
        pending = ""
        position, depth = 0, 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                return None
            position = match.end()
            kind = match.lastgroup or ""
            kind = {"name": "defined", "bare": "defined", "option": "enabled"}.get(kind, kind)
            if kind == "term":
                pending = f"{pending} {match['term']}".strip()
                continue
            if pending:
                if kind in ("not", "open", "defined", "enabled") or not self._value(_term(pending)):
                    return None
                pending = ""
            depth += (kind == "open") - (kind == "close")
            if depth > MAX_DEPTH or not self._step(kind, match):
                return None
        if pending and not self._value(_term(pending)):
            return None
        self._reduce(0)
        return None if self.wants_value or self.operators else self.values.pop()

    def _step(self, kind: str, match: re.Match[str]) -> bool:
        match kind:
            case "defined":
                return self._value(defined(match["name"] or match["bare"]))
            case "enabled":
                return self._value(Atom(match["option"]))
            case "not" | "open":
                self.operators.append(kind)
                return self.wants_value
            case "close":
                self._reduce(0)
                if self.wants_value or not self.operators:
                    return False
                self.operators.pop()
                return True
            case _:
                self._reduce(_BINDING[kind])
                self.operators.append(kind)
                was_value, self.wants_value = not self.wants_value, True
                return was_value

    def _value(self, condition: Condition) -> bool:
        wanted, self.wants_value = self.wants_value, False
        self.values.append(condition)
        return wanted

    def _reduce(self, binding: int) -> None:
        """Apply the operators on the stack that bind at least as tightly, up to a parenthesis."""
        if self.wants_value:
            return
        while self.operators and _BINDING.get(self.operators[-1], -1) >= max(binding, 1):
            operator = self.operators.pop()
            right = self.values.pop()
            if operator == "not":
                self.values.append(negate(right))
            else:
                join = conjoin if operator == "and" else disjoin
                self.values.append(join((self.values.pop(), right)))


def _term(text: str) -> Condition:
    number = _NUMBER.fullmatch(text)
    if number is None:
        return Atom(text)
    digits = number[1]
    value = int(digits, 16) if digits[:2] in ("0x", "0X") else int(digits.lstrip("0") or "0")
    return TRUE if value else FALSE
