"""What changelogs say is over, against what the rules find."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reviewer.finding import Finding, Location, Severity, Status, Step, Trace
from reviewer.review.assumed import held
from reviewer.rule.load import load_rules
from tests.cli.mini import run
from tests.conftest import FIXTURES

RULES = load_rules()
WINDOW = next(rule for rule in RULES.rules if rule.id == "no-call-after-gs-reset")
PLACE = Location("a.c", 7)
CALL = Finding(
    WINDOW.id,
    Severity.ERROR,
    "stop is called with GS reset by `load_segments()`",
    PLACE,
    "leave",
    "stop",
    "stop();",
    trace=Trace(
        (
            Step(Location("a.c", 5), "leave", "load_segments()", "reset of GS: opens the window"),
            Step(PLACE, "leave", "stop()", "call of a function: forbidden here"),
        )
    ),
    status=Status.INTRODUCED,
    patch=2,
)
CLAIM = Finding(
    "no-more-after",
    Severity.INFO,
    'assumption: "..."; nothing here shows it',
    Location("mail", 3),
    "",
    "no function call after load_segments()",
    "text",
    status=Status.INTRODUCED,
    patch=1,
)


def claim(subject: str, against: Finding = CALL) -> Finding:
    first, second = held((replace(CLAIM, subject=subject), against), RULES)
    assert second == against
    return first


@pytest.mark.parametrize(
    "subject",
    [
        "no function call after load_segments()",
        "no calls are made after load_segments()",
        "no more stop() after the last load_segments()",
    ],
)
def test_a_call_after_the_point_refutes_the_claim(subject: str) -> None:
    found = claim(subject)
    assert found.severity is Severity.WARNING
    assert found.message == (
        f'the changelog assumes "{subject}", but stop is called with GS reset by '
        "`load_segments()` (a.c:7, no-call-after-gs-reset)"
    )
    assert found.trace == CALL.trace


def test_the_condition_of_the_call_is_told() -> None:
    found = claim("no calls after load_segments()", replace(CALL, condition="CONFIG_MINI"))
    assert found.message.endswith(
        "GS reset by `load_segments()` where CONFIG_MINI (a.c:7, no-call-after-gs-reset)"
    )


@pytest.mark.parametrize(
    ("subject", "against"),
    [
        ("no function call after stop()", CALL),
        ("no more go() after load_segments()", CALL),
        ("no more SEAMCALLs after WBINVD", CALL),
        ("no function call after load_segments()", replace(CALL, status=Status.FIXED)),
        ("no function call after load_segments()", replace(CALL, severity=Severity.INFO)),
        ("no function call after load_segments()", replace(CALL, gone_by=1)),
        ("no function call after load_segments()", replace(CALL, rule="no-percpu-after-gs-reset")),
        ("no function call after load_segments()", replace(CALL, rule="no-such-rule")),
    ],
)
def test_what_does_not_contradict_the_claim(subject: str, against: Finding) -> None:
    assert claim(subject, against).severity is Severity.INFO


def test_a_series_that_says_no_call_follows_and_makes_one(tmp_path: Path) -> None:
    series = (FIXTURES / "series/query-after-load-segments/series.mbox").read_text()
    said = "The comment left out that only a jump comes back."
    assert said in series
    changed = series.replace(said, f"{said} There is no function call\nafter load_segments().", 1)
    path = tmp_path / "series.mbox"
    path.write_text(changed)
    words = ("check", path, "--tree", FIXTURES / "minikernel", "--format", "terse")
    lines = [line for line in run(*words).out.splitlines() if "no-more-after" in line]
    (line,) = lines
    assert ': WARNING: no-more-after: the changelog assumes "no function call after' in line
    assert "no-call-after-gs-reset)" in line
