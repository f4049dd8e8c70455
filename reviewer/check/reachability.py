"""Reachability of violations: one breadth-first search for every rule, with shortest witnesses.

The search goes over (block, automaton state, settled facts). Calls into bodies of the same file
are answered by summaries, one for each body and state it is entered in. Recursion is followed
once, and what is cut off anywhere is a Skip.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.check.beneath import Beneath, beneath
from reviewer.check.bodies import Bodies, Body
from reviewer.check.correlation import Tracked, consistent, track
from reviewer.check.exploration import Exploration
from reviewer.check.path import (
    Hit,
    State,
    Summary,
)
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Skip
from reviewer.rule.automaton import Automaton, Choice, Effect
from reviewer.rule.compile import moving
from reviewer.rule.types import Abroad, Plain, covers
from reviewer.source.conditions import TRUE, Condition, atoms
from reviewer.source.presence import parse
from reviewer.source.types import Expr, Operation

#: Calls followed into each other before the next one is taken as opaque.
MAX_DEPTH = 30
_NOTHING = Abroad()


class Search:
    """Violations of one automaton in one file, under one assumption on the configuration.

    `openers` are the names whose bodies can open a window; others are not entered before. Those of
    `abroad` other files define: they are entered for what they leave open or close only. An
    automaton that counts finds violations there as well, and enters what headers define where it
    has one of the `literals`.
    """

    def __init__(
        self,
        bodies: Bodies,
        automaton: Automaton,
        openers: frozenset[str],
        assumed: Condition = TRUE,
        bound: Expr | None = None,
        literals: tuple[frozenset[str], ...] = (),
        abroad: Abroad = _NOTHING,
    ) -> None:
        self.bodies = bodies
        self.literals = literals
        self.abroad = abroad
        self._literals = [[item.encode() for item in each] for each in literals]
        self.bound = bound
        self.automaton = automaton
        self.openers = openers
        self.assumed = assumed
        self.skips: dict[Skip, None] = {}
        # What makes violations doubtful and hides none: of interest where there are some.
        self.doubts: dict[Skip, None] = {}
        self.asks = frozenset(bodies.matcher.vocabulary.asks) if automaton.lost else frozenset()
        self._initial = State(automaton.initial)
        self._summaries: dict[tuple[Body, State], Summary] = {}
        self._active: list[Body] = []
        self._files: dict[str, Search] = {bodies.unit.path: self}
        self._home: dict[Body, Search] = {}
        self._beneath: dict[tuple[Body, str], Beneath] = {}
        self._closing: dict[str, Beneath] = {}
        self._helps: dict[Body, bool] = {}
        self._options = frozenset(
            name
            for found in bodies.by_name.values()
            if len(found) > 1
            for body in found
            for name in atoms(body.presence)
        )
        self._choices: dict[tuple[str, tuple[str, ...]], tuple[Choice, ...]] = {}

    def under(self, assumed: Condition) -> Search:
        """The same search under another assumption."""
        search = Search(
            self.bodies,
            self.automaton,
            self.openers,
            assumed,
            self.bound,
            self.literals,
            self.abroad,
        )
        search._closing = self._closing
        return search

    def violations(self, body: Body, state: str = "") -> tuple[Hit, ...]:
        """The violations on paths that start where the body does, in the state or the first."""
        if not consistent(self.assumed, body.presence):
            return ()
        summary = self.summary(body, State(state) if state else self._initial)
        if summary is None:
            return ()
        return (*summary.hits, *self._unfinished(summary))

    def _unfinished(self, summary: Summary) -> Iterator[Hit]:
        """Ways out that leave undone what a way out without it shows to be this body's to do."""
        ends = summary.exits
        if not self.automaton.unfinished:
            return
        if self.automaton.always or any(self.is_initial(end.state) for end in ends):
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
        if body in self._home:
            found = self._home[body].summary(body, entered)
            if found is None or self.automaton.named:
                return found
            return Summary(found.exits, ())
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
        exploration = Exploration(self, body, graph)
        found = self._summaries[body, entered] = exploration.run(entered)
        self._active.pop()
        return found

    def entered_abroad(self, body: Body, event: Event, state: State) -> tuple[Body, ...]:
        """The definitions in other files of what the event of the body calls, if they matter.

        They do where they leave a window open, or may close the one that is open.
        """
        if not event.callee or event.callee in self.bodies.by_name:
            return ()
        if event.op.operation is not Operation.CALL:
            return ()
        if self.automaton.named or self.is_initial(state):
            if event.callee not in self.abroad.opens:
                return ()
        elif not self._may_close(body, event):
            return ()
        found = self.bodies.files_defining(event.callee)
        if self.automaton.counts and len(found) > 1:
            return ()
        for home, defined in found:
            if home is not self.bodies:
                self._home[defined] = self._in_file(home)
        return tuple(defined for _, defined in found)

    def _may_close(self, body: Body, event: Event) -> bool:
        """Whether something beneath a call of the body closes the window."""
        scope = self.abroad.scope
        if scope is None or self.bodies.sight is None or Plain.DIRECT not in event.names:
            return False
        known = self._closing
        if event.callee not in known:
            closing = self.automaton.triggers(Effect.CLOSE)
            assumed = parse(scope.condition)
            known[event.callee] = beneath(self.bodies, body, event, closing, assumed, scope)
        if known[event.callee].cut:
            self._skip(body, f"{event.callee} calls more than was looked into")
        return known[event.callee].site is not None

    def _in_file(self, home: Bodies) -> Search:
        """The search of another file's bodies: it knows where this one is, and so on."""
        path = home.unit.path
        if path not in self._files:
            openers = home.reaching(self.literals, self._opens)
            search = Search(
                home, self.automaton, openers, self.assumed, None, self.literals, self.abroad
            )
            search._active, search._files, search.skips = self._active, self._files, self.skips
            search._closing = self._closing
            self._files[path] = search
        return self._files[path]

    def _opens(self, event: Event) -> bool:
        if event.callee in self.abroad.opens or self.choices(self._initial, event.names):
            return True
        return self.automaton.named and any(
            covers(entry, name) for entry in moving(self.automaton) for name in event.names
        )

    def is_abroad(self, body: Body) -> bool:
        """Whether the body is one of another file, entered for what it leaves open."""
        return body in self._home

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
        return body.is_macro and any(
            active.is_macro and active.name == body.name for active in self._active
        )

    def helps(self, body: Body) -> bool:
        """Whether a body of a header may hold an event of the automaton, by its literals."""
        found = self._helps.get(body)
        if found is None:
            found = self._helps[body] = body.foreign and any(
                all(item in body.text for item in each) for each in self._literals
            )
        return found

    def beneath(self, body: Body, event: Event) -> Beneath:
        """The first event beneath a call of the body that the automaton asks for, if any."""
        key = (body, event.text)
        found = self._beneath.get(key)
        if found is None:
            found = beneath(self.bodies, body, event, self.automaton.beneath, self.assumed)
            self._beneath[key] = found
            if found.cut:
                self._skip(body, f"{event.subject} calls more than was looked into")
        return found

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
        reason = f"{body.name} has too many equal branches: taken to be independent"
        self.doubts[Skip(self.bodies.unit.path, body.line, reason)] = None
