from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.mini import BAD, PATH, SOURCE, Result, diff, mail, make_tree, run
from tests.report import sarif

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


@pytest.mark.parametrize(
    "text",
    [
        BAD.replace("account();", f"account(); /* reviewer: ignore {RULE}: a macro */"),
        BAD.replace(
            "\taccount();\n}", f"\t/* reviewer: ignore {RULE}: a macro */\n\taccount();\n}}"
        ),
    ],
    ids=["same-line", "line-above"],
)
def test_a_comment_in_the_source(tree: Path, text: str) -> None:
    result = check(tree, text, "-v")
    assert result.code == 0
    assert f"{RULE}: a macro" in result.out


@pytest.mark.parametrize("words", [f"{RULE}:", "no-percpu-after-gs-reset: a macro", RULE])
def test_a_comment_needs_the_rule_and_a_reason(tree: Path, words: str) -> None:
    text = BAD.replace("account();", f"account(); /* reviewer: ignore {words} */")
    assert check(tree, text).code == 1
