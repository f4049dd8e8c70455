"""Rules against one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.bodies import Bodies
from reviewer.check.callers import callers_in, may_lead, sought
from reviewer.check.coverage import uncovered
from reviewer.check.instrumentation import instrumented
from reviewer.check.judged import Run, meaning, spells
from reviewer.check.mentions import mentioned, pasted
from reviewer.check.prefilter import Need, in_scope, need_in
from reviewer.check.roots import may_start, starts, values
from reviewer.check.upward import Upward
from reviewer.errors import OutOfTime
from reviewer.event.match import Matcher, compile_vocabulary
from reviewer.finding import Finding, Location, Skip
from reviewer.patch.types import Context as Extent
from reviewer.patch.types import SourceFile
from reviewer.rule.automaton import Automaton, Effect
from reviewer.rule.compile import automaton_of, moving
from reviewer.rule.types import (
    Context,
    Coverage,
    Order,
    Rule,
    RuleKind,
    RuleSet,
)
from reviewer.source.index.index import Index
from reviewer.source.resolve.sight import Sight
from reviewer.source.types import Language
from reviewer.source.unit import Unit


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
    active = list(_active(unit.file, rules, index))
    if not active:
        return Checked((), ())
    sight = Sight(index, unit) if index and _resolved(unit.file) else None
    bodies = Bodies(unit, prepared.matcher, sight)
    settings = index.settings(unit.path) if index and unit.language is Language.C else None
    findings: list[Finding] = []
    skips: dict[Skip, None] = {}
    at = ""
    try:
        for rule, automaton, wanted, led in active:
            at = rule.id
            if not _confirmable(bodies, automaton, wanted):
                continue
            if not led and not may_start(bodies, rule, wanted.opens):
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
                run = Run(bodies, rule, automaton, openers, abroad, bound, wanted.moves)
                own = tuple(run.findings(starts(bodies, rule, automaton, openers)))
                found = (
                    *own,
                    *(_from_abroad(run, wanted, index, own, skips) if led and index else ()),
                )
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


def reached(file: SourceFile, rules: RuleSet, index: Index) -> bool:
    """Whether other files may lead to something that a rule looks for in the file."""
    return any(led for *_, led in _active(file, rules, index))


def _active(
    file: SourceFile, rules: RuleSet, index: Index | None
) -> Iterator[tuple[Rule, Automaton, Need, bool]]:
    """The rules that may have something to say of the file, and whether other files lead to it."""
    resolved = index if index and _resolved(file) else None
    for rule, automaton, wanted in prepare(rules).rules:
        if in_scope(rule, file.path):
            led = resolved is not None and may_lead(file, rule, wanted, rules.vocabulary, resolved)
            if led or wanted.met(file.text):
                yield rule, automaton, wanted, led


def _resolved(file: SourceFile) -> bool:
    """Whether what the file calls is looked up in the tree."""
    return file.path.endswith((".c", ".h")) and file.context is not Extent.HUNK


def _from_abroad(
    run: Run, wanted: Need, index: Index, own: tuple[Finding, ...], skips: dict[Skip, None]
) -> Iterator[Finding]:
    """What roots of other files lead to in the file, besides its own findings."""
    if not isinstance(run.rule.body, Context):
        return
    vocabulary = run.bodies.matcher.vocabulary
    upward = Upward(run, callers_in(index), sought(run.rule.body, wanted, vocabulary))
    known = {(each.location, each.subject) for each in own}
    yield from (each for each in upward.findings() if (each.location, each.subject) not in known)
    if upward.cut:
        reason = f"{run.rule.id}: not all callers in other files were followed"
        skips[Skip(run.bodies.unit.path, 1, reason)] = None


def _confirmable(bodies: Bodies, automaton: Automaton, wanted: Need) -> bool:
    """Whether the file has an event that the rule's violations wait for, if they wait for one."""
    if wanted.confirms is None:
        return True
    return bool(bodies.reaching(wanted.confirms, spells(automaton.triggers(Effect.CONFIRM))))


@lru_cache(maxsize=8)
def prepare(rules: RuleSet) -> Prepared:
    """The rule set made ready; remembered, since every file of a run needs the same."""
    return Prepared(
        compile_vocabulary(rules.vocabulary),
        tuple((rule, automaton_of(rule.body), need_in(rules, rule)) for rule in rules.rules),
    )


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
