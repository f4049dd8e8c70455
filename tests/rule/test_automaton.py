from __future__ import annotations

import pytest

from reviewer.rule.automaton import Choice, Effect, of_window
from reviewer.rule.types import Window

WINDOW = Window(
    opens=("flush",), forbids=("call", "store"), permits=("call.leaf",), closes=("halt", "shut")
)
UNTIL = Window(opens=("flush",), forbids=("call",), closes=("halt", "shut"), until=("halt",))


@pytest.mark.parametrize(
    ("state", "names", "choices"),
    [
        ("closed", ("flush.all", "call"), [("open", Effect.OPEN)]),
        ("closed", ("call",), []),
        ("open", ("flush", "call"), [("open", Effect.OPEN)]),
        ("open", ("call.direct", "call"), [("open", Effect.VIOLATE)]),
        ("open", ("call.leaf", "call"), []),
        ("open", ("halt", "instruction"), [("closed", Effect.CLOSE)]),
        ("open", ("shut", "call"), [("closed", Effect.VIOLATE)]),
        ("open", ("load",), []),
    ],
)
def test_a_window_is_three_effects(
    state: str, names: tuple[str, ...], choices: list[tuple[str, Effect]]
) -> None:
    assert of_window(WINDOW).choices(state, names) == tuple(Choice(*item) for item in choices)


@pytest.mark.parametrize(
    ("state", "names", "choices"),
    [
        ("open", ("call",), [("open", Effect.NONE), ("suspected", Effect.SUSPECT)]),
        ("open", ("halt", "call"), [("closed", Effect.CLOSE)]),
        ("suspected", ("call",), []),
        ("suspected", ("halt", "call"), [("closed", Effect.CONFIRM)]),
        ("suspected", ("shut",), [("closed", Effect.CLEAR)]),
        ("suspected", ("flush",), [("closed", Effect.CLEAR)]),
    ],
)
def test_until_suspects_first(
    state: str, names: tuple[str, ...], choices: list[tuple[str, Effect]]
) -> None:
    assert of_window(UNTIL).choices(state, names) == tuple(Choice(*item) for item in choices)


def test_triggers_are_what_a_file_must_spell() -> None:
    assert of_window(WINDOW).triggers(Effect.OPEN) == ("flush",)
    assert of_window(WINDOW).triggers(Effect.CONFIRM) == ()
    assert of_window(UNTIL).triggers(Effect.CONFIRM) == ("halt",)
