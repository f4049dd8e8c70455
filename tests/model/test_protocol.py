from __future__ import annotations

import pytest

from reviewer.model.machine import Machine
from reviewer.model.search import breadth_first, quotient, views
from tests.model.protocol import INVARIANTS, VARIANTS, Early, system

#: Numbers of the invariants that break: without an early flush, and with its three kinds.
TABLE = {
    "as is": ("1", "123", "1", ""),
    "flag and SEAMCALL with interrupts off": ("1", "1", "1", ""),
    "NMI skips a CPU that has reported": ("", "23", "", ""),
    "stop clears the flag after its flush": ("", "23", "", ""),
    "flag after the SEAMCALL": ("123", "123", "123", "123"),
    "flush clears the flag first": ("1", "123", "13", "3"),
    "flush without a flush": ("1", "123", "123", "23"),
    "flush preempted by a SEAMCALL": ("1", "123", "123", "23"),
    "stop without a flush": ("2", "23", "", ""),
    "stop reports before its flush": ("12", "123", "1", ""),
    "relocation without a flush": ("12", "123", "1", ""),
    "flag sampled early": ("1", "123", "1", ""),
    "flag read after the segments": ("14", "1234", "14", "4"),
    "second wait may time out": ("12", "123", "1", ""),
    "SEAMCALL after migration": ("123", "123", "123", "23"),
}
CASES = [
    (name, early, verdict)
    for name, row in TABLE.items()
    for early, verdict in zip(Early, row, strict=True)
]
NAMES = tuple(INVARIANTS.values())


def _numbers(broken: frozenset[str]) -> str:
    return "".join(str(number) for number, name in INVARIANTS.items() if name in broken)


def test_the_table_has_every_variant() -> None:
    assert TABLE.keys() == VARIANTS.keys()


@pytest.mark.parametrize(("name", "early", "verdict"), CASES)
def test_views_give_the_known_verdict_for_any_number(name: str, early: Early, verdict: str) -> None:
    machine = Machine(system(VARIANTS[name], early))
    assert _numbers(views(machine, NAMES).broken) == verdict


@pytest.mark.parametrize(("name", "early", "verdict"), CASES)
def test_three_cpus_give_the_known_verdict(name: str, early: Early, verdict: str) -> None:
    machine = Machine(system(VARIANTS[name], early))
    assert _numbers(quotient(machine, 3, NAMES).broken) == verdict
    assert _numbers(breadth_first(machine, 2, NAMES)[0].broken) == verdict
