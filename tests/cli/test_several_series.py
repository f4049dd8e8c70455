"""A mailbox of several series: in every format one document, or one a line, of them all."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reviewer.report.formats import FORMATS
from tests.cli.mini import BAD, SOURCE, Result, diff, mail, make_tree, mbox, run
from tests.report.documents import well_formed

WORSE = BAD.replace("\taccount();\n", "\taccount();\n\tannounce();\n")
BOX = mbox(
    mail("mini: account", diff(SOURCE, BAD), number=1),
    mail("mini: add two", diff(SOURCE, SOURCE.replace("x + 1", "x + 2")), number=2),
    mail("mini: announce", diff(SOURCE, WORSE), number=3),
)


def check(tmp_path: Path, form: str, *words: str) -> Result:
    tree = make_tree(tmp_path / "linux")
    return run("check", "-", "--tree", tree, "--format", form, *words, stdin=BOX.encode())


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_it_is_a_document(tmp_path: Path, form: str) -> None:
    result = check(tmp_path, form)
    assert result.code == (0 if form.startswith("b4") else 1)
    well_formed(form, result.out, tmp_path)


def test_sarif_has_a_run_for_each(tmp_path: Path) -> None:
    log = json.loads(check(tmp_path, "sarif").out)
    assert [len(each["results"]) for each in log["runs"]] == [1, 0, 2]
    assert log["runs"][2]["automationDetails"]["description"]["text"] == "mini: announce"


def test_rdjson_has_the_diagnostics_of_all(tmp_path: Path) -> None:
    assert len(json.loads(check(tmp_path, "rdjson").out)["diagnostics"]) == 3


def test_junit_has_a_suite_for_each(tmp_path: Path) -> None:
    suites = ElementTree.fromstring(check(tmp_path, "junit").out.encode())
    assert [suite.get("name") for suite in suites] == [
        "mini: account",
        "mini: add two",
        "mini: announce",
    ]
    assert [suite.get("failures") for suite in suites] == ["1", "0", "1"]


def test_b4_review_has_a_result_for_each_that_needs_one(tmp_path: Path) -> None:
    results = json.loads(check(tmp_path, "b4-review").out)
    assert [each["summary"] for each in results] == ["1 error", "2 errors"]


def test_the_page_numbers_findings_through(tmp_path: Path) -> None:
    page = check(tmp_path, "html").out
    assert [f'id="f{number}"' in page for number in (1, 2, 3, 4)] == [True, True, True, False]


@pytest.mark.parametrize("form", ["json", "sarif", "junit", "html", "text"])
def test_a_series_that_fails_is_said_to_have_failed(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of suppressions is read at the first series of code, and cannot be."""
    monkeypatch.setenv("REVIEWER_SUPPRESSIONS", str(tmp_path / "absent"))
    result = check(tmp_path, form)
    assert result.code == 2
    assert result.out.count("the review of the series failed") == 3
    assert result.err.count("cannot be read as a list") == 3
    well_formed(form, result.out, tmp_path)
