"""How the machine stands around an interleaving, and the pair that races, in every format."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from reviewer.finding import Location, Situation, Step, Trace
from reviewer.report.formats import FORMATS
from tests.report.values import FINDING, PATH, REPORT

START = (
    Situation("memory", ("owned by the old kernel",)),
    Situation("CPU 0", ("cache clean", "flag=0")),
    Situation("CPU 1", ("cache clean", "flag=1")),
)
END = (
    Situation("memory", ("owned by the new kernel",)),
    Situation("CPU 0", ("GS invalid",)),
    Situation("CPU 1", ("inside WBINVD",)),
)
RACE = Trace(
    (
        Step(Location(PATH, 3), "stop", "wait();", actor="CPU 0"),
        Step(Location(PATH, 7), "stop", "wbinvd();", "WBINVD begins", "CPU 1", races=True),
        Step(Location(PATH, 9), "jump", "jump();", "breaks no-x", "CPU 0", races=True),
    ),
    START,
    END,
)


NONE = Trace()


def rendered(name: str, trace: Trace, proof: Trace = NONE) -> str:
    finding = replace(FINDING, trace=trace, interleaving=proof)
    return FORMATS[name](replace(REPORT, findings=(finding,)))


@pytest.mark.parametrize(
    ("name", "mark", "marks"),
    [("text", ">> ", 3), ("reply", ">> ", 3), ("html", "<tr class=races>", 2)],
)
def test_people_see_the_machine_and_the_pair(name: str, mark: str, marks: int) -> None:
    said = rendered(name, RACE)
    for words in ("at the start", "owned by the old kernel", "at the end", "inside WBINVD"):
        assert words in said
    assert said.count(mark) == marks


@pytest.mark.parametrize("name", ["text", "reply", "json", "sarif"])
def test_a_path_has_neither(name: str) -> None:
    said = rendered(name, FINDING.trace)
    assert not any(words in said for words in (">> ", "at the start", "initialState", '"machine"'))


@pytest.mark.parametrize("proofs", [(RACE, NONE), (FINDING.trace, RACE)])
def test_json_has_the_machine_of_whichever_proof_is_an_interleaving(
    proofs: tuple[Trace, Trace],
) -> None:
    (finding,) = json.loads(rendered("json", *proofs))["findings"]
    assert finding["machine"]["start"][1] == {"actor": "CPU 0", "facts": ["cache clean", "flag=0"]}
    assert finding["machine"]["end"][0]["facts"] == ["owned by the new kernel"]
    steps = finding.get("interleaving") or finding["trace"]
    assert [step.get("races", False) for step in steps] == [False, True, True]


def test_sarif_has_the_state_of_each_thread_and_the_pair_as_essential() -> None:
    (run,) = json.loads(rendered("sarif", RACE))["runs"]
    (flow,) = run["results"][0]["codeFlows"]
    first, second = flow["threadFlows"]
    assert first["initialState"]["memory"]["text"] == "owned by the old kernel"
    assert first["initialState"]["CPU 0"]["text"] == "cache clean, flag=0"
    assert second["initialState"]["CPU 1"]["text"] == "cache clean, flag=1"
    ranks = [[each["importance"] for each in flow["locations"]] for flow in (first, second)]
    assert ranks == [["important", "essential"], ["essential"]]
