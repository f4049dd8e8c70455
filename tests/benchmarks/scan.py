"""`scan` of a folder against a bare tree-sitter parse of the same bytes, in one process each.

Run as `python -m tests.benchmarks.scan TREE [FOLDER]`; the folder is arch/x86 unless named. The
aim is a ratio below 4. Most files hold no word of any rule and are never parsed by `scan`, so
the cost of the files that are is printed apart.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import tree_sitter
import tree_sitter_c

from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.review.relevance import open_book
from reviewer.review.scan import scan
from reviewer.review.scope import is_code
from reviewer.rule.load import load_rules
from reviewer.source.read import read

ROUNDS = 3


def main() -> None:
    tree = Directory(Path(sys.argv[1]))
    folder = sys.argv[2] if len(sys.argv) > 2 else "arch/x86"
    rules = load_rules()
    book = open_book(rules)
    files = [
        SourceFile(path, text)
        for path in tree.paths(folder)
        if is_code(path) and (text := tree.read(path)) is not None
    ]
    parsed = [file for file in files if book.relevant(file.path, file.text)]
    c_files = [file for file in files if not file.path.endswith(".S")]
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))

    def bare(chosen: list[SourceFile]) -> Callable[[], object]:
        return lambda: [parser.parse(file.text) for file in chosen]

    show("scan", files, lambda: scan(files, rules), bare(files))
    show("scan, relevant files alone", parsed, lambda: scan(parsed, rules), bare(parsed))
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


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
