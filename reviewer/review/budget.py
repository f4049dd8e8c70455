"""The time that one unit of work may take: a file, the rules on contracts, a scenario.

The clock is the wall's. Only Python can be stopped by it: a single call into the C parser ends
when it ends. Threads other than the main one have no limit.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from reviewer.finding import Skip
from reviewer.patch.alarm import ring


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises OutOfTime in the unit of work after so many seconds, never with 0.

    Inside another limit that one stays in force.
    """
    free = not seconds or threading.current_thread() is not threading.main_thread()
    if free or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        yield
    finally:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # the alarm rings once, so that nothing interrupts this after the line above
            signal.signal(signal.SIGALRM, before)


def given_up(path: str, seconds: float, where: str) -> Skip:
    """Says that a unit of work took longer than it may, and how far it came."""
    return Skip(path, 0, f"given up after {seconds:g} s, {where}")
