"""How much a search may use, and what a person at a terminal sees of it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from reviewer.errors import InputError
from reviewer.model.search import Budget

_PAGE = 4096
_MEGABYTE = 1 << 20
#: Seconds between two updates of the line on the terminal.
_PAUSE = 0.2
#: Megabytes of a search where nobody says otherwise, and states whatever they weigh.
MEMORY, STATES = 2048, 20_000_000


def budget(megabytes: int, *, quiet: bool = False) -> Budget:
    """A search in so many megabytes of memory, with progress on stderr where that is a terminal.

    Raises:
        InputError: no megabyte at all.
    """
    if megabytes < 1:
        raise InputError("a search needs memory", remedy="--memory 512")
    shown = None if quiet or not sys.stderr.isatty() else _Speed()
    return Budget(STATES, megabytes, _resident, shown)


def _resident() -> int:
    """Megabytes that the process holds now, 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * _PAGE // _MEGABYTE


class _Speed:
    """A line on stderr: states so far and how many a second; fewer states are another search."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._states = 0

    def __call__(self, states: int, transitions: int) -> None:
        now = time.monotonic()
        if states < self._states:
            self._start = now
        self._states = states
        if now - self._last < _PAUSE or now == self._start:
            return
        self._last = now
        rate = states / (now - self._start)
        line = f"{states} states, {transitions} transitions, {rate:.0f} states/s"
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


def cleared() -> None:
    """Takes the line away."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
