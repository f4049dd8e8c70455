"""Rules on the contract between C and assembly against the files of both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from reviewer.check import contract_convention as convention
from reviewer.check import contract_order as order
from reviewer.check import contract_words as words
from reviewer.check.contract_border import Border, borders
from reviewer.check.contract_hit import Hit
from reviewer.check.contract_hunk import too_wide_in_hunks
from reviewer.check.contract_pairs import pairs
from reviewer.event.match import Matcher, compile_vocabulary
from reviewer.finding import Finding, told_apart
from reviewer.patch.types import SourceFile
from reviewer.rule.checks import check_named
from reviewer.rule.contract_types import Contract, ContractRule
from reviewer.rule.types import Vocabulary

CHECKS: Mapping[str, Callable[[Border, Contract], Iterator[Hit]]] = {
    "comment": words.named_otherwise,
    "call": words.passed_otherwise,
    "declaration": words.declared_otherwise,
    "sense": words.jumps_the_other_way,
    "width": order.too_wide,
    "unpassed": order.not_passed,
    "unread": order.not_read,
    "bits": order.bits_apart,
    "beyond": order.out_of_reach,
    "lost": order.flags_lost,
    "rebuilt": order.rebuilt_against,
    "guard": order.guarded_otherwise,
    "order": order.out_of_order,
    "state": order.machine_not_ready,
    "unpassed-register": convention.reads_unpassed,
    "unused-register": convention.never_reads,
    "wide-register": convention.tests_too_much,
    "lost-register": convention.not_kept,
    "named-register": convention.names_another,
}


#: Checks that can be made where only hunks are known, by the name of the whole check.
IN_HUNKS: Mapping[str, Callable[[ContractRule, Iterable[SourceFile]], Iterator[Hit]]] = {
    "width": too_wide_in_hunks,
}


def check_contracts(
    files: Iterable[SourceFile], rules: Iterable[ContractRule], vocabulary: Vocabulary
) -> tuple[Finding, ...]:
    """What the rules say of the files taken together, by path and line."""
    matcher = _matcher(vocabulary)
    known: dict[tuple[object, ...], tuple[Border, ...]] = {}
    found: dict[tuple[str, int, str, str, str], Finding] = {}
    every, asked = tuple(files), tuple(rules)
    voids = _voids(asked)
    for rule in asked:
        key = (rule.body.entries, rule.body.files, rule.condition)
        if key not in known:
            if rule.body.about_every:
                known[key] = tuple(pairs(rule, every))
            else:
                known[key] = tuple(borders(rule, every, matcher, voids))
        check = check_named(CHECKS, rule.body.check, rule.source)
        hits = [each for border in known[key] for each in check(border, rule.body)]
        if rule.body.check in IN_HUNKS:
            hits += IN_HUNKS[rule.body.check](rule, every)
        for each in hits:
            place = each.location.path, each.location.line
            found.setdefault((*place, rule.id, each.subject, each.text), _finding(rule, each))
    return tuple(told_apart(each for _, each in sorted(found.items(), key=lambda item: item[0])))


def _voids(rules: Iterable[ContractRule]) -> dict[str, tuple[str, ...]]:
    """Which events undo which others, by the rules that speak of them."""
    found: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        for name in rule.body.named("undone_by"):
            found[name] = (*found.get(name, ()), *rule.body.named("after"))
    return found


@lru_cache(maxsize=8)
def _matcher(vocabulary: Vocabulary) -> Matcher:
    return compile_vocabulary(vocabulary)


def _finding(rule: ContractRule, each: Hit) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=rule.message.format(subject=each.subject, text=each.text, detail=each.detail),
        location=each.location,
        function=each.function,
        subject=each.subject,
        text=each.text,
        trace=each.trace,
    )
