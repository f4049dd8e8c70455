"""Whatever takes too long is given up, is named, and is never read as clean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.report.formats import FORMATS
from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, make_tree, run
from tests.hook.kernel import HARMLESS, Kernel

#: No file can be read in so little time.
NOTHING = "0.000001"
PATCH = mail("mini: account", diff(SOURCE, BAD)).encode()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "linux", **{"bad.c": BAD})


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"reply"}))
def test_a_file_of_a_series(tree: Path, form: str) -> None:
    words = ("--time-budget", NOTHING, "--format", form)
    result = run("check", "-", "--tree", tree, *words, stdin=PATCH)
    assert result.code == (0 if form.startswith("b4") else 3)
    assert "given up after 1e-06 s" in result.out
    assert "is called with" not in result.out


def test_files_of_a_scan(tree: Path) -> None:
    result = run("scan", tree, "--time-budget", NOTHING, "--format", "json")
    skips = json.loads(result.out)["skips"]
    assert {skip["path"] for skip in skips} >= {PATH, "arch/x86/kernel/bad.c"}
    assert all(skip["reason"].startswith("given up after 1e-06 s") for skip in skips)


def test_processes_of_a_scan(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux", **{f"f{number}.c": BAD for number in range(120)})
    words = ("scan", tree, "--time-budget", NOTHING, "--format", "json")
    found = {skip["path"] for skip in json.loads(run(*words, "--jobs", "2").out)["skips"]}
    assert len(found - {""}) == 121


def test_no_limit_and_enough_time_change_nothing(tree: Path) -> None:
    usual = run("check", "-", "--tree", tree, stdin=PATCH)
    for seconds in ("0", "600"):
        words = ("--tree", tree, "--time-budget", seconds)
        assert run("check", "-", *words, stdin=PATCH) == usual


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan", "inf"])
def test_seconds_are_a_number(tree: Path, seconds: str) -> None:
    words = ("--tree", tree, "--time-budget", seconds)
    assert run("check", "-", *words, stdin=PATCH).code == 2


def test_it_can_be_configured(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWER_TIME_BUDGET", NOTHING)
    assert run("check", "-", "--tree", tree, stdin=PATCH).code == 3


def test_a_hook_heeds_it(tmp_path: Path) -> None:
    from reviewer.hook.events import Event, Means
    from reviewer.hook.install import install

    kernel = Kernel(tmp_path / "linux")
    list(install(kernel.root, [Event.PRE_COMMIT], means=Means.FILES))
    kernel.git("config", "reviewer.timeBudget", NOTHING)
    kernel.stage(HARMLESS.replace("announce();\n\n", "announce();\n"))
    attempt = kernel.attempt("git", "commit", "-qm", "mini: count")
    assert attempt.code == 0
    assert "given up after 1e-06 s" in attempt.said
