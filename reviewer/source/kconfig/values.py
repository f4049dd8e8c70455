"""The value of every option, as Kconfig computes it from what the user set.

Where a value hangs on the output of a command, the command is taken to succeed, and versions are
taken to be recent enough: the tools are what the tree asks for. The values of strings and numbers
are their defaults.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping

from reviewer.source.conditions import And, Atom, Condition, Constant, Not, Or
from reviewer.source.kconfig.types import Choice, Kconfig, Kind, Option, UndecidedError

N, M, Y = 0, 1, 2
#: Expressions and parts of them whose value is found before it is given up.
MAX_STEPS = 1_000_000
_CONSTANTS = {"n": N, "m": M, "y": Y}
_TEXTS = ("n", "m", "y")
_SWITCHES = (Kind.BOOL, Kind.TRISTATE)
#: What stands before the number of a choice where its selected member is the value.
_CHOICE = "choice "

_COMPARISON = re.compile(r'("[^"]*"|\S+) (!=|<=|>=|=|<|>) ("[^"]*"|\S+)')
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,16}|\d{1,18}")
_ORDERS: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def compared(atom: str) -> tuple[str, str, str] | None:
    """Left side, operator and right side of an atom that is a comparison."""
    match = _COMPARISON.fullmatch(atom)
    return (match[1], match[2], match[3]) if match else None


class _NeededError(Exception):
    """The value of another symbol has to be known first."""

    def __init__(self, name: str) -> None:
        self.name = name


class Values:
    """Values under a user's settings, found on demand.

    Every question may raise UndecidedError.
    """

    def __init__(self, kconfig: Kconfig, user: Mapping[str, int]) -> None:
        self.kconfig = kconfig
        self.user = user
        self._known: dict[str, str] = {}
        self._steps = 0

    def on(self, name: str) -> bool:
        """Whether the option is `y` or `m`."""
        return self.holds(Atom(name))

    def is_module(self, name: str) -> bool:
        """Whether the option is `m`."""
        return self.on(name) and not self.holds(Atom(f"{name} = y"))

    def holds(self, condition: Condition) -> bool:
        """Whether an expression of Kconfig is more than `n`."""
        while True:
            try:
                return self._value(condition) > N
            except _NeededError as needed:
                self._settle(needed.name)

    def _settle(self, name: str) -> None:
        """Finds the value of a symbol, and before it those it hangs on; a loop counts as `n`."""
        pending = {name: None}
        while pending:
            current = next(reversed(pending))
            try:
                self._known[current] = self._computed(current)
            except _NeededError as needed:
                if needed.name in pending:
                    self._known[needed.name] = "n"
                pending[needed.name] = None
                continue
            del pending[current]

    def _text(self, name: str) -> str:
        """A symbol's value as Kconfig writes it; what nobody defines is its own name."""
        if name[:1] == '"':
            return name[1:-1]
        if name in self._known:
            return self._known[name]
        if name in self.kconfig.options or name.startswith(_CHOICE):
            raise _NeededError(name)
        return self.kconfig.shell.get(name, name)

    def _value(self, condition: Condition) -> int:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise UndecidedError
        match condition:
            case Constant(value):
                return Y if value else N
            case Not(operand):
                return Y - self._value(operand)
            case And(operands):
                return self._least(operands)
            case Or(operands):
                return self._greatest(operands)
            case Atom(name):
                sides = compared(name) if " " in name else None
                return self._compared(*sides) if sides else _CONSTANTS.get(self._text(name), N)

    def _least(self, conditions: Iterable[Condition]) -> int:
        """The least of the values; after the first `n` none is asked for."""
        least = Y
        for condition in conditions:
            least = min(least, self._value(condition))
            if least == N:
                break
        return least

    def _greatest(self, conditions: Iterable[Condition]) -> int:
        """The greatest of the values; after the first `y` none is asked for."""
        greatest = N
        for condition in conditions:
            greatest = max(greatest, self._value(condition))
            if greatest == Y:
                break
        return greatest

    def _compared(self, left: str, relation: str, right: str) -> int:
        one, other = self._text(left), self._text(right)
        if relation in ("=", "!="):
            return Y if (one == other) is (relation == "=") else N
        if _NUMBER.fullmatch(one) and _NUMBER.fullmatch(other):
            return Y if _ORDERS[relation](int(one, 0), int(other, 0)) else N
        return Y if relation in (">", ">=") else N

    def _computed(self, name: str) -> str:
        if name.startswith(_CHOICE):
            return self._selection(self.kconfig.choices[int(name.removeprefix(_CHOICE))])
        option = self.kconfig.options[name]
        if option.kind not in _SWITCHES:
            return self._string(option)
        if option.choice >= 0 and option.prompts:
            value = Y if self._text(f"{_CHOICE}{option.choice}") == name else N
        else:
            value = self._switch(option)
        if value == M and (option.kind is Kind.BOOL or not self._value(Atom("MODULES"))):
            value = Y
        return _TEXTS[value]

    def _switch(self, option: Option) -> int:
        visible = self._greatest(option.prompts)
        if visible and option.name in self.user:
            value = min(self.user[option.name], visible)
        else:
            value = self._default(option)
            if value < Y and option.implied:
                implied = self._greatest(option.implied)
                value = max(value, min(implied, self._value(option.depends)))
        return value if value == Y else max(value, self._greatest(option.selected))

    def _default(self, option: Option) -> int:
        for default in option.defaults:
            condition = self._value(default.condition)
            if condition:
                return min(self._value(default.value), condition)
        return N

    def _string(self, option: Option) -> str:
        for default in option.defaults:
            if self._value(default.condition):
                value = default.value
                return self._text(value.name) if isinstance(value, Atom) else ""
        return ""

    def _selection(self, choice: Choice) -> str:
        """The member of a choice that is on, `""` for none."""
        if not self._value(choice.visible):
            return ""
        members = [name for name in choice.members if self._visible_member(name)]
        wanted = [name for name in members if self.user.get(name)]
        if wanted:
            return wanted[0]
        for default in choice.defaults:
            value = default.value
            if isinstance(value, Atom) and value.name in members and self._value(default.condition):
                return value.name
        return members[0] if members and not choice.optional else ""

    def _visible_member(self, name: str) -> bool:
        option = self.kconfig.options[name]
        return self._greatest(option.prompts) > N
