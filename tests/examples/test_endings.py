"""Every rule on whole series against its examples, and every entry of it against some example."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from msgspec.structs import replace

from reviewer.check.flags.run import CHECKS
from reviewer.rule.ending_types import EndingExample, EndingRule
from reviewer.rule.load import load_rules
from reviewer.rule.types import EventType
from tests.examples.endings import outcome
from tests.examples.judging import complaint, places, without_an_event

RULES = load_rules()

Said = tuple[tuple[tuple[str, int, str, str], ...], ...]


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(rule, example, id=f"{rule.id}: {example.kind}: {example.title}")
        for rule in RULES.endings
        for example in rule.examples
    ],
)
def test_an_example_is_what_it_says(rule: EndingRule, example: EndingExample) -> None:
    found = outcome(example, rule, RULES.vocabulary)
    assert complaint(example.kind, example.guilty, places(found)) == ""


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES.endings])
def test_a_rule_names_a_check(rule: EndingRule) -> None:
    assert rule.body.check in CHECKS


def said(rule: EndingRule) -> Said:
    return tuple(
        tuple(
            (found.location.path, found.location.line, found.subject, found.message)
            for found in outcome(example, rule, RULES.vocabulary)
        )
        for example in rule.examples
    )


@cache
def usual(rule: EndingRule) -> Said:
    return said(rule)


@pytest.mark.parametrize(
    ("rule", "without"),
    [
        pytest.param(rule, without, id=f"{rule.id}: {title}")
        for rule in RULES.endings
        for title, without in without_an_event(rule)
    ],
)
def test_no_event_of_a_rule_is_idle(rule: EndingRule, without: EndingRule) -> None:
    assert said(without) != usual(rule)


def spellings() -> Iterator[tuple[str, str, EventType, int]]:
    for source in sorted({rule.source for rule in RULES.endings}):
        events = next(rule.events for rule in RULES.endings if rule.source == source)
        for event in events:
            for place in range(len(event.c)):
                yield f"{event.name} {place}", source, event, place


@pytest.mark.parametrize(
    ("source", "event", "place"),
    [pytest.param(source, event, place, id=title) for title, source, event, place in spellings()],
)
def test_no_spelling_is_idle(source: str, event: EventType, place: int) -> None:
    changed = replace(event, c=event.c[:place] + event.c[place + 1 :])
    rules = [rule for rule in RULES.endings if rule.source == source]
    assert any(
        said(replace(rule, events=tuple(changed if e is event else e for e in rule.events)))
        != usual(rule)
        for rule in rules
    )
