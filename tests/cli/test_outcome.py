from __future__ import annotations

from collections.abc import Callable

import pytest

from reviewer.cli.outcome import Code, FailOn, guarded, judge, worst
from reviewer.errors import AnalysisError, InputError, RuleError, RuleErrors
from reviewer.finding import Finding, Location, Severity


def finding(severity: Severity) -> Finding:
    return Finding("no-call", severity, "", Location("a.c", 1), "f", "g", "g()")


def raising(error: BaseException) -> Callable[[], Code]:
    def action() -> Code:
        raise error

    return action


@pytest.mark.parametrize(
    ("severity", "fails_on"),
    [
        (Severity.ERROR, {FailOn.ERROR, FailOn.WARNING, FailOn.INFO}),
        (Severity.WARNING, {FailOn.WARNING, FailOn.INFO}),
        (Severity.INFO, {FailOn.INFO}),
    ],
)
def test_fail_on(severity: Severity, fails_on: set[FailOn]) -> None:
    for choice in FailOn:
        expected = Code.FINDINGS if choice in fails_on else Code.CLEAN
        assert judge([finding(severity)], choice) is expected
        assert judge([], choice) is Code.CLEAN


def test_findings_outweigh_what_could_not_be_analysed() -> None:
    assert worst(Code.ANALYSIS, Code.FINDINGS) is Code.FINDINGS
    assert worst(Code.CLEAN, Code.ANALYSIS) is Code.ANALYSIS
    assert worst(Code.INPUT, Code.ANALYSIS) is Code.ANALYSIS


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (InputError("is no mail", path="x"), Code.INPUT, "reviewer: x: is no mail\n"),
        (AnalysisError("too deep"), Code.ANALYSIS, "reviewer: too deep\n"),
        (
            RuleErrors((RuleError("one", path="a", line=1), RuleError("two", path="a", line=2))),
            Code.INPUT,
            "reviewer: a:1: one\nreviewer: a:2: two\n",
        ),
        (KeyboardInterrupt(), Code.INTERRUPTED, "reviewer: interrupted\n"),
        (InputError("\x1b[2Jgone"), Code.INPUT, "reviewer: \\x1b[2Jgone\n"),
    ],
)
def test_errors_become_a_message_and_a_code(
    error: BaseException, code: Code, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) is code
    assert capsys.readouterr().err == says


def test_a_bug_is_called_one_and_is_no_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(ZeroDivisionError("by zero\nmore")), what="v2") is Code.ANALYSIS
    assert capsys.readouterr().err == (
        "reviewer: v2: ZeroDivisionError: by zero: this is a bug in reviewer; "
        "run with -v for the traceback\n"
    )


def test_verbose_shows_the_traceback_of_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(ZeroDivisionError()), verbose=True) is Code.ANALYSIS
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert "in action" in printed
