"""Scenarios: which functions run on which CPU, on which platforms, and what must hold.

A program is a list of items that run one after the other: `name()` is a function of the tree (of
`one() / other()` the first that the tree has), `repeat A | B` any number of them in any order,
and anything else one instruction in the form that `reviewer.model.text` reads. ` if input` limits
an item to platforms where the input is true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.event.match import Matcher, compile_vocabulary
from reviewer.finding import Skip
from reviewer.model.code import Code, Reader, code_of
from reviewer.model.cut import Cutter
from reviewer.model.invariants import INVARIANTS
from reviewer.model.machine import Machine
from reviewer.model.simplify import simplify
from reviewer.model.state import LOCAL_PREFIX
from reviewer.model.terms import Terms, Uncut
from reviewer.model.text import parse
from reviewer.model.types import NMI, Instruction, Program, System
from reviewer.rule.files import RuleFile, shipped_folder
from reviewer.rule.load import load_rules, parse_rules
from reviewer.rule.table import Table, read_table
from reviewer.rule.types import Vocabulary, covers
from reviewer.source.conditions import FALSE, Atom, Condition, Constant, atoms
from reviewer.source.presence import parse as parse_condition
from reviewer.source.types import Expr, Kind, VariableKind

EVENTS = "events.toml"
#: Events of the shared vocabulary that the machine does not see.
_QUIET = (
    "builtin", "macro", "load.once", "feature.test", "address", "monitor", "cache.line",
    "descriptors", "gs.base",
)  # fmt: skip
_ITEM = re.compile(r"(?P<does>.*?)(?: if (?P<input>\w+))?")
_CALLS = re.compile(r"\w+\(\)(?: / \w+\(\))*")


class Platform(Struct, frozen=True):
    """A machine to run on: its facts, and what is expected of the fixture there."""

    name: str
    inputs: tuple[tuple[str, bool], ...]
    violated: tuple[str, ...]
    states: int


class Scenario(Struct, frozen=True):
    """One file of rules/scenarios; `id` is its stem."""

    id: str
    title: str
    doc: str
    limits: tuple[str, ...]
    files: tuple[str, ...]
    config: Condition
    flags: frozenset[str]
    inputs: tuple[tuple[str, Condition], ...]
    assumes: tuple[str, ...]
    calls: tuple[tuple[str, str], ...]
    returns: Condition
    invariants: tuple[str, ...]
    bring_up: tuple[str, ...]
    boot: tuple[str, ...]
    task: tuple[str, ...]
    handlers: tuple[tuple[str, tuple[str, ...]], ...]
    platforms: tuple[Platform, ...]


class Words(Struct, frozen=True):
    """The vocabulary of scenarios, ready to be matched."""

    matcher: Matcher
    actions: Mapping[str, str]


@cache
def words() -> Words:
    """The simulator's own events before those of the shared ones that mean something to it.

    A call that rules have another name for is still a call here, to be spliced.
    """
    path = shipped_folder() / "scenarios" / EVENTS
    own = parse_rules([RuleFile(EVENTS, EVENTS, path.read_text(encoding="utf-8"))])
    shared = [
        event
        for event in load_rules().vocabulary.events
        if event.action or event.noreturn or any(covers(name, event.name) for name in _QUIET)
    ]
    events = (*own.vocabulary.events, *shared)
    actions = {event.name: event.action for event in events}
    return Words(compile_vocabulary(Vocabulary(events)), actions)


def load_scenarios(folder: Path | None = None) -> tuple[Scenario, ...]:
    """The scenarios of a folder (the shipped one), sorted; raises InputError for a bad one."""
    folder = folder or shipped_folder() / "scenarios"
    return tuple(
        load_scenario(path) for path in sorted(folder.glob("*.toml")) if path.name != EVENTS
    )


def load_scenario(path: Path) -> Scenario:
    """One scenario; raises InputError naming the first thing wrong with it."""
    top = read_table(path.read_text(encoding="utf-8"), path.name)
    for table in _tables(top, "handlers", "inputs", "assumes", "calls", "platforms"):
        assert table is not None
    assumes = _mapping(top, "assumes")
    inputs: list[tuple[str, Condition]] = [
        (glob, Atom(name))
        for name, globs in _mapping(top, "inputs").items()
        for glob in _strings(globs)
    ]
    inputs += [(glob, Constant(bool(value))) for glob, value in assumes.items()]
    scenario = Scenario(
        id=path.stem,
        title=top.text("title", required=True),
        doc=top.text("doc", required=True),
        limits=top.texts("limits"),
        files=top.texts("files"),
        config=parse_condition(top.text("config")),
        flags=frozenset(top.texts("flags")),
        inputs=tuple(inputs),
        assumes=tuple(f"{glob} is {str(bool(value)).lower()}" for glob, value in assumes.items()),
        calls=tuple((name, str(target)) for name, target in _mapping(top, "calls").items()),
        returns=Atom(top.text("returns")) if top.text("returns") else FALSE,
        invariants=top.texts("invariants"),
        bring_up=top.texts("bring_up"),
        boot=top.texts("boot"),
        task=top.texts("task"),
        handlers=tuple(
            (vector, tuple(_strings(items))) for vector, items in _mapping(top, "handlers").items()
        ),
        platforms=tuple(
            _platform(name, values) for name, values in _mapping(top, "platforms").items()
        ),
    )
    _check(scenario, path)
    return scenario


def _tables(top: Table, *names: str) -> list[Table]:
    return [table for name in names if (table := top.table(name)) is not None]


def _mapping(top: Table, name: str) -> Mapping[str, object]:
    table = top.table(name)
    return dict(table.values) if table else {}


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def _platform(name: str, values: object) -> Platform:
    facts = dict(values) if isinstance(values, dict) else {}
    expected = facts.pop("violated", [])
    states = facts.pop("states", 0)
    return Platform(
        name,
        tuple((str(fact), bool(value)) for fact, value in facts.items()),
        tuple(_strings(expected)),
        int(states) if isinstance(states, int) else 0,
    )


def _check(scenario: Scenario, path: Path) -> None:
    for name in scenario.invariants:
        if name not in INVARIANTS:
            raise InputError(f"no invariant `{name}`", path=path.name)
    if not scenario.platforms or not scenario.boot:
        raise InputError("a scenario needs `boot` and [platforms]", path=path.name)


class Build(Struct, frozen=True):
    """A scenario's systems by platform, what stood in the way of others, and the files read."""

    scenario: Scenario
    systems: tuple[tuple[Platform, System], ...]
    skips: tuple[Skip, ...]
    files: tuple[str, ...]


def build(scenario: Scenario, reader: Reader) -> Build:
    """The scenario's programs, cut from what `reader` gives for its files."""
    found = words()
    code = code_of(scenario.files, reader, found.matcher, scenario.config)
    files = tuple(unit.path for unit in code.units)
    maker = _Maker(scenario, code, found.actions)
    systems: list[tuple[Platform, System]] = []
    skips: list[Skip] = []
    for platform in scenario.platforms:
        try:
            systems.append((platform, maker.system(platform)))
        except Uncut as problem:
            reason = f"scenario {scenario.id} was not run for {platform.name}"
            skips.append(replace(problem.skip, reason=f"{reason}: {problem.skip.reason}"))
    return Build(scenario, tuple(systems), tuple(skips), files)


class _Maker:
    """Cuts each function once for each role and puts programs together."""

    def __init__(self, scenario: Scenario, code: Code, actions: Mapping[str, str]) -> None:
        self.scenario = scenario
        self.code = code
        self.terms = Terms(
            "flag",
            _flags(scenario, code),
            scenario.inputs,
            dict(scenario.calls),
            scenario.returns,
            actions,
        )
        self.known: dict[tuple[str, bool], Program] = {}

    def system(self, platform: Platform) -> System:
        scenario = self.scenario
        handlers = [
            (vector, self.program(vector, items, platform, boot=False))
            for vector, items in scenario.handlers
        ]
        if NMI not in dict(handlers):
            handlers.append((NMI, _idle(NMI)))
        made = System(
            boot=self.program("boot", scenario.boot, platform, boot=True),
            task=self.program("task", scenario.task, platform, boot=False),
            handlers=tuple(handlers),
            inputs=platform.inputs,
            flag=self.terms.flag,
        )
        return replace(made, starts=self.starts(platform))

    def starts(self, platform: Platform) -> tuple[str, ...]:
        """The facts of a CPU after its bring-up."""
        program = self.program("bring-up", self.scenario.bring_up, platform, boot=False)
        system = System(_idle("boot"), program, ((NMI, _idle(NMI)),), platform.inputs, starts=())
        machine = Machine(system)
        boot, start = machine.start()
        ends: set[int] = set()
        seen, pending = {start}, [start]
        while pending:
            state = pending.pop()
            moves = machine.remote_moves(boot, state)
            if not moves:
                ends.add(machine.bits(state))
            for target, _ in moves:
                if target not in seen:
                    seen.add(target)
                    pending.append(target)
        if len(ends) != 1:
            raise Uncut(Skip("", 0, "bring-up ends in more than one state"))
        bits = ends.pop()
        return tuple(
            name
            for name, place in machine.index.items()
            if bits >> place & 1 and not name.startswith(LOCAL_PREFIX)
        )

    def program(
        self, name: str, items: tuple[str, ...], platform: Platform, *, boot: bool
    ) -> Program:
        inputs = dict(platform.inputs)
        whole = _idle(name)
        for item in items:
            match = _ITEM.fullmatch(item)
            assert match is not None
            if match["input"] and not inputs.get(match["input"], False):
                continue
            whole = _then(whole, self.item(match["does"], boot=boot))
        free = {
            atom
            for each in whole.instructions
            for atom in (*atoms(each.guard), *atoms(each.value))
            if atom in {target for _, value in self.scenario.inputs for target in atoms(value)}
        }
        absent = dict.fromkeys(free - inputs.keys(), False)
        return simplify(whole, {**absent, **inputs})

    def item(self, text: str, *, boot: bool) -> Program:
        if text.startswith("repeat "):
            return _repeated([self.item(each.strip(), boot=boot) for each in text[7:].split("|")])
        if _CALLS.fullmatch(text):
            return self.function(text, boot=boot)
        return parse(f"program step\n0 -> exit: {text}  #: {text}")

    def function(self, text: str, *, boot: bool) -> Program:
        key = (text, boot)
        if key not in self.known:
            names = [name.strip().removesuffix("()") for name in text.split("/")]
            name = next((each for each in names if self.code.functions(each)), names[0])
            cutter = Cutter(self.code, self.terms, boot)
            call = Expr(Kind.CALL, args=(Expr(Kind.IDENTIFIER, name),))
            self.known[key] = simplify(cutter.program(name, call), {"stores_alias": True})
        return self.known[key]


def _flags(scenario: Scenario, code: Code) -> frozenset[str]:
    """The per-CPU flag's spellings; if the code has another name, its only per-CPU boolean."""
    if any(name.encode() in unit.file.text for name in scenario.flags for unit in code.units):
        return scenario.flags
    booleans = {
        variable.name
        for unit in code.units
        for variable in unit.variables
        if variable.kind is VariableKind.PER_CPU and variable.type == "bool"
    }
    return frozenset(booleans) if len(booleans) == 1 else scenario.flags


def program_of(scenario: Scenario, reader: Reader, function: str, *, boot: bool) -> Program:
    """The program of one function, on every platform; raises Uncut."""
    found = words()
    code = code_of(scenario.files, reader, found.matcher, scenario.config)
    return _Maker(scenario, code, found.actions).function(f"{function}()", boot=boot)


def _idle(name: str) -> Program:
    return Program(name, 1, 0, 0, ())


def _moved(program: Program, by: int) -> list[Instruction]:
    return [
        replace(item, source=item.source + by, target=item.target + by)
        for item in program.instructions
    ]


def _then(first: Program, second: Program) -> Program:
    """One program after the other."""
    by = first.size
    joint = Instruction(first.exit, second.entry + by)
    items = (*first.instructions, joint, *_moved(second, by))
    return Program(first.name, by + second.size, first.entry, second.exit + by, items)


def _repeated(programs: list[Program]) -> Program:
    """Any number of the programs in any order."""
    items: list[Instruction] = [Instruction(0, 1)]
    size = 2
    for program in programs:
        items.append(Instruction(0, program.entry + size))
        items += _moved(program, size)
        items.append(Instruction(program.exit + size, 0))
        size += program.size
    return Program("repeat", size, 0, 1, tuple(items))
