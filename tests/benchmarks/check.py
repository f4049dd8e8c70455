"""`reviewer check` against `checkpatch.pl --no-tree`, patch by patch and for a series of six.

Run as `python -m tests.benchmarks.check TREE PATCHES`: a kernel tree that has
scripts/checkpatch.pl, and a folder of patches. The aims are a ratio below 1 for one patch, and
below 1/3 for six patches in one run against six runs of checkpatch.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from tests.benchmarks.measure import medians, timed

PATCHES = 20
SERIES = 6
ROUNDS = 3


def main() -> None:
    tree, folder = Path(sys.argv[1]), Path(sys.argv[2])
    patches = spread([path for path in sorted(folder.rglob("*.patch")) if touches_c(path)])
    checkpatch = ["perl", str(tree / "scripts/checkpatch.pl"), "--no-tree"]
    reviewer = [sys.executable, "-m", "reviewer", "check", "--tree", str(tree)]
    ratios, ours, theirs = [], [], []
    for path in patches:
        found = medians(
            {"reviewer": [*reviewer, str(path)], "checkpatch": [*checkpatch, str(path)]}, ROUNDS
        )
        ours.append(found["reviewer"])
        theirs.append(found["checkpatch"])
        ratios.append(found["reviewer"] / found["checkpatch"])
    print(f"one patch, median of {len(patches)} patches that touch C:")
    print(f"  reviewer   {statistics.median(ours) * 1000:6.0f} ms")
    print(f"  checkpatch {statistics.median(theirs) * 1000:6.0f} ms")
    print(f"  ratio      {statistics.median(ratios):6.2f}  (aim: below 1)")
    series = patches[:SERIES]
    rounds = [
        (
            timed([*reviewer, *map(str, series)]),
            sum(timed([*checkpatch, str(path)]) for path in series),
        )
        for _ in range(ROUNDS)
    ]
    one, other = (statistics.median(times) for times in zip(*rounds, strict=True))
    print(f"{SERIES} patches, median of {ROUNDS} rounds:")
    print(f"  reviewer   {one * 1000:6.0f} ms")
    print(f"  checkpatch {other * 1000:6.0f} ms")
    print(f"  ratio      {one / other:6.2f}  (aim: below 0.33)")


def touches_c(path: Path) -> bool:
    """Whether the patch changes a C file that was there before."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(line.startswith("--- a/") and line.split("\t")[0].endswith(".c") for line in lines)


def spread(paths: list[Path]) -> list[Path]:
    """`PATCHES` of them, evenly spread."""
    if not paths:
        sys.exit("no patch touches C")
    step = max(len(paths) // PATCHES, 1)
    return paths[::step][:PATCHES]


if __name__ == "__main__":
    main()
