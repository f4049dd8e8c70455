"""One vocabulary for rules and scenarios: an event of rules/events says what the simulator does."""

from __future__ import annotations

import pytest

from reviewer.model.scenario import words
from reviewer.model.terms import PLAIN, STOPPING, TESTS
from reviewer.rule.files import shipped_folder
from reviewer.rule.load import load_rules
from reviewer.rule.types import EventType

EVENTS = load_rules().vocabulary.events
#: Actions that the cut knows by name: each has a place of its own in `reviewer.model.cut`.
OWN = frozenset({"flush", "percpu-write", "online", "jump"})
KNOWN = OWN | TESTS | PLAIN.keys() | STOPPING.keys()
SEEN = [event for event in EVENTS if event.action and not event.derived]


def test_scenarios_have_no_vocabulary_of_their_own() -> None:
    for path in (shipped_folder() / "scenarios").rglob("*.toml"):
        assert "[[event]]" not in path.read_text(), path


def test_every_action_of_the_vocabulary_is_one_the_simulator_has() -> None:
    assert {event.action for event in SEEN} <= KNOWN


def test_every_action_of_the_simulator_is_said_by_some_event() -> None:
    # An instruction of a scenario may say these by itself.
    assert KNOWN - {event.action for event in SEEN} <= {"irq-on", "flush"}


def test_the_simulator_reads_the_very_events_of_the_rules() -> None:
    matcher = words().matcher
    read = {
        spelling.type
        for index in (matcher.c, matcher.asm)
        for each in index.by_head.values()
        for spelling in each
    }
    read |= {spelling.type for index in (matcher.c, matcher.asm) for spelling in index.free}
    assert read <= set(EVENTS)
    assert read >= {event for event in SEEN if event.c or event.asm}


@pytest.mark.parametrize("event", SEEN, ids=lambda event: event.name)
def test_no_earlier_event_hides_what_an_event_does(event: EventType) -> None:
    """Where two events have a spelling in common the first one's action counts."""
    for other in SEEN:
        if other is event:
            return
        shared = set(map(repr, event.c)) & set(map(repr, other.c))
        assert not shared or other.action == event.action, (other.name, shared)
