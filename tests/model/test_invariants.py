"""Each invariant on one state: kept, broken, and when it speaks of nothing."""

from __future__ import annotations

import pytest

from reviewer.model.invariants import INVARIANTS, LOCAL, PREMISES, Judge
from reviewer.model.machine import Machine
from reviewer.model.promela import _CHECKS
from reviewer.model.state import Boot, Local
from reviewer.model.text import parse
from reviewer.model.types import System

IDLE = parse("program idle\n0 -> exit: none")
MACHINE = Machine(System(IDLE, IDLE, (("irq", IDLE), ("nmi", IDLE))))


def bits(names: str) -> int:
    return sum(MACHINE.bit(name) for name in names.split())


Pair = tuple[Boot, Local]


def state(*, own: str = "", boot: str = "", jumped: bool = False, nmi: int = -1) -> Pair:
    return Boot(0, bits(boot), jumped), Local(0, -1, -1, nmi, bits(own))


@pytest.mark.parametrize(
    ("name", "pair", "holds"),
    [
        ("no-flush-after-hand-over", state(own="flushing"), True),
        ("no-flush-after-hand-over", state(jumped=True), True),
        ("no-flush-after-hand-over", state(boot="flushing", jumped=True), True),
        ("no-flush-after-hand-over", state(own="flushing", jumped=True), False),
        ("no-late-nmi", state(jumped=True, nmi=0), True),
        ("no-late-nmi", state(own="late.nmi", jumped=True, nmi=0), False),
        ("no-stale-write-back", state(own="dirty", jumped=True), True),
        ("no-stale-write-back", state(own="stale", jumped=True), False),
        ("no-stale-write-back", state(boot="stale", jumped=True), False),
        ("flag-is-conservative", state(own="online"), True),
        ("flag-is-conservative", state(own="online dirty flag"), True),
        ("flag-is-conservative", state(own="online dirty"), False),
        ("flag-is-conservative", state(own="mask dirty"), False),
        ("flag-is-conservative", state(own="dirty"), True),
        ("flag-is-conservative", state(own="online dirty flushing"), True),
        ("flag-is-conservative", state(own="online dirty", nmi=0), True),
        ("gs-valid-when-used", state(own="gs.invalid"), True),
        ("gs-valid-when-used", state(own="gs.used"), False),
        ("gs-valid-when-used", state(boot="gs.used"), False),
    ],
)
def test_an_invariant_on_a_state(name: str, pair: Pair, holds: bool) -> None:
    assert INVARIANTS[name](MACHINE, *pair) is holds


@pytest.mark.parametrize(
    ("name", "silent", "speaking"),
    [
        ("no-flush-after-hand-over", state(), state(own="flushing")),
        ("no-late-nmi", state(), state(nmi=0)),
        ("no-stale-write-back", state(), state(own="dirty")),
        ("no-stale-write-back", state(), state(boot="dirty")),
        ("flag-is-conservative", state(boot="dirty"), state(own="dirty")),
        ("gs-valid-when-used", state(), state(boot="gs.invalid")),
    ],
)
def test_a_premise_tells_when_an_invariant_speaks(name: str, silent: Pair, speaking: Pair) -> None:
    assert not PREMISES[name](MACHINE, *silent)
    assert PREMISES[name](MACHINE, *speaking)


def test_tables_name_the_same_invariants() -> None:
    assert INVARIANTS.keys() == PREMISES.keys() == _CHECKS.keys()
    assert INVARIANTS.keys() >= LOCAL


def test_a_judge_says_the_same_of_a_pair_again() -> None:
    judge = Judge(MACHINE, tuple(INVARIANTS))
    start = MACHINE.start()
    assert judge.broken(*start) == judge.broken(*start) == frozenset()
