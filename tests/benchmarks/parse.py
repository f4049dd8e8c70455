"""Clean-up plus parse of C files against a bare tree-sitter parse of the same bytes, in turn.

Run as `python -m tests.benchmarks.parse TREE [FOLDER]`; the folder is arch/x86 unless named. The
aim is a ratio below 2.2. The whole of `read`, with definitions, variables and macros, is printed
apart.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from reviewer.patch.types import SourceFile
from reviewer.source.c import parse, read
from reviewer.source.c_clean import clean

ROUNDS = 5


def main() -> None:
    folder = Path(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "arch/x86")
    paths = [path for path in sorted(folder.rglob("*.[ch]")) if path.is_file()]
    files = [SourceFile(path.name, path.read_bytes()) for path in paths]
    times: dict[str, list[float]] = {"bare parse": [], "clean": [], "parse": [], "read": []}
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for file in files:
            parse(file.text)
        times["bare parse"].append(time.perf_counter() - started)
        started = time.perf_counter()
        cleaned = [clean(file.text).text for file in files]
        times["clean"].append(time.perf_counter() - started)
        started = time.perf_counter()
        for text in cleaned:
            parse(text)
        times["parse"].append(time.perf_counter() - started)
        started = time.perf_counter()
        for file in files:
            read(file)
        times["read"].append(time.perf_counter() - started)
    size = sum(len(file.text) for file in files) / 1e6
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, seconds in middle.items():
        print(f"{name}: {seconds:.2f} s, {size / seconds:.1f} MB/s")
    bare = middle["bare parse"]
    print(f"{len(files)} files, {size:.1f} MB, medians of {ROUNDS}")
    print(f"(clean + parse) / bare parse: {(middle['clean'] + middle['parse']) / bare:.2f}")
    print(f"read / bare parse: {middle['read'] / bare:.2f}")


if __name__ == "__main__":
    main()
