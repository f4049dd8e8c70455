"""One rule against the bodies of one file: its violations as findings, each with its best proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from reviewer.check.beneath import pointed
from reviewer.check.bodies import Bodies, Body
from reviewer.check.path import Hit, Mark, Site, Suspect
from reviewer.check.reachability import Search
from reviewer.check.roots import Start
from reviewer.event.types import Event
from reviewer.finding import Finding, Step, Trace
from reviewer.rule.automaton import Automaton
from reviewer.rule.types import Abroad, Rank, Rule, covers, speaks_of
from reviewer.source.conditions import And, Atom, Condition, assume, atoms, conjoin, negate, render
from reviewer.source.presence import parse
from reviewer.source.types import Expr, Language

#: Conditions on one path that are tried in the presence of each other.
MAX_TRIED = 6


def meaning(entries: tuple[str, ...], abroad: frozenset[str]) -> Callable[[Event], bool]:
    """Whether an event is one of the entries, or a call of a function that does the same."""
    spelled = spells(entries)
    return lambda event: event.callee in abroad or spelled(event)


def spells(entries: tuple[str, ...]) -> Callable[[Event], bool]:
    """Whether an event is one of the entries."""
    return lambda event: speaks_of(entries, event.names)


class Run:
    """One rule against one file."""

    def __init__(
        self,
        bodies: Bodies,
        rule: Rule,
        automaton: Automaton,
        openers: frozenset[str],
        abroad: Abroad,
        bound: Expr | None,
        literals: tuple[frozenset[str], ...],
    ) -> None:
        self.bodies = bodies
        self.rule = rule
        self.automaton = automaton
        self.openers = openers
        self.scope = parse(rule.scope.condition)
        self.search = Search(bodies, automaton, openers, self.scope, bound, literals, abroad)
        self._searches: dict[Condition, Search] = {}

    def findings(self, begin: Iterable[Start]) -> Iterator[Finding]:
        """One finding for each violation from the starts, with the best of its witnesses."""
        best: dict[tuple[object, str], tuple[tuple[int, int, int], Finding]] = {}
        for start in begin:
            for suspect, hit in self._shortest(start).items():
                conditions = self._needed(start, hit)
                finding = self._finding(start, suspect, hit, conditions)
                rank = (finding.severity.rank, len(conditions), len(hit.marks))
                key = (self._place(suspect.shown, finding), finding.subject)
                if key not in best or rank < best[key][0]:
                    best[key] = (rank, finding)
        return (finding for _, finding in best.values())

    def _place(self, site: Site, finding: Finding) -> object:
        """Where a violation is: functions of assembly share code, further entries into it too."""
        if self.bodies.unit.language is Language.GAS:
            return finding.location, finding.text
        return site

    def _shortest(self, start: Start) -> dict[Suspect, Hit]:
        """For each violation from the start, the first witness with the fewest conditions."""
        found: dict[Suspect, Hit] = {}
        for hit in self.search.violations(start.body, start.state):
            if hit.suspect is None:
                continue
            other = found.get(hit.suspect)
            if other is None or len(hit.conditions) < len(other.conditions):
                found[hit.suspect] = hit
        return found

    def _needed(self, start: Start, hit: Hit) -> tuple[Condition, ...]:
        """The path's conditions without those whose opposite reaches the violation as well.

        With few of them the others are held while one is tried, so that what is left suffices;
        with many each is tried alone.
        """
        kept = list(hit.conditions)
        alone = len(kept) > MAX_TRIED
        free: set[str] = set()
        for condition in hit.conditions:
            rest = [] if alone else [item for item in kept if item != condition]
            held = {negate(condition), *rest}
            if any(
                other.suspect == hit.suspect
                and (
                    alone
                    or all(
                        item in held or free.issuperset(atoms(item)) for item in other.conditions
                    )
                )
                for other in self._assuming((negate(condition), *rest)).violations(
                    start.body, start.state
                )
            ):
                kept.remove(condition)
                free.update(atoms(condition))
        return tuple(kept)

    def _assuming(self, conditions: tuple[Condition, ...]) -> Search:
        """The search under further conditions, remembered."""
        assumed = conjoin((self.scope, *conditions))
        search = self._searches.get(assumed)
        if search is None:
            search = self._searches[assumed] = self.search.under(assumed)
        return search

    def _finding(
        self, start: Start, suspect: Suspect, hit: Hit, conditions: tuple[Condition, ...]
    ) -> Finding:
        event, shown = self._event(suspect.event), self._event(suspect.shown)
        body = suspect.shown.body
        marks = _from_opening((*start.marks, *hit.marks))
        presence = (start.body.presence, body.presence)
        condition = assume(conjoin((*presence, *conditions)), self.scope)
        ranked = _ranked(self.rule, event) or _optional(self.rule, condition)
        ranking = (parse(ranked.condition),) if ranked else ()
        return Finding(
            rule=self.rule.id,
            severity=ranked.severity if ranked else self.rule.severity,
            message=self.rule.message.format(
                subject=event.subject,
                text=shown.text,
                opened=next((mark.step.text for mark in marks if mark.opens), ""),
                function=body.name,
            ),
            location=shown.location,
            function=body.name,
            subject=event.subject,
            text=shown.text,
            condition=render(conjoin((condition, *ranking))),
            trace=Trace(
                (*(mark.step for mark in marks), *self._beneath(suspect.event.body, event))
            ),
        )

    def _beneath(self, body: Body, event: Event) -> tuple[Step, ...]:
        """The way on from a call that is wrong itself to what makes it dangerous."""
        wanted = self.automaton.beneath
        if not wanted or speaks_of(wanted, event.names):
            return ()
        found = tuple(
            step
            for step in self.search.beneath(body, event).steps
            if (step.location, step.text) != (event.location, event.text)
        )
        targets = (pointed(target) for target in self.bodies.pointed_to(body, event))
        return (*(step for step in targets if step not in found), *found)

    def _event(self, site: Site) -> Event:
        return self.bodies.event(site.body, site.block, site.index)


def _from_opening(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The marks from the last opening on, with the calls that lead into the opening's function."""
    start = max((index for index, mark in enumerate(marks) if mark.opens), default=0)
    while start and marks[start - 1].enters:
        start -= 1
    return marks[start:]


def _ranked(rule: Rule, event: Event) -> Rank | None:
    """The rank of the event's most specific name that has one."""
    for name in event.names:
        for rank in rule.ranks:
            if rank.event and covers(rank.event, name):
                return rank
    return None


def _optional(rule: Rule, condition: Condition) -> Rank | None:
    """The first rank of an option without which there is no finding."""
    needed = condition.operands if isinstance(condition, And) else (condition,)
    for rank in rule.ranks:
        if rank.option and Atom(rank.option) in needed:
            return rank
    return None
