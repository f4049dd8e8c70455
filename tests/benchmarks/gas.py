"""Time to read every assembly file of a tree's arch/x86, and to lower every function of them.

Run as `python -m tests.benchmarks.gas TREE`. The aim is under 3 s for both together.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from pathlib import Path

from reviewer.patch.types import SourceFile
from reviewer.source.gas import read
from reviewer.source.types import Function

ROUNDS = 3
#: As `reviewer scan` sets it: code read is kept, so looking for garbage in it early is wasted.
THRESHOLD = 100_000


def main() -> None:
    gc.set_threshold(THRESHOLD)
    tree = Path(sys.argv[1])
    files = [
        SourceFile(path.relative_to(tree).as_posix(), path.read_bytes())
        for path in sorted((tree / "arch/x86").rglob("*.S"))
    ]
    reading, lowering = [], []
    slowest = ("", 0.0)
    functions: list[Function] = []
    for _ in range(ROUNDS):
        units, seconds = [], []
        for file in files:
            start = time.perf_counter()
            units.append(read(file))
            seconds.append(time.perf_counter() - start)
            slowest = max(slowest, (file.path, seconds[-1]), key=lambda pair: pair[1])
        reading.append(sum(seconds))
        start = time.perf_counter()
        functions = [
            unit.lower(item)
            for unit in units
            for item in unit.definitions
            if "inner" not in item.attributes
        ]
        lowering.append(time.perf_counter() - start)
    ops = sum(len(block.ops) for function in functions for block in function.cfg.blocks)
    size = sum(len(file.text) for file in files) / 1e6
    one, other = statistics.median(reading), statistics.median(lowering)
    print(
        f"{len(files)} files, {size:.2f} MB, {len(functions)} functions, {ops} operations: "
        f"read {one:.2f} s, lower {other:.2f} s, together {one + other:.2f} s; "
        f"slowest {slowest[0]} {slowest[1]:.2f} s"
    )


if __name__ == "__main__":
    main()
