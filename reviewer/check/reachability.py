"""Reachability of violations: one breadth-first search for every rule, with shortest witnesses.

The search goes over (block, automaton state, settled facts). Calls into bodies of the same file
are answered by summaries, one for each body and state it is entered in. Recursion is followed
once, and what is cut off anywhere is a Skip.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import assert_never

from reviewer.check.bodies import Bodies, Body
from reviewer.check.correlation import Facts, Tracked, consistent, edge_condition, track
from reviewer.check.path import (
    START,
    Exit,
    Hit,
    Line,
    Mark,
    Site,
    State,
    Summary,
    Suspect,
)
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Location, Skip, Step
from reviewer.rule.automaton import Automaton, Choice, Effect
from reviewer.rule.types import Plain
from reviewer.source.conditions import TRUE, Condition, atoms, conjoin
from reviewer.source.format import render as spell
from reviewer.source.types import Edge, Expr, Flow

#: Blocks visited in one search of one body before it is cut off.
MAX_VISITS = 20_000
#: Different facts remembered at one block in one state before they are forgotten there.
MAX_FACTS = 32
#: Violations of one body, and suspicions inside one block, before further ones are left out.
MAX_HITS = 200
#: Calls followed into each other before the next one is taken as opaque.
MAX_DEPTH = 30

_AS_CALL = (Plain.DIRECT, Plain.CALL)


class Search:
    """Violations of one automaton in one file, under one assumption on the configuration.

    `openers` are the names whose bodies can open a window; others are not entered before.
    """

    def __init__(
        self,
        bodies: Bodies,
        automaton: Automaton,
        openers: frozenset[str],
        assumed: Condition = TRUE,
        bound: Expr | None = None,
    ) -> None:
        self.bodies = bodies
        self.bound = bound
        self.automaton = automaton
        self.openers = openers
        self.assumed = assumed
        self.skips: dict[Skip, None] = {}
        self._initial = State(automaton.initial)
        self._summaries: dict[tuple[Body, State], Summary] = {}
        self._active: list[Body] = []
        self._options = frozenset(
            name
            for found in bodies.by_name.values()
            if len(found) > 1
            for body in found
            for name in atoms(body.presence)
        )
        self._choices: dict[tuple[str, tuple[str, ...]], tuple[Choice, ...]] = {}

    def violations(self, body: Body) -> tuple[Hit, ...]:
        """The violations on paths that start where the body does."""
        if not consistent(self.assumed, body.presence):
            return ()
        summary = self.summary(body, self._initial)
        if summary is None:
            return ()
        return (*summary.hits, *self._unfinished(summary))

    def _unfinished(self, summary: Summary) -> Iterator[Hit]:
        """Ways out that leave undone what a way out without it shows to be this body's to do."""
        ends = summary.exits
        if self.automaton.unfinished and any(self.is_initial(end.state) for end in ends):
            for end in ends:
                if end.state.name == self.automaton.unfinished and end.state.suspect:
                    yield Hit(end.state.suspect, end.marks, end.conditions)

    def concerns(self, event: Event) -> bool:
        """Whether the event is about the value that the automaton is run for, or about none."""
        if self.bound is None:
            return True
        found = dict(event.bindings).get(self.automaton.same)
        return found is None or found == self.bound

    def summary(self, body: Body, entered: State) -> Summary | None:
        """What the body does to control entering in that state, None when it is not followed."""
        known = self._summaries.get((body, entered))
        if known is not None:
            return known
        if body in self._active:
            self._skip(body, f"{body.name} calls itself: followed once")
            return None
        if len(self._active) >= MAX_DEPTH:
            self._skip(body, f"{body.name} is called {MAX_DEPTH} calls deep: not followed")
            return None
        graph = self.bodies.graph(body)
        if graph is None:
            return None
        self._active.append(body)
        exploration = _Exploration(self, body, graph)
        found = self._summaries[body, entered] = exploration.run(entered)
        self._active.pop()
        return found

    def choices(self, state: State, names: tuple[str, ...]) -> tuple[Choice, ...]:
        """The automaton's ways on."""
        key = (state.name, names)
        found = self._choices.get(key)
        if found is None:
            found = self._choices[key] = self.automaton.choices(*key)
        return found

    def is_initial(self, state: State) -> bool:
        """Whether no window is open in the state."""
        return state == self._initial

    def tracked(self, graph: EventGraph) -> Tracked:
        """What of the graph is worth remembering along a path."""
        return track(graph, self._options)

    def expanding(self, body: Body) -> bool:
        """Whether the body is a macro inside its own replacement, where C expands it no more."""
        if not body.foreign:
            return body.is_macro and body in self._active
        return body.is_macro and any(
            active.is_macro and active.name == body.name for active in self._active
        )

    def _skip(self, body: Body, reason: str) -> None:
        self.skips[Skip(self.bodies.unit.path, body.line, reason)] = None

    def unresolved(self, event: Event) -> None:
        """Note that a call in a window is of something that the tree does not explain."""
        reason = f"{event.callee} is called, and no file that is included here speaks of it"
        self.skips[Skip(event.location.path, event.location.line, reason)] = None

    def cut(self, body: Body) -> None:
        """Note that the search of the body was given up."""
        self._skip(body, f"{body.name} has too many paths or violations: not all were followed")

    def forgot(self, body: Body) -> None:
        """Note that branches of the body were taken to be independent."""
        self._skip(body, f"{body.name} has too many equal branches: taken to be independent")


class _Exploration:
    """The search of one body from one state."""

    def __init__(self, search: Search, body: Body, graph: EventGraph) -> None:
        self.search = search
        self.body = body
        self.graph = graph
        self.tracked = search.tracked(graph)
        self.exits: dict[tuple[State, Condition], Exit] = {}
        self.hits: dict[tuple[Suspect | None, tuple[Condition, ...]], Hit] = {}
        self.opening = self._blocks_before_openings()

    def run(self, entered: State) -> Summary:
        """What the body does to control entering in that state."""
        start = Line(entered, Facts() if self.body.foreign else Facts(self.body.presence), START)
        queue = deque([(self.graph.entry, start)])
        known: dict[tuple[int, State], dict[Facts, None]] = {
            (self.graph.entry, entered): {start.facts: None}
        }
        visits = 0
        while queue:
            block, line = queue.popleft()
            for after in self._through(block, line):
                if block == self.graph.exit:
                    self._leave(after)
                for edge in self.graph.out[block]:
                    facts = self.tracked.along(after.facts, edge, self.search.assumed)
                    if facts is None:
                        continue
                    facts = self._bounded(known.setdefault((edge.target, after.state), {}), facts)
                    if facts is None:
                        continue
                    visits += 1
                    if visits > MAX_VISITS or len(self.hits) > MAX_HITS:
                        self.search.cut(self.body)
                        return self._summary()
                    queue.append((edge.target, self._along(edge, after, facts)))
        return self._summary()

    def _bounded(self, known: dict[Facts, None], facts: Facts) -> Facts | None:
        """The facts if they are new there, none at all when too many are, None for nothing new."""
        if len(known) >= MAX_FACTS and facts not in known:
            self.search.forgot(self.body)
            facts = Facts()
        if facts in known:
            return None
        known[facts] = None
        return facts

    def _summary(self) -> Summary:
        return Summary(tuple(self.exits.values()), tuple(self.hits.values()))

    def _leave(self, line: Line) -> None:
        key = (line.state, line.facts.condition)
        if key not in self.exits:
            trail = line.trail
            self.exits[key] = Exit(*key, trail.all_marks(), trail.all_conditions())

    def _through(self, block: int, line: Line) -> Iterable[Line]:
        """The lines that come out at the end of the block."""
        if self.search.is_initial(line.state) and block not in self.opening:
            self._leave(line)
            return ()
        lines = [line]
        for index, event in enumerate(self.graph.blocks[block]):
            site = Site(self.body, block, index)
            lines = _distinct(item for line in lines for item in self._at(event, site, line))
            if event.terminal:
                return ()
            if len(lines) > MAX_HITS:
                self.search.cut(self.body)
                lines = lines[:MAX_HITS]
        return lines

    def _at(self, event: Event, site: Site, line: Line) -> Iterator[Line]:
        line = Line(line.state, self.tracked.after(line.facts, event), line.trail)
        used = self._followed(event, line)
        if used:
            yield from self._call(event, site, line, used)
        else:
            opaque = event.callee and not event.names
            if self.search.choices(line.state, _AS_CALL) and self.search.bodies.unresolved(event):
                self.search.unresolved(event)
            yield from self._react(event, _AS_CALL if opaque else event.names, site, line)

    def _followed(self, event: Event, line: Line) -> tuple[Body, ...]:
        """The bodies that the line goes into at the event."""
        if not event.callee or event.known:
            return ()
        narrow = self.search.automaton.named or self.search.is_initial(line.state)
        if narrow and event.callee not in self.search.openers:
            return ()
        return tuple(
            body
            for body in self.search.bodies.used(event)
            if not self.search.expanding(body)
            and self.search.bodies.graph(body) is not None
            and consistent(self.search.assumed, line.facts.condition, body.presence)
        )

    def _react(
        self, event: Event, names: tuple[str, ...], site: Site, line: Line
    ) -> Iterator[Line]:
        """The lines after an event of these names, which may open, violate or confirm."""
        choices = self.search.choices(line.state, names) if self.search.concerns(event) else ()
        if not choices:
            yield line
        for choice in choices:
            match choice.effect:
                case Effect.OPEN:
                    mark = self._mark(event, f"{names[0]}: opens the window", opens=True)
                    trail = line.trail.then(mark)
                    yield Line(State(choice.target), line.facts, trail)
                case Effect.VIOLATE:
                    mark = self._mark(event, f"{names[0]}: forbidden here")
                    self._hit(Suspect(site, site), line, mark)
                    yield Line(State(choice.target), line.facts, line.trail)
                case Effect.SUSPECT:
                    state = State(choice.target, Suspect(site, site))
                    mark = self._mark(event, f"{names[0]}: forbidden before what follows")
                    yield Line(state, line.facts, line.trail.then(mark))
                case Effect.CONFIRM:
                    mark = self._mark(event, f"{names[0]}: what it must not come before")
                    self._hit(line.state.suspect, line, mark)
                case Effect.CLEAR:
                    continue
                case Effect.CLOSE | Effect.NONE:
                    yield Line(State(choice.target), line.facts, line.trail)
                case _:
                    assert_never(choice.effect)

    def _call(self, event: Event, site: Site, line: Line, used: tuple[Body, ...]) -> Iterator[Line]:
        """The lines that come back from the bodies; a call that is forbidden hides its body."""
        effects = {choice.effect for choice in self.search.choices(line.state, event.names)}
        forbidden = not effects.isdisjoint((Effect.VIOLATE, Effect.SUSPECT))
        hides = forbidden and Plain.DIRECT in event.names
        for after in self._react(event, event.names, site, line):
            for body in used:
                entered = State(after.state.name)
                summary = self.search.summary(body, entered)
                if summary is None:
                    yield after
                    continue
                calling = self._mark(event, f"into {body.name}", enters=True)
                for hit in summary.hits:
                    if not (hides and hit.suspect):
                        self._inherit(hit, body, site, after, calling)
                if event.terminal:
                    continue
                for exit_ in summary.exits:
                    if not (hides and exit_.state.suspect):
                        yield self._back(exit_, body, site, after, calling)

    def _back(self, exit_: Exit, body: Body, site: Site, line: Line, calling: Mark) -> Line:
        """The line after the body was left."""
        state = State(exit_.state.name, self._shown(exit_.state.suspect, body, site))
        if exit_.state == State(line.state.name):
            if body.foreign:
                return line
            state = line.state
        facts = Facts(conjoin((line.facts.condition, exit_.condition)), line.facts.guards)
        marks = (calling, *exit_.marks) if exit_.marks else ()
        conditions = (*exit_.conditions, body.presence)
        return Line(state, facts, line.trail.then(*marks, conditions=conditions))

    def _inherit(self, hit: Hit, body: Body, site: Site, line: Line, calling: Mark) -> None:
        """A violation on a path through a body that was called."""
        suspect = self._shown(hit.suspect, body, site) or line.state.suspect
        trail = line.trail.then(calling, *hit.marks, conditions=(*hit.conditions, body.presence))
        self._hit(suspect, Line(line.state, line.facts, trail))

    @staticmethod
    def _shown(suspect: Suspect | None, body: Body, site: Site) -> Suspect | None:
        """What came out of a macro is shown where the macro is used."""
        if suspect is not None and (body.is_macro or body.foreign):
            return Suspect(suspect.event, site)
        return suspect

    def _hit(self, suspect: Suspect | None, line: Line, *marks: Mark) -> None:
        trail = line.trail.then(*marks)
        conditions = trail.all_conditions()
        if not consistent(self.search.assumed, *conditions):
            return
        self.hits.setdefault((suspect, conditions), Hit(suspect, trail.all_marks(), conditions))

    def _along(self, edge: Edge, line: Line, facts: Facts) -> Line:
        """The line after the edge; in a window its branch is a step of the proof."""
        trail = line.trail.then(conditions=(edge_condition(edge),))
        if edge.guard is not None and not self.search.is_initial(line.state):
            trail = trail.then(self._branch(edge, edge.guard))
        return Line(line.state, facts, trail)

    def _branch(self, edge: Edge, guard: Expr) -> Mark:
        location = Location(self.graph.function.location.path, edge.line)
        return Mark(Step(location, self.body.name, spell(guard), _BRANCH.get(edge.flow, "")))

    def _mark(self, event: Event, note: str, *, opens: bool = False, enters: bool = False) -> Mark:
        return Mark(Step(event.location, self.body.name, event.text, note), opens, enters)

    def _blocks_before_openings(self) -> frozenset[int]:
        """Blocks from which an event can be reached that may open the window."""
        into: dict[int, list[int]] = {}
        for edges in self.graph.out:
            for edge in edges:
                into.setdefault(edge.target, []).append(edge.source)
        pending = [
            block
            for block, events in enumerate(self.graph.blocks)
            if any(self._may_open(event) for event in events)
        ]
        found = set(pending)
        while pending:
            for source in into.get(pending.pop(), ()):
                if source not in found:
                    found.add(source)
                    pending.append(source)
        return frozenset(found)

    def _may_open(self, event: Event) -> bool:
        return event.callee in self.search.openers or bool(
            self.search.choices(State(self.search.automaton.initial), event.names)
        )


_BRANCH = {Flow.TRUE: "taken", Flow.FALSE: "not taken", Flow.CASE: "case"}


def _distinct(lines: Iterable[Line]) -> list[Line]:
    """The first line of each state and facts."""
    found: dict[tuple[State, Facts], Line] = {}
    for line in lines:
        found.setdefault((line.state, line.facts), line)
    return list(found.values())
