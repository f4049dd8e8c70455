from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.cli.outcome import Code
from reviewer.cli.simulate import reader_of
from reviewer.finding import Step
from reviewer.model.replay import replay
from reviewer.model.scenario import build
from reviewer.model.scenario_file import load_scenarios
from reviewer.model.text import parse, show
from reviewer.model.types import System, Violation
from reviewer.model.verdict import verdicts
from reviewer.patch.tree import open_tree
from tests.cli.mini import Result, run
from tests.conftest import FIXTURES

TREE = FIXTURES / "minikernel"


def simulate(*words: str | Path) -> Result:
    return run("simulate", "--tree", TREE, *words)


def test_a_scenario_that_holds() -> None:
    found = simulate("kexec-flushed-before")
    assert found.code == Code.CLEAN
    assert "private-guests: holds for any number of CPUs" in found.out


def test_a_scenario_that_is_violated_is_drawn_with_its_places() -> None:
    found = simulate("kexec-crash-early")
    assert found.code == Code.FINDINGS
    lines = found.out.splitlines()
    assert "    no-stale-write-back breaks with 2 CPUs:" in lines
    drawn = next(line for line in lines if "call swap_pages" in line)
    assert drawn.endswith("arch/x86/kernel/relocate_kernel_64.S:52")


def test_a_scenario_that_nobody_has_heard_of() -> None:
    found = simulate("kexec-never")
    assert found.code == Code.INPUT
    assert "kexec-stop" in found.err


def test_an_automaton_as_text_reads_back() -> None:
    found = simulate("--show-program", "stop_this_cpu")
    assert found.code == Code.CLEAN
    assert show(parse(found.out)) == found.out
    assert "flush.begin  # arch/x86/kernel/process.c:" in found.out


def test_an_automaton_for_graphviz() -> None:
    found = simulate("--show-program", "stop_this_cpu", "--dot")
    assert found.out.startswith('digraph "stop_this_cpu" {')
    assert found.out.endswith("}\n")


def test_an_automaton_as_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "stop.svg"
    simulate("--show-program", "stop_this_cpu", "--svg", picture)
    assert "halt: native_halt()" in picture.read_text()
    ElementTree.parse(picture)


def test_an_automaton_of_a_function_that_is_not_there() -> None:
    found = simulate("--show-program", "no_such_function")
    assert found.code == Code.INPUT
    assert "no file of the scenario defines no_such_function()" in found.err


def test_a_counterexample_as_a_chart(tmp_path: Path) -> None:
    picture = tmp_path / "race.svg"
    simulate("kexec-late-cpu", "--svg", picture)
    ElementTree.parse(picture)
    assert "kexec-late-cpu, sme-active: no-stale-write-back" in picture.read_text()


def test_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    found = simulate("kexec-late-cpu", "--svg", tmp_path / "missing" / "race.svg")
    assert found.code == Code.INPUT
    assert "cannot be written" in found.err


@pytest.fixture(scope="module")
def recorded() -> str:
    return simulate("kexec-late-cpu", "kexec-crash-early", "--format", "json").out


def test_a_recorded_run_replays(recorded: str, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(recorded)
    found = simulate("--replay", file)
    assert found.code == Code.CLEAN
    assert found.out.count("breaks no-stale-write-back again") == 2


def test_a_run_that_the_code_no_longer_makes_differs(recorded: str, tmp_path: Path) -> None:
    document = json.loads(recorded)
    steps = document["verdicts"][-1]["violations"][0]["steps"]
    steps[1]["line"] += 1
    file = tmp_path / "run.json"
    file.write_text(json.dumps(document))
    found = simulate("--replay", file)
    assert found.code == Code.FINDINGS
    assert "differs at step 2" in found.out


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"verdicts": [{}]}'])
def test_what_is_no_recorded_run(text: str, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(text)
    found = simulate("--replay", file)
    assert found.code == Code.INPUT
    assert "no simulation in JSON" in found.err


def violations() -> list[tuple[System, Violation]]:
    """Every counterexample of the fixture."""
    reader = reader_of(open_tree(TREE))
    found = []
    for scenario in load_scenarios():
        made = build(scenario, reader)
        for (_, system), verdict in zip(made.systems, verdicts(made), strict=True):
            found += [(system, violation) for violation in verdict.violations]
    return found


VIOLATIONS = violations()


@given(st.data())
def test_no_steps_of_a_counterexample_can_be_left_out(data: st.DataObject) -> None:
    system, violation = data.draw(st.sampled_from(VIOLATIONS))
    steps = violation.trace.steps
    assert replay(system, violation.cpus, violation.invariant, steps) == len(steps)
    kept = data.draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps)))
    fewer: tuple[Step, ...] = tuple(step for step, keep in zip(steps, kept, strict=True) if keep)
    if len(fewer) < len(steps):
        made = replay(system, violation.cpus, violation.invariant, fewer)
        assert made < len(fewer) or not fewer
