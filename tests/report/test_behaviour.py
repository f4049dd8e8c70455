"""Behaviour changes and second proofs in every format that has a place for them."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from reviewer.finding import Finding, Location, Step, Trace
from reviewer.model.types import Outcome, Verdict, Violation
from reviewer.report.formats import FORMATS
from reviewer.report.style import Style
from reviewer.report.verdicts import behaviour_lines, same_changes
from reviewer.review.types import BehaviourChange, Report
from tests.report.values import FINDING, REPORT

PLACE = Location("a.S", 9)
BEFORE = Trace((Step(PLACE, "move", "flush_first()", "WBINVD begins", "CPU 0"),))
AFTER = Trace((Step(PLACE, "move", "copy <pages>", "memory belongs", "CPU 1"),))
TEXT = "kexec CPU now hands over without WBINVD"
CHANGE = BehaviourChange("stop", "plain", 2, TEXT, contradicts=True, before=BEFORE, after=AFTER)


def report(finding: Finding) -> Report:
    return replace(REPORT, findings=(finding,))


def changed(*changes: BehaviourChange) -> Report:
    return replace(report(FINDING), behaviour_changes=changes or (CHANGE,))


def shown(form: str, made: Report, *, full: bool = False) -> str:
    return FORMATS[form](made, Style(full=full))


def test_text_says_each_change_once_and_draws_it_on_request() -> None:
    other = replace(CHANGE, platform="active")
    third = replace(CHANGE, scenario="jump")
    lines = list(behaviour_lines(changed(CHANGE, other, third)))
    said = f"behaviour change by patch 2: {TEXT} (against its changelog)"
    assert lines[0] == f"{said} [stop on plain, active; jump on plain]"
    assert "-v" in lines[1]
    full = "\n".join(behaviour_lines(changed(), runs=True))
    assert "a run before the patch, in stop on plain:" in full
    assert full.index("flush_first()") < full.index("a run after it") < full.index("copy <pages>")


def test_a_change_of_another_patch_is_another_change() -> None:
    later = replace(CHANGE, patch=3)
    assert [change.patch for change, _ in same_changes((CHANGE, later))] == [2, 3]


def test_json_has_the_runs_of_both_sides() -> None:
    (change,) = json.loads(shown("json", changed()))["behaviour_changes"]
    assert change["contradicts_changelog"] is True
    assert [step["text"] for step in change["before"]] == ["flush_first()"]
    assert [step["actor"] for step in change["after"]] == ["CPU 1"]


def test_html_folds_the_runs_away_and_escapes_them() -> None:
    page = shown("html", changed())
    assert f"patch 2: {TEXT} <em>against the changelog</em> (stop on plain)" in page
    assert "<summary>a run before the patch</summary><pre>CPU 0" in page
    assert "copy &lt;pages&gt;" in page


def test_a_mail_shows_both_runs() -> None:
    mail = shown("reply", changed())
    assert TEXT in " ".join(mail.split())
    assert mail.index("flush_first()") < mail.index("A run after it:") < mail.index("copy <pages>")


def test_a_change_that_one_side_cannot_show_has_one_run() -> None:
    gone = replace(CHANGE, after=Trace())
    page = shown("html", changed(gone))
    assert page.count("<summary>a run") == 1
    assert "a run after" not in shown("text", changed(gone), full=True)


@pytest.mark.parametrize("form", ["text", "html", "reply", "sarif", "json"])
def test_a_second_proof_stands_beside_the_first(form: str) -> None:
    made = report(replace(FINDING, interleaving=BEFORE))
    once, twice = (shown(form, each) for each in (report(FINDING), made))
    assert "flush_first()" not in once
    assert "flush_first()" in twice


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([Outcome.HOLDS], "1 run holds"),
        (
            [Outcome.HOLDS] * 2 + [Outcome.VACUOUS],
            "2 runs hold, 1 is vacuous",
        ),
        (
            [Outcome.VIOLATED, Outcome.BOUND_REACHED, Outcome.VIOLATED],
            "2 runs break otherwise, 1 has reached a bound",
        ),
    ],
)
def test_verdicts_are_counted_in_words(outcomes: list[Outcome], said: str) -> None:
    verdicts = tuple(Verdict("stop", "plain", each, 1, 1) for each in outcomes)
    assert list(behaviour_lines(replace(REPORT, verdicts=verdicts))) == [
        f"simulator: after the series {said}"
    ]


def test_a_break_that_nobody_judged_is_counted_apart() -> None:
    judged, fresh = (Violation("i", 2, Trace(()), judgement) for judgement in ("known", ""))
    verdicts = tuple(
        Verdict("stop", "plain", Outcome.VIOLATED, 1, 1, each)
        for each in ((judged,), (judged, fresh))
    )
    said = "1 run breaks in ways that `reviewer simulate` explains, 1 breaks otherwise"
    (line,) = behaviour_lines(replace(REPORT, verdicts=verdicts))
    assert line == f"simulator: after the series {said}"
