"""Every kind of rule that speaks of order as the one automaton that the search knows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import assert_never

from reviewer.rule.automaton import Automaton, Choice, Effect, Group, of_window
from reviewer.rule.types import (
    WRONG,
    Body,
    Context,
    Coverage,
    Order,
    Pairing,
    Root,
    Typestate,
    Window,
    covers,
)

UNMET = "unmet"
MET = "met"
SUSPECTED = "suspected"
FREE = "free"
HELD = "held"
UNKNOWN = "unknown"
#: Protections of one kind inside each other that are counted; what is deeper never ends.
DEEPEST = 3


def automaton_of(body: Body) -> Automaton:
    """The automaton that finds what breaks the body; an idle one for what is no order."""
    match body:
        case Window():
            return of_window(body)
        case Order():
            return of_order(body)
        case Pairing():
            return of_pairing(body)
        case Typestate():
            return of_typestate(body)
        case Coverage():
            seen = (Choice("idle", Effect.OPEN),)
            return Automaton("idle", (Group("idle", (*body.of, *body.where), seen),))
        case Context():
            return of_context(body)
        case _:
            assert_never(body)


def of_order(order: Order) -> Automaton:
    """Unmet until a required event, met until one that voids it; what comes unmet is wrong.

    With `until` it is suspected only, and wrong once an `until` event follows; a required event
    in between does not mend it.
    """
    wrong: tuple[Choice, ...]
    if order.until:
        wrong = (Choice(UNMET, Effect.NONE), Choice(SUSPECTED, Effect.SUSPECT))
    else:
        wrong = (Choice(UNMET, Effect.VIOLATE),)
    return Automaton(
        UNMET,
        (
            Group(UNMET, order.before, wrong, unless=order.permits),
            Group(UNMET, order.require, (Choice(MET, Effect.NONE),)),
            Group(MET, order.voided_by, (Choice(UNMET, Effect.CLOSE),)),
            Group(SUSPECTED, order.until, (Choice(UNMET, Effect.CONFIRM),)),
        ),
        same=order.same,
        named=True,
        shown=order.shown,
        settled=MET,
    )


def of_pairing(pairing: Pairing) -> Automaton:
    """Held from an acquiring event to a releasing one; what is held at the end is wrong."""
    return Automaton(
        FREE,
        (
            Group(FREE, pairing.acquire, (Choice(HELD, Effect.SUSPECT),)),
            Group(HELD, pairing.release, (Choice(FREE, Effect.CLOSE),)),
        ),
        same=pairing.same,
        unfinished=HELD,
        always=pairing.always,
        named=True,
    )


def of_typestate(body: Typestate) -> Automaton:
    """The moves as they are written; a wrong one leaves the state as it is."""
    return Automaton(
        body.states[0],
        tuple(
            Group(
                move.source,
                move.on,
                (
                    Choice(move.source, Effect.VIOLATE)
                    if move.to == WRONG
                    else Choice(move.to, Effect.NONE),
                ),
            )
            for move in body.moves
        ),
        same=body.same,
        named=True,
    )


def of_context(context: Context) -> Automaton:
    """One state for each depth of each protection, and one in which they are not known.

    That is the one it starts in, but where a root says more (`entered`).
    """
    counts = tuple(product(range(DEEPEST + 1), repeat=len(context.protections)))
    nothing = bare(context)
    groups = [Group(nothing, context.before, _wrong(nothing), unless=context.permits)]
    for entry in _effects(context):
        groups += [
            Group(_depths(depths), (entry,), (Choice(target, Effect.NONE),))
            for depths in counts
            if (target := _after(context, depths, entry)) != _depths(depths)
        ]
    lost = (Choice(UNKNOWN, Effect.NONE),)
    unclear, clear = context.unclear, context.clear
    groups += [Group(_depths(depths), unclear, lost, unless=clear) for depths in counts]
    known = (Choice(nothing, Effect.NONE),)
    if context.bare:
        groups += [
            Group(state, context.bare, known) for state in (UNKNOWN, *map(_depths, counts[1:]))
        ]
    return Automaton(UNKNOWN, tuple(groups), named=True, lost=UNKNOWN)


def bare(context: Context) -> str:
    """The state in which none of the protections is in force."""
    return _depths((0,) * len(context.protections))


def entered(context: Context, root: Root) -> str:
    """The state that control of the root starts in; unknown where the root does not say all."""
    depths: list[int] = []
    for each in context.protections:
        if set(each.by) & set(root.holds):
            depths.append(1)
        elif set(each.by) <= set(root.lacks):
            depths.append(0)
        else:
            return UNKNOWN
    return _depths(tuple(depths))


def _wrong(state: str) -> tuple[Choice, ...]:
    return (Choice(state, Effect.VIOLATE),)


def _depths(counts: tuple[int, ...]) -> str:
    return ".".join(map(str, counts))


def _effects(context: Context) -> Iterator[str]:
    """Entries that begin or end a protection, those first that say more."""
    found = {entry for each in context.protections for entry in (*each.off, *each.on)}
    yield from sorted(found, key=lambda entry: (-entry.count("."), entry))


def _after(context: Context, depths: tuple[int, ...], entry: str) -> str:
    """The state after an event of the entry; unknown where it ends what had not begun."""
    after = list(depths)
    for number, each in enumerate(context.protections):
        if depths[number] == DEEPEST:
            continue
        after[number] += any(covers(item, entry) for item in each.off)
        after[number] -= any(covers(item, entry) for item in each.on)
    return UNKNOWN if min(after) < 0 else _depths(tuple(after))


def needed(automaton: Automaton) -> tuple[str, ...]:
    """Entries one of whose events a text must have for the automaton to say anything of it."""
    if opening := automaton.triggers(Effect.OPEN):
        return opening
    return automaton.triggers(Effect.VIOLATE) or automaton.triggers(Effect.SUSPECT)


def moving(automaton: Automaton) -> tuple[str, ...]:
    """Entries whose events mean something in the state that control starts in.

    Of a named automaton, which follows no call in vain, in any of its states; not those that only
    lose track.
    """
    return tuple(
        dict.fromkeys(
            entry
            for group in automaton.groups
            if automaton.named or group.source == automaton.initial
            if any(choice.target != automaton.lost for choice in group.choices)
            for entry in group.on
        )
    )
