"""Each operator that puts a system wrong, on a program of a few steps."""

from __future__ import annotations

from collections import Counter

from reviewer.model.mutants import mutants
from reviewer.model.text import parse, show
from reviewer.model.types import System

IDLE = parse("program idle\n0 -> exit: none")
TASK = """
program task
0 -> 1: flush.begin if flag
0 -> 2: none if !flag
1 -> 2: flush.end
2 -> 3: flag := 0
3 -> 4: dirty
4 -> exit: gs.invalid
"""


def changed() -> list[tuple[str, str]]:
    made = System(IDLE, parse(TASK), (("nmi", IDLE),))
    return [(mutant.operator, show(mutant.system.task)) for mutant in mutants(made)]


def test_every_operator_makes_systems() -> None:
    assert Counter(operator for operator, _ in changed()) == {
        "delete": 4,
        "swap": 2,
        "slip in": 2,
        "negate": 1,
        "drop the condition": 2,
    }


def test_no_mutant_is_the_system_itself() -> None:
    usual = show(parse(TASK))
    assert all(text != usual for _, text in changed())


def test_a_flush_that_is_deleted_cleans_nothing() -> None:
    assert any("flush" not in text for operator, text in changed() if operator == "delete")


def test_two_steps_change_places() -> None:
    swapped = [text for operator, text in changed() if operator == "swap"]
    assert any("2 -> 3: dirty" in text and "3 -> 4: flag := 0" in text for text in swapped)


def test_what_slips_in_comes_right_behind() -> None:
    slipped = [text for operator, text in changed() if operator == "slip in"]
    assert any("store" in text for text in slipped)
    assert any("percpu" in text for text in slipped)
