"""Options set once: the environment's `REVIEWER_*`, then git's configuration `reviewer.*`.

A flag of the command line wins over both. Files of a tree are not read: what is reviewed must not
say how. git's own order decides among its files: a repository's wins over the user's.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

#: Seconds for one file, contract or scenario, unless something else is said.
TIME_BUDGET = 60.0


class Key(Struct, frozen=True):
    """What an option is called in git's configuration and in the environment."""

    git: str
    variable: str
    several: bool = False
    path: bool = False


#: By the field of the settings that each fills.
KEYS = {
    "tree_path": Key("reviewer.tree", "REVIEWER_TREE", path=True),
    "rule_paths": Key("reviewer.rules", "REVIEWER_RULES", several=True, path=True),
    "format": Key("reviewer.format", "REVIEWER_FORMAT"),
    "fail_on": Key("reviewer.failon", "REVIEWER_FAIL_ON"),
    "suppression_list": Key("reviewer.suppressions", "REVIEWER_SUPPRESSIONS", path=True),
    "baseline_list": Key("reviewer.baseline", "REVIEWER_BASELINE", path=True),
    "time_budget": Key("reviewer.timebudget", "REVIEWER_TIME_BUDGET"),
    "colour": Key("reviewer.color", "REVIEWER_COLOR"),
}


class Setting(Struct, frozen=True):
    """One value, and where it was set."""

    field: str
    value: str
    origin: str


def settings(environment: Mapping[str, str], folder: Path) -> tuple[Setting, ...]:
    """Every value that is set, those that win last."""
    return (*_of_git(folder), *_of_environment(environment))


def values(found: Sequence[Setting], field: str) -> tuple[str, ...]:
    """The values in force of a field: none, one, or several where it takes several."""
    winning = in_force(found, field)
    return tuple(_expanded(setting.value, field) for setting in winning)


def in_force(found: Sequence[Setting], field: str) -> tuple[Setting, ...]:
    """The settings of a field from the one kind of place that wins: the environment, else git."""
    same = tuple(setting for setting in found if setting.field == field)
    outer = tuple(setting for setting in same if setting.origin.startswith("environment"))
    winning = outer or same
    return winning if KEYS[field].several else winning[-1:]


def _expanded(value: str, field: str) -> str:
    """The value; `~` is the home directory, as git has it in paths."""
    if not (KEYS[field].path and value.startswith("~")):
        return value
    try:
        return str(Path(value).expanduser())
    except RuntimeError:  # nobody has that home directory
        return value


def _of_environment(environment: Mapping[str, str]) -> Iterator[Setting]:
    for field, key in KEYS.items():
        if value := environment.get(key.variable):
            yield Setting(field, value, f"environment:{key.variable}")


def _of_git(folder: Path) -> Iterator[Setting]:
    """What git has; nothing without git, which is said where git is needed."""
    command = ["git", "config", "--null", "--show-origin", "--get-regexp", r"^reviewer\."]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except OSError:
        return
    fields = {key.git: field for field, key in KEYS.items()}
    words = done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]
    for origin, entry in zip(words[::2], words[1::2], strict=False):
        name, _, value = entry.partition("\n")
        if name in fields:
            yield Setting(fields[name], value, origin)
