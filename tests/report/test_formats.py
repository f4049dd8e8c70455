from __future__ import annotations

import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reviewer.finding import Finding, Location, Severity, Skip, Status, Step, Trace
from reviewer.report.formats import FORMATS
from reviewer.report.style import Style
from reviewer.review.types import Report
from tests.report.schema import REPORT_SCHEMA
from tests.report.values import FINDING, REPORT, SCAN, SERIES, patch

EVERYTHING = Style(show=frozenset(Status), full=True)
TERSE = re.compile(r"[^:]+:\d+: (ERROR|WARNING): ([\w-]+): .*")

texts = st.text(st.characters(), max_size=12)
findings = st.builds(
    Finding,
    rule=st.sampled_from(["no-call", "no-percpu"]),
    severity=st.sampled_from(Severity),
    message=texts,
    location=st.builds(Location, st.just("a.c") | texts, st.integers(1, 99)),
    function=texts,
    subject=texts,
    text=texts,
    condition=texts,
    config=st.lists(texts, max_size=2).map(tuple),
    trace=st.builds(
        Trace,
        st.tuples(st.builds(Step, st.builds(Location, texts, st.just(3)), texts, texts, texts)),
    ),
    status=st.sampled_from(Status),
    patch=st.sampled_from([1, 2]),
    cause=st.none() | st.builds(Location, texts, st.just(3)),
    cause_text=texts.map(lambda text: f"+{text}"),
)


def report_of(findings: tuple[Finding, ...], skips: tuple[Skip, ...], base: str) -> Report:
    return Report(SERIES, findings, skips, base=base)


reports = st.builds(
    report_of,
    findings=st.lists(findings, max_size=4).map(tuple),
    skips=st.lists(st.builds(Skip, texts, st.integers(0, 9), texts), max_size=2).map(tuple),
    base=texts,
)


def harmless(text: str) -> bool:
    return all(line.replace("\t", "").isprintable() for line in text.split("\n"))


@given(reports)
def test_no_format_prints_a_control_character(report: Report) -> None:
    hostile = replace(SERIES, title="a\x1b[2J\u202eb\r\n", patches=(patch(1, "x\x9b31m\x07"),))
    for render in FORMATS.values():
        assert harmless(render(replace(report, series=hostile), EVERYTHING))


@given(reports)
def test_every_format_has_as_many_findings_and_skips_as_the_report(report: Report) -> None:
    terse = FORMATS["terse"](report, EVERYTHING).splitlines()
    assert len(terse) == len(report.findings) + len(report.skips)
    text = FORMATS["text"](report, EVERYTHING)
    assert text.count("\n    explain with: ") == len(report.findings)
    assert text.count(": not analysed: ") >= len(report.skips)
    document = json.loads(FORMATS["json"](report))
    assert len(document["findings"]) == len(report.findings)
    assert len(document["skips"]) == len(report.skips)


@given(reports)
def test_json_is_valid_and_ascii(report: Report) -> None:
    printed = FORMATS["json"](report)
    assert printed.isascii()
    jsonschema.Draft202012Validator(REPORT_SCHEMA).validate(json.loads(printed))


@pytest.mark.parametrize("report", [REPORT, SCAN], ids=["series", "scan"])
def test_json_holds_the_documented_shape(report: Report) -> None:
    document = json.loads(FORMATS["json"](report))
    jsonschema.Draft202012Validator(REPORT_SCHEMA).validate(document)
    assert document["schema"] == "reviewer/report/1"
    assert {"series", "findings", "verdicts", "behaviour_changes", "skips"} <= set(document)
    assert {"rule", "severity", "status", "patch", "path", "line", "function", "condition"} | {
        "message",
        "fingerprint",
        "trace",
    } <= set(document["findings"][0])
    assert set(document["findings"][0]["trace"][0]) >= {"path", "line", "function", "text", "actor"}


def test_schema_is_a_schema_and_refuses_what_is_none_of_ours() -> None:
    jsonschema.Draft202012Validator.check_schema(REPORT_SCHEMA)
    validator = jsonschema.Draft202012Validator(REPORT_SCHEMA)
    document = json.loads(FORMATS["json"](REPORT))
    document["findings"][0]["status"] = "moved"
    assert not validator.is_valid(document)
    del document["findings"]
    assert not validator.is_valid(document)


def test_json_of_a_series() -> None:
    document = json.loads(FORMATS["json"](REPORT))
    assert document["series"] == {
        "title": "mini: reset earlier",
        "version": 3,
        "total": 3,
        "missing": [3],
        "patches": [
            {
                "number": 1,
                "subject": "mini: prepare",
                "files": 1,
                "hunks": 1,
                "added": 1,
                "removed": 0,
                "context": "full",
            },
            {
                "number": 2,
                "subject": "mini: reset earlier",
                "files": 1,
                "hunks": 1,
                "added": 1,
                "removed": 0,
                "context": "hunk",
            },
        ],
    }
    assert [finding["status"] for finding in document["findings"]] == [
        "existing",
        "introduced",
        "fixed",
    ]


def test_json_of_a_moved_finding() -> None:
    moved = replace(FINDING, status=Status.MOVED)
    document = json.loads(FORMATS["json"](replace(REPORT, findings=(moved,))))
    assert document["findings"][0]["status"] == "existing"
    assert document["findings"][0]["moved"] is True


def test_one_of_several_json_reports_is_several() -> None:
    printed = FORMATS["json"](REPORT, Style(several=True))
    assert printed.count("\n") == 1
    assert printed.endswith("\n")
    assert json.loads(printed) == json.loads(FORMATS["json"](REPORT))


def test_terse_lines() -> None:
    warning = replace(FINDING, severity=Severity.INFO, message='say "ERROR: x"')
    report = replace(REPORT, findings=(*REPORT.findings, warning))
    printed = FORMATS["terse"](report, Style(full=True))
    assert printed == (
        "arch/mini/kexec.c:12: ERROR: no-call: bad() is called after reset()\n"
        'arch/mini/kexec.c:12: WARNING: no-call: say "ERROR : x"\n'
        "arch/mini/kexec.c:40: WARNING: SKIPPED: does not parse\n"
        "-:1: WARNING: SKIPPED: patch 3 of 3 is missing\n"
    )
    assert all(TERSE.fullmatch(line) for line in printed.splitlines())


def test_remarks_are_printed_only_where_they_are_asked_for() -> None:
    remark = replace(FINDING, severity=Severity.INFO)
    report = replace(REPORT, findings=(remark,), skips=())
    assert FORMATS["terse"](report) == ""
    assert FORMATS["terse"](report, Style(full=True)).count("\n") == 1
    assert "1 remark introduced (-v prints it)" in FORMATS["text"](report)
    assert "-v" not in FORMATS["text"](report, Style(full=True))


def test_terse_says_nothing_when_there_is_nothing_to_say() -> None:
    assert FORMATS["terse"](Report(SERIES, (), ())) == ""


@pytest.mark.parametrize("form", ["text", "json", "sarif", "html"])
def test_the_configuration_of_a_finding_is_printed(form: str) -> None:
    finding = replace(FINDING, config=("CONFIG_MINI=y", "# CONFIG_TINY is not set"))
    plain = FORMATS[form](replace(REPORT, findings=(FINDING,)), EVERYTHING)
    output = FORMATS[form](replace(REPORT, findings=(finding,)), EVERYTHING)
    assert "CONFIG_MINI=y" in output
    assert "# CONFIG_TINY is not set" in output
    assert "CONFIG_MINI=y" not in plain


def test_impossible_findings_are_kept_apart_in_json() -> None:
    report = replace(REPORT, findings=(), impossible=(FINDING,))
    document = json.loads(FORMATS["json"](report, EVERYTHING))
    jsonschema.validate(document, REPORT_SCHEMA)
    assert document["findings"] == []
    assert [each["subject"] for each in document["impossible"]] == ["bad"]
