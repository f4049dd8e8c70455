from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.mini import BAD, SOURCE, diff, mail, run
from tests.hook.kernel import Kernel

PATCH = mail("mini: account", diff(SOURCE, BAD)).encode()


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    kernel = Kernel(tmp_path / "linux")
    monkeypatch.chdir(kernel.root)
    return kernel


def test_a_flag_wins_over_the_environment_and_that_over_git(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.git("config", "reviewer.format", "terse")
    assert run("check", "-", stdin=PATCH).out.count("\n") == 1
    monkeypatch.setenv("REVIEWER_FORMAT", "github")
    assert run("check", "-", stdin=PATCH).out.startswith("::error ")
    assert run("check", "-", "--format", "b4-review", stdin=PATCH).out.startswith("[{")


def test_the_repository_wins_over_the_user(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "gitconfig").write_text("[reviewer]\n\tfailOn = never\n")
    assert run("check", "-", stdin=PATCH).code == 0
    kernel.git("config", "reviewer.failOn", "warning")
    assert run("check", "-", stdin=PATCH).code == 1


def test_origins_are_shown(kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gitconfig").write_text("[reviewer]\n\tfailOn = never\n\trules = a\n\trules = b\n")
    monkeypatch.setenv("REVIEWER_FORMAT", "json")
    assert run("config", "--show-origin").out.splitlines() == [
        f"file:{tmp_path}/gitconfig\treviewer.rules=a",
        f"file:{tmp_path}/gitconfig\treviewer.rules=b",
        "environment:REVIEWER_FORMAT\treviewer.format=json",
        f"file:{tmp_path}/gitconfig\treviewer.failon=never",
    ]
    assert run("config").out.splitlines()[-1] == "reviewer.failon=never"


def test_a_wrong_value_is_the_users_fault(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEWER_FORMAT", "xml")
    assert run("check", "-", stdin=PATCH).code == 2


def test_files_of_the_tree_set_nothing(kernel: Kernel) -> None:
    for name in (".reviewer.toml", ".gitconfig", "pyproject.toml", ".b4-config"):
        (kernel.root / name).write_text('[reviewer]\nformat = "json"\nrules = "evil"\n')
    assert run("config").out == ""


def test_home_in_a_path_is_the_home_directory(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    name = json.loads(run("check", "-", "--format", "json", stdin=PATCH).out)["findings"][0]
    (tmp_path / "list").write_text(f"{name['fingerprint']} a macro here\n")
    kernel.git("config", "reviewer.suppressions", "~/list")
    assert run("check", "-", stdin=PATCH).code == 0
    assert run("config").out == "reviewer.suppressions=~/list\n"
    assert run("check", "-", "--suppressions", "/dev/null", stdin=PATCH).code == 1


def test_every_command_with_the_option_takes_it(kernel: Kernel, tmp_path: Path) -> None:
    """`diff` has no format, but reviews as `check` does."""
    kernel.git("config", "reviewer.failOn", "never")
    for number in (1, 2):
        patch = BAD if number == 2 else SOURCE.replace("x + 1", "x + 2")
        (tmp_path / f"v{number}").write_text(
            mail("mini: account", diff(SOURCE, patch), tag=f"PATCH v{number}", number=number)
        )
    result = run("diff", tmp_path / "v1", tmp_path / "v2")
    assert (result.code, result.out.splitlines()[-1]) == (0, "1 new, 0 still there, 0 gone")
