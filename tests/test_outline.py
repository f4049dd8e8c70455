from __future__ import annotations

import json
from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.finding import Location, Step, Trace
from reviewer.model.types import Outcome, Verdict, Violation
from reviewer.report.json import render
from reviewer.review.types import BehaviourChange
from tests.outline import Table, Value, outline
from tests.report.values import REPORT

RUN = Trace((Step(Location("a.c", 7), "stop", "wbinvd()", "flushes", "CPU 1"),))
VIOLATED = Verdict("stop", "plain", Outcome.VIOLATED, 9, 12, (Violation("no-late-nmi", 2, RUN),))
HOLDS = Verdict("jump", "plain", Outcome.HOLDS, 4, 5, assumes=("no hypervisor",))
CHANGE = BehaviourChange("stop", "plain", 2, "now halts", before=RUN, after=RUN)
WITH_RUNS = render(replace(REPORT, verdicts=(VIOLATED, HOLDS), behaviour_changes=(CHANGE,)))


def others(value: Value) -> Iterator[Value]:
    """The value with each of its words and numbers changed in turn, and each entry left out."""
    match value:
        case dict():
            for name, old in value.items():
                yield from ({**value, name: new} for new in others(old))
        case list():
            for index, old in enumerate(value):
                head, tail = value[:index], value[index + 1 :]
                yield [*head, *tail]
                yield from ([*head, new, *tail] for new in others(old))
        case _:
            yield f"{value}!"


def test_whatever_changes_in_a_report_changes_a_line() -> None:
    before: Table = json.loads(WITH_RUNS)
    changed = [json.dumps(other) for other in others(before)]
    assert len(changed) > 150
    assert len({outline(WITH_RUNS), *map(outline, changed)}) == len(changed) + 1


def test_what_a_plain_report_has_too_is_left_out() -> None:
    short = outline(WITH_RUNS, render(replace(REPORT, rules=("other",), verdicts=(VIOLATED,))))
    assert "rule no-call\nwithout other\n" in short
    assert "verdict scenario=jump" in short
    assert "verdict scenario=stop" not in short


def test_a_run_is_places() -> None:
    assert "    before CPU 1: a.c 7(flushes)\n" in outline(WITH_RUNS)
