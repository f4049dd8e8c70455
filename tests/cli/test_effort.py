from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reviewer.cli.effort import STATES, budget
from reviewer.cli.outcome import Code
from reviewer.errors import InputError
from tests.cli.mini import run
from tests.conftest import FIXTURES
from tests.model.mutations import HARMLESS


def test_a_budget_is_in_megabytes_of_this_process() -> None:
    assert budget(1 << 20).lasts(STATES, 0)
    assert not budget(1).lasts(1, 0)
    assert not budget(1 << 20).lasts(STATES + 1, 0)


def test_a_search_in_no_memory_is_refused() -> None:
    with pytest.raises(InputError, match="needs memory"):
        budget(0)


def test_nothing_is_told_where_stderr_is_no_terminal() -> None:
    assert budget(64).tell is None


def test_a_search_that_ends_early_has_no_verdict() -> None:
    tree = FIXTURES / "minikernel"
    found = run("simulate", "--tree", tree, "--cpus", "5", "--memory", "1", "kexec-jump")
    assert found.code == Code.ANALYSIS
    assert "bound reached" in found.out


def test_a_scenario_that_shows_nothing_any_more_fails(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(FIXTURES / "minikernel", tree)
    file = tree / HARMLESS.path
    file.write_text(file.read_text().replace(HARMLESS.old, HARMLESS.new, 1))
    found = run("simulate", "--tree", tree, "kexec-flushed-before")
    assert found.code == Code.ANALYSIS
    assert "private-guests: vacuous for any number of CPUs" in found.out
    assert "NOT EXPECTED" in found.out
