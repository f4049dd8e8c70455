"""`scan` of arch/x86 with every rule against semantic patches for the window rules.

Run as `python -m tests.benchmarks.spatch TREE`: a kernel tree, with Coccinelle installed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.check import ROUNDS, RULES, reviewer, seconds, semantic


def main() -> None:
    """Seconds and ratio, ours with a warm cache."""
    tree = Path(sys.argv[1]).resolve()
    path = str(tree / "arch/x86")
    ours = [*reviewer(), "scan", "--tree", str(tree), "--jobs", "1", path]
    peer = [[*semantic(rule), "--use-coccigrep", "--dir", path] for rule in RULES]
    with tempfile.TemporaryDirectory() as folder:
        cache = {"XDG_CACHE_HOME": folder}
        seconds([ours], cache)
        pairs = [(seconds([ours], cache), seconds(peer)) for _ in range(ROUNDS)]
    one, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(
        f"scan of arch/x86: reviewer, every rule {one:.2f} s, spatch, {len(RULES)} rules"
        f" {other:.2f} s, ratio {one / other:.2f}"
    )


if __name__ == "__main__":
    main()
