"""`reviewer config`, and what is configured as the defaults of commands."""

from __future__ import annotations

import os
from pathlib import Path

from reviewer.cli.outcome import Code
from reviewer.cli.streams import Sink
from reviewer.hook.config import KEYS, in_force, settings, values
from reviewer.report.safe import printable


def defaults() -> dict[str, object]:
    """The values that are set, as the parameters of commands take them."""
    found = settings(os.environ, Path.cwd())
    given: dict[str, object] = {}
    for field, key in KEYS.items():
        if words := values(found, field):
            given[field] = list(words) if key.several else words[-1]
    return given


def show(*, origin: bool) -> Code:
    """Prints the values in force, with `origin` each with the file or variable that set it."""
    found = settings(os.environ, Path.cwd())
    sink = Sink(None)
    for field, key in KEYS.items():
        for setting in in_force(found, field):
            where = f"{setting.origin}\t" if origin else ""
            sink.write(printable(f"{where}{key.git}={setting.value}") + "\n")
    return Code.CLEAN
