"""Whether some configuration has options on and off as wanted, found or refuted goal by goal.

A goal pulls in what must hold for it: an option that is on has a visible prompt, a selector or a
default that is on; one that is off has no selector that is on. Branches are tried in turn. What is
relaxed is relaxed towards possible (that a tristate is `y` is followed no further than that it is
on), so that a refutation holds for Kconfig itself. Options that no goal reaches are not
looked at, which is why no general solver is handed the tree's seventeen thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from reviewer.source.conditions import And, Atom, Condition, Constant, Not, Or
from reviewer.source.kconfig.types import (
    Default,
    Kconfig,
    Kind,
    Option,
    UndecidedError,
    both,
    either,
)
from reviewer.source.kconfig.values import Values, compared

#: Goals looked at before the search is given up, and branches that are open at once.
MAX_STEPS = 50_000
MAX_BRANCHES = 150
#: An option with more selectors is not asked to have none of them on.
MAX_SELECTORS = 40
#: How the search names that a tristate is `y`.
_Y = " = y"


class Goal(Struct, frozen=True):
    """An expression that is to be more than `n`, or with `on` False not to be `y`."""

    condition: Condition
    on: bool = True


class _State:
    """A branch of the search: what is assigned, what is to be looked at, what is to be chosen."""

    def __init__(self, assigned: dict[str, bool], goals: list[Goal], forks: list[list[Goal]]):
        self.assigned = assigned
        self.goals = goals
        self.forks = forks

    def taking(self, goal: Goal) -> _State:
        """The branch on which one more goal is taken up."""
        return _State(dict(self.assigned), [goal], list(self.forks))


def solutions(
    kconfig: Kconfig, goals: Iterable[Goal], usual: Values | None = None
) -> Iterator[Mapping[str, bool]]:
    """Options that are on or off where all goals hold, one way after the other.

    No solution proves that there is no such configuration. With `usual` what holds by default
    anyway is not looked into: faster, and the options found are few, but nothing is proven.

    Raises:
        UndecidedError: the bounds were reached.
    """
    return _Search(kconfig, usual).run(_State({}, list(goals), []))


class _Search:
    def __init__(self, kconfig: Kconfig, usual: Values | None) -> None:
        self.kconfig = kconfig
        self.usual = usual
        self.steps = 0

    def run(self, first: _State) -> Iterator[Mapping[str, bool]]:
        """The assignment of each branch without a contradiction."""
        pending = [first]
        while pending:
            state = pending.pop()
            if not self._consistent(state):
                continue
            fork = self._narrowest(state)
            if fork is None:
                continue
            if not fork:
                yield state.assigned
                continue
            if len(pending) > MAX_BRANCHES:
                raise UndecidedError
            pending += [state.taking(goal) for goal in reversed(self._ordered(fork))]

    def _consistent(self, state: _State) -> bool:
        """Takes up every goal of the branch; False as soon as two contradict."""
        while state.goals:
            self._step(1)
            goal = state.goals.pop()
            if not self._take(state, goal.condition, goal.on):
                return False
        return True

    def _step(self, count: int) -> None:
        self.steps += count
        if self.steps > MAX_STEPS:
            raise UndecidedError

    def _narrowest(self, state: _State) -> list[Goal] | None:
        """The open fork with the fewest ways, `[]` for none open, None where one has no way."""
        best: list[Goal] = []
        kept: list[list[Goal]] = []
        for fork in state.forks:
            self._step(len(fork))
            ways = [each for each in fork if self._known(state, each) is not False]
            if any(self._known(state, each) for each in ways):
                continue
            if not ways:
                return None
            kept.append(ways)
            if not best or len(ways) < len(best):
                best = ways
        state.forks = [ways for ways in kept if ways is not best]
        return best

    def _ordered(self, fork: list[Goal]) -> list[Goal]:
        """The ways with those first that hold by default, then the short ones."""
        if self.usual is None:
            return fork
        usual = self.usual
        return sorted(
            fork,
            key=lambda each: (usual.holds(each.condition) is not each.on, _size(each.condition)),
        )

    def _take(self, state: _State, condition: Condition, on: bool) -> bool:
        match condition:
            case Constant(value):
                return value is on
            case Not(operand):
                return self._take(state, operand, not on)
            case And(operands) | Or(operands):
                parts = [Goal(operand, on) for operand in operands]
                if isinstance(condition, And) is on:
                    state.goals += parts
                else:
                    state.forks.append(parts)
                return True
            case Atom(name):
                literal = self._literal(name, on)
                return literal if isinstance(literal, bool) else self._assign(state, *literal)

    def _known(self, state: _State, goal: Goal) -> bool | None:
        """Whether the goal holds on the branch already, None where that is open."""
        match goal.condition:
            case Constant(value):
                return value is goal.on
            case Not(operand):
                return self._known(state, Goal(operand, not goal.on))
            case And(operands) | Or(operands):
                parts = [self._known(state, Goal(operand, goal.on)) for operand in operands]
                decisive = isinstance(goal.condition, And) is not goal.on
                if decisive in parts:
                    return decisive
                return None if None in parts else not decisive
            case Atom(name):
                literal = self._literal(name, goal.on)
                if isinstance(literal, bool):
                    return literal
                key, on = literal
                known = state.assigned.get(key)
                return None if known is None else known is on

    def _literal(self, name: str, on: bool) -> bool | tuple[str, bool]:
        """What an atom asks: that an option is on or off, or a tristate `y` or not (`X = y`).

        True where it asks nothing that is followed up, False for the impossible.
        """
        if " " in name and (sides := compared(name)):
            return self._comparison(name, *sides, on=on)
        if name.strip('"') in ("y", "m", "n"):
            return (name.strip('"') == "n") is not on
        option = self.kconfig.options.get(name)
        if option is None:
            return name in self.kconfig.shell or not (on and self.kconfig.complete)
        if option.kind is Kind.BOOL or (option.kind is Kind.TRISTATE and on):
            return name, on
        return (_is_y(name), False) if option.kind is Kind.TRISTATE else True

    def _comparison(
        self, name: str, left: str, relation: str, right: str, *, on: bool
    ) -> bool | tuple[str, bool]:
        if left[0] == '"' and right[0] == '"':
            return Values(self.kconfig, {}).holds(Atom(name)) is on
        value = right.strip('"')
        option = self.kconfig.options.get(left)
        if relation not in ("=", "!=") or value not in ("y", "m", "n") or option is None:
            return True
        same = (relation == "=") is on
        if value == "n" or option.kind is not Kind.TRISTATE:
            return left, same is (value != "n")
        if value == "y":
            return _is_y(left), same
        return (left, True) if same else True

    def _assign(self, state: _State, key: str, on: bool) -> bool:
        known = state.assigned.get(key)
        if known is not None:
            return known is on
        state.assigned[key] = on
        option = self.kconfig.options.get(key)
        if option is None:
            if on:
                state.goals.append(Goal(Atom(key.removesuffix(_Y))))
        elif self.usual is None or self.usual.on(key) is not on:
            (self._on if on else self._off)(state, option)
        return True

    def _on(self, state: _State, option: Option) -> None:
        """Something must put the option on; in a choice it is alone."""
        ways = [*option.prompts, *option.selected]
        if option.choice < 0 or not option.prompts:
            ways += [*map(_given, option.defaults)]
            ways += [both((each, option.depends)) for each in option.implied]
        else:
            choice = self.kconfig.choices[option.choice]
            state.goals += [
                Goal(Atom(other), on=False) for other in choice.members if other != option.name
            ]
        state.forks.append([Goal(way) for way in ways])

    def _off(self, state: _State, option: Option) -> None:
        """Nothing may put the option on against the user, or where the user is not asked."""
        if len(option.selected) <= MAX_SELECTORS:
            state.goals += [Goal(each, on=False) for each in option.selected]
        if option.choice >= 0 and option.prompts:
            self._not_chosen(state, option)
        elif not option.prompts and option.defaults:
            state.goals.append(Goal(_given(option.defaults[0]), on=False))

    def _not_chosen(self, state: _State, option: Option) -> None:
        """Another member of the choice is on, or the user is not asked for any."""
        choice = self.kconfig.choices[option.choice]
        if choice.optional:
            return
        asked = [each for name in choice.members for each in self.kconfig.options[name].prompts]
        others = [Goal(Atom(name)) for name in choice.members if name != option.name]
        state.forks.append([*others, Goal(choice.visible, on=False), Goal(either(asked), on=False)])


def _is_y(name: str) -> str:
    """What the search calls it that a tristate is `y`."""
    return f"{name}{_Y}"


def _given(default: Default) -> Condition:
    return both((default.value, default.condition))


def _size(condition: Condition) -> int:
    match condition:
        case And(operands) | Or(operands):
            return sum(map(_size, operands))
        case Not(operand):
            return _size(operand)
        case _:
            return 1
