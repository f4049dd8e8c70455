"""Every rule on a contract against its own examples, and every entry of it against some example."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from msgspec.structs import replace

from reviewer.check.contract import CHECKS
from reviewer.check.contract_example import complaint, outcome
from reviewer.rule.contract_types import ContractExample, ContractRule
from reviewer.rule.load import load_rules
from reviewer.rule.types import EventType, Vocabulary

RULES = load_rules()

Said = tuple[tuple[tuple[str, int, str], ...], ...]


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(rule, example, id=f"{rule.id}: {example.kind}: {example.title}")
        for rule in RULES.contracts
        for example in rule.examples
    ],
)
def test_an_example_is_what_it_says(rule: ContractRule, example: ContractExample) -> None:
    assert complaint(example, outcome(example, rule, RULES.vocabulary)) == ""


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES.contracts])
def test_a_rule_names_a_check(rule: ContractRule) -> None:
    assert rule.body.check in CHECKS


def said(rule: ContractRule, vocabulary: Vocabulary = RULES.vocabulary) -> Said:
    return tuple(
        tuple(
            (found.location.path, found.location.line, found.subject)
            for found in outcome(example, rule, vocabulary)
        )
        for example in rule.examples
    )


@cache
def usual(rule: ContractRule) -> Said:
    return said(rule)


def dropped(rule: ContractRule) -> Iterator[tuple[str, ContractRule]]:
    """The rule without each of its events in turn, and without each of its files."""
    body = rule.body
    for part, names in body.words:
        for name in names:
            rest = tuple(item for item in names if item != name)
            words = tuple((key, rest if key == part else value) for key, value in body.words)
            yield f"{part}: {name}", replace(rule, body=replace(body, words=words))


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        pytest.param(rule, without, id=f"{rule.id}: {title}")
        for rule in RULES.contracts
        for title, without in dropped(rule)
    ],
)
def test_no_event_of_a_rule_is_idle(rule: ContractRule, without: ContractRule) -> None:
    assert said(without) != usual(rule)


def own(event: EventType) -> bool:
    """Whether only rules on contracts speak of the event."""
    return event.name.split(".")[0] in ("map", "page", "descriptors", "segment") and bool(event.asm)


@pytest.mark.parametrize(
    ("event", "place"),
    [
        pytest.param(event, place, id=f"{event.name} {place}")
        for event in RULES.vocabulary.events
        if own(event)
        for place in range(len(event.asm))
    ],
)
def test_no_spelling_of_assembly_is_idle(event: EventType, place: int) -> None:
    changed = replace(event, asm=event.asm[:place] + event.asm[place + 1 :])
    events = tuple(changed if item is event else item for item in RULES.vocabulary.events)
    assert any(said(rule, Vocabulary(events)) != usual(rule) for rule in RULES.contracts)
