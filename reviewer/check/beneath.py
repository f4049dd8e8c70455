"""What happens beneath a call, however deep: the way from callee to callee to an event.

Unlike the search this asks only whether some way leads there: what a path has settled, values and
what callees do to a state are not followed. Ways that need no option come first, then short ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body
from reviewer.check.branches import possible
from reviewer.check.correlation import consistent, edge_condition
from reviewer.check.path import Site
from reviewer.check.prefilter import in_places
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Step
from reviewer.rule.types import Scope, covers, speaks_of
from reviewer.source.conditions import TRUE, Condition, atoms, conjoin, render
from reviewer.source.resolve.pointers import Target
from reviewer.source.types import Operation

#: Calls into each other, and bodies looked into beneath one call, before the rest is left out.
MAX_DEPTH = 24
MAX_BODIES = 400
#: Events of the vocabulary that are never code of their own.
_NO_CODE = ("builtin", "macro")


class Beneath(Struct, frozen=True):
    """An event beneath a call: the steps from the callee to it, and under which conditions.

    `cut` says that the bounds were met, and that without a `site` nothing is known.
    """

    site: Site | None = None
    steps: tuple[Step, ...] = ()
    condition: Condition = TRUE
    cut: bool = False


class _Way(Struct, frozen=True):
    """A body that is called, by whom, and the steps that lead into it."""

    home: Bodies
    body: Body
    steps: tuple[Step, ...]
    condition: Condition
    depth: int


def beneath(
    bodies: Bodies,
    caller: Body,
    event: Event,
    wanted: Iterable[str],
    assumed: Condition = TRUE,
    scope: Scope | None = None,
) -> Beneath:
    """The nearest event that the entries cover beneath a call, in whatever file of the scope."""
    return _Look(tuple(wanted), assumed, scope).from_call(bodies, caller, event)


class _Look:
    def __init__(self, wanted: tuple[str, ...], assumed: Condition, scope: Scope | None) -> None:
        self._wanted = wanted
        self._assumed = assumed
        self._scope = scope
        self._pending: list[tuple[int, int, int, _Way]] = []
        self._seen: set[tuple[str, str, int]] = set()
        self._order = 0
        self._cut = False

    def from_call(self, bodies: Bodies, caller: Body, event: Event) -> Beneath:
        self._enter(_Way(bodies, caller, (), TRUE, 0), event, TRUE)
        while self._pending:
            *_, way = heappop(self._pending)
            key = (way.body.name, way.body.path, way.body.line)
            if key in self._seen:
                continue
            if len(self._seen) >= MAX_BODIES or way.depth > MAX_DEPTH:
                self._cut = True
                continue
            self._seen.add(key)
            found = self._through(way)
            if found is not None:
                return found
        return Beneath(cut=self._cut)

    def _through(self, way: _Way) -> Beneath | None:
        """The wanted event in the body itself; else its calls are pending."""
        graph = way.home.graph(way.body)
        if graph is None:
            return None
        calls: list[tuple[Event, Condition]] = []
        for block, index, event, condition in self._reached(graph, way.condition):
            if self._asked_for(event):
                spoken = way.home.matcher.spoken(self._asked_for(event))
                step = Step(event.location, way.body.name, event.text, _under(spoken, condition))
                return Beneath(Site(way.body, block, index), (*way.steps, step), condition)
            calls.append((event, condition))
        for event, condition in calls:
            self._enter(way, event, condition)
        return None

    def _asked_for(self, event: Event) -> str:
        """The name for which the event is wanted, `""` where it is not."""
        names = (name for name in event.names if any(covers(each, name) for each in self._wanted))
        return next(names, "")

    def _enter(self, way: _Way, event: Event, condition: Condition) -> None:
        if way.body.is_external:
            for home, body in way.home.abroad(way.body.name):
                self._push(way, event, condition, home, body)
        for home, body, presence in _callees(way.home, event):
            self._push(way, event, conjoin((condition, presence)), home, body)
        for target in way.home.pointed_to(way.body, event):
            for home, body in way.home.in_file(target.location.path, target.name):
                self._push(way, event, condition, home, body, pointed(target))

    def _push(
        self,
        way: _Way,
        event: Event,
        condition: Condition,
        home: Bodies,
        body: Body,
        *through: Step,
    ) -> None:
        if self._scope and body.path and not in_places(self._scope, body.path):
            return
        both = conjoin((condition, _presence(home, body)))
        if consistent(self._assumed, both):
            step = Step(event.location, way.body.name, event.text, f"into {body.name}")
            further = _Way(home, body, (*way.steps, *through, step), both, way.depth + 1)
            self._order += 1
            cost = len(set(atoms(both)))
            heappush(self._pending, (cost, further.depth, self._order, further))

    def _reached(
        self, graph: EventGraph, outer: Condition
    ) -> Iterator[tuple[int, int, Event, Condition]]:
        """The events that control comes to, each under the first condition that leads there."""
        pending: list[tuple[int, int, Condition]] = [(0, graph.entry, outer)]
        seen: set[int] = set()
        while pending:
            _, block, condition = heappop(pending)
            if block in seen:
                continue
            seen.add(block)
            for index, event in enumerate(graph.blocks[block]):
                yield block, index, event, condition
                if event.terminal:
                    break
            else:
                for edge in graph.out[block]:
                    along = conjoin((condition, edge_condition(edge)))
                    if (
                        edge.target not in seen
                        and possible(edge)
                        and consistent(self._assumed, along)
                    ):
                        heappush(pending, (len(set(atoms(along))), edge.target, along))


def pointed(target: Target) -> Step:
    """Where a function that may be called gets into the pointer."""
    return Step(target.location, "", target.text, f"what may be called: {target.name}")


def _presence(home: Bodies, body: Body) -> Condition:
    """Where the body is there: of one in another C file, where that is compiled."""
    if body.path.endswith(".c") and home.sight is not None:
        return conjoin((body.presence, home.sight.compiled))
    return body.presence


def _callees(home: Bodies, event: Event) -> Iterator[tuple[Bodies, Body, Condition]]:
    """What control can go into at the event, and where it does.

    That is what the file sees, else what other files define.
    """
    if event.op.operation not in (Operation.CALL, Operation.LOAD) or not event.callee:
        return
    if speaks_of(_NO_CODE, event.names):
        return
    bodies = home.standing_for(event)
    for body in bodies:
        if not body.is_external:
            yield home, body, TRUE
    if event.op.operation is Operation.CALL:
        external = [(body.name, body.presence) for body in bodies if body.is_external]
        for name, presence in external if bodies else [(event.callee, TRUE)]:
            for other, body in home.abroad(name):
                yield other, body, presence


def _under(note: str, condition: Condition) -> str:
    """The note with the condition that what it says is real under."""
    return note if condition == TRUE else f"{note} where {render(condition)}"
