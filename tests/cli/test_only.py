from __future__ import annotations

import json
from pathlib import Path

from reviewer.cli.outcome import Code
from tests.cli.mini import BAD, SOURCE, diff, mail, make_tree, run
from tests.conftest import FIXTURES

CRASH = FIXTURES / "series/flush-where-supported/series.mbox"
MINIKERNEL = FIXTURES / "minikernel"


def found(*words: str | Path) -> tuple[set[str], set[str]]:
    """The rules that ran, and those that found something."""
    document = json.loads(run(*words, "--format", "json").out)
    return set(document["rules"]), {each["rule"] for each in document["findings"]}


def test_a_series_is_checked_for_that_rule_alone(tmp_path: Path) -> None:
    patch = tmp_path / "bad.patch"
    patch.write_text(mail("mini: account for it", diff(SOURCE, BAD)))
    asked = ("check", patch, "--tree", make_tree(tmp_path / "linux"))
    rule, other = "no-call-after-gs-reset", "no-percpu-after-gs-reset"
    assert found(*asked, "--only", rule) == ({rule}, {rule})
    assert found(*asked, "--only", other) == ({other}, set())
    assert found(*asked, "--only", rule, "--only", other) == ({rule, other}, {rule})


def test_a_scenario_is_run_alone() -> None:
    asked = ("check", CRASH, "--tree", MINIKERNEL)
    assert "kexec-crash-early" in found(*asked)[1]
    assert found(*asked, "--only", "kexec-crash-early") == (set(), {"kexec-crash-early"})
    assert found(*asked, "--only", "kexec-jump")[1] == set()


def test_files_are_scanned_for_that_rule_alone(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux", **{"more.c": BAD})
    asked = ("scan", tree, "--tree", tree)
    assert "no-call-after-gs-reset" in found(*asked)[1]
    assert found(*asked, "--only", "no-percpu-after-gs-reset") == (
        {"no-percpu-after-gs-reset"}, set(),
    )  # fmt: skip


def test_a_patch_without_code_has_rules_on_words(tmp_path: Path) -> None:
    patch = tmp_path / "docs.patch"
    patch.write_text(mail("docs: mend", "--- a/D.rst\n+++ b/D.rst\n@@ -1 +1 @@\n-a\n+b\n"))
    assert found("check", patch, "--only", "misspelt-word")[0] == {"misspelt-word"}


def test_no_such_rule(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    result = run("scan", tree, "--tree", tree, "--only", "no-call-after-gs-rest")
    assert result.code == Code.INPUT
    assert "--only: no rule 'no-call-after-gs-rest' (did you mean no-call" in result.err
