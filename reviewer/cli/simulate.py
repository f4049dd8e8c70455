"""`reviewer simulate`: scenarios on a tree, their verdicts and counterexamples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from reviewer.cli.effort import MEMORY, budget, cleared
from reviewer.cli.outcome import Code
from reviewer.cli.streams import Sink
from reviewer.errors import InputError
from reviewer.finding import Location, Skip, Step
from reviewer.model.chart import chart
from reviewer.model.code import Reader
from reviewer.model.graph import dot, svg
from reviewer.model.promela import promela
from reviewer.model.replay import replay
from reviewer.model.scenario import Build, build, program_of, remember
from reviewer.model.scenario_file import Scenario, load_scenarios
from reviewer.model.terms import Uncut
from reviewer.model.text import show
from reviewer.model.types import Outcome, Program
from reviewer.model.verdict import Examined, checked, examined
from reviewer.patch.tree import Tree, open_tree, tree_around
from reviewer.patch.types import SourceFile
from reviewer.report.safe import printable
from reviewer.report.verdicts import verdict_lines, verdict_value

SCHEMA = "reviewer/simulation/1"


class Wanted(Struct, frozen=True):
    """What the command line asks for."""

    names: tuple[str, ...] = ()
    tree: Path | None = None
    cpus: int = 0
    memory: int = MEMORY
    svg: Path | None = None
    promela: bool = False
    replay: Path | None = None
    program: str = ""
    dot: bool = False
    as_json: bool = False


def simulate(wanted: Wanted) -> Code:
    """Prints what is asked for; the code is 1 if a scenario is violated.

    It is 3 if one was not run, holds of nothing, or was searched up to a bound only.
    """
    tree = open_tree(wanted.tree or tree_around(Path.cwd()))
    sink = Sink(None)
    scenarios = _named(wanted.names)
    reader = reader_of(tree)
    if wanted.program:
        return _show(wanted, _program(scenarios, reader, wanted.program), sink)
    if wanted.replay:
        return _replay(wanted.replay, scenarios, reader, sink)
    memory = remember()
    builds = [build(scenario, reader, memory) for scenario in scenarios]
    if wanted.promela:
        for each in builds:
            for platform, system in each.systems:
                invariants = checked(system, each.scenario.invariants)
                sink.write(promela(system, wanted.cpus or 2, invariants, platform.name))
        return Code.CLEAN
    limit = budget(wanted.memory)
    found = [
        (each, examined(each, partial(build, reader=reader, memory=memory), wanted.cpus, limit))
        for each in builds
    ]
    cleared()
    if wanted.as_json:
        sink.write(json.dumps(_document(found), indent=2) + "\n")
    else:
        sink.write("\n".join(line for pair in found for line in _text(*pair)) + "\n")
    if wanted.svg:
        _draw(wanted.svg, found)
    return _code(found)


def reader_of(tree: Tree) -> Reader:
    """The files of a tree."""

    def read(path: str) -> SourceFile | None:
        text = tree.read(path)
        return None if text is None else SourceFile(path, text)

    return read


def _named(names: tuple[str, ...]) -> tuple[Scenario, ...]:
    scenarios = load_scenarios()
    known = {scenario.id for scenario in scenarios}
    for name in names:
        if name not in known:
            raise InputError(f"no scenario {name!r}", remedy=f"one of {', '.join(sorted(known))}")
    return tuple(each for each in scenarios if not names or each.id in names)


def _show(wanted: Wanted, program: Program, sink: Sink) -> Code:
    """Prints the program, as text or for Graphviz, and draws it if a file is named."""
    sink.write(printable_lines(dot(program) if wanted.dot else show(program)))
    if wanted.svg:
        _write(wanted.svg, svg(program))
    return Code.CLEAN


def _program(scenarios: tuple[Scenario, ...], reader: Reader, function: str) -> Program:
    """The function's program in the first scenario that has one; raises InputError."""
    problem: Uncut | None = None
    for scenario in scenarios:
        for boot in (True, False):
            try:
                return program_of(scenario, reader, function, boot=boot)
            except Uncut as error:
                problem = error
    reason = problem.skip if problem else Skip("", 0, "no scenario")
    raise InputError(reason.reason, path=reason.path, line=reason.line)


def printable_lines(text: str) -> str:
    """The text with its line ends and without other control characters."""
    return "".join(f"{printable(line)}\n" for line in text.splitlines())


def _text(each: Build, found: Examined) -> Iterator[str]:
    yield f"{each.scenario.id}: {each.scenario.title}"
    for verdict in found.verdicts:
        yield from verdict_lines(verdict)
    for vacuous in found.vacuous:
        place = f" ({vacuous.location.path}:{vacuous.location.line})" * bool(vacuous.location.path)
        expected = f"as expected, {vacuous.reason}" if vacuous.reason else "NOT EXPECTED"
        yield f"  not exercised: {printable(vacuous.what + place)}: {printable(expected)}"
    for skip in each.unrun:
        place = f"{printable(skip.path)}:{skip.line}: " if skip.path else ""
        yield f"  {place}not analysed: {printable(skip.reason)}"


def _document(found: list[tuple[Build, Examined]]) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "verdicts": [verdict_value(verdict) for _, each in found for verdict in each.verdicts],
        "not_exercised": [
            {
                "scenario": each.scenario.id,
                "what": printable(vacuous.what),
                "path": printable(vacuous.location.path),
                "line": vacuous.location.line,
                "expected": printable(vacuous.reason),
            }
            for each, result in found
            for vacuous in result.vacuous
        ],
        "skips": [
            {"path": printable(skip.path), "line": skip.line, "reason": printable(skip.reason)}
            for each, _ in found
            for skip in each.unrun
        ],
    }


def _draw(path: Path, found: list[tuple[Build, Examined]]) -> None:
    for _, each in found:
        for verdict in each.verdicts:
            for violation in verdict.violations:
                title = f"{verdict.scenario}, {verdict.platform}: {violation.invariant}"
                _write(path, chart(violation.trace, title))
                return


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=str(path)) from error


def _code(found: list[tuple[Build, Examined]]) -> Code:
    outcomes = {verdict.outcome for _, each in found for verdict in each.verdicts}
    if Outcome.VIOLATED in outcomes:
        return Code.FINDINGS
    skipped = any(each.unrun for each, _ in found)
    unsure = outcomes & {Outcome.BOUND_REACHED, Outcome.VACUOUS}
    return Code.ANALYSIS if skipped or unsure else Code.CLEAN


def _replay(path: Path, scenarios: tuple[Scenario, ...], reader: Reader, sink: Sink) -> Code:
    """Steps through every counterexample of a JSON report."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        recorded = [
            (verdict["scenario"], verdict["platform"], violation)
            for verdict in document["verdicts"]
            for violation in verdict["violations"]
        ]
        runs = [
            (scenario, platform, int(each["cpus"]), str(each["invariant"]), _steps(each))
            for scenario, platform, each in recorded
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError("no simulation in JSON", path=str(path)) from error
    builds = {each.id: build(each, reader) for each in scenarios}
    worst = Code.CLEAN
    for name, platform, cpus, invariant, steps in runs:
        systems = {each.name: system for each, system in builds[name].systems}
        if platform not in systems:
            raise InputError(f"{name} does not run for {platform} on this tree", path=str(path))
        made = replay(systems[platform], cpus, invariant, steps)
        same = made == len(steps)
        said = f"breaks {invariant} again" if same else f"differs at step {made + 1}"
        sink.write(f"{name}, {platform}: {len(steps)} steps: {said}\n")
        worst = worst if same else Code.FINDINGS
    return worst


def _steps(violation: dict[str, list[dict[str, str]]]) -> tuple[Step, ...]:
    return tuple(
        Step(
            Location(step["path"], int(step["line"])),
            step["function"],
            step["text"],
            step["note"],
            step["actor"],
        )
        for step in violation["steps"]
    )
