"""Where control starts for a rule, and the values it keeps apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body
from reviewer.check.path import Mark
from reviewer.check.prefilter import spelled
from reviewer.check.registered import Registration, asked, made_by, registered
from reviewer.event.types import Event
from reviewer.finding import Location
from reviewer.rule.automaton import Automaton
from reviewer.rule.compile import MET, entered
from reviewer.rule.types import Context, Order, Root, Rule, Window, speaks_of
from reviewer.source.types import Expr, Kind, Operation
from reviewer.source.unit import Definition

CALLBACK = "callback"
#: Specifiers of functions that only their own file calls, or that are copied to their callers.
_OWN = frozenset({"static", "inline", "__always_inline"})


class Start(Struct, frozen=True):
    """A body in which control starts, in which state, and the steps that say why."""

    body: Body
    state: str
    marks: tuple[Mark, ...] = ()


def starts(
    bodies: Bodies, rule: Rule, automaton: Automaton, openers: Iterable[str]
) -> Iterator[Start]:
    """Where control starts for the rule, in bodies whose names are given, by name."""
    names = frozenset(openers)
    if isinstance(rule.body, Context) and rule.body.roots:
        yield from handed_over(bodies, rule, names, bodies)
    if not isinstance(rule.body, Context) or rule.body.bare:
        given = _given(bodies, rule.body, names) if isinstance(rule.body, Order) else frozenset()
        for body in roots(bodies, rule, names):
            met = body.name in given or _promised(bodies, rule, body)
            yield Start(body, MET if met else automaton.initial)


def _promised(bodies: Bodies, rule: Rule, body: Body) -> bool:
    """Whether a function that another file calls begins by demanding what is required."""
    promised = rule.body.promised if isinstance(rule.body, Order) else ()
    graph = bodies.graph(body) if promised else None
    return graph is not None and any(
        speaks_of(promised, event.names) for event in graph.blocks[graph.entry]
    )


def _given(bodies: Bodies, order: Order, names: frozenset[str]) -> frozenset[str]:
    """The functions that the file only hands to who has done what is required."""
    if not order.held:
        return frozenset()
    handed: dict[str, bool] = {}
    for each in _registrations(bodies, bodies.matcher.vocabulary.roots, names):
        holds = not set(order.held).isdisjoint(each.root.holds)
        handed[each.function] = handed.get(each.function, True) and holds
    return frozenset(name for name, holds in handed.items() if holds)


def may_start(bodies: Bodies, rule: Rule, opens: Iterable[frozenset[str]]) -> bool:
    """Whether a way may lead from where control starts to one of the literals.

    That is asked of rules on context only, whose roots most files do not have.
    """
    if not isinstance(rule.body, Context) or rule.body.bare:
        return True
    roots = asked(bodies.matcher.vocabulary, rule.body.roots)
    return any(True for _ in _registrations(bodies, roots, bodies.using(opens)))


def handed_over(
    bodies: Bodies, rule: Rule, names: frozenset[str], registering: Bodies
) -> Iterator[Start]:
    """Starts in functions that a file hands over, once for each state in which they start."""
    if not isinstance(rule.body, Context):
        return
    found: dict[tuple[Body, str], Start] = {}
    wanted = asked(bodies.matcher.vocabulary, rule.body.roots)
    for each in _registrations(registering, wanted, names):
        state = entered(rule.body, each.root)
        for body in bodies.by_name.get(each.function, ()):
            if body.is_function:
                start = Start(body, state, (Mark(each.step, opens=True),))
                found.setdefault((body, state), start)
    yield from sorted(found.values(), key=lambda start: (start.body.name, start.state))


def _registrations(
    bodies: Bodies, wanted: tuple[Root, ...], names: frozenset[str]
) -> Iterator[Registration]:
    """The wanted ways in which functions of the names are handed over in the file."""
    path = bodies.unit.path
    text = bodies.unit.file.text.decode("utf-8", "replace")
    yield from (each for each in registered(text, path, wanted) if each.function in names)
    for name in names:
        for body in bodies.by_name.get(name, ()):
            attributes = body.source.attributes if isinstance(body.source, Definition) else ()
            for root in wanted:
                if macro := made_by(attributes, root):
                    yield Registration(root, name, Location(path, body.line), f"{macro}({name})")


def roots(bodies: Bodies, rule: Rule, openers: Iterable[str]) -> Iterator[Body]:
    """The bodies to start in, of those whose names are given, by name.

    A window may open in any function. What has to come before can have come in a caller: a static
    function that this file calls is judged where it is called. A macro that this file does not
    use is judged as it stands.
    """
    found = [body for name in sorted(openers) for body in bodies.by_name[name]]
    functions = [body for body in found if body.is_function]
    if isinstance(rule.body, Window):
        yield from functions
    elif isinstance(rule.body, Order) and rule.body.starts:
        named = frozenset(_callbacks(bodies, rule.body.starts))
        yield from (body for body in functions if body.name in named)
    else:
        yield from (body for body in found if not _is_used(bodies, body))


def _is_used(bodies: Bodies, body: Body) -> bool:
    """Whether the search comes into the body from another one of the file, and only so."""
    if isinstance(body.source, Definition) and not body.source.attributes & _OWN:
        return False
    return any(
        event.callee == body.name and not event.known
        for others in bodies.by_name.values()
        for other in others
        if body.name in other.words and (other.is_function or not body.is_function)
        for event in _uses(bodies, other)
    )


def _uses(bodies: Bodies, body: Body) -> Iterator[Event]:
    graph = bodies.graph(body)
    for block in graph.blocks if graph else ():
        yield from (event for event in block if event.op.operation is Operation.CALL)


def _callbacks(bodies: Bodies, starts: tuple[str, ...]) -> Iterator[str]:
    """Names of functions that the starting events hand to somebody."""
    for event in _events(bodies, starts):
        for name, expr in event.bindings:
            if name.startswith(CALLBACK):
                if expr.kind is Kind.UNARY and expr.name == "&":
                    expr = expr.args[0]
                if expr.kind is Kind.IDENTIFIER:
                    yield expr.name


def values(bodies: Bodies, automaton: Automaton) -> tuple[Expr | None, ...]:
    """The values that the automaton is run for, one by one; None alone where it keeps none."""
    if not automaton.same:
        return (None,)
    entries = tuple(entry for group in automaton.groups for entry in group.on)
    found = dict.fromkeys(
        expr
        for event in _events(bodies, entries)
        for name, expr in event.bindings
        if name == automaton.same
    )
    return tuple(found)


def _events(bodies: Bodies, entries: tuple[str, ...]) -> Iterator[Event]:
    literals = spelled(entries, bodies.matcher.vocabulary)
    for body in bodies.holding(literals, expanded=True):
        graph = bodies.graph(body)
        for block in graph.blocks if graph else ():
            yield from (event for event in block if speaks_of(entries, event.names))
