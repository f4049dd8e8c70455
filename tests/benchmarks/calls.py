"""Static review of a series with calls resolved in the tree, cold and warm, beside checkpatch.

`python -m tests.benchmarks.calls TREE PATCH...` prints wall seconds of whole processes: loading of
rules and parser, and the static checks. `tests.benchmarks.check` times the command as a whole.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path


def reviewed(tree: Path, patches: list[Path], cache: Path) -> float:
    """Seconds of one review in a fresh process."""
    code = (
        "import sys; from pathlib import Path;"
        "from reviewer.patch.intake import read; from reviewer.patch.rebuild import rebuild;"
        "from reviewer.patch.tree import open_tree; from reviewer.review.pipeline import review;"
        "from reviewer.review.scope import is_code; from reviewer.rule.load import load_rules;"
        "from reviewer.source.index.index import open_index;"
        "from reviewer.source.index.store import Store;"
        "series = read([Path(p) for p in sys.argv[3:]], None).series[0];"
        "rebuilt = rebuild(series, open_tree(Path(sys.argv[1])), wanted=is_code);"
        "index = open_index(rebuilt.tree, Store(Path(sys.argv[2])));"
        "review(series, rebuilt, load_rules(), index); index.store.save()"
    )
    start = time.perf_counter()
    command = [sys.executable, "-c", code, str(tree), str(cache), *map(str, patches)]
    subprocess.run(command, check=True)
    return time.perf_counter() - start


def checkpatch(tree: Path, patches: list[Path]) -> float:
    """Seconds of checkpatch on the same patches."""
    start = time.perf_counter()
    command = ["perl", "scripts/checkpatch.pl", "--no-tree", "--patch", *map(str, patches)]
    subprocess.run(command, cwd=tree, capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    tree, patches = Path(sys.argv[1]), [Path(name).resolve() for name in sys.argv[2:]]
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "index.sqlite"
        print(f"cold cache: {reviewed(tree, patches, cache):.2f} s")
        warm = sorted(reviewed(tree, patches, cache) for _ in range(5))
    print(f"warm cache: {warm[2]:.2f} s (median of 5)")
    peer = sorted(checkpatch(tree, patches) for _ in range(5))
    print(f"checkpatch --no-tree: {peer[2]:.2f} s (median of 5)")


if __name__ == "__main__":
    main()
