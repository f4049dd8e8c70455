"""Every rule against its own examples, and every entry of every rule against some example."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from msgspec.structs import replace

from reviewer.rule.load import load_rules
from reviewer.rule.types import (
    Body,
    Context,
    Example,
    Rule,
    RuleSet,
    Scope,
    covers,
    entries,
)
from tests.examples.code import outcome
from tests.examples.judging import complaint, more_than_remarks, places

RULES = load_rules()
#: Actions by which the simulator tells apart what is the same to every rule.
SIMULATED = frozenset({"percpu-write"})
#: What is a guess without a tree, and no guess with one: tests/check/test_callers.py.
GUESSED = frozenset({"lock.unclear.tried"})

Outcome = tuple[tuple[int, str, str, str, int], ...]


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(rule, example, id=f"{rule.id}: {example.kind}: {example.title}")
        for rule in RULES.rules
        for example in rule.examples
    ],
)
def test_an_example_is_what_it_says(rule: Rule, example: Example) -> None:
    found = outcome(example, rule, RULES)
    assert not found.skips
    guilty = [(example.path, line) for line in example.guilty]
    assert complaint(example.kind, guilty, places(more_than_remarks(found.findings))) == ""


def outcomes(rule: Rule, rules: RuleSet) -> tuple[Outcome, ...]:
    """What the rule says of each of its examples."""
    return tuple(said(example, rule, rules) for example in rule.examples)


def said(example: Example, rule: Rule, rules: RuleSet) -> Outcome:
    return tuple(
        (
            finding.location.line,
            finding.subject,
            finding.severity,
            finding.condition,
            len(finding.trace.steps),
        )
        for finding in outcome(example, rule, rules).findings
    )


@cache
def usual(rule: Rule) -> tuple[Outcome, ...]:
    return outcomes(rule, RULES)


def narrowed(body: Body, name: str, rest: tuple[str, ...]) -> Body:
    """The body with that list of its entries changed."""
    if not isinstance(body, Context) or " " not in name:
        return replace(body, **{name: rest})
    key, number = name.split()
    protections = list(body.protections)
    protections[int(number)] = replace(protections[int(number)], **{key: rest})
    return replace(body, protections=tuple(protections))


def dropped(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule without each of its entries in turn."""
    for name, listed in entries(rule.body).items():
        for entry in listed:
            rest = tuple(item for item in listed if item != entry)
            yield f"{name}: {entry}", replace(rule, body=narrowed(rule.body, name, rest))
    if isinstance(rule.body, Context):
        for root in rule.body.roots:
            rest = tuple(item for item in rule.body.roots if item != root)
            yield f"roots: {root}", replace(rule, body=replace(rule.body, roots=rest))
    for rank in rule.ranks:
        rest_of_ranks = tuple(item for item in rule.ranks if item is not rank)
        yield f"rank: {rank.event}", replace(rule, ranks=rest_of_ranks)
    scope = rule.scope
    for path in scope.paths:
        rest = tuple(item for item in scope.paths if item != path)
        yield f"path: {path}", replace(rule, scope=replace(scope, paths=rest))
    for path in scope.exclude:
        rest = tuple(item for item in scope.exclude if item != path)
        yield f"exclude: {path}", replace(rule, scope=replace(scope, exclude=rest))
    if scope.condition:
        yield (
            f"condition: {scope.condition}",
            replace(rule, scope=Scope(scope.paths, scope.exclude)),
        )


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        pytest.param(rule, without, id=f"{rule.id}: {title}")
        for rule in RULES.rules
        for title, without in dropped(rule)
    ],
)
def test_no_entry_of_a_rule_is_idle(rule: Rule, without: Rule) -> None:
    assert outcomes(without, RULES) != usual(rule)


def unspelled() -> Iterator[tuple[str, RuleSet]]:
    """The rule set without each spelling of its vocabulary in turn, and without each noreturn."""
    events = RULES.vocabulary.events
    contracts = {name for rule in RULES.contracts for _, names in rule.body.words for name in names}
    spoken = {
        name for rule in RULES.rules for names in entries(rule.body).values() for name in names
    }
    for place, event in enumerate(events):
        if event.name in contracts - spoken or event.derived:
            continue
        if event.action and not any(covers(name, event.name) for name in spoken):
            continue  # the simulator's own word: tests/model/test_vocabulary.py
        if event.action in SIMULATED or event.name in GUESSED:
            continue
        changes = [
            *(
                (f"c {i}", replace(event, c=event.c[:i] + event.c[i + 1 :]))
                for i in range(len(event.c))
            ),
            *(
                (f"asm {i}", replace(event, asm=event.asm[:i] + event.asm[i + 1 :]))
                for i in range(len(event.asm))
            ),
        ]
        if event.noreturn:
            changes.append(("noreturn", replace(event, noreturn=False)))
        for title, changed in changes:
            vocabulary = replace(
                RULES.vocabulary, events=(*events[:place], changed, *events[place + 1 :])
            )
            yield f"{event.name} {title}", RuleSet(RULES.rules, vocabulary, RULES.digest)


@pytest.mark.parametrize("rules", [pytest.param(rules, id=title) for title, rules in unspelled()])
def test_no_spelling_of_the_vocabulary_is_idle(rules: RuleSet) -> None:
    assert any(outcomes(rule, rules) != usual(rule) for rule in RULES.rules)
