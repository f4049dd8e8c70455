"""On which tests an event hangs, and whether they are the ones a rule knows.

A test guards an event when every way to the event goes over the same one of its branches, several
that are joined by "or" do when none of them alone does. Only tests in the event's own function are
seen; a test of a local is a test of whatever is stored in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.bodies import Bodies, Body
from reviewer.event.extract import stored
from reviewer.event.match import Matcher, stripped
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Finding, Location, Step, Trace
from reviewer.rule.types import Coverage, Rule, covers
from reviewer.source.conditions import render
from reviewer.source.format import brief
from reviewer.source.format import render as spell
from reviewer.source.types import Edge, Expr, Flow, Kind, Operation

#: The binding of what a call hands over that says whether the other side shall do it.
TOLD = "told"
_BRANCHES = (Flow.TRUE, Flow.FALSE)


class Guard(Struct, frozen=True):
    """A test on which an event hangs, and what it must say for the event to happen.

    One of `others` will do as well.
    """

    test: Expr
    truth: bool
    line: int
    others: tuple[Guard, ...] = ()

    @property
    def sense(self) -> str:
        """What the test does, in words."""
        return "holds" if self.truth else "does not hold"


def uncovered(
    bodies: Bodies, rule: Rule, coverage: Coverage, spelled: Iterable[frozenset[str]]
) -> Iterator[Finding]:
    """Events of the rule that hang on a test it does not know, or lack one that it needs.

    One event that happens as it should is enough for a function: others only add to it. `spelled`
    are the alternatives of literals of the rule's events: a function without is not looked at.
    """
    for body in bodies.holding(spelled, expanded=True):
        graph = bodies.graph(body) if body.is_function else None
        if graph is None:
            continue
        where = _where(coverage, graph)
        if coverage.where and not where:
            continue
        yield from _lacking(bodies.matcher, rule, coverage, body, graph, where)
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
    matcher: Matcher,
    rule: Rule,
    coverage: Coverage,
    body: Body,
    graph: EventGraph,
    where: tuple[Event, ...],
) -> Iterator[Finding]:
    """Says of a function that should have the event that it has none."""
    events = (event for block in graph.blocks for event in block)
    if where and not any(_among(coverage.of, event.names) for event in events):
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
        if not _among(coverage.by, tuple(_names(matcher, graph, told))):
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
            if guard.truth and not guard.others and _among((entry,), names):
                missing.pop(entry, None)
        if not any(
            each.truth and _among(coverage.by, tuple(_names(matcher, graph, each.test)))
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
    return next((name for name in event.names if _among(spoken, (name,))), event.names[0])


def guards(graph: EventGraph, block: int) -> Iterator[Guard]:
    """The tests that the block hangs on, in the order of the graph's blocks."""
    if not _reaches(graph, block, without=()):
        return
    branches = (
        edge
        for edges in graph.out
        for edge in edges
        if edge.flow in _BRANCHES and not _reaches(graph, block, without=(edge,))
    )
    for edge in branches:
        if edge.guard is not None:
            yield _normal(edge.guard, edge.flow is Flow.TRUE, edge.line)
    yield from _joined(graph, block)


def _joined(graph: EventGraph, block: int) -> Iterator[Guard]:
    """Tests of which one must say so: where the last does not, the block is out of reach."""
    back = _leading_to(graph, block)
    for at, edges in enumerate(graph.out):
        tests = [edge for edge in edges if edge.guard is not None and edge.flow in _BRANCHES]
        inside = [edge for edge in tests if edge.target in back]
        if at not in back or len(tests) != 2 or len(inside) != 1:
            continue
        (last,) = inside
        joined = [
            edge
            for others in graph.out
            for edge in others
            if edge.target == last.target and edge.guard is not None and edge.flow in _BRANCHES
        ]
        if len(joined) > 1 and not _reaches(graph, block, without=tuple(joined)):
            first, *others = (
                _normal(e.guard, e.flow is Flow.TRUE, e.line) for e in joined if e.guard
            )
            yield replace(first, others=tuple(others))


def _leading_to(graph: EventGraph, block: int) -> frozenset[int]:
    """The blocks from which control can come to the block, and itself."""
    sources: dict[int, list[int]] = {}
    for at, edges in enumerate(graph.out):
        for edge in edges:
            sources.setdefault(edge.target, []).append(at)
    seen, pending = {block}, [block]
    while pending:
        for at in sources.get(pending.pop(), ()):
            if at not in seen:
                seen.add(at)
                pending.append(at)
    return frozenset(seen)


def _reaches(graph: EventGraph, block: int, without: tuple[Edge, ...]) -> bool:
    """Whether control can come to the block other than over the edges."""
    seen = {graph.entry}
    pending = [graph.entry]
    while pending:
        at = pending.pop()
        if at == block:
            return True
        for following in graph.out[at]:
            shut = any(following is each for each in without)
            if not shut and following.target not in seen:
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
