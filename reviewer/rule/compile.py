"""Every kind of rule that speaks of order as the one automaton that the search knows."""

from __future__ import annotations

from typing import assert_never

from reviewer.rule.automaton import Automaton, Choice, Effect, Group, of_window
from reviewer.rule.types import WRONG, Body, Coverage, Order, Pairing, Typestate, Window

UNMET = "unmet"
MET = "met"
SUSPECTED = "suspected"
FREE = "free"
HELD = "held"


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


def needed(automaton: Automaton) -> tuple[str, ...]:
    """Entries one of whose events a text must have for the automaton to say anything of it."""
    if opening := automaton.triggers(Effect.OPEN):
        return opening
    return automaton.triggers(Effect.VIOLATE) or automaton.triggers(Effect.SUSPECT)


def moving(automaton: Automaton) -> tuple[str, ...]:
    """Entries whose events mean something in the state that control starts in."""
    return tuple(
        dict.fromkeys(
            entry
            for group in automaton.groups
            if group.source == automaton.initial
            for entry in group.on
        )
    )
