from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.cli.app import app
from reviewer.cli.shipped import shipped_rules
from reviewer.rule.load import load_rules
from reviewer.source.index.kept import Kept
from tests.cli.mini import run


def test_rules_are_parsed_once_for_all_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(tmp_path / "rules")
    parsed = load_rules()
    assert shipped_rules(kept) == parsed
    monkeypatch.delattr("reviewer.rule.load.load_rules")
    assert shipped_rules(kept) == parsed


def test_without_a_cache_they_are_parsed() -> None:
    assert shipped_rules(Kept(None)) == load_rules()


@pytest.mark.parametrize("keep", [0, 16, 40])
def test_damage_is_told_and_mended(
    keep: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Kept(tmp_path / "rules")
    first = shipped_rules(kept)
    (file,) = (tmp_path / "rules").iterdir()
    file.write_bytes(file.read_bytes()[:keep])
    assert shipped_rules(kept) == first
    assert "is damaged and was dropped" in capsys.readouterr().err
    assert shipped_rules(kept) == first
    assert not capsys.readouterr().err


def test_a_command_alone_knows_the_others_when_it_has_to() -> None:
    names = [each.name for each in app.registered_commands]
    assert "No such command" in run("chek").err
    assert "Usage: reviewer check" in run("check", "--help").out
    assert [each.name for each in app.registered_commands] == names
    assert all(f"  {name}" in run("--help").out for name in names)
