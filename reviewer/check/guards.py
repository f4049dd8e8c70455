"""On which tests an event hangs, and whether they are the ones a rule knows.

A test guards an event when every way to the event goes over the same one of its branches. Only
tests in the event's own function are seen; a test of a local is a test of whatever is stored in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body
from reviewer.event.extract import stored
from reviewer.event.match import Matcher, stripped
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Finding, Location, Step, Trace
from reviewer.rule.types import Coverage, Rule, covers
from reviewer.source.conditions import render
from reviewer.source.format import render as spell
from reviewer.source.types import Edge, Expr, Flow, Kind, Operation


class Guard(Struct, frozen=True):
    """A test on which an event hangs, and what it must say for the event to happen."""

    test: Expr
    truth: bool
    line: int


def uncovered(bodies: Bodies, rule: Rule, coverage: Coverage) -> Iterator[Finding]:
    """Events of the rule that hang on a test it does not know, or lack one that it needs.

    One event that happens as it should is enough for a function: others only add to it.
    """
    for found in bodies.by_name.values():
        for body in (body for body in found if body.is_function):
            graph = bodies.graph(body)
            if graph is None:
                continue
            where = _where(coverage, graph)
            if coverage.where and not where:
                continue
            yield from _lacking(rule, coverage, body, graph, where)
            judged = [
                tuple(_judge(bodies.matcher, rule, coverage, body, graph, block, event))
                for block, events in enumerate(graph.blocks)
                for event in events
                if _among(coverage.of, event.names)
            ]
            if all(judged):
                yield from (finding for complaints in judged for finding in complaints)


def _where(coverage: Coverage, graph: EventGraph) -> tuple[Event, ...]:
    """The events in the graph that make its function one that must have the event."""
    return tuple(
        event for block in graph.blocks for event in block if _among(coverage.where, event.names)
    )


def _lacking(
    rule: Rule, coverage: Coverage, body: Body, graph: EventGraph, where: tuple[Event, ...]
) -> Iterator[Finding]:
    """Says of a function that should have the event that it has none."""
    events = (event for block in graph.blocks for event in block)
    if where and not any(_among(coverage.of, event.names) for event in events):
        first = min(where, key=lambda event: event.location.line)
        line = first.location.line
        yield _finding(rule, body, first, " or ".join(coverage.of), line, "never happens here")


def _judge(
    matcher: Matcher,
    rule: Rule,
    coverage: Coverage,
    body: Body,
    graph: EventGraph,
    block: int,
    event: Event,
) -> Iterator[Finding]:
    missing = dict.fromkeys(coverage.needs)
    for guard in guards(graph, block):
        names = tuple(dict.fromkeys(_names(matcher, graph, guard.test)))
        for entry in coverage.needs:
            if guard.truth and _among((entry,), names):
                missing.pop(entry, None)
        if not (guard.truth and _among(coverage.by, names)):
            sense = "holds" if guard.truth else "does not hold"
            yield _finding(rule, body, event, spell(guard.test), guard.line, sense)
    for entry in missing:
        yield _finding(rule, body, event, entry, event.location.line, "is not asked")


def _finding(rule: Rule, body: Body, event: Event, test: str, line: int, sense: str) -> Finding:
    path = event.location.path
    guard = Step(Location(path, line), body.name, test, sense)
    shown = Step(event.location, body.name, event.text, f"{event.names[0]}: happens only then")
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=rule.message.format(
            subject=event.subject, text=event.text, opened=f"{test} {sense}", function=body.name
        ),
        location=event.location,
        function=body.name,
        subject=test,
        text=event.text,
        condition=render(body.presence),
        trace=Trace((guard, shown)),
    )


def guards(graph: EventGraph, block: int) -> Iterator[Guard]:
    """The tests that the block hangs on, in the order of the graph's blocks."""
    if not _reaches(graph, block, without=None):
        return
    branches = (
        edge
        for edges in graph.out
        for edge in edges
        if edge.flow in (Flow.TRUE, Flow.FALSE) and not _reaches(graph, block, without=edge)
    )
    for edge in branches:
        if edge.guard is not None:
            yield _normal(edge.guard, edge.flow is Flow.TRUE, edge.line)


def _reaches(graph: EventGraph, block: int, without: Edge | None) -> bool:
    """Whether control can come to the block other than over the edge."""
    seen = {graph.entry}
    pending = [graph.entry]
    while pending:
        at = pending.pop()
        if at == block:
            return True
        for following in graph.out[at]:
            if following is not without and following.target not in seen:
                seen.add(following.target)
                pending.append(following.target)
    return False


def _normal(test: Expr, truth: bool, line: int) -> Guard:
    """The guard without negations; `<` and `<=` are the opposites of `>=` and `>`."""
    test = stripped(test)
    while True:
        if test.kind is Kind.UNARY and test.name == "!":
            test, truth = stripped(test.args[0]), not truth
        elif test.kind is Kind.CALL and test.args[0].name in ("likely", "unlikely"):
            test = stripped(test.args[1])
        else:
            break
    if test.kind is Kind.BINARY and test.name in ("<", "<="):
        truth = not truth
    return Guard(test, truth, line)


def _names(matcher: Matcher, graph: EventGraph, test: Expr) -> Iterator[str]:
    """Names of the events in the test, and in what its locals hold."""
    pending, seen = [test], {test}
    while pending:
        expr = pending.pop()
        yield from (event.name for event, _ in matcher.c.matches(expr))
        further = list(expr.args)
        if expr.kind is Kind.IDENTIFIER and expr.name in graph.function.locals:
            further += _held(graph, expr)
        for part in further:
            if part not in seen:
                seen.add(part)
                pending.append(part)


def _held(graph: EventGraph, local: Expr) -> Iterator[Expr]:
    """Values that are stored in the local anywhere in the function."""
    for block in graph.blocks:
        for event in block:
            if event.op.operation is Operation.STORE and stored(event.op.expr) == local:
                yield from event.op.expr.args[1:]


def _among(entries: tuple[str, ...], names: tuple[str, ...]) -> bool:
    return any(covers(entry, name) for entry in entries for name in names)
