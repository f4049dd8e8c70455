"""Mails a second over a mailbox, against the standard library's bare parse of the same file.

`python -m tests.benchmarks.intake FILE` prints medians of both and their ratio. The peer splits the
mailbox and parses each mail's headers and MIME; it reads no diff and no series.
"""

from __future__ import annotations

import mailbox
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from reviewer.patch import intake

ROUNDS = 3


def ours(path: Path) -> int:
    return intake.read([path]).mails


def peer(path: Path) -> int:
    return sum(1 for _ in mailbox.mbox(path, create=False))


def seconds(read: Callable[[Path], int], path: Path) -> float:
    start = time.perf_counter()
    read(path)
    return time.perf_counter() - start


def main(path: Path) -> None:
    mails = ours(path)
    times = [(seconds(ours, path), seconds(peer, path)) for _ in range(ROUNDS)]
    own, other = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"mails            {mails}")
    print(f"intake           {mails / own:8.0f} mails/s")
    print(f"mailbox + email  {mails / other:8.0f} mails/s")
    print(f"ratio            {own / other:8.2f} of the peer's time")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
