"""The search of one body from one state: every path through it, as far as it matters."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, assert_never

from reviewer.check.bodies import Body
from reviewer.check.branches import decided
from reviewer.check.correlation import (
    Facts,
    asks,
    consistent,
    contradictory,
    edge_condition,
    settling,
)
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
from reviewer.finding import Location, Step
from reviewer.rule.automaton import Effect
from reviewer.rule.types import Plain, covers, speaks_of
from reviewer.source.conditions import Condition, conjoin
from reviewer.source.format import render as spell
from reviewer.source.types import Edge, Expr, Flow

if TYPE_CHECKING:
    from reviewer.check.reachability import Search

#: Blocks visited in one search of one body before it is cut off.
MAX_VISITS = 20_000
#: Different facts remembered at one block in one state before they are forgotten there.
MAX_FACTS = 32
#: Violations of one body, and suspicions inside one block, before further ones are left out.
MAX_HITS = 200
_AS_CALL = (Plain.DIRECT, Plain.CALL)


class Exploration:
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
                    state = self._asked(edge, after.state)
                    facts = self._bounded(known.setdefault((edge.target, state), {}), facts)
                    if facts is None:
                        continue
                    visits += 1
                    if visits > MAX_VISITS or len(self.hits) > MAX_HITS:
                        self.search.cut(self.body)
                        return self._summary()
                    line = self._along(edge, after, facts)
                    queue.append((edge.target, Line(state, line.facts, line.trail)))
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
            if event.known and self.search.automaton.into:
                self._look_beneath(event, site, line)
            names = _AS_CALL if opaque else event.names
            yield from self._react(event, (*self._guessed(event), *names), site, line)

    def _guessed(self, event: Event) -> tuple[str, ...]:
        """What a call of the file's own function may be by its name, where it is not entered."""
        if not self.search.automaton.counts or event.callee not in self.search.bodies.by_name:
            return ()
        types = self.search.bodies.matcher.c.matches(event.op.expr)
        return tuple(each.name for each, _ in types if each.guess)

    def _look_beneath(self, event: Event, site: Site, line: Line) -> None:
        """Finds what is forbidden beneath a call that means nothing itself."""
        into = self.search.automaton.into
        if self.search.is_initial(line.state) or self.search.choices(line.state, event.names):
            return
        if not speaks_of(into, event.names):
            return
        found = self.search.beneath(self.body, event)
        if found.site is None:
            return
        wanted = self.search.automaton.beneath
        deep = self.search.bodies.event(found.site.body, found.site.block, found.site.index)
        names = tuple(name for name in deep.names if any(covers(each, name) for each in wanted))
        effects = {choice.effect for choice in self.search.choices(line.state, names)}
        if Effect.VIOLATE in effects:
            trail = line.trail.then(conditions=(found.condition,))
            marks = (Mark(step) for step in found.steps)
            self._hit(Suspect(found.site, site), Line(line.state, line.facts, trail), *marks)

    def _followed(self, event: Event, line: Line) -> tuple[Body, ...]:
        """The bodies that the line goes into at the event."""
        if not event.callee or event.known:
            return ()
        found = self.search.entered_abroad(self.body, event, line.state)
        if found:
            return found
        automaton = self.search.automaton
        narrow = automaton.named or self.search.is_initial(line.state)
        narrow = narrow and event.callee not in self.search.openers
        if narrow and not (automaton.counts or automaton.named):
            return ()
        return tuple(
            body
            for body in self.search.bodies.used(event)
            if not (narrow and not self.search.helps(body))
            and not self.search.expanding(body)
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
            return
        spoken = self.search.bodies.matcher.spoken(names[0])
        for choice in choices:
            match choice.effect:
                case Effect.OPEN:
                    mark = self._mark(event, f"{spoken}: opens the window", opens=True)
                    trail = line.trail.then(mark)
                    yield Line(State(choice.target), line.facts, trail)
                case Effect.VIOLATE:
                    mark = self._mark(event, f"{spoken}: forbidden here")
                    self._hit(Suspect(site, site), line, mark)
                    yield Line(State(choice.target), line.facts, line.trail)
                case Effect.SUSPECT:
                    state = State(choice.target, Suspect(site, site))
                    wrong = "forbidden before what follows"
                    if self.search.automaton.unfinished:
                        wrong = "what it begins has to come to its end"
                    mark = self._mark(event, f"{spoken}: {wrong}")
                    yield Line(state, line.facts, line.trail.then(mark))
                case Effect.CONFIRM:
                    mark = self._mark(event, f"{spoken}: what it must not come before")
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
        name = self.search.automaton.back(line.state.name, exit_.state.name)
        state = State(name, self._shown(exit_.state.suspect, body, site))
        if exit_.state == State(line.state.name):
            if body.foreign or self.search.is_abroad(body):
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
        found = trail.all_marks()
        if self.search.automaton.counts and contradictory(mark.settled for mark in found):
            return
        self.hits.setdefault((suspect, conditions), Hit(suspect, found, conditions))

    def _along(self, edge: Edge, line: Line, facts: Facts) -> Line:
        """The line after the edge; in a window its branch is a step of the proof."""
        trail = line.trail.then(conditions=(edge_condition(edge),))
        if edge.guard is not None and not self.search.is_initial(line.state):
            trail = trail.then(self._branch(edge, edge.guard))
        return Line(line.state, facts, trail)

    def _asked(self, edge: Edge, state: State) -> State:
        """The state after the edge: what a branch finds out of the context is not followed."""
        words = self.search.asks
        if words and edge.guard is not None and asks(edge.guard, words):
            return State(self.search.automaton.lost)
        if self.search.is_initial(state) and self._shows(edge):
            return State(self.search.automaton.settled)
        return state

    def _shows(self, edge: Edge) -> bool:
        """Whether the branch is only taken where what is required has happened."""
        shown = self.search.automaton.shown
        test = decided(edge) if shown else None
        if test is None or not test[1]:
            return False
        matches = self.search.bodies.matcher.c.matches(test[0])
        return any(covers(entry, event.name) for event, _ in matches for entry in shown)

    def _branch(self, edge: Edge, guard: Expr) -> Mark:
        location = Location(self.graph.function.location.path, edge.line)
        step = Step(location, self.body.name, spell(guard), _BRANCH.get(edge.flow, ""))
        return Mark(step, settled=settling(edge, self.graph.function.locals))

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
        return event.callee in self.search.openers | self.search.abroad.opens or bool(
            self.search.choices(State(self.search.automaton.initial), event.names)
        )


_BRANCH = {Flow.TRUE: "taken", Flow.FALSE: "not taken", Flow.CASE: "case"}


def _distinct(lines: Iterable[Line]) -> list[Line]:
    """The first line of each state and facts."""
    found: dict[tuple[State, Facts], Line] = {}
    for line in lines:
        found.setdefault((line.state, line.facts), line)
    return list(found.values())
