"""Seconds of the simulator against SPIN, of the same models in the same run: run as a script.

python -m tests.benchmarks.model [--mutants]

SPIN's seconds are those of generating, compiling and running, with each compiler that is there.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reviewer.model.machine import Machine
from reviewer.model.promela import promela
from reviewer.model.scenario import build
from reviewer.model.search import Explored, full, quotient, views
from reviewer.model.types import System
from reviewer.model.verdict import checked
from tests.model.mutations import MUTATIONS, Mutation
from tests.model.protocol import AS_IS, INVARIANTS, Early, system
from tests.model.score import SCENARIOS, memory, reader

NAMES = tuple(INVARIANTS.values())
COMPILERS = [each for each in (["tcc"], ["gcc", "-O2"]) if shutil.which(each[0])]
#: One verdict for any number of CPUs in a process of its own, as SPIN's always are.
COLD = """
from reviewer.model.machine import Machine
from reviewer.model.search import views
from tests.model.protocol import AS_IS, INVARIANTS, Early, system
views(Machine(system(AS_IS, Early.NONE)), tuple(INVARIANTS.values()))
"""


@dataclass(frozen=True)
class Model:
    name: str
    system: System
    invariants: tuple[str, ...]


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spin(model: Model, cpus: int, compiler: list[str]) -> float:
    """Seconds of one verdict on all invariants at once."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.pml").write_text(promela(model.system, cpus, model.invariants))
        commands = (
            ["spin", "-a", "model.pml"],
            [*compiler, "-DSAFETY", "-DNOCLAIM", "-DVECTORSZ=4096", "-o", "pan", "pan.c"],
            ["./pan", "-E", "-c0", "-m100000", "-n", "-w20"],
        )

        def run() -> None:
            for command in commands:
                subprocess.run(command, cwd=folder, capture_output=True, check=False)

        return seconds(run)


def search(model: Model, cpus: int) -> tuple[float, Explored]:
    """One search in this process; 0 CPUs: for any number."""
    start = time.perf_counter()
    machine = Machine(model.system)
    if cpus:
        explored = quotient(machine, cpus, model.invariants)
    else:
        explored = views(machine, model.invariants)
    return time.perf_counter() - start, explored


def models(mutation: Mutation | None = None) -> Iterator[Model]:
    for scenario in SCENARIOS:
        for platform, made in build(scenario, reader(mutation), memory()).systems:
            name = f"{scenario.id}/{platform.name}"
            yield Model(name, made, checked(made, scenario.invariants))


def compared(what: str, ours: float, others: dict[str, float]) -> None:
    ratios = "; ".join(
        f"SPIN+{name} {taken:.3f} s, {taken / ours:.1f}x ours" for name, taken in others.items()
    )
    print(f"{what}: {ours:.4f} s; {ratios}")


def by_number() -> None:
    """The protocol by the number of CPUs."""
    model = Model("protocol", system(AS_IS, Early.NONE), NAMES)
    for cpus in (0, 2, 3, 4, 5, 6):
        best, explored = min((search(model, cpus) for _ in range(5)), key=lambda each: each[0])
        name = f"quotient N={cpus}" if cpus else "any N"
        rate = explored.states / best
        counts = f"{explored.states} states, {explored.transitions} transitions"
        others = {
            compiler[0]: spin(model, cpus, compiler) for compiler in COMPILERS if 0 < cpus < 5
        }
        compared(f"{name} ({counts}, {rate:.0f} states/s)", best, others)
    for cpus in (2, 3, 4):
        machine = Machine(model.system)
        start = time.perf_counter()
        explored = full(machine, cpus, NAMES)
        taken = time.perf_counter() - start
        rate = explored.transitions / taken
        print(f"full N={cpus}: {taken:.3f} s, {explored.states} states, {rate:.0f} transitions/s")


def cold() -> None:
    model = Model("protocol", system(AS_IS, Early.NONE), NAMES)
    command = [sys.executable, "-c", COLD]
    ours = min(seconds(lambda: subprocess.run(command, check=True)) for _ in range(3))
    compared("cold process, any N against N=3", ours, {c[0]: spin(model, 3, c) for c in COMPILERS})


def suite(what: str, whole: list[Model], compilers: list[list[str]]) -> None:
    """All of the models in one process, for any number of CPUs; SPIN's at three."""
    slowest = max((min(search(each, 0)[0] for _ in range(3)), each.name) for each in whole)
    ours = seconds(lambda: [search(each, 0) for each in whole])
    others = {compiler[0]: sum(spin(each, 3, compiler) for each in whole) for compiler in compilers}
    compared(f"{what}: {len(whole)} models, any N", ours, others)
    print(f"    slowest any-N verdict: {slowest[0] * 1000:.1f} ms, {slowest[1]}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", action="store_true", help="SPIN over every mutant too")
    by_number()
    cold()
    suite("scenarios", list(models()), COMPILERS)
    if parser.parse_args().mutants:
        whole = [model for mutation in MUTATIONS for model in models(mutation)]
        suite("mutants", whole, COMPILERS[:1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
