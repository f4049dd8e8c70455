"""Rules against one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.beneath import pointed
from reviewer.check.bodies import Bodies, Body
from reviewer.check.callers import Caller, leading
from reviewer.check.coverage import uncovered
from reviewer.check.instrumentation import instrumented
from reviewer.check.mentions import mentioned, pasted
from reviewer.check.path import Hit, Mark, Site, Suspect
from reviewer.check.prefilter import Need, in_scope, need_in
from reviewer.check.reachability import Search
from reviewer.check.roots import Start, handed_over, may_start, starts, values
from reviewer.errors import OutOfTime
from reviewer.event.match import Matcher, compile_vocabulary
from reviewer.event.types import Event
from reviewer.finding import Finding, Location, Skip, Step, Trace
from reviewer.patch.types import Context as Extent
from reviewer.patch.types import SourceFile
from reviewer.rule.automaton import Automaton, Effect
from reviewer.rule.compile import automaton_of, moving
from reviewer.rule.types import (
    Abroad,
    Coverage,
    Order,
    Rank,
    Rule,
    RuleKind,
    RuleSet,
    covers,
    speaks_of,
)
from reviewer.source.conditions import And, Atom, Condition, assume, atoms, conjoin, negate, render
from reviewer.source.index.index import Index
from reviewer.source.presence import parse
from reviewer.source.resolve.sight import Sight
from reviewer.source.types import Expr, Language
from reviewer.source.unit import Unit

#: Conditions on one path that are tried in the presence of each other.
MAX_TRIED = 6


class Checked(Struct, frozen=True):
    """What the rules say about a file, and what of it they could not look at.

    `unfinished` is the rule at which the time ran out, before it and those after it were done.
    """

    findings: tuple[Finding, ...]
    skips: tuple[Skip, ...]
    unfinished: str = ""


class Prepared(Struct, frozen=True):
    """A rule set made ready to run: its vocabulary indexed, each rule with its automaton."""

    matcher: Matcher
    rules: tuple[tuple[Rule, Automaton, Need], ...]


def check_unit(unit: Unit, rules: RuleSet, index: Index | None = None) -> Checked:
    """The findings of every rule in the file, sorted by line, and the skips of the search.

    With an index of the tree, calls mean what its definitions say. Findings are numbered where
    rule, function, subject and text are equal; they have no fingerprint yet.
    """
    prepared = prepare(rules)
    text = unit.file.text
    active = [item for item in prepared.rules if in_scope(item[0], unit.path) and item[2].met(text)]
    if not active:
        return Checked((), ())
    resolved = unit.language is Language.C and unit.file.context is not Extent.HUNK
    sight = Sight(index, unit) if index and resolved else None
    bodies = Bodies(unit, prepared.matcher, sight)
    settings = index.settings(unit.path) if index and unit.language is Language.C else None
    findings: list[Finding] = []
    skips: dict[Skip, None] = {}
    at = ""
    try:
        for rule, automaton, wanted in active:
            at = rule.id
            if not _confirmable(bodies, automaton, wanted):
                continue
            ways = tuple(leading(bodies, rule, wanted.opens))
            if not ways and not may_start(bodies, rule, wanted.opens):
                continue
            if isinstance(rule.body, Coverage):
                findings.extend(uncovered(bodies, rule, rule.body, wanted.opens))
                continue
            if isinstance(rule.body, Order) and rule.body.mentions:
                findings.extend(mentioned(bodies, rule, rule.body))
                skips.update(dict.fromkeys(pasted(bodies, rule.body, rules.vocabulary)))
            abroad = rules.abroad_of(rule)
            if abroad.cut:
                skips[Skip(unit.path, 1, f"{rule.id}: calls between files were cut off")] = None
            openers = bodies.reaching(wanted.moves, meaning(moving(automaton), abroad.opens))
            for bound in values(bodies, automaton):
                run = _Run(bodies, rule, automaton, openers, abroad, bound, wanted.moves)
                own = tuple(run.findings(starts(bodies, rule, automaton, openers)))
                found = (*own, *_from_abroad(run, ways, own))
                findings.extend(found)
                skips.update(run.search.skips)
                skips.update(run.search.doubts if found else {})
                if bound is None and settings is not None:
                    findings.extend(instrumented(bodies, rule, run.search, settings))
        at = ""
    except OutOfTime:
        pass  # `at` is the rule that was under way
    told = _gravest(findings, rules)
    return Checked(_numbered(sorted(told, key=_order)), tuple(sorted(skips)), at)


def speaking(file: SourceFile, rules: RuleSet) -> frozenset[str]:
    """The rules that have something to speak of in the file.

    One that only forbids an access of its flag has, wherever the flag is.
    """
    return frozenset(
        rule.id
        for rule, _, wanted in prepare(rules).rules
        if in_scope(rule, file.path)
        if wanted.met(file.text)
        or (
            rule.flag is not None
            and isinstance(rule.body, Order)
            and not rule.body.require
            and rule.flag.variable.encode() in file.text
        )
    )


def _from_abroad(
    run: _Run, ways: tuple[Caller, ...], known: tuple[Finding, ...]
) -> Iterator[Finding]:
    """What roots of other files lead to in the file, besides what is known."""
    found = {(each.location, each.subject) for each in known}
    for caller in ways:
        handed = (run.openers & caller.names) - caller.bodies.by_name.keys()
        for each in (
            *run.findings(handed_over(run.bodies, run.rule, handed, caller.bodies)),
            *_from(run, caller),
        ):
            key = (each.location, each.subject)
            if each.location.path == run.bodies.unit.path and key not in found:
                found.add(key)
                yield each


def _from(run: _Run, caller: Caller) -> Iterator[Finding]:
    """What the caller's own roots lead to, wherever that is."""
    home, names = caller.bodies, caller.names
    if any(handed_over(home, run.rule, caller.using, home)):
        words = (*run.search.literals, *(frozenset({name}) for name in sorted(names)))
        openers = home.reaching(words, meaning(moving(run.automaton), names))
        further = _Run(home, run.rule, run.automaton, openers, Abroad(names), None, words)
        yield from further.findings(handed_over(home, run.rule, openers & caller.using, home))


def _confirmable(bodies: Bodies, automaton: Automaton, wanted: Need) -> bool:
    """Whether the file has an event that the rule's violations wait for, if they wait for one."""
    if wanted.confirms is None:
        return True
    return bool(bodies.reaching(wanted.confirms, _spells(automaton.triggers(Effect.CONFIRM))))


def meaning(entries: tuple[str, ...], abroad: frozenset[str]) -> Callable[[Event], bool]:
    """Whether an event is one of the entries, or a call of a function that does the same."""
    spells = _spells(entries)
    return lambda event: event.callee in abroad or spells(event)


def _spells(entries: tuple[str, ...]) -> Callable[[Event], bool]:
    return lambda event: speaks_of(entries, event.names)


@lru_cache(maxsize=8)
def prepare(rules: RuleSet) -> Prepared:
    """The rule set made ready; remembered, since every file of a run needs the same."""
    return Prepared(
        compile_vocabulary(rules.vocabulary),
        tuple((rule, automaton_of(rule.body), need_in(rules, rule)) for rule in rules.rules),
    )


class _Run:
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


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return finding.location.line, finding.rule, finding.subject, finding.text


def _gravest(findings: list[Finding], rules: RuleSet) -> Iterator[Finding]:
    """The findings without what a rule on context says less surely than another of its kind."""
    context = {rule.id for rule in rules.rules if rule.kind is RuleKind.CONTEXT}
    best: dict[tuple[Location, str], int] = {}
    for each in findings:
        if each.rule in context:
            key = (each.location, each.text)
            best[key] = min(best.get(key, each.severity.rank), each.severity.rank)
    for each in findings:
        if each.rule not in context or each.severity.rank == best[each.location, each.text]:
            yield each


def _numbered(findings: list[Finding]) -> tuple[Finding, ...]:
    """The findings with the ordinals of those that are alike."""
    count: Counter[tuple[str, str, str, str]] = Counter()
    numbered: list[Finding] = []
    for finding in findings:
        key = (finding.rule, finding.function, finding.subject, finding.text)
        numbered.append(replace(finding, ordinal=count[key]))
        count[key] += 1
    return tuple(numbered)
