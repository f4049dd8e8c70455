"""README shows what the program prints."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reviewer.cli.app import app

README = Path(__file__).parent.parent / "README.md"


def block(marker: str) -> str:
    """The fenced block that follows a marker comment, without its fences."""
    _, _, rest = README.read_text().partition(f"<!-- {marker} -->\n")
    return rest.split("```")[1].partition("\n")[2]


def test_the_first_command_prints_what_readme_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(README.parent)
    command = shlex.split(block("first command").replace("\n", " "))
    arguments = command[command.index(".venv/bin/reviewer") + 1 :]
    assert CliRunner().invoke(app, arguments).stdout == block("first output")
