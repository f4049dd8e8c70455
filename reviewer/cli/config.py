"""Options set once: the environment's `REVIEWER_*`, then git's configuration `reviewer.*`.

A flag of the command line wins over both. Files of a tree are not read: what is reviewed must not
say how. git's own order decides among its files: a repository's wins over the user's.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from reviewer.cli.outcome import Code
from reviewer.cli.streams import Sink
from reviewer.report.safe import printable

#: Parameters of commands, and the keys of git's configuration; the environment's are these in
#: capitals.
KEYS = {
    "tree": "reviewer.tree",
    "rules": "reviewer.rules",
    "report_format": "reviewer.format",
    "fail_on": "reviewer.failon",
    "suppressions": "reviewer.suppressions",
    "color": "reviewer.color",
}
#: Keys that can be set more than once; the values are gathered.
_SEVERAL = frozenset({"rules"})
_COMMANDS = {
    "check": frozenset(KEYS),
    "scan": frozenset(KEYS) - {"suppressions"},
    "explain": frozenset({"rules"}),
    "rules": frozenset({"rules"}),
    "doctor": frozenset({"tree", "rules"}),
}


class Setting(Struct, frozen=True):
    """One value, and where it was set."""

    name: str
    value: str
    origin: str


def settings(environment: Mapping[str, str], folder: Path) -> tuple[Setting, ...]:
    """Every value that is set, those that win last."""
    return (*_of_git(folder), *_of_environment(environment))


def defaults(found: tuple[Setting, ...]) -> dict[str, dict[str, object]]:
    """The values for each command, as its parameters take them."""
    values: dict[str, object] = {}
    for setting in found:
        several = [each.value for each in _winning(found, setting.name)]
        values[setting.name] = several if setting.name in _SEVERAL else several[-1]
    return {
        command: {name: value for name, value in values.items() if name in names}
        for command, names in _COMMANDS.items()
    }


def show(*, origin: bool) -> Code:
    """Prints the values in force, with `origin` each with the file or variable that set it."""
    found = settings(os.environ, Path.cwd())
    sink = Sink(None)
    for name in KEYS:
        winning = _winning(found, name)
        for setting in winning if name in _SEVERAL else winning[-1:]:
            where = f"{setting.origin}\t" if origin else ""
            sink.write(printable(f"{where}{KEYS[name]}={setting.value}") + "\n")
    return Code.CLEAN


def _winning(found: tuple[Setting, ...], name: str) -> list[Setting]:
    """The values of a name from the one kind of place that wins: the environment, else git."""
    same = [setting for setting in found if setting.name == name]
    outer = [setting for setting in same if setting.origin.startswith("environment")]
    return outer or same


def _of_environment(environment: Mapping[str, str]) -> Iterator[Setting]:
    for name, key in KEYS.items():
        variable = f"REVIEWER_{key.partition('.')[2].upper()}".replace("FAILON", "FAIL_ON")
        if value := environment.get(variable):
            yield Setting(name, value, f"environment:{variable}")


def _of_git(folder: Path) -> Iterator[Setting]:
    """What git has; nothing without git, which is said where git is needed."""
    command = ["git", "config", "--null", "--show-origin", "--get-regexp", r"^reviewer\."]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except OSError:
        return
    names = {key: name for name, key in KEYS.items()}
    fields = done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    for origin, entry in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = entry.partition("\n")
        if key in names:
            yield Setting(names[key], value, origin)
