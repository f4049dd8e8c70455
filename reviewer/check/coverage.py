"""Coverage rules: whether an event hangs on tests that its rule does not know, or lacks one.

A test of a local is a test of whatever is stored in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body, holds
from reviewer.check.branches import guards
from reviewer.check.prefilter import spelled as spelling
from reviewer.check.splice import Splicing
from reviewer.event.extract import stores
from reviewer.event.match import Matcher, names_of
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Finding, Location, Step, Trace
from reviewer.rule.types import Coverage, Rule, speaks_of
from reviewer.source.conditions import render
from reviewer.source.format import brief
from reviewer.source.format import render as spell
from reviewer.source.types import Expr, Kind

#: The binding of what a call hands over that says whether the other side shall do it.
TOLD = "told"


def uncovered(
    bodies: Bodies, rule: Rule, coverage: Coverage, spelled: Iterable[frozenset[str]]
) -> Iterator[Finding]:
    """Events of the rule that hang on a test it does not know, or lack one that it needs.

    One event that happens as it should is enough for a function: others only add to it. `spelled`
    are the alternatives of literals of the rule's events: a function without is not looked at.
    """
    literals = tuple(spelled)
    worth = bodies.using(literals)
    asked = (*coverage.by, *coverage.needs)
    tests = tuple(spelling(asked, bodies.matcher.vocabulary)) if asked else ()
    known = bodies.using((*literals, *tests))
    splicing = Splicing(bodies, lambda body: body.name in known or holds(body, (*literals, *tests)))
    candidates = dict.fromkeys(bodies.holding(literals, expanded=True))
    candidates |= dict.fromkeys(body for name in sorted(worth) for body in bodies.by_name[name])
    for body in sorted(candidates, key=lambda body: body.line):
        graph = None
        if body.is_function and not splicing.absorbed(body):
            graph = splicing.graph(body)
        if graph is None:
            continue
        where = _within(coverage.where, graph)
        if (coverage.where and not where) or _within(coverage.unless, graph):
            continue
        yield from _lacking(bodies.matcher, rule, coverage, body, graph, where)
        judged = [
            tuple(_judge(bodies.matcher, rule, coverage, body, graph, block, event))
            for block, events in enumerate(graph.blocks)
            for event in events
            if speaks_of(coverage.of, event.names)
        ]
        if all(judged):
            yield from (finding for complaints in judged for finding in complaints)


def _within(entries: tuple[str, ...], graph: EventGraph) -> tuple[Event, ...]:
    """The events in the graph that decide whether its function is one to look at."""
    return tuple(event for event in graph.events if speaks_of(entries, event.names))


def _lacking(
    matcher: Matcher,
    rule: Rule,
    coverage: Coverage,
    body: Body,
    graph: EventGraph,
    where: tuple[Event, ...],
) -> Iterator[Finding]:
    """Says of a function that should have the event that it has none."""
    if where and not any(speaks_of(coverage.of, event.names) for event in graph.events):
        first = min(where, key=lambda event: event.location.line)
        wanted = " or ".join(dict.fromkeys(matcher.spoken(entry) for entry in coverage.of))
        step = Step(first.location, body.name, wanted, "never happens here")
        complaint = Complaint(" or ".join(coverage.of), f"comes without any {wanted}", step)
        yield _finding(matcher, rule, body, first, complaint)


def _judge(
    matcher: Matcher,
    rule: Rule,
    coverage: Coverage,
    body: Body,
    graph: EventGraph,
    block: int,
    event: Event,
) -> Iterator[Finding]:
    told = dict(event.bindings).get(TOLD)
    if told is not None:
        if not speaks_of(coverage.by, tuple(_names(matcher, graph, told))):
            test = spell(told)
            step = Step(event.location, body.name, test, "is what is handed over")
            said = f"hands over `{brief(test)}`"
            yield _finding(matcher, rule, body, event, Complaint(test, said, step))
        return
    path = event.location.path
    missing = dict.fromkeys(coverage.needs)
    for guard in guards(graph, block):
        names = tuple(dict.fromkeys(_names(matcher, graph, guard.test)))
        for entry in coverage.needs:
            if guard.affirms and not guard.others and speaks_of((entry,), names):
                missing.pop(entry, None)
        if not any(
            each.affirms and speaks_of(coverage.by, tuple(_names(matcher, graph, each.test)))
            for each in (guard, *guard.others)
        ):
            test = spell(guard.test)
            step = Step(Location(path, guard.line), body.name, test, guard.sense)
            tests = (f"`{brief(spell(each.test))}` {each.sense}" for each in (guard, *guard.others))
            said = f"happens only where {' or '.join(tests)}"
            yield _finding(matcher, rule, body, event, Complaint(test, said, step))
    for entry in missing:
        spoken = matcher.spoken(entry)
        step = Step(event.location, body.name, spoken, "is not asked")
        said = f"happens without asking for {spoken}"
        yield _finding(matcher, rule, body, event, Complaint(entry, said, step))


class Complaint(Struct, frozen=True):
    """What is wrong with an event: the test that it is about, in words, and where."""

    test: str
    said: str
    step: Step


def _finding(
    matcher: Matcher, rule: Rule, body: Body, event: Event, complaint: Complaint
) -> Finding:
    note = f"{matcher.spoken(_named(rule.body, event))}: happens only then"
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=rule.message.format(
            subject=event.subject,
            text=brief(event.text),
            opened=complaint.said,
            function=body.name,
        ),
        location=event.location,
        function=body.name,
        subject=complaint.test,
        text=event.text,
        condition=render(body.presence),
        trace=Trace((complaint.step, Step(event.location, body.name, event.text, note))),
    )


def _named(body: object, event: Event) -> str:
    """The event's name that the rule speaks of."""
    spoken = (*body.of, *body.where) if isinstance(body, Coverage) else ()
    return next((name for name in event.names if speaks_of(spoken, (name,))), event.names[0])


def _names(matcher: Matcher, graph: EventGraph, test: Expr) -> Iterator[str]:
    """Names of the events in the test, and in what its locals hold."""
    pending, seen = [test], {test}
    while pending:
        expr = pending.pop()
        yield from names_of(matcher, expr)
        further = list(expr.args)
        if expr.kind is Kind.IDENTIFIER and expr.name in graph.function.locals:
            further += (part for store in stores(graph).get(expr, ()) for part in store.args[1:])
        for part in further:
            if part not in seen:
                seen.add(part)
                pending.append(part)
