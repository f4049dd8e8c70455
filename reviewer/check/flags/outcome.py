"""Where a function can come to on a platform, and under which configuration.

A test is true or false where the platform says so, and the flag is what its setters make of it;
every other test can go both ways. So what is said to be out of reach is; what is in reach may not
be. Conditions are over options of the configuration alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import lru_cache

from msgspec import Struct, field

from reviewer.check.bodies import Bodies, Body
from reviewer.check.branches import BELOW, normal
from reviewer.check.splice import Splicing
from reviewer.event.extract import stores
from reviewer.event.match import names_of, stripped
from reviewer.event.types import Event, EventGraph
from reviewer.rule.ending_types import Ending, Platform
from reviewer.rule.types import speaks_of
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    Atom,
    Condition,
    Constant,
    atoms,
    conjoin,
    disjoin,
    negate,
    satisfiable,
)
from reviewer.source.literals import constant_truth
from reviewer.source.types import Edge, Expr, Flow, Kind, Operation
from reviewer.source.unit import Definition

#: Calls and locals followed into each other before a value is taken to be unknown.
MAX_DEPTH = 6
#: Options in one condition before it is taken to hold always.
MAX_OPTIONS = 8

_LOGIC = frozenset({"&&", "||"})


class Value(Struct, frozen=True):
    """When an expression can be true, and when it can be false."""

    true: Condition
    false: Condition

    def negated(self) -> Value:
        """The opposite."""
        return Value(self.false, self.true)


UNKNOWN = Value(TRUE, TRUE)


class Machine(Struct, frozen=True):
    """A platform as a rule knows it; `flag` is when the flag can be set there."""

    platform: Platform
    body: Ending
    flag: Condition = FALSE

    def test(self, names: tuple[str, ...]) -> Value | None:
        """What a test of these names says, None for one that the rule does not know."""
        if speaks_of(self.body.named("read"), names):
            return Value(self.flag, TRUE)
        if speaks_of(self.platform.holds, names):
            return Value(TRUE, FALSE)
        if any(speaks_of(each.holds, names) for each in self.body.platforms):
            return Value(FALSE, TRUE)
        return None

    def runs(self, graph: EventGraph) -> bool:
        """Whether the function does nothing that only other platforms do."""
        return not any(
            speaks_of(self.body.named("only"), event.names)
            and not speaks_of(self.platform.holds, event.names)
            for event in graph.events
        )


class Reach(Struct):
    """The functions of one file on one machine."""

    bodies: Bodies
    machine: Machine
    splicing: Splicing
    known: dict[Body, tuple[Condition, ...]] = field(default_factory=dict)
    active: list[Body] = field(default_factory=list)

    def graph(self, body: Body) -> EventGraph | None:
        """The function's events, with those of its helpers."""
        return self.splicing.graph(body)

    def of(self, body: Body, graph: EventGraph) -> tuple[Condition, ...]:
        """When control can come to each block."""
        found = self.known.get(body)
        if found is None:
            self.active.append(body)
            found = self._blocks(graph)
            self.active.pop()
            self.known[body] = found
        return found

    def _blocks(self, graph: EventGraph) -> tuple[Condition, ...]:
        when: list[Condition] = [FALSE] * len(graph.blocks)
        if not self.machine.runs(graph):
            return tuple(when)
        when[graph.entry] = TRUE
        pending = deque([graph.entry])
        while pending:
            at = pending.popleft()
            for edge in graph.out[at]:
                along = conjoin((when[at], self._edge(edge, graph)))
                if satisfiable(conjoin((along, negate(when[edge.target])))):
                    wider = disjoin((when[edge.target], along))
                    many = len(set(atoms(wider))) > MAX_OPTIONS
                    always = many or not satisfiable(negate(wider))
                    when[edge.target] = TRUE if always else wider
                    pending.append(edge.target)
        return tuple(when)

    def _edge(self, edge: Edge, graph: EventGraph) -> Condition:
        if edge.flow is Flow.PRESENCE:
            return edge.presence
        if edge.guard is None or edge.flow not in (Flow.TRUE, Flow.FALSE):
            return TRUE
        value = self.value(edge.guard, graph)
        return value.true if edge.flow is Flow.TRUE else value.false

    def value(self, expr: Expr, graph: EventGraph, depth: int = 0) -> Value:
        """When the expression can be true or false in the function."""
        expr = stripped(expr)
        tested = self.machine.test(names_of(self.bodies.matcher, expr))
        if tested is not None:
            return tested
        if depth > MAX_DEPTH:
            return UNKNOWN
        constant = constant_truth(expr)
        if constant is not None:
            return Value(Constant(constant), Constant(not constant))
        positive, truth = normal(expr, True)
        if positive is not expr:
            value = self.value(positive, graph, depth + 1)
            return value if truth else value.negated()
        match expr.kind:
            case Kind.BINARY:
                return self._binary(expr, graph, depth + 1)
            case Kind.CALL if expr.args[0].kind is Kind.IDENTIFIER:
                return self._call(expr, depth + 1)
            case Kind.IDENTIFIER if expr.name in graph.function.locals:
                return _either(self._held(expr, graph, depth + 1))
            case _:
                return UNKNOWN

    def bit(self, expr: Expr, graph: EventGraph, when: tuple[Condition, ...]) -> Condition:
        """When the value can have the rule's bit set; `when` is when blocks are in reach."""
        expr = stripped(expr)
        if speaks_of(self.machine.body.named("bit"), names_of(self.bodies.matcher, expr)):
            return TRUE
        match expr.kind:
            case Kind.NUMBER:
                return FALSE
            case Kind.IDENTIFIER if expr.name in graph.function.locals:
                return self._stored_bit(expr, graph, when)
            case Kind.IDENTIFIER if expr.name.isupper():
                return FALSE
            case Kind.BINARY if expr.name == "|":
                return disjoin(self.bit(each, graph, when) for each in expr.args)
            case Kind.CONDITIONAL:
                test = self.value(expr.args[0], graph)
                arms = (self.bit(each, graph, when) for each in expr.args[1:])
                return disjoin(
                    conjoin(pair) for pair in zip((test.true, test.false), arms, strict=True)
                )
            case _:
                return TRUE

    def _stored_bit(self, local: Expr, graph: EventGraph, when: tuple[Condition, ...]) -> Condition:
        """When a store that can be reached gives the local the bit."""
        if any(each.name == local.name for each in graph.function.parameters):
            return TRUE
        return disjoin(
            conjoin((when[block], self.bit(event.op.expr.args[1], graph, when)))
            if event.op.expr.name in ("=", "|=") and len(event.op.expr.args) > 1
            else TRUE
            for block, events in enumerate(graph.blocks)
            for event in events
            if event.op.operation is Operation.STORE
            if event.op.expr.args and stripped(event.op.expr.args[0]) == local
            if local not in event.op.expr.args[1:]
        )

    def _binary(self, expr: Expr, graph: EventGraph, depth: int) -> Value:
        left, right = (self.value(each, graph, depth) for each in expr.args)
        if expr.name in _LOGIC:
            both, either = conjoin, disjoin
            if expr.name == "||":
                both, either = disjoin, conjoin
            return Value(both((left.true, right.true)), either((left.false, right.false)))
        tested = [each for each in expr.args if self._tests(each)]
        if len(tested) != 1 or expr.name == "==":
            return UNKNOWN
        value = left if tested[0] == expr.args[0] else right
        return value.negated() if expr.name in BELOW else value

    def _tests(self, expr: Expr) -> bool:
        """Whether the operand is itself what the rule knows a test by."""
        return self.machine.test(names_of(self.bodies.matcher, stripped(expr))) is not None

    def _call(self, expr: Expr, depth: int) -> Value:
        name = expr.args[0].name
        if name == "IS_ENABLED" and len(expr.args) == 2:
            option = Atom(expr.args[1].name)
            return Value(option, negate(option))
        bodies = [each for each in self.bodies.by_name.get(name, ()) if each.is_function]
        if not bodies or any(each in self.active for each in bodies):
            return UNKNOWN
        return _either(value for body in bodies for value in self._returned(body, depth))

    def _returned(self, body: Body, depth: int) -> Iterator[Value]:
        graph = self.bodies.graph(body)
        if graph is None:
            yield UNKNOWN
            return
        for block, when in enumerate(self.of(body, graph)):
            for event in graph.blocks[block]:
                if event.op.operation is Operation.RETURN:
                    value = self.value(event.op.expr, graph, depth)
                    yield Value(conjoin((when, value.true)), conjoin((when, value.false)))

    def _held(self, local: Expr, graph: EventGraph, depth: int) -> Iterator[Value]:
        """What is stored in the local, wherever control can come to the store."""
        if any(each.name == local.name for each in graph.function.parameters):
            yield UNKNOWN
        for expr in stores(graph).get(local, ()):
            plain = expr.kind is Kind.ASSIGN and expr.name == "="
            yield self.value(expr.args[1], graph, depth) if plain else UNKNOWN

    def events(
        self, wanted: Callable[[Event], bool], *, whole: bool = False
    ) -> Iterator[tuple[Body, Event, Condition]]:
        """The wanted events of the file's functions, and when control can come to each.

        With `whole` those of a function that is but a helper are told of it as well.
        """
        for body in self.bodies.functions():
            skipped = not whole and self.splicing.absorbed(body)
            graph = None if skipped else self.graph(body)
            for block, events in enumerate(graph.blocks if graph else ()):
                for event in events:
                    if graph is not None and wanted(event):
                        when = self.of(body, graph)[block]
                        yield body, event, conjoin((body.presence, when))

    def entered(self, body: Body, depth: int = 0) -> Condition:
        """When control can come into the function, as far as its file says."""
        source = body.source
        if not isinstance(source, Definition) or "static" not in source.attributes:
            return TRUE
        calls = list(self.events(lambda event: event.callee == body.name))
        users = {each for found in self.bodies.by_name.values() for each in found}
        naming = {each for each in users if body.name in each.words}
        if not calls or depth > MAX_DEPTH or naming != {caller for caller, _, _ in calls}:
            return TRUE
        return disjoin(
            conjoin((when, self.entered(caller, depth + 1))) for caller, _, when in calls
        )


def reached(bodies: Bodies, machine: Machine) -> Reach:
    """The functions of the file on the machine."""
    return Reach(bodies, machine, _splicing(bodies, machine.body))


@lru_cache(maxsize=64)
def _splicing(bodies: Bodies, ending: Ending) -> Splicing:
    """The file's functions with the helpers in them that have to do with the rule."""
    words = tuple(word for _, words in ending.words for word in words)
    worth = frozenset[str]().union(
        *(
            each.reaching((frozenset(),), lambda event: speaks_of(words, event.names))
            for each in (bodies, *bodies.headers)
        )
    )
    return Splicing(bodies, lambda body: body.name in worth, calls_tested=True, external=True)


def _either(values: Iterator[Value]) -> Value:
    """One of them, nobody knows which; unknown where there is none."""
    found = list(values)
    if not found:
        return UNKNOWN
    return Value(disjoin(value.true for value in found), disjoin(value.false for value in found))
