"""A function with its file's own helpers in it: what it does does not hang on how it is cut up.

Helpers are static functions of the file and inline functions that it includes. A parameter stands
for the argument, what is returned for the call. Not modelled: a parameter that the helper changes,
recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.check.bodies import Bodies, Body
from reviewer.event.extract import Inlining, extract, stored
from reviewer.event.types import Event, EventGraph
from reviewer.source.conditions import disjoin, negate, satisfiable
from reviewer.source.format import render as spell
from reviewer.source.substitute import by_value, substituted
from reviewer.source.types import Edge, Expr, Flow, Function, Kind, Operation

#: Helpers in helpers that are followed, and blocks of which a graph is left as it is.
MAX_DEPTH = 5
MAX_BLOCKS = 4_000


class Splicing(Struct, eq=False):
    """The bodies of a file, their graphs with those helpers spliced in that are worth it.

    With `calls_tested` a test of what a helper returns stays a test of the call; with `external`
    functions that other files may call are helpers of this one too.
    """

    bodies: Bodies
    worth: Callable[[Body], bool]
    calls_tested: bool = False
    external: bool = False
    _graphs: dict[Body, EventGraph | None] = field(default_factory=dict)
    _absorbed: dict[Body, bool] = field(default_factory=dict)

    def graph(self, body: Body) -> EventGraph | None:
        """The body's events and those of its helpers, None for what does not read as code."""
        if body not in self._graphs:
            graph = self.bodies.graph(body)
            self._graphs[body] = graph and self._filled(graph, (body,), graph.function)
        return self._graphs[body]

    def absorbed(self, body: Body) -> bool:
        """Whether all that enters the function are calls that are spliced."""
        if body not in self._absorbed:
            self._absorbed[body] = self._is_absorbed(body)
        return self._absorbed[body]

    def _is_absorbed(self, body: Body) -> bool:
        if not body.is_static or not self.worth(body):
            return False
        everybody = [each for found in self.bodies.by_name.values() for each in found]
        users = [each for each in everybody if body.name in each.words]
        return bool(users) and all(user.is_function and self._calls(user, body) for user in users)

    def _calls(self, user: Body, body: Body) -> bool:
        """Whether the function calls the other, and does nothing else with its name."""
        graph = self.bodies.graph(user)
        name = Expr(Kind.IDENTIFIER, body.name)
        events = [event for block in graph.blocks for event in block] if graph else []
        called = [event for event in events if event.callee == body.name and not event.known]
        handed = (part for event in events for part in _values(event.op.expr))
        return bool(called) and name not in handed

    def _filled(self, graph: EventGraph, stack: tuple[Body, ...], outer: Function) -> EventGraph:
        blocks, out = list(graph.blocks), [list(edges) for edges in graph.out]
        results: dict[Expr, Expr] = {}
        names = set(graph.function.locals)
        pending = list(range(len(blocks)))
        while pending and len(blocks) < MAX_BLOCKS:
            at = pending.pop()
            place, inner = self._helpers(blocks[at], stack)
            if not inner:
                continue
            event, rest = blocks[at][place], len(blocks)
            result = Expr(Kind.IDENTIFIER, spell(event.op.expr))
            blocks.append(blocks[at][place + 1 :])
            out.append([replace(edge, source=rest) for edge in out[at]])
            blocks[at], out[at] = blocks[at][:place], []
            for body in inner:
                made = self._entered(body, event, result, stack, outer)
                offset = len(blocks)
                presence = Edge(at, offset + made.entry, Flow.PRESENCE, presence=body.presence)
                out[at].append(presence)
                blocks += made.blocks
                out += [[_shifted(edge, offset) for edge in edges] for edges in made.out]
                out[offset + made.exit].append(Edge(offset + made.exit, rest))
                names |= made.function.locals
            otherwise = negate(disjoin(body.presence for body in inner))
            if satisfiable(otherwise):
                out[at].append(Edge(at, rest, Flow.PRESENCE, presence=otherwise))
            results[event.op.expr] = result
            names.add(result.name)
            pending.append(rest)
        function = replace(graph.function, locals=frozenset(names))
        filled = EventGraph(function, tuple(blocks), tuple(map(tuple, out)))
        return _with_results(filled, results, tests=not self.calls_tested)

    def _helpers(
        self, events: tuple[Event, ...], stack: tuple[Body, ...]
    ) -> tuple[int, tuple[Body, ...]]:
        """The first call of the events that is spliced, and what is called by it."""
        for place, event in enumerate(events):
            if event.op.operation is not Operation.CALL or len(stack) > MAX_DEPTH:
                continue
            found = self.bodies.used(event)
            inner = tuple(body for body in found if self._fits(body) and body not in stack)
            if inner and len(inner) == len(found) and any(map(self.worth, inner)):
                return place, inner
        return 0, ()

    def _fits(self, body: Body) -> bool:
        if body.is_macro or body.is_external or self.bodies.graph(body) is None:
            return False
        own = body.is_static or (self.external and body.is_function)
        return own or (body.foreign and body.inlining is not Inlining.NEVER)

    def _entered(
        self, body: Body, call: Event, result: Expr, stack: tuple[Body, ...], outer: Function
    ) -> EventGraph:
        """The helper's events as this call makes them."""
        plain = self.bodies.graph(body)
        assert plain is not None, body.name
        function = plain.function
        values = dict(_values_of(plain, call.op.expr.args[1:]))
        inner = replace(
            substituted(function, values),
            attributes=function.attributes | (outer.attributes & {"__noreturn"}),
            locals=frozenset(value.name for value in values.values()) | {result.name},
        )
        graph = extract(inner, self.bodies.matcher, self.bodies.callees)
        filled = self._filled(graph, (*stack, body), outer)
        blocks = tuple(tuple(_returning(events, result)) for events in filled.blocks)
        return replace(filled, blocks=blocks)


def _values_of(graph: EventGraph, arguments: tuple[Expr, ...]) -> Iterator[tuple[str, Expr]]:
    """What stands for the locals of a function that is called: arguments, or names of its own."""
    function = graph.function
    changed = {
        stored(event.op.expr).name
        for block in graph.blocks
        for event in block
        if event.op.operation is Operation.STORE
    }
    for name in function.locals:
        yield name, Expr(Kind.IDENTIFIER, f"{function.name}(): {name}")
    for parameter, argument in zip(function.parameters, arguments, strict=False):
        if parameter.name and parameter.name not in changed:
            yield parameter.name, argument


def _returning(events: tuple[Event, ...], result: Expr) -> Iterator[Event]:
    """The events with what is returned stored where the call's value is read."""
    for event in events:
        value = event.op.expr
        if event.op.operation is not Operation.RETURN:
            yield event
        elif value.kind is not Kind.UNKNOWN:
            expr = Expr(Kind.ASSIGN, "=", (result, value))
            op = replace(event.op, operation=Operation.STORE, expr=expr)
            yield replace(event, op=op, names=())


def _with_results(graph: EventGraph, results: Mapping[Expr, Expr], *, tests: bool) -> EventGraph:
    """The graph with the calls that were spliced replaced by what they returned."""
    if not results:
        return graph
    expr = by_value(results)

    def made(event: Event) -> Event:
        bindings = tuple((name, expr(value)) for name, value in event.bindings)
        return replace(event, op=replace(event.op, expr=expr(event.op.expr)), bindings=bindings)

    def edge(item: Edge) -> Edge:
        return replace(item, guard=expr(item.guard)) if tests and item.guard else item

    return EventGraph(
        graph.function,
        tuple(tuple(map(made, block)) for block in graph.blocks),
        tuple(tuple(map(edge, edges)) for edges in graph.out),
    )


def _shifted(edge: Edge, offset: int) -> Edge:
    return replace(edge, source=edge.source + offset, target=edge.target + offset)


def _values(expr: Expr) -> Iterator[Expr]:
    """The parts of an expression, but for what is called."""
    pending = [expr]
    while pending:
        item = pending.pop()
        yield item
        pending += item.args[1:] if item.kind is Kind.CALL else item.args
