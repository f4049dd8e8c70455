"""Work beside other work: in a process of its own where there is a processor for it.

The process begins as a copy of this one, so that nothing need be handed to it. Whatever goes wrong
with it, the work is done here when its result is asked for.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, NoReturn, TypeVar

from reviewer.patch import alarm

_T = TypeVar("_T")


class Beside(Generic[_T]):
    """Work that has begun if it can be done beside; `then` is what is worth doing after it."""

    def __init__(self, work: Callable[[], _T], then: Callable[[], None] | None = None) -> None:
        self._work = work
        self._then = then
        self._pid = 0
        self._pipe = -1
        if _can_fork():
            self._begin()

    def result(self) -> _T:
        """What the work gives, waiting for it."""
        result: _T
        try:
            result, alarms = pickle.loads(self._said())
        except (EOFError, pickle.UnpicklingError):  # it said nothing, or died while it spoke
            return self._work()
        alarm.rang(alarms)
        return result

    def done(self) -> None:
        """Waits for what is done after the work, where it is."""
        if self._pid:
            os.waitpid(self._pid, 0)
            self._pid = 0

    def end(self) -> None:
        """Ends the process; what it has not done is not done."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            self.done()
        self._close()

    def _begin(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        read, write = os.pipe()
        try:
            self._pid = os.fork()
        except OSError:
            os.close(read)
            os.close(write)
            return
        if self._pid == 0:
            os.close(read)
            self._run(write)
        os.close(write)
        self._pipe = read

    def _run(self, pipe: int) -> NoReturn:
        """The life of the process: nobody hears it but who asks for the result."""
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(nowhere, stream)
            alarms = alarm.rung()
            result = self._work()
            with os.fdopen(pipe, "wb") as file:
                file.write(pickle.dumps((result, alarm.rung() - alarms), pickle.HIGHEST_PROTOCOL))
            if self._then:
                self._then()
        finally:
            os._exit(0)

    def _said(self) -> bytes:
        """What the process wrote, nothing where it failed."""
        if self._pipe < 0:
            return b""
        with os.fdopen(self._pipe, "rb") as file:
            self._pipe = -1
            return file.read()

    def _close(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


def _can_fork() -> bool:
    """Whether this process can be copied, and there is a processor for the copy."""
    if not hasattr(os, "sched_getaffinity") or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1
