"""`check` of six patches and `scan` of a tree against spatch and checkpatch on the same input.

Run as `python -m tests.benchmarks.spatch TREE`: a kernel tree with scripts/checkpatch.pl, with
Coccinelle installed. The six patches each add a line to arch/x86/kernel/machine_kexec_64.c. The
semantic patches beside this script say what the window rules say, as far as they can: no macro
bodies, no assembly, no configurations. The aims are 3 s with a cold cache and 0.5 s with a warm
one.
"""

from __future__ import annotations

import difflib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measure import environment

PATH = "arch/x86/kernel/machine_kexec_64.c"
SERIES = 6
ROUNDS = 3
RULES = sorted((Path(__file__).parent / "coccinelle").glob("*.cocci"))


def main() -> None:
    tree = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        check(tree, Path(folder))
        scan(tree, Path(folder))


def check(tree: Path, folder: Path) -> None:
    """Six patches: one run of ours, cold and warm, against six runs of each peer."""
    sources, patches = written(tree, folder)
    ours = [*reviewer(), "check", "--tree", str(tree), *map(str, patches)]
    checkpatch = ["perl", str(tree / "scripts/checkpatch.pl"), "--no-tree"]
    cold, warm, theirs, spatch = [], [], [], []
    for number in range(ROUNDS):
        cache = {"XDG_CACHE_HOME": str(folder / f"cache-{number}")}
        cold.append(seconds([ours], cache))
        warm.append(seconds([ours], cache))
        theirs.append(seconds([[*checkpatch, str(path)] for path in patches]))
        spatch.append(seconds([[*semantic(rule), str(path)] for path in sources for rule in RULES]))
    print(f"check of {SERIES} patches of {PATH}, median of {ROUNDS}:")
    show("reviewer, cold cache", cold, theirs, spatch)
    show("reviewer, warm cache", warm, theirs, spatch)
    print(f"  {'checkpatch, six runs':24} {statistics.median(theirs):6.2f} s")
    print(f"  {f'spatch, six files, {len(RULES)} rules':24} {statistics.median(spatch):6.2f} s")


def show(
    name: str, times: Sequence[float], checkpatch: Sequence[float], spatch: Sequence[float]
) -> None:
    one = statistics.median(times)
    print(
        f"  {name:24} {one:6.2f} s, {one / statistics.median(checkpatch):5.2f} of checkpatch,"
        f" {one / statistics.median(spatch):5.2f} of spatch"
    )


def scan(tree: Path, folder: Path) -> None:
    """All our rules over arch/x86 against the semantic patches over it: seconds and ratio, warm."""
    cache = {"XDG_CACHE_HOME": str(folder / "cache-scan")}
    path = str(tree / "arch/x86")
    ours = [*reviewer(), "scan", "--tree", str(tree), "--jobs", "1", path]
    peer = [[*semantic(rule), "--use-coccigrep", "--dir", path] for rule in RULES]
    seconds([ours], cache)
    pairs = [(seconds([ours], cache), seconds(peer)) for _ in range(ROUNDS)]
    one, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"scan of arch/x86: reviewer, every rule {one:.2f} s, spatch, {len(RULES)} rules"
        f" {other:.2f} s, ratio {one / other:.2f}"
    )


def written(tree: Path, folder: Path) -> tuple[list[Path], list[Path]]:
    """The file after each of the six patches, and the patches."""
    lines = (tree / PATH).read_text().splitlines(keepends=True)
    ends = [number for number, line in enumerate(lines, 1) if line == "}\n"]
    step = max(len(ends) // SERIES, 1)
    sources, patches = [], []
    for number, end in enumerate(ends[::-step][:SERIES], 1):
        after = [*lines[:end], "\n", f"static int added_{number};\n", *lines[end:]]
        diff = difflib.unified_diff(lines, after, f"a/{PATH}", f"b/{PATH}")
        head = (
            "From: A Developer <developer@example.org>\n"
            f"Subject: [PATCH {number}/{SERIES}] x86/kexec: add variable {number}\n"
            "Date: Thu, 1 Jan 2026 10:00:00 +0000\n\nIt is not used.\n\n"
            "Signed-off-by: A Developer <developer@example.org>\n---\n"
        )
        patches.append(folder / f"{number:04}.patch")
        patches[-1].write_text(head + "".join(diff))
        sources.append(folder / f"after-{number}.c")
        sources[-1].write_text("".join(after))
        lines = after
    return sources, patches


def reviewer() -> list[str]:
    return [sys.executable, "-m", "reviewer"]


def semantic(rule: Path) -> list[str]:
    return ["spatch", "--very-quiet", "-D", "report", "--no-includes", "--sp-file", str(rule)]


def seconds(commands: Sequence[Sequence[str]], extra: Mapping[str, str] | None = None) -> float:
    """How long the commands take one after the other; what they print and find is dropped."""
    surroundings = {**environment(), **(extra or {})}
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, env=surroundings, capture_output=True, check=False)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
