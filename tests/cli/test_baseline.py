from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, make_tree, run
from tests.hook.kernel import Kernel, bad_commit
from tests.report import sarif

OTHER = "arch/x86/kernel/other.c"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "linux", **{"bad.c": BAD})


def baseline(tree: Path, *words: str) -> Path:
    path = tree.parent / "baseline"
    result = run("baseline", tree, "-o", path, *words)
    assert (result.code, result.out) == (0, "")
    return path


def test_only_what_is_new_is_reported(tree: Path) -> None:
    known = baseline(tree)
    assert [line.split("  ")[1] for line in known.read_text().splitlines()[2:]] == [
        "arch/x86/kernel/bad.c mini_kexec() no-call-after-gs-reset"
    ]
    clean = run("scan", tree, "--baseline", known)
    assert clean.code == 0
    assert clean.out.startswith(
        "2 files scanned: no findings that are new; 1 in the baseline (--show existing)\n"
    )
    (tree / OTHER).write_text(BAD)
    result = run("scan", tree, "--baseline", known)
    assert result.code == 1
    assert result.out.startswith(f"{OTHER}:14: error: ")
    assert result.out.count("error: ") == 1


def test_lines_that_move_are_no_new_findings(tree: Path) -> None:
    known = baseline(tree)
    (tree / "arch/x86/kernel/bad.c").write_text("\n\n/* A longer text. */\n" + BAD)
    assert run("scan", tree, "--baseline", known).code == 0


def test_sarif_says_what_is_new(tree: Path) -> None:
    known = baseline(tree)
    (tree / OTHER).write_text(BAD)
    words = ("--baseline", known, "--format", "sarif", "--show", "all")
    log = json.loads(run("scan", tree, *words).out)
    sarif.validate(log)
    states = {
        each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]: each["baselineState"]
        for each in log["runs"][0]["results"]
    }
    assert states == {"arch/x86/kernel/bad.c": "unchanged", OTHER: "new"}


def test_a_series_under_a_baseline(tree: Path) -> None:
    patch = mail("mini: account", diff(SOURCE, BAD)).encode()
    (tree / PATH).write_text(BAD)
    known = baseline(tree)
    (tree / PATH).write_text(SOURCE)
    assert run("check", "-", "--tree", tree, stdin=patch).code == 1
    result = run("check", "-", "--tree", tree, "--baseline", known, stdin=patch)
    assert result.code == 0
    assert "no findings introduced; 1 existing (--show existing)\n" in result.out


def test_a_baseline_of_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = Kernel(tmp_path / "linux")
    bad_commit(kernel)
    monkeypatch.chdir(kernel.root)
    for revision, count in (("HEAD", 1), ("HEAD~1", 0)):
        result = run("baseline", ".", "--commit", revision)
        assert result.code == 0
        assert sum(not line.startswith("#") for line in result.out.splitlines()) == count
    (kernel.root / PATH).unlink()
    assert run("baseline", PATH, "--commit", "HEAD").out.count("mini_kexec()") == 1
    assert run("baseline", ".", "--commit", "no-such").code == 2


def test_jobs_read_a_commit_too(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path / "linux")
    files = {f"arch/x86/kernel/f{number}.c": BAD for number in range(120)}
    kernel.commit("mini: many", files)
    words = ("baseline", kernel.root, "--commit", "HEAD")
    alone = run(*words, "--jobs", "1").out
    assert alone.count("mini_kexec()") == 120
    assert run(*words, "--jobs", "2").out == alone


def test_a_baseline_that_is_none(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "b").write_text("nonsense\n")
    assert run("scan", tree, "--baseline", tmp_path / "b").code == 2
