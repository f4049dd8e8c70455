"""Medians of wall-clock times of commands, taken in turn so that a busy machine is fair to all.

Python's bytecode is kept, as it is for an installed package, in a folder of this run.
"""

from __future__ import annotations

import atexit
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache


def medians(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """Seconds of each command: the median over `rounds` rounds after one that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for counted in (False, *(True,) * rounds):
        for name, command in commands.items():
            seconds = timed(command)
            if counted:
                times[name].append(seconds)
    return {name: statistics.median(each) for name, each in times.items()}


def timed(command: Sequence[str]) -> float:
    """Seconds that one run of the command takes; its output and exit code are dropped."""
    start = time.perf_counter()
    subprocess.run(command, env=environment(), capture_output=True, check=False)
    return time.perf_counter() - start


@cache
def environment() -> dict[str, str]:
    """This process's environment, with a place for bytecode."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}
