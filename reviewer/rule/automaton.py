"""Rules as automata over events: the one form that the search knows.

A state is a word. From a state, the first group of transitions whose events include one of an
event's names fires as a whole, so a group of two is a choice; no group leaves the state as it is.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reviewer.rule.types import Window, speaks_of


class Effect(StrEnum):
    """What a transition means for a rule, besides the state it leads to."""

    NONE = "none"
    OPEN = "open"  # the event opened the window
    CLOSE = "close"  # the event closed it
    VIOLATE = "violate"  # the event is a violation
    SUSPECT = "suspect"  # the event is a violation if the path goes on to confirm it
    CONFIRM = "confirm"  # the suspected event is a violation; nothing further on this path
    CLEAR = "clear"  # the suspected event is none; nothing further on this path


class Choice(Struct, frozen=True):
    """One way on: the state it leads to and what that means."""

    target: str
    effect: Effect


class Group(Struct, frozen=True):
    """`choices` are taken from `source` on an event that `on` and `also` cover, not `unless`."""

    source: str
    on: tuple[str, ...]
    choices: tuple[Choice, ...]
    unless: tuple[str, ...] = ()
    also: tuple[str, ...] | None = None

    def fires(self, names: tuple[str, ...]) -> bool:
        """Whether an event of these names takes the group's choices."""
        return (
            speaks_of(self.on, names)
            and (self.also is None or speaks_of(self.also, names))
            and not speaks_of(self.unless, names)
        )


class Automaton(Struct, frozen=True):
    """Groups in order of precedence, and the state every function starts in.

    With `same` there is one automaton for each value that the binding of that name has. To leave
    the function in the state `unfinished` is a violation by the event that led there, where some
    way leaves it in the initial state, or with `always`. A `named` one heeds no event besides those
    of its entries, so bodies without them need no search. With `lost` states are depths (`1.0`),
    and a function left with less than it was entered with leads to that state. Events of `beneath`
    are looked for beneath calls that are not followed, and are wrong beneath those of `into`. On a
    branch on which a test that is an event of `shown` holds, the initial state is `settled`.
    """

    initial: str
    groups: tuple[Group, ...]
    same: str = ""
    unfinished: str = ""
    always: bool = False
    named: bool = False
    lost: str = ""
    beneath: tuple[str, ...] = ()
    into: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    settled: str = ""

    @property
    def counts(self) -> bool:
        """Whether its states are depths, so that what helpers of headers do counts as well."""
        return bool(self.lost)

    def back(self, entered: str, left: str) -> str:
        """The state after a function that was entered in one state and left in another."""
        if not self.lost or self.lost in (entered, left):
            return left
        pairs = zip(entered.split("."), left.split("."), strict=True)
        return self.lost if any(int(after) < int(before) for before, after in pairs) else left

    def choices(self, state: str, names: tuple[str, ...]) -> tuple[Choice, ...]:
        """The ways on from the state at an event; none when the event means nothing there."""
        for group in self.groups:
            if group.source == state and group.fires(names):
                return group.choices
        return ()

    def triggers(self, effect: Effect) -> tuple[str, ...]:
        """Entries whose events can have the effect, in order, each once."""
        return tuple(
            dict.fromkeys(
                entry
                for group in self.groups
                if any(choice.effect is effect for choice in group.choices)
                for entry in group.on
            )
        )


CLOSED = "closed"
OPEN = "open"
SUSPECTED = "suspected"


def of_window(window: Window) -> Automaton:
    """The automaton that finds a window's forbidden events.

    An opening event is never forbidden itself; a closing one is unless it is permitted, and
    closes all the same. With `until`, an event that closes confirms nothing, and opening anew
    clears a suspicion: what was done before a second opening is undone by it.
    """
    reopening = (
        Group(CLOSED, window.opens, (Choice(OPEN, Effect.OPEN),)),
        Group(OPEN, window.opens, (Choice(OPEN, Effect.OPEN),)),
    )
    closing = Group(OPEN, window.closes, (Choice(CLOSED, Effect.CLOSE),))
    if not window.until:
        last = Group(
            OPEN,
            window.forbids,
            (Choice(CLOSED, Effect.VIOLATE),),
            unless=window.permits,
            also=window.closes,
        )
        forbidding = Group(
            OPEN, window.forbids, (Choice(OPEN, Effect.VIOLATE),), unless=window.permits
        )
        groups = (*reopening, last, closing, forbidding)
        return Automaton(CLOSED, groups, beneath=window.beneath, into=window.into)
    suspecting = Group(
        OPEN,
        window.forbids,
        (Choice(OPEN, Effect.NONE), Choice(SUSPECTED, Effect.SUSPECT)),
        unless=(*window.permits, *window.until),
    )
    cleared = (Choice(CLOSED, Effect.CLEAR),)
    return Automaton(
        CLOSED,
        (
            *reopening,
            closing,
            suspecting,
            Group(SUSPECTED, window.opens, cleared),
            Group(SUSPECTED, window.until, (Choice(CLOSED, Effect.CONFIRM),)),
            Group(SUSPECTED, window.closes, cleared),
        ),
        beneath=window.beneath,
        into=window.into,
    )
