"""Seconds of the simulator against SPIN, of the same models: run as a script.

python -m tests.benchmarks.model [--gcc]
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from reviewer.model.machine import Machine
from reviewer.model.promela import promela
from reviewer.model.search import breadth_first, quotient, views
from reviewer.model.types import System
from tests.model.protocol import AS_IS, INVARIANTS, VARIANTS, Early, system

NAMES = tuple(INVARIANTS.values())


def spin(made: System, cpus: int, compiler: list[str]) -> float:
    """Seconds of generating, compiling and running, all invariants at once."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "model.pml").write_text(promela(made, cpus, NAMES))
        start = time.perf_counter()
        for command in (
            ["spin", "-a", "model.pml"],
            [*compiler, "-DSAFETY", "-DNOCLAIM", "-DVECTORSZ=4096", "-o", "pan", "pan.c"],
            ["./pan", "-E", "-c0", "-m1000000", "-n", "-w24"],
        ):
            subprocess.run(command, cwd=folder, capture_output=True, check=False)
        return time.perf_counter() - start


def timed(made: System, cpus: int) -> tuple[float, int, int]:
    """Seconds, states and transitions of one search in this process; 0 CPUs: for any number."""
    start = time.perf_counter()
    machine = Machine(made)
    explored = quotient(machine, cpus, NAMES) if cpus else views(machine, NAMES)
    return time.perf_counter() - start, explored.states, explored.transitions


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--gcc", action="store_true", help="compile with gcc -O2 too")
    compilers = [["tcc"]] if shutil.which("tcc") else []
    if parser.parse_args().gcc:
        compilers.append(["gcc", "-O2"])
    made = system(AS_IS, Early.NONE)
    for cpus in (0, 2, 3, 4, 5, 6):
        seconds, states, transitions = timed(made, cpus)
        others = [
            f"SPIN+{compiler[0]} {spin(made, cpus, compiler):.3f} s"
            for compiler in compilers
            if 0 < cpus < 5
        ]
        name = f"N={cpus}" if cpus else "any N"
        rate = states / seconds
        print(f"{name}: {seconds:.4f} s, {states} states, {transitions} transitions,")
        print(f"    {rate:.0f} states/s", *others, sep="; ")
    whole = [system(variant, early) for variant in VARIANTS.values() for early in Early]
    for search, cpus in (("any N", 0), ("quotient N=3", 3)):
        seconds = sum(timed(each, cpus)[0] for each in whole)
        print(f"{len(whole)} systems, {search}: {seconds:.2f} s")
    start = time.perf_counter()
    for each in whole:
        breadth_first(Machine(each), 2, NAMES)
    print(f"{len(whole)} systems, full N=2 with runs: {time.perf_counter() - start:.2f} s")
    for compiler in compilers[:1]:
        seconds = sum(spin(each, 3, compiler) for each in whole)
        print(f"{len(whole)} systems, SPIN+{compiler[0]} N=3: {seconds:.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
