"""`scan` against a bare tree-sitter parse of the same bytes, and against grep over a whole tree.

Run as `python -m tests.benchmarks.scan TREE [FOLDER]`; the folder is arch/x86 unless named. The
folder is scanned by one process and the aim is a ratio below 4; the tree by two, with all rules
and with one that has a rare word, for which the aim is 2 s. Times of ours are those of whole
processes with a warm cache. The peers look for that word alone, so they are the floor.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import tree_sitter
import tree_sitter_c

from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.review.relevance import open_book
from reviewer.review.scope import SUFFIXES, is_code
from reviewer.rule.load import load_rules
from reviewer.source.read import read
from tests.benchmarks.measure import environment

ROUNDS = 3
#: One that looks at one architecture, and one that looks at every file.
RARE_RULES = ("no-call-after-gs-reset", "assert-in-hotplug-callback")
RARE_WORD = "lockdep_assert_preemption_disabled"


def main() -> None:
    tree = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as cache:
        home = {"XDG_CACHE_HOME": cache}
        folder(tree, sys.argv[2] if len(sys.argv) > 2 else "arch/x86", home)
        whole(tree, home)


def folder(tree: Path, name: str, home: Mapping[str, str]) -> None:
    """One process over a folder, and its parts: the files that are parsed, the reader alone."""
    files = code_below(tree, name)
    book = open_book(load_rules())
    relevant = [file for file in files if book.relevant(file.path, file.text)]
    c_files = [file for file in files if not file.path.endswith(".S")]
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))

    def bare(chosen: list[SourceFile]) -> Callable[[], object]:
        return lambda: [parser.parse(file.text) for file in chosen]

    ours = [sys.executable, "-m", "reviewer", "scan", "--jobs", "1", str(tree / name)]
    run(ours, home)
    show(f"scan {name}, all rules, one process", files, lambda: run(ours, home), bare(files))
    print(f"  parsed: {len(relevant)} files; no rule can have to do with the others")
    show("read every C file", c_files, lambda: [read(file) for file in c_files], bare(c_files))


def show(
    name: str, files: list[SourceFile], ours: Callable[[], object], bare: Callable[[], object]
) -> None:
    size = sum(len(file.text) for file in files) / 1e6
    pairs = [(seconds(ours), seconds(bare)) for _ in range(ROUNDS)]
    one, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"{name}: {len(files)} files, {size:.1f} MB, {one:.2f} s, {len(files) / one:.0f} files/s, "
        f"{size / one:.1f} MB/s; bare parse {other:.2f} s, ratio {one / other:.2f}"
    )


def whole(tree: Path, home: Mapping[str, str]) -> None:
    """Two processes over the tree, and the searches for one word in the same files."""
    files = [tree / path for path in Directory(tree).paths() if is_code(path)]
    size = sum(path.stat().st_size for path in files) / 1e6
    ours = [sys.executable, "-m", "reviewer", "scan", "--jobs", "2", "--tree", str(tree), str(tree)]
    suffixes = [f"*{suffix}" for suffix in SUFFIXES]
    commands = {
        "scan, all rules": ours,
        **{f"scan, {rule} alone": [*ours, "--only", rule] for rule in RARE_RULES},
        "grep -rlF": ["grep", "-rlF", *(f"--include={each}" for each in suffixes), RARE_WORD, "."],
        "git grep --no-index -lF": ["git", "grep", "--no-index", "-lF", RARE_WORD, *suffixes],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for counted in (False, *(True,) * ROUNDS):
        for name, command in commands.items():
            peer = "grep" in command[0] or command[0] == "git"
            taken = seconds(partial(run, command, home, tree if peer else None))
            if counted:
                times[name].append(taken)
    print(f"whole tree: {len(files)} files, {size:.0f} MB, two processes")
    for name, each in times.items():
        taken = statistics.median(each)
        print(f"  {name}: {taken:.2f} s, {len(files) / taken:.0f} files/s, {size / taken:.0f} MB/s")


def code_below(tree: Path, name: str) -> list[SourceFile]:
    files = Directory(tree)
    return [
        SourceFile(path, text)
        for path in files.paths(name)
        if is_code(path) and (text := files.read(path)) is not None
    ]


def run(command: list[str], home: Mapping[str, str], folder: Path | None = None) -> None:
    """Runs a command; its output is dropped, but not a failure to work at all."""
    done = subprocess.run(
        command, env={**environment(), **home}, capture_output=True, check=False, cwd=folder
    )
    if done.returncode > 1:
        sys.exit(f"{command[0]} failed: {done.stderr.decode()}")


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
