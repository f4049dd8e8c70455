"""What Kconfig says of a condition: impossible, or the least configuration it holds in."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product

from msgspec import Struct

from reviewer.source.conditions import And, Atom, Condition, Constant, Not, Or, atoms
from reviewer.source.kconfig.solve import Goal, solutions
from reviewer.source.kconfig.types import Kconfig, Kind, UndecidedError
from reviewer.source.kconfig.values import N, Values, Y

PREFIX = "CONFIG_"
#: Configurations looked at for the one with the fewest settings.
MAX_SOLUTIONS = 12
#: More settings than this are no small configuration.
MAX_SETTINGS = 40
#: Ways in which a condition can hold that are tried; with more it is not decided.
MAX_WAYS = 32


class Decision(Struct, frozen=True):
    """Whether a condition can hold, and with `fragment` the options that make it hold.

    The fragment is what differs from the defaults (`CONFIG_X=y`, `# CONFIG_Y is not set`); without
    any one line of it the condition does not hold. It is empty where the defaults suffice, and
    where none was found, which is then not `certain`.
    """

    possible: bool
    certain: bool = False
    fragment: tuple[str, ...] = ()


UNDECIDED = Decision(possible=True)
IMPOSSIBLE = Decision(possible=False, certain=True)


def decide(kconfig: Kconfig, condition: Condition) -> Decision:
    """The decision on a condition over `CONFIG_` options; other atoms may be anything.

    A condition with an option that no file defines is not decided.
    """
    names = {name.removeprefix(PREFIX) for name in atoms(condition) if _is_option(name)}
    ways = _ways(condition)
    if not names <= kconfig.options.keys() or ways is None:
        return UNDECIDED
    try:
        return _decided(kconfig, ways, names)
    except UndecidedError:
        return UNDECIDED


def _decided(kconfig: Kconfig, ways: tuple[tuple[Goal, ...], ...], names: set[str]) -> Decision:
    usual = Values(kconfig, {})
    found = [user for way in ways for user in _fragments(kconfig, way, usual)]
    if found:
        least = min(found, key=lambda user: (len(user), len(user.keys() - names), sorted(user)))
        return Decision(possible=True, certain=True, fragment=_lines(kconfig, least))
    return UNDECIDED if any(_possible(kconfig, way) for way in ways) else IMPOSSIBLE


def _is_option(name: str) -> bool:
    return name.startswith(PREFIX) and name.isidentifier()


def _ways(condition: Condition) -> tuple[tuple[Goal, ...], ...] | None:
    """The condition as alternatives of options that are on or off, None for too many."""
    match condition:
        case Constant(value):
            return ((),) if value else ()
        case Atom(name) | Not(Atom(name)):
            on = isinstance(condition, Atom)
            return ((Goal(Atom(name.removeprefix(PREFIX)), on),),) if _is_option(name) else ((),)
        case Not():
            return ((),)
        case And(operands) | Or(operands):
            parts = [_ways(operand) for operand in operands]
            known = [part for part in parts if part is not None]
            if len(known) < len(parts):
                return None
            if isinstance(condition, Or):
                found = [way for part in known for way in part]
            else:
                count = 1
                for part in known:
                    count *= len(part)
                if count > MAX_WAYS:
                    return None
                found = [tuple(dict.fromkeys(sum(each, ()))) for each in product(*known)]
            return tuple(dict.fromkeys(found)) if len(found) <= MAX_WAYS else None


def _possible(kconfig: Kconfig, way: tuple[Goal, ...]) -> bool:
    try:
        return any(True for _ in solutions(kconfig, way))
    except UndecidedError:
        return True


def _fragments(kconfig: Kconfig, way: tuple[Goal, ...], usual: Values) -> list[Mapping[str, int]]:
    """Settings beyond the defaults under which the way is open, and without any of which not.

    Tried are first the options found that are not so by default, then all of them, since what is
    so by default may be so because of another option that had to change; then what is found
    without a look at the defaults.
    """
    for known in (usual, None):
        try:
            found = list(islice(solutions(kconfig, way, known), MAX_SOLUTIONS))
        except UndecidedError:
            continue
        for beyond in (True, False):
            tried = (_settings(kconfig, each, usual, beyond=beyond) for each in found)
            open_ = [
                dict(settings)
                for settings in dict.fromkeys(tried)
                if len(settings) <= MAX_SETTINGS and _holds(kconfig, way, dict(settings))
            ]
            if open_:
                return [_shrunk(kconfig, way, user) for user in open_]
    return []


def _settings(
    kconfig: Kconfig, found: Mapping[str, bool], usual: Values, *, beyond: bool
) -> tuple[tuple[str, int], ...]:
    """What the user sets for the options to be as found, with `beyond` only against a default."""
    return tuple(
        (name, Y if on else N)
        for name, on in sorted(found.items())
        if (option := kconfig.options.get(name))
        and option.prompts
        and not (beyond and usual.on(name) is on)
    )


def _shrunk(kconfig: Kconfig, way: tuple[Goal, ...], user: Mapping[str, int]) -> Mapping[str, int]:
    for name in sorted(user):
        rest = {other: value for other, value in user.items() if other != name}
        if _holds(kconfig, way, rest):
            user = rest
    return user


def _holds(kconfig: Kconfig, way: tuple[Goal, ...], user: Mapping[str, int]) -> bool:
    values = Values(kconfig, user)
    return all(values.holds(goal.condition) is goal.on for goal in way)


def _lines(kconfig: Kconfig, user: Mapping[str, int]) -> tuple[str, ...]:
    """The settings as a file of merge_config.sh has them; a module is only said where it must."""
    values = Values(kconfig, user)
    lines: list[str] = []
    for name, value in sorted(user.items()):
        if value == N:
            lines.append(f"# {PREFIX}{name} is not set")
        else:
            modular = kconfig.options[name].kind is Kind.TRISTATE and values.is_module(name)
            lines.append(f"{PREFIX}{name}={'m' if modular else 'y'}")
    return tuple(lines)
