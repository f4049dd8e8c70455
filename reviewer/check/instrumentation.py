"""Calls that instrumentation puts into an open window: one finding for each cause, not each call.

Only causes that instrument statements are looked at: what stands at a function's entry runs before
a window that the function opens, and what stands at its exit mostly after it has closed.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.check.bodies import Bodies, Body
from reviewer.check.path import State
from reviewer.check.reachability import Search
from reviewer.event.types import Event
from reviewer.finding import Finding, Severity, Step, Trace
from reviewer.rule.automaton import Effect
from reviewer.rule.types import Plain, Rank, Rule, Window, covers
from reviewer.source.conditions import assume, conjoin, render
from reviewer.source.inserted.causes import inserted
from reviewer.source.inserted.makefile import Assignment
from reviewer.source.presence import parse

_REMARK = Rank(Plain.INSERTED, Severity.INFO, "", "instrumented between its statements")


def instrumented(
    bodies: Bodies, rule: Rule, search: Search, settings: tuple[Assignment, ...]
) -> Iterator[Finding]:
    """Findings about functions that a window opens in and that instrumentation reaches.

    They are remarks, unless the rule ranks `call.inserted` itself.
    """
    if not isinstance(rule.body, Window) or rule.body.until:
        return
    if not any(covers(entry, Plain.INSERTED) for entry in rule.body.forbids):
        return
    rank = next((item for item in rule.ranks if item.event == Plain.INSERTED), _REMARK)
    for name in sorted(search.openers):
        for body in bodies.by_name.get(name, ()):
            opening = _opening(bodies, body, search) if body.is_function else None
            if opening is not None:
                yield from _findings(bodies, body, opening, rule, rank, settings)


def _opening(bodies: Bodies, body: Body, search: Search) -> Event | None:
    """The first event of the body after which the window is open."""
    graph = bodies.graph(body)
    if graph is None:
        return None
    opens = search.automaton.triggers(Effect.OPEN)
    for block in graph.blocks:
        for event in block:
            if any(covers(entry, name) for entry in opens for name in event.names):
                return event
            if event.callee in search.openers and _leaves_open(bodies, event, search):
                return event
    return None


def _leaves_open(bodies: Bodies, event: Event, search: Search) -> bool:
    initial = State(search.automaton.initial)
    for used in bodies.used(event):
        summary = search.summary(used, initial)
        if summary and any(leaving.state.name != initial.name for leaving in summary.exits):
            return True
    return False


def _findings(
    bodies: Bodies,
    body: Body,
    opening: Event,
    rule: Rule,
    rank: Rank,
    settings: tuple[Assignment, ...],
) -> Iterator[Finding]:
    graph = bodies.graph(body)
    if graph is None:
        return
    scope = parse(rule.scope.condition)
    for each in inserted(graph.function, settings):
        if not each.cause.statements:
            continue
        subject = f"what the {each.cause.name} inserts"
        condition = assume(conjoin((body.presence, each.condition)), scope)
        steps = (
            Step(opening.location, body.name, opening.text, "opens the window"),
            Step(opening.location, body.name, subject, f"{Plain.INSERTED}: {rank.reason}"),
        )
        yield Finding(
            rule=rule.id,
            severity=rank.severity,
            message=rule.message.format(
                subject=subject, text=opening.text, opened=opening.text, function=body.name
            ),
            location=opening.location,
            function=body.name,
            subject=subject,
            text=each.cause.name,
            condition=render(condition),
            trace=Trace(steps),
        )
