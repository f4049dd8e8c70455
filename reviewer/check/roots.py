"""Where control starts for a rule, and the values it keeps apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from reviewer.check.bodies import Bodies, Body
from reviewer.check.prefilter import spelled
from reviewer.event.types import Event
from reviewer.rule.automaton import Automaton
from reviewer.rule.types import Context, Order, Rule, Window, covers
from reviewer.source.types import Expr, Kind, Operation
from reviewer.source.unit import Definition

CALLBACK = "callback"
#: Specifiers of functions that only their own file calls, or that are copied to their callers.
_OWN = frozenset({"static", "inline", "__always_inline"})


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
    elif isinstance(rule.body, Context) and (rule.body.starts or rule.body.defined_by):
        named = frozenset(_callbacks(bodies, rule.body.starts))
        defining = rule.body.defined_by
        yield from (body for body in functions if body.name in named or _made_by(body, defining))
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


def _made_by(body: Body, macros: tuple[str, ...]) -> bool:
    """Whether one of the macros (globs) defines the function."""
    attributes = body.source.attributes if isinstance(body.source, Definition) else ()
    return any(fnmatchcase(name, macro) for macro in macros for name in attributes)


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
            yield from (
                event
                for event in block
                if any(covers(entry, name) for entry in entries for name in event.names)
            )
