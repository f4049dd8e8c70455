"""Scenarios as they are written: which functions run on which CPU, where, and what must hold.

A program is a list of items that run one after the other: `name()` is a function of the tree (of
`one() / other()` the first that the tree has), `A & B` one after the other, `repeat A | B` any
number of them in any order,
and anything else one instruction in the form that `reviewer.model.text` reads. ` if input` limits
an item to platforms where the input or assumption is true, ` if !input` to the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.finding import Trace
from reviewer.model.invariants import INVARIANTS
from reviewer.rule.files import shipped_folder
from reviewer.rule.table import Table, read_table
from reviewer.source.conditions import FALSE, Atom, Condition
from reviewer.source.presence import parse as parse_condition

#: The folder beside the scenarios with what several of them include.
COMMON = "common"
_KEYS = (
    "include", "title", "doc", "limits", "files", "config", "flags", "invariants", "returns",
    "bring_up", "boot", "task", "handlers", "calls", "inputs", "assumes", "judged", "vacuous",
    "platforms",
)  # fmt: skip


class Platform(Struct, frozen=True):
    """A machine to run on: its facts, and what is expected of the fixture there."""

    name: str
    inputs: tuple[tuple[str, bool], ...]
    violated: tuple[str, ...]
    states: int


class Assumption(Struct, frozen=True):
    """A switch that a verdict may rest on: what is assumed, and how it stands.

    `code` are globs over expressions of the code that have its value.
    """

    name: str
    doc: str
    holds: bool
    code: tuple[str, ...]


class Judgement(Struct, frozen=True):
    """What is known of a way in which an invariant breaks.

    It speaks of runs in which steps with texts like `steps` follow each other in that order.
    """

    invariant: str
    steps: tuple[str, ...]
    says: str

    def covers(self, trace: Trace) -> bool:
        """Whether the run is one of those that the judgement speaks of."""
        texts = iter(step.text for step in trace.steps)
        return all(any(fnmatchcase(text, glob) for text in texts) for glob in self.steps)


class Scenario(Struct, frozen=True):
    """One file of rules/scenarios; `id` is its stem.

    `vacuous` are globs over what nothing is expected to exercise here, with the reason. `without`
    names the assumption that is turned round, "" for none.
    """

    id: str
    title: str
    doc: str
    limits: tuple[str, ...]
    files: tuple[str, ...]
    config: Condition
    flags: frozenset[str]
    inputs: tuple[tuple[str, Condition], ...]
    assumes: tuple[Assumption, ...]
    calls: tuple[tuple[str, str], ...]
    returns: Condition
    invariants: tuple[str, ...]
    bring_up: tuple[str, ...]
    boot: tuple[str, ...]
    task: tuple[str, ...]
    handlers: tuple[tuple[str, tuple[str, ...]], ...]
    platforms: tuple[Platform, ...]
    judged: tuple[Judgement, ...] = ()
    vacuous: tuple[tuple[str, str], ...] = ()
    without: str = ""


def without(scenario: Scenario, assumption: str) -> Scenario:
    """The scenario with one of its assumptions turned round."""
    return replace(scenario, without=assumption)


def load_scenarios(folder: Path | None = None) -> tuple[Scenario, ...]:
    """The scenarios of a folder (the shipped one), sorted; raises InputError for a bad one."""
    folder = folder or shipped_folder() / "scenarios"
    return tuple(load_scenario(path) for path in sorted(folder.glob("*.toml")))


def load_scenario(path: Path) -> Scenario:
    """One scenario; raises InputError naming the first thing wrong with it."""
    top = _included(read_table(path.read_text(encoding="utf-8"), path.name), path.parent / COMMON)
    assumes = tuple(_assumption(name, table) for name, table in _named(top, "assumes"))
    inputs = [
        (glob, Atom(name))
        for name, globs in _mapping(top, "inputs").items()
        for glob in _strings(globs)
    ]
    inputs += [(glob, Atom(each.name)) for each in assumes for glob in each.code]
    scenario = Scenario(
        id=path.stem,
        title=top.text("title", required=True),
        doc=top.text("doc", required=True),
        limits=top.texts("limits"),
        files=top.texts("files"),
        config=parse_condition(top.text("config")),
        flags=frozenset(top.texts("flags")),
        inputs=tuple(inputs),
        assumes=assumes,
        calls=tuple((name, str(target)) for name, target in _mapping(top, "calls").items()),
        returns=Atom(top.text("returns")) if top.text("returns") else FALSE,
        invariants=top.texts("invariants"),
        bring_up=top.texts("bring_up"),
        boot=top.texts("boot"),
        task=top.texts("task"),
        handlers=tuple(
            (vector, tuple(_strings(items))) for vector, items in _mapping(top, "handlers").items()
        ),
        platforms=tuple(_platform(name, table) for name, table in _named(top, "platforms")),
        judged=tuple(map(_judgement, top.tables("judged"))),
        vacuous=tuple((glob, str(reason)) for glob, reason in _mapping(top, "vacuous").items()),
    )
    if top.source.problems:
        raise top.source.problems[0]
    _check(scenario, path)
    return scenario


def _included(top: Table, folder: Path) -> Table:
    """The table with those it includes before it: lists go on, tables are filled up."""
    values: dict[str, object] = {}
    texts = [(folder / f"{name}.toml").read_text(encoding="utf-8") for name in top.texts("include")]
    for table in (*(read_table(text, top.source.path) for text in texts), top):
        for key, value in table.values.items():
            before = values.get(key)
            if isinstance(before, dict) and isinstance(value, dict):
                values[key] = {**before, **value}
            elif isinstance(before, list) and isinstance(value, list):
                values[key] = [*before, *value]
            else:
                values[key] = value
    top = replace(top, values=values)
    top.allow(*_KEYS)
    return top


def _mapping(top: Table, name: str) -> Mapping[str, object]:
    table = top.table(name)
    return dict(table.values) if table else {}


def _named(top: Table, name: str) -> list[tuple[str, Table]]:
    """The tables of a table by name."""
    outer = top.table(name)
    if outer is None:
        return []
    found = [(key, outer.table(key)) for key in outer.values]
    return [(key, table) for key, table in found if table is not None]


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _assumption(name: str, table: Table) -> Assumption:
    return Assumption(
        name, table.text("doc", required=True), table.flag("holds"), table.texts("code")
    )


def _judgement(table: Table) -> Judgement:
    return Judgement(
        table.text("invariant", required=True),
        table.texts("steps"),
        table.text("says", required=True).strip(),
    )


def _platform(name: str, table: Table) -> Platform:
    facts = {key: value for key, value in table.values.items() if key not in ("violated", "states")}
    states = table.values.get("states", 0)
    return Platform(
        name,
        tuple((fact, bool(value)) for fact, value in facts.items()),
        table.texts("violated"),
        states if isinstance(states, int) else 0,
    )


def _check(scenario: Scenario, path: Path) -> None:
    for name in (*scenario.invariants, *(each.invariant for each in scenario.judged)):
        if name not in INVARIANTS:
            raise InputError(f"no invariant `{name}`", path=path.name)
    if not scenario.platforms or not scenario.boot:
        raise InputError("a scenario needs `boot` and [platforms]", path=path.name)
