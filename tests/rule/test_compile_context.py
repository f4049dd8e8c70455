"""Rules on context: what is counted, and when it is no longer known."""

from __future__ import annotations

import pytest

from reviewer.rule.automaton import Effect
from reviewer.rule.compile import DEEPEST, UNKNOWN, automaton_of, entered
from reviewer.rule.types import Context, Protection, Root

RULE = Context(
    before=("cpu",),
    protections=(
        Protection(("preempt.off", "lock"), ("preempt.on", "unlock"), ("preemption", "migration")),
        Protection(("irq.off", "lock.irq"), ("irq.on", "unlock.irq"), ("interrupts",)),
    ),
    roots=("thread",),
    unclear=("pointer",),
)


def after(*events: str, rule: Context = RULE) -> str:
    """The state after the events, each with the plain name of a call, in a thread if any."""
    automaton = automaton_of(rule)
    state = "0.0" if rule.roots else automaton.initial
    for event in events:
        for choice in automaton.choices(state, (event, "call")):
            state = choice.target
    return state


def wrong(*events: str) -> bool:
    automaton = automaton_of(RULE)
    choices = automaton.choices(after(*events), ("cpu", "call"))
    return any(choice.effect is Effect.VIOLATE for choice in choices)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ((), "0.0"),
        (("preempt.off",), "1.0"),
        (("lock.irq",), "1.1"),
        (("preempt.off", "lock.irq", "unlock.irq"), "1.0"),
        (("irq.off", "preempt.off", "irq.on"), "1.0"),
        (("preempt.on",), UNKNOWN),
        (("preempt.off", "unlock.irq"), UNKNOWN),
        (("pointer", "preempt.off"), UNKNOWN),
        (("preempt.off",) * (DEEPEST + 2) + ("preempt.on",) * (DEEPEST + 2), f"{DEEPEST}.0"),
    ],
)
def test_protections_are_counted(events: tuple[str, ...], state: str) -> None:
    assert after(*events) == state


def test_only_what_nothing_protects_is_wrong() -> None:
    assert wrong()
    assert wrong("lock", "unlock")
    assert not wrong("lock")
    assert not wrong("irq.off")
    assert not wrong("unlock")
    assert not wrong("pointer")


def test_without_a_start_it_is_known_after_what_happens_bare_only() -> None:
    rule = Context(RULE.before, RULE.protections, bare=("sleep",))
    assert after("preempt.off", rule=rule) == UNKNOWN
    assert after("sleep", "lock", rule=rule) == "1.0"
    assert after("lock", "sleep", rule=rule) == "0.0"


def test_a_function_that_gives_back_more_than_it_took_leaves_nothing_known() -> None:
    automaton = automaton_of(RULE)
    assert automaton.back("1.1", "2.1") == "2.1"
    assert automaton.back("1.1", "2.0") == UNKNOWN
    assert automaton.back(UNKNOWN, "0.0") == "0.0"


@pytest.mark.parametrize(
    ("holds", "lacks", "state"),
    [
        ((), ("preemption", "migration", "interrupts"), "0.0"),
        (("migration",), ("preemption", "interrupts"), "1.0"),
        (("preemption", "interrupts"), (), "1.1"),
        ((), ("preemption", "interrupts"), UNKNOWN),
        (("preemption",), (), UNKNOWN),
    ],
)
def test_a_root_says_what_is_in_force(
    holds: tuple[str, ...], lacks: tuple[str, ...], state: str
) -> None:
    assert entered(RULE, Root("r", "root", "", holds, lacks)) == state
