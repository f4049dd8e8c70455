from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.cli.mini import BAD, PATH, SOURCE, Result, diff, mail, make_tree, run
from tests.report import sarif
from tests.report.schema import REPORT_SCHEMA

RULE = "no-call-after-gs-reset"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "linux")


def check(tree: Path, text: str, *words: str | Path) -> Result:
    patch = mail("mini: account", diff(SOURCE, text)).encode()
    return run("check", "-", "--tree", tree, *words, stdin=patch)


def fingerprint(tree: Path) -> str:
    found = json.loads(check(tree, BAD, "--format", "json").out)["findings"]
    return str(next(each["fingerprint"] for each in found if each["status"] == "introduced"))


def test_a_listed_finding_is_set_apart_with_its_reason(tree: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text(f"# ours\n\n{fingerprint(tree)[:10]}  account() is a macro here\n")
    result = check(tree, BAD, "--suppressions", listed)
    assert result.code == 0
    assert "suppressed: 1 finding (-v names them)" in result.out
    full = check(tree, BAD, "--suppressions", listed, "-v")
    assert f"suppressed: {PATH}:14 {RULE}: account() is a macro here" in full.out
    document = json.loads(check(tree, BAD, "--suppressions", listed, "--format", "json").out)
    Draft202012Validator(REPORT_SCHEMA).validate(document)
    (apart,) = document["suppressed"]
    assert (apart["rule"], apart["where"]) == (RULE, "list")
    assert apart["reason"] == "account() is a macro here"
    log = json.loads(check(tree, BAD, "--suppressions", listed, "--format", "sarif").out)
    sarif.validate(log)
    assert log["runs"][0]["results"][0]["suppressions"] == [
        {"kind": "external", "justification": "account() is a macro here"}
    ]


@pytest.mark.parametrize("line", ["nonsense here", "0123456789abcdef", "01 short"])
def test_a_line_needs_a_fingerprint_and_a_reason(tree: Path, tmp_path: Path, line: str) -> None:
    listed = tmp_path / "list"
    listed.write_text(f"# one\n{line}\n")
    result = check(tree, BAD, "--suppressions", listed)
    assert result.code == 2
    assert f"{listed}:2: no fingerprint and reason" in result.err


COMMENTED = SOURCE.replace(
    "\timage->start = 0;\n", f"\timage->start = 0;\n\t/* reviewer: ignore {RULE}: a macro */\n"
)
ADDED = COMMENTED.replace("a macro */\n", "a macro */\n\taccount();\n")


def test_a_comment_that_was_there(tree: Path) -> None:
    (tree / PATH).write_text(COMMENTED)
    patch = mail("mini: account", diff(COMMENTED, ADDED)).encode()
    result = run("check", "-", "--tree", tree, "-v", stdin=patch)
    assert result.code == 0
    assert f"suppressed: {PATH}:15 {RULE}: a macro" in result.out


@pytest.mark.parametrize("form", ["text", "terse", "json", "sarif", "b4", "github", "reply"])
def test_a_comment_that_the_series_adds_is_told_and_does_nothing(tree: Path, form: str) -> None:
    result = check(tree, ADDED, "--format", form)
    assert result.code == (0 if form == "b4" else 1)
    said = "a comment that the series adds asks to ignore it"
    assert said in " ".join(result.out.replace("> ", "").split())


def test_a_scan_heeds_lists_and_comments(tree: Path, tmp_path: Path) -> None:
    (tree / PATH).write_text(ADDED)
    (tree / PATH).with_name("bad.c").write_text(BAD)
    found = json.loads(run("scan", tree, "--format", "json").out)["findings"]
    assert [each["path"].rpartition("/")[2] for each in found] == ["bad.c"]
    listed = tmp_path / "list"
    listed.write_text(f"{found[0]['fingerprint']} looked at\n{'0' * 16} long gone\n")
    result = run("scan", tree, "--suppressions", listed, "-v")
    assert result.code == 0
    assert f"suppressed: {PATH}:15 {RULE}: a macro" in result.out
    assert "unused suppression: list:2: 0000000000000000: long gone" in result.out


def test_suppressions_are_listed_with_what_they_do(tree: Path, tmp_path: Path) -> None:
    (tree / PATH).write_text(ADDED.replace("\taccount();\n", ""))
    (tree / PATH).with_name("bad.c").write_text(ADDED)
    listed = tmp_path / "list"
    listed.write_text(f"{'0' * 16} long gone\n")
    result = run("suppressions", tree, "--suppressions", listed)
    assert result.code == 0
    assert [line.split(": ")[0] for line in result.out.splitlines()] == [
        "used, source",
        "unused suppression",
        "unused suppression",
        "1 used, 2 unused",
    ]
    assert f"{PATH}:14: {RULE}: a macro" in result.out


def test_an_entry_that_does_nothing_is_named_on_request(tree: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list"
    listed.write_text(f"{fingerprint(tree)} ours\n{'0' * 16} long gone\n")
    result = check(tree, BAD, "--suppressions", listed, "-v")
    assert result.out.endswith("unused suppression: list:2: 0000000000000000: long gone\n")
    assert "unused" not in check(tree, BAD, "--suppressions", listed).out


@pytest.mark.parametrize("words", [f"{RULE}:", "no-percpu-after-gs-reset: a macro", RULE])
def test_a_comment_needs_the_rule_and_a_reason(tree: Path, words: str) -> None:
    text = BAD.replace("account();", f"account(); /* reviewer: ignore {words} */")
    assert check(tree, text).code == 1
