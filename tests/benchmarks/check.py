"""`reviewer check` and `index` against checkpatch and spatch, in one run, as one table.

Run as `python -m tests.benchmarks.check TREE [PATCHES]`: a kernel tree that has
scripts/checkpatch.pl, with Coccinelle installed, and a folder of patches. Six patches each add a
line to arch/x86/kernel/machine_kexec_64.c: with an empty cache, the same again, and as a second
version of which one patch is another. The semantic patches beside this script say what the window
rules say, as far as they can: no macro bodies, no assembly, no configurations. The aims are 3 s
with an empty cache and 0.5 s again; for one patch of the folder less than checkpatch takes; for the
index 180 s, 5 s where nothing changed, and 1 GB of memory. Two processors are used, no more.
"""

from __future__ import annotations

import difflib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measure import environment, medians

PATH = "arch/x86/kernel/machine_kexec_64.c"
SERIES = 6
PATCHES = 20
ROUNDS = 3
PROCESSORS = 2
RULES = sorted((Path(__file__).parent / "coccinelle").glob("*.cocci"))


def main() -> None:
    tree = Path(sys.argv[1]).resolve()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-PROCESSORS:])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        kexec(tree, Path(folder))
        if len(sys.argv) > 2:
            singles(tree, Path(sys.argv[2]))
        index(tree, Path(folder))


def kexec(tree: Path, folder: Path) -> None:
    """Six patches: one run of ours against six runs of each peer."""
    sources, first = written(tree, folder / "v1")
    _, last = written(tree, folder / "v2", another=SERIES)
    _, middle = written(tree, folder / "v3", another=SERIES // 2)
    ours = [*reviewer(), "check", "--tree", str(tree)]
    checkpatch = ["perl", str(tree / "scripts/checkpatch.pl"), "--no-tree"]
    times: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        cache = {"XDG_CACHE_HOME": str(folder / f"cache-{number}")}
        for name, patches in (
            ("reviewer, empty cache", first),
            ("reviewer, the same again", first),
            ("reviewer, v2 with another last patch", last),
            ("reviewer, v3 with another middle patch", middle),
        ):
            run = [[*ours, *map(str, patches)]]
            times.setdefault(name, []).append(seconds(run, cache))
        peers = {
            "checkpatch, six runs": [[*checkpatch, str(path)] for path in first],
            f"spatch, six files, {len(RULES)} rules": [
                [*semantic(rule), str(path)] for path in sources for rule in RULES
            ],
        }
        for name, commands in peers.items():
            times.setdefault(name, []).append(seconds(commands))
    checked, matched = list(times.values())[-2:]
    print(f"check of {SERIES} patches of {PATH}, median of {ROUNDS}:")
    for name, each in times.items():
        one = statistics.median(each)
        print(
            f"  {name:40} {one:6.2f} s, {one / statistics.median(checked):5.2f} of checkpatch,"
            f" {one / statistics.median(matched):5.2f} of spatch"
        )


def singles(tree: Path, patches: Path) -> None:
    """One patch at a time against checkpatch: patches that touch C, evenly spread."""
    found = spread([path for path in sorted(patches.rglob("*.patch")) if touches_c(path)])
    checkpatch = ["perl", str(tree / "scripts/checkpatch.pl"), "--no-tree"]
    ours = [*reviewer(), "check", "--tree", str(tree)]
    for name, extra in (("made anew", ["--no-cache"]), ("the same again", [])):
        ratios, times = [], []
        for path in found:
            taken = medians(
                {
                    "reviewer": [*ours, *extra, str(path)],
                    "checkpatch": [*checkpatch, str(path)],
                },
                ROUNDS,
            )
            times.append(taken["reviewer"])
            ratios.append(taken["reviewer"] / taken["checkpatch"])
        print(
            f"one patch, {name}, median of {len(found)} that touch C:"
            f" {statistics.median(times) * 1000:.0f} ms,"
            f" {statistics.median(ratios):.2f} of checkpatch"
        )


def index(tree: Path, folder: Path) -> None:
    """The index of the whole tree: anew, with nothing changed, how much memory, how large."""
    command = [*reviewer(), "index", "--tree", str(tree), "--jobs", str(PROCESSORS)]
    cache = folder / "cache-index"
    surroundings = {**environment(), "XDG_CACHE_HOME": str(cache)}
    shutil.rmtree(cache, ignore_errors=True)
    cold, memory = watched(command, surroundings)
    again, _ = watched(command, surroundings)
    size = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
    print(
        f"index of the whole tree: {cold:.0f} s, nothing changed {again:.1f} s,"
        f" {memory / 1e6:.0f} MB of memory at most, {size / 1e6:.0f} MB on disk"
    )


def watched(command: Sequence[str], surroundings: Mapping[str, str]) -> tuple[float, int]:
    """Seconds of a command, and the most bytes that it and its children were seen to hold."""
    start, most = time.perf_counter(), 0
    with subprocess.Popen(command, env=surroundings, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, sum(map(held, family(process.pid))))
            time.sleep(0.1)
    return time.perf_counter() - start, most


def family(pid: int) -> Iterator[int]:
    """A process and all below it, as far as they are still there."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return
    for child in children.split():
        yield from family(int(child))


def held(pid: int) -> int:
    """The bytes of memory that a process holds, its share of what it has in common with others."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def written(tree: Path, folder: Path, another: int = 0) -> tuple[list[Path], list[Path]]:
    """The file after each of the six patches, and the patches; `another` of which is different."""
    folder.mkdir()
    lines = (tree / PATH).read_text(encoding="utf-8").splitlines(keepends=True)
    ends = [number for number, line in enumerate(lines, 1) if line == "}\n"]
    step = max(len(ends) // SERIES, 1)
    sources, patches = [], []
    for number, end in enumerate(ends[::-step][:SERIES], 1):
        name = f"{'another' if number == another else 'added'}_{number}"
        after = [*lines[:end], "\n", f"static int {name};\n", *lines[end:]]
        diff = difflib.unified_diff(lines, after, f"a/{PATH}", f"b/{PATH}")
        head = (
            "From: A Developer <developer@example.org>\n"
            f"Subject: [PATCH {number}/{SERIES}] x86/kexec: add variable {number}\n"
            "Date: Thu, 1 Jan 2026 10:00:00 +0000\n\nIt is not used.\n\n"
            "Signed-off-by: A Developer <developer@example.org>\n---\n"
        )
        patches.append(folder / f"{number:04}.patch")
        patches[-1].write_text(head + "".join(diff), encoding="utf-8")
        sources.append(folder / f"after-{number}.c")
        sources[-1].write_text("".join(after), encoding="utf-8")
        lines = after
    return sources, patches


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


def reviewer() -> list[str]:
    return [sys.executable, "-m", "reviewer"]


def semantic(rule: Path) -> list[str]:
    return ["spatch", "--very-quiet", "-D", "report", "--no-includes", "--sp-file", str(rule)]


def seconds(commands: Sequence[Sequence[str]], extra: Mapping[str, str] | None = None) -> float:
    """How long the commands take one after the other; they may find something, but must work."""
    surroundings = {**environment(), **(extra or {})}
    start = time.perf_counter()
    for command in commands:
        done = subprocess.run(command, env=surroundings, capture_output=True, check=False)
        if done.returncode > 1:
            sys.exit(f"{' '.join(command)}: {done.stderr.decode()}")
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
