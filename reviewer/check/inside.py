"""What of one body lies inside an open window: where it opens, and what runs until it closes."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.bodies import Bodies, Body
from reviewer.check.correlation import consistent, edge_condition
from reviewer.check.path import State
from reviewer.check.reachability import Search
from reviewer.event.types import Event, EventGraph
from reviewer.rule.automaton import Effect
from reviewer.source.conditions import TRUE, And, Condition, conjoin, negate
from reviewer.source.types import Flow

#: Why control goes on where the compiler sees no branch.
_STRAIGHT = (Flow.NEXT, Flow.PRESENCE)


class Inside(Struct, frozen=True):
    """The part of a body after the event that opens the window, under the condition of the way.

    `events` may happen before the window closes; `branches` says that control divides or joins
    there, `open_at_exit` that it can leave the body with the window open.
    """

    body: Body
    opening: Event
    condition: Condition
    events: tuple[Event, ...]
    branches: bool
    open_at_exit: bool


class _Opening(Struct, frozen=True):
    """The event that opens the window: its place, the state after it, the way's condition."""

    block: int
    place: int
    state: State
    condition: Condition


def inside(bodies: Bodies, body: Body, search: Search) -> Inside | None:
    """The window that the body opens first, None where it opens none in the assumed options."""
    graph = bodies.graph(body)
    if graph is None:
        return None
    opening = _first(bodies, graph, search, body.presence)
    if opening is None:
        return None
    for condition in _parts(opening.condition):
        other = conjoin((body.presence, negate(condition)))
        if condition != body.presence and _first(bodies, graph, search, other):
            rest = conjoin(each for each in _parts(opening.condition) if each != condition)
            opening = replace(opening, condition=rest)
    return _after(body, graph, opening, search)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.operands if isinstance(condition, And) else (condition,)


def _first(bodies: Bodies, graph: EventGraph, search: Search, given: Condition) -> _Opening | None:
    """The opening nearest to the entry, under the condition and what the search assumes."""
    conditions = {graph.entry: given}
    pending = deque([graph.entry]) if consistent(search.assumed, given) else deque()
    while pending:
        block = pending.popleft()
        for place, event in enumerate(graph.blocks[block]):
            state = _opened(bodies, event, search)
            if state is not None:
                return _Opening(block, place, state, conditions[block])
            if event.terminal:
                break
        else:
            for edge in graph.out[block]:
                condition = conjoin((conditions[block], edge_condition(edge)))
                if edge.target not in conditions and consistent(search.assumed, condition):
                    conditions[edge.target] = condition
                    pending.append(edge.target)
    return None


def _opened(bodies: Bodies, event: Event, search: Search) -> State | None:
    """The state after an event that opens the window, None after another one."""
    initial = State(search.automaton.initial)
    for choice in search.choices(initial, event.names):
        if choice.effect is Effect.OPEN:
            return State(choice.target)
    if event.callee not in search.openers:
        return None
    for used in bodies.used(event):
        summary = search.summary(used, initial)
        for leaving in summary.exits if summary else ():
            if leaving.state.name != initial.name:
                return State(leaving.state.name)
    return None


def _after(body: Body, graph: EventGraph, opening: _Opening, search: Search) -> Inside:
    """What can happen from the opening on; the state is taken to stay until it is left."""
    found: list[Event] = []
    entered: dict[int, None] = {}
    branches, joins = False, _joins(graph)
    pending = [(opening.block, opening.place + 1)]
    while pending:
        block, first = pending.pop()
        for event in graph.blocks[block][first:]:
            if _closes(search, opening.state, event):
                break
            found.append(event)
            if event.terminal:
                break
        else:
            for edge in graph.out[block]:
                condition = edge_condition(edge)
                branches = branches or edge.flow not in _STRAIGHT or edge.target in joins
                if edge.target not in entered and (
                    condition == TRUE or consistent(search.assumed, opening.condition, condition)
                ):
                    entered[edge.target] = None
                    pending.append((edge.target, 0))
    event = graph.blocks[opening.block][opening.place]
    return Inside(body, event, opening.condition, tuple(found), branches, graph.exit in entered)


def _joins(graph: EventGraph) -> frozenset[int]:
    """Blocks that control enters from several sides, besides the one that returns lead to."""
    into = Counter(
        edge.target for edges in graph.out for edge in edges if edge.flow is not Flow.PRESENCE
    )
    return frozenset(block for block, count in into.items() if count > 1) - {graph.exit}


def _closes(search: Search, state: State, event: Event) -> bool:
    """Whether the event leads back to where no window is open."""
    choices = search.choices(state, event.names)
    return any(choice.effect is Effect.CLOSE for choice in choices) or (
        bool(choices) and all(search.is_initial(State(each.target)) for each in choices)
    )


def entered(bodies: Bodies, window: Inside) -> Iterator[tuple[Event, Body]]:
    """Functions of the file that are called in the window, with the call that leads to each."""
    pending = [(event, event) for event in window.events]
    seen: set[Body] = {window.body}
    while pending:
        call, event = pending.pop(0)
        for used in bodies.used(event):
            graph = None if used in seen or used.foreign else bodies.graph(used)
            if graph is None:
                continue
            seen.add(used)
            if used.is_function:
                yield call, used
            pending += [(call, inner) for block in graph.blocks for inner in block]
