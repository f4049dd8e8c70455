"""A second opinion on every verdict: SPIN, where it is installed with a C compiler."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache, partial
from pathlib import Path

import pytest

from reviewer.model.machine import Machine
from reviewer.model.promela import promela
from reviewer.model.scenario import build
from reviewer.model.scenario_file import Scenario
from reviewer.model.search import full, quotient
from reviewer.model.types import System
from reviewer.model.verdict import checked
from tests.model.mutations import MUTATIONS, Mutation
from tests.model.protocol import INVARIANTS, VARIANTS, Early, system
from tests.model.score import SCENARIOS, memory, reader
from tests.real.test_model import TREES, built

COMPILER = shutil.which("tcc") or shutil.which("gcc") or ""
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (shutil.which("spin") and COMPILER), reason="no spin or no C compiler"),
]


def spin_breaks(made: System, cpus: int, invariant: str, folder: Path) -> bool:
    (folder / "model.pml").write_text(promela(made, cpus, [invariant]))
    run = partial(subprocess.run, cwd=folder, capture_output=True, text=True)
    run(["spin", "-a", "model.pml"], check=True)
    run([COMPILER, "-DSAFETY", "-DNOCLAIM", "-DVECTORSZ=4096", "-o", "pan", "pan.c"], check=True)
    output = str(run(["./pan", "-E", "-m200000", "-n"], check=False).stdout)
    assert "max search depth too small" not in output
    assert "errors:" in output, output
    return "assertion violated" in output


def systems(mutation: Mutation | None) -> list[tuple[str, System, tuple[str, ...]]]:
    return [
        (f"{scenario.id}/{platform.name}", made, checked(made, scenario.invariants))
        for scenario in SCENARIOS
        for platform, made in build(scenario, reader(mutation), memory()).systems
    ]


@cache
def usual() -> frozenset[str]:
    return frozenset(promela(made, 2, invariants) for _, made, invariants in systems(None))


@pytest.mark.parametrize("cpus", [2, 3])
def test_spin_agrees_on_every_scenario(cpus: int, tmp_path: Path) -> None:
    for name, made, invariants in systems(None):
        ours = quotient(Machine(made), cpus, invariants).broken
        for invariant in invariants:
            said = spin_breaks(made, cpus, invariant, tmp_path)
            assert said is (invariant in ours), (name, invariant)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.title)
def test_spin_agrees_on_every_mistake(mutation: Mutation, tmp_path: Path) -> None:
    changed = 0
    for name, made, invariants in systems(mutation):
        if promela(made, 2, invariants) in usual():
            continue
        changed += 1
        ours = full(Machine(made), 2, invariants).broken
        for invariant in invariants:
            said = spin_breaks(made, 2, invariant, tmp_path)
            assert said is (invariant in ours), (name, invariant)
    assert changed


@pytest.mark.parametrize("early", Early)
@pytest.mark.parametrize("name", VARIANTS)
def test_spin_agrees_on_every_variant(name: str, early: Early, tmp_path: Path) -> None:
    made = system(VARIANTS[name], early)
    ours = full(Machine(made), 2, tuple(INVARIANTS.values())).broken
    for invariant in INVARIANTS.values():
        assert spin_breaks(made, 2, invariant, tmp_path) is (invariant in ours), invariant


@pytest.mark.parametrize("variable", TREES)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_spin_agrees_on_a_real_tree(variable: str, scenario: Scenario, tmp_path: Path) -> None:
    for platform, made in built(variable, scenario.id).systems:
        invariants = checked(made, scenario.invariants)
        ours = full(Machine(made), 2, invariants).broken
        for invariant in invariants:
            said = spin_breaks(made, 2, invariant, tmp_path)
            assert said is (invariant in ours), (platform.name, invariant)
