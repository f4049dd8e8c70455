from __future__ import annotations

import pytest

from reviewer.finding import Finding, Location, Severity, Status, Step, Trace
from reviewer.patch.types import Series
from reviewer.review.proofs import united
from reviewer.review.types import Report
from reviewer.rule.load import load_rules

PLACE = Location("a.c", 7)
PATH = Trace((Step(PLACE, "f", "wbinvd()"),))
RUN = Trace((Step(PLACE, "f", "wbinvd()", actor="CPU 0"), Step(PLACE, "f", "hlt", actor="CPU 1")))
RULES = load_rules()


def finding(
    rule: str,
    subject: str,
    trace: Trace,
    *,
    location: Location = PLACE,
    function: str = "f",
    patch: int = 1,
    severity: Severity = Severity.ERROR,
    status: Status = Status.INTRODUCED,
    cause: Location | None = None,
) -> Finding:
    return Finding(
        rule,
        severity,
        f"{subject} is wrong",
        location,
        function,
        subject,
        "text",
        trace=trace,
        patch=patch,
        status=status,
        cause=cause,
    )


STALE = finding("kexec-stop", "no-stale-write-back", RUN)
SEGMENTS = finding("kexec-jump", "gs-valid-when-used", RUN)


def joined(*findings: Finding) -> tuple[Finding, ...]:
    return united(Report(Series("title", 1, 1, ()), findings, ()), RULES).findings


def test_a_bug_that_both_found_is_one_finding_with_both_proofs() -> None:
    (found,) = joined(finding("nothing-between-flush-and-halt", "printk", PATH), STALE)
    assert found.rule == "nothing-between-flush-and-halt"
    assert (found.trace, found.interleaving) == (PATH, RUN)
    assert found.message == "printk is wrong; simulated: no-stale-write-back is wrong"


def test_of_several_runs_the_one_of_most_cpus_is_shown() -> None:
    alone = Trace((Step(PLACE, "f", "wbinvd()", actor="CPU 1"),))
    flag = finding("kexec-stop", "flag-is-conservative", alone)
    (found,) = joined(finding("a-rule", "printk", PATH), flag, STALE)
    assert found.interleaving == RUN
    assert found.message == (
        "printk is wrong; simulated: flag-is-conservative breaks, and no-stale-write-back is wrong"
    )


def test_the_line_of_the_patch_joins_what_stands_in_two_functions() -> None:
    elsewhere = finding(
        "a-rule", "x", PATH, location=Location("a.c", 90), function="g", cause=PLACE
    )
    assert len(joined(elsewhere, STALE)) == 1


@pytest.mark.parametrize(
    "static",
    [
        finding("a-rule", "x", PATH, function="g", location=Location("a.c", 90)),
        finding("a-rule", "x", PATH, location=Location("b.c", 7)),
        finding("a-rule", "x", PATH, patch=2),
        finding("a-rule", "x", PATH, severity=Severity.WARNING),
        finding("a-rule", "x", PATH, status=Status.EXISTING),
        finding("no-call-after-gs-reset", "x", PATH),
    ],
)
def test_two_bugs_stay_two(static: Finding) -> None:
    assert joined(static, STALE) == (static, STALE)


def test_what_one_cpu_does_wrong_alone_is_proved_by_the_rule() -> None:
    static = finding("no-call-after-gs-reset", "page_address", PATH)
    assert joined(static, SEGMENTS) == (static,)


def test_what_no_rule_confirms_of_one_cpu_is_a_remark() -> None:
    other = finding("nothing-between-flush-and-halt", "printk", PATH)
    kept, remark = joined(other, SEGMENTS)
    assert kept == other
    assert remark.severity is Severity.INFO
    assert remark.message.startswith(SEGMENTS.message)


def test_a_report_without_a_run_is_left_alone() -> None:
    static = finding("a-rule", "x", PATH)
    report = Report(Series("title", 1, 1, ()), (static, static), ())
    assert united(report, RULES) is report
