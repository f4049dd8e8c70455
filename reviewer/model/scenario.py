"""Scenarios put together: the programs of each CPU, cut from a tree, for each platform."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, reduce

from msgspec import Struct
from msgspec.structs import replace

from reviewer.event.match import Matcher, compile_vocabulary
from reviewer.finding import Location, Skip
from reviewer.model.code import Code, Reader, code_of
from reviewer.model.cut import Cutter
from reviewer.model.machine import Machine
from reviewer.model.memory import Memory, Remembered
from reviewer.model.scenario_file import Platform, Scenario
from reviewer.model.shelf import Shelf
from reviewer.model.simplify import simplify
from reviewer.model.state import COUNTS_CALLS, FACTS, LOCAL_PREFIX, STORES_ALIAS
from reviewer.model.terms import Absent, Terms, Uncut
from reviewer.model.text import parse
from reviewer.model.trail import Moves, relocated, relocated_system
from reviewer.model.types import NMI, Instruction, Program, System
from reviewer.rule.load import load_rules
from reviewer.rule.types import Vocabulary
from reviewer.source.conditions import atoms
from reviewer.source.types import Expr, Kind, VariableKind

_ITEM = re.compile(r"(?P<does>.*?)(?: if (?P<absent>!)?(?P<input>\w+))?")
_CALLS = re.compile(r"\w+\(\)(?: / \w+\(\))*")


class Words(Struct, frozen=True):
    """The vocabulary of scenarios, ready to be matched."""

    matcher: Matcher
    actions: Mapping[str, str]


@cache
def words() -> Words:
    """The rules' vocabulary as far as the simulator sees it: what has an action.

    A call that only rules have a name for is still a call here, to be spliced.
    """
    events = tuple(
        event
        for event in load_rules().vocabulary.events
        if (event.action or event.noreturn) and not event.derived
    )
    actions = {event.name: event.action for event in events}
    return Words(compile_vocabulary(Vocabulary(events)), actions)


class Build(Struct, frozen=True):
    """A scenario's systems by platform, what stood in the way of others, and the files read.

    `cut` are the programs of the functions it names, as they are on any platform. `skips` are the
    platforms for which a program cannot be made, `absent` those that the tree has no code for.
    """

    scenario: Scenario
    systems: tuple[tuple[Platform, System], ...]
    skips: tuple[Skip, ...]
    files: tuple[str, ...]
    cut: tuple[Program, ...] = ()
    absent: tuple[Skip, ...] = ()

    @property
    def unrun(self) -> tuple[Skip, ...]:
        """Every platform that was not run, and why."""
        return (*self.skips, *self.absent)


def remember() -> Memory:
    """A memory for what is built of one tree, or of one series."""
    return Memory(Shelf(words().matcher))


def build(scenario: Scenario, reader: Reader, memory: Memory | None = None) -> Build:
    """The scenario's programs, cut from what `reader` gives for its files.

    With `memory`, what was built of the same code before is that again, at the lines of now.
    """
    memory = memory or remember()
    code = code_of(scenario.files, reader, memory.shelf, scenario.config)
    files = tuple(unit.path for unit in code.units)
    known = memory.builds.setdefault(
        (scenario.id, scenario.without, _flags(scenario, code)), Remembered()
    )
    again = known.again(code)
    if again is not None:
        _, made, moved = again
        return replace(_moved_build(made, moved), files=files)
    maker = _Maker(scenario, code, memory)
    systems: list[tuple[Platform, System]] = []
    skips: list[Skip] = []
    absent: list[Skip] = []
    for platform in scenario.platforms:
        try:
            systems.append((platform, maker.system(platform)))
        except Uncut as problem:
            reason = f"scenario {scenario.id} was not run for {platform.name}"
            skip = replace(problem.skip, reason=f"{reason}: {problem.skip.reason}")
            (absent if isinstance(problem, Absent) else skips).append(skip)
    cut = tuple(maker.known.values())
    made = Build(scenario, tuple(systems), tuple(skips), files, cut, tuple(absent))
    known.add(code.trail, made)
    return made


def _moved_build(made: Build, moved: Moves) -> Build:
    """The build with its places where they are now."""
    if not moved:
        return made
    return replace(
        made,
        systems=tuple(
            (platform, relocated_system(system, moved)) for platform, system in made.systems
        ),
        cut=tuple(relocated(program, moved) for program in made.cut),
        skips=tuple(
            replace(skip, line=moved.get(place, place).line)
            for skip in made.skips
            for place in (Location(skip.path, skip.line),)
        ),
    )


class _Maker:
    """Cuts each function once for each role and puts programs together."""

    def __init__(self, scenario: Scenario, code: Code, memory: Memory) -> None:
        self.scenario = scenario
        self.code = code
        self.memory = memory
        self.terms = Terms(
            "flag",
            _flags(scenario, code),
            scenario.inputs,
            dict(scenario.calls),
            scenario.returns,
            words().actions,
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
            inputs=tuple(self._inputs(platform).items()),
            flag=self.terms.flag,
        )
        return replace(made, starts=self.starts(platform))

    def starts(self, platform: Platform) -> tuple[str, ...]:
        """The facts of a CPU after its bring-up."""
        program = self.program("bring-up", self.scenario.bring_up, platform, boot=False)
        inputs = tuple(self._inputs(platform).items())
        system = System(_idle("boot"), program, ((NMI, _idle(NMI)),), inputs, starts=())
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
        inputs = self._inputs(platform)
        whole = _idle(name)
        for item in items:
            match = _ITEM.fullmatch(item)
            assert match is not None
            if match["input"] and inputs.get(match["input"], False) is bool(match["absent"]):
                continue
            whole = _then(whole, self.item(match["does"], boot=boot))
        return self.memory.simplified(whole, inputs)

    def _inputs(self, platform: Platform) -> dict[str, bool]:
        """What is true of the platform and assumed of it; what it does not name is false."""
        scenario = self.scenario
        known = {name for _, value in scenario.inputs for name in atoms(value) if name not in FACTS}
        return {
            **dict.fromkeys(sorted({COUNTS_CALLS, *known}), False),
            **{
                each.name: each.holds is (each.name != scenario.without)
                for each in scenario.assumes
            },
            **dict(platform.inputs),
        }

    def item(self, text: str, *, boot: bool) -> Program:
        if text.startswith("repeat "):
            return _repeated([self.item(each.strip(), boot=boot) for each in text[7:].split("|")])
        if " & " in text:
            return reduce(_then, (self.item(each.strip(), boot=boot) for each in text.split(" & ")))
        if _CALLS.fullmatch(text):
            return self.function(text, boot=boot)
        return parse(f"program step\n0 -> exit: {text}  #: {text}")

    def function(self, text: str, *, boot: bool) -> Program:
        key = (text, boot)
        if key not in self.known:
            self.known[key] = self._cut(text, boot=boot)
        return self.known[key]

    def _cut(self, text: str, *, boot: bool) -> Program:
        scenario = self.scenario
        terms = (self.terms.flags, scenario.inputs, scenario.calls, scenario.returns)
        key = (terms, text, boot)
        remembered = self.memory.programs.setdefault(key, Remembered())
        again = remembered.again(self.code)
        if again is not None:
            trail, program, moved = again
            self.code.trail.extend(trail)
            return relocated(program, moved)
        code = self.code.followed()
        try:
            names = [name.strip().removesuffix("()") for name in text.split("/")]
            name = next((each for each in names if code.functions(each)), names[0])
            call = Expr(Kind.CALL, args=(Expr(Kind.IDENTIFIER, name),))
            cut = Cutter(code, self.terms, boot).program(name, call)
        finally:
            self.code.trail.extend(code.trail)
        program = simplify(cut, {STORES_ALIAS: True})
        remembered.add(code.trail, program)
        return program


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
    memory = remember()
    code = code_of(scenario.files, reader, memory.shelf, scenario.config)
    return _Maker(scenario, code, memory).function(f"{function}()", boot=boot)


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
