"""Every rule on a contract against its own examples, and every entry of it against some example."""

from __future__ import annotations

from functools import cache

import pytest
from msgspec.structs import replace

from reviewer.check.contract import CHECKS
from reviewer.rule.contract_types import ContractExample, ContractRule
from reviewer.rule.load import load_rules
from reviewer.rule.types import EventType, Vocabulary
from tests.examples.contracts import outcome
from tests.examples.judging import complaint, more_than_remarks, places, without_an_event

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
    found = outcome(example, rule, RULES.vocabulary)
    assert complaint(example.kind, example.guilty, places(more_than_remarks(found))) == ""


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


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        pytest.param(rule, without, id=f"{rule.id}: {title}")
        for rule in RULES.contracts
        for title, without in without_an_event(rule)
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
