"""README shows what the program prints.

Its `console` blocks are run: what follows a line `$ COMMAND` is what that command printed, with
`...` for lines that are left out. `pytest tests/test_readme.py --promote` rewrites the blocks that
leave nothing out; the diff is the review.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reviewer.cli.app import app
from tests.conftest import FIXTURES
from tests.hook.kernel import ROOT, Kernel

README = Path(__file__).parent.parent / "README.md"
_SESSION = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
_STEP = re.compile(r"^\$ (.*\n)((?:(?!\$ ).*\n)*)", re.MULTILINE)


def block(marker: str) -> str:
    """The fenced block that follows a marker comment, without its fences."""
    _, _, rest = README.read_text().partition(f"<!-- {marker} -->\n")
    return rest.split("```")[1].partition("\n")[2]


def sessions() -> list[str]:
    """The `console` blocks."""
    return _SESSION.findall(README.read_text())


def played(session: str, folder: Path) -> str:
    """The session with what its commands print now, both streams as a terminal shows them.

    It runs beside the fixtures, in a repository that has the miniature kernel as its one commit.
    """
    said = []
    for command, _ in _STEP.findall(session):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        said.append(f"$ {command}{done.stdout}")
    return "".join(said)


def _environment(folder: Path) -> dict[str, str]:
    outer = {name: word for name, word in os.environ.items() if not name.startswith("GIT_")}
    return outer | {
        "PATH": f"{folder.parent}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": f"{folder.parent}/cache",
        "HOME": str(folder.parent),
        "GIT_CONFIG_GLOBAL": f"{folder.parent}/gitconfig",
        "COLUMNS": "100",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/reviewer"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m reviewer "$@"\n')
    program.chmod(0o755)
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Ann Author\n\temail = ann@example.org\n")
    kernel = Kernel(tmp_path / "linux")
    tree = FIXTURES / "minikernel"
    files = {
        path.relative_to(tree).as_posix(): path.read_text()
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }
    kernel.commit("mini: kernel", files)
    (tmp_path / "series").symlink_to(FIXTURES / "series")
    return kernel.root


def matches(shown: str, printed: str) -> bool:
    """Whether the text shown is the one printed, but for what `...` stands for."""
    parts = [re.escape(part) for part in re.split(r"^ *\.\.\.\n", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*".join(parts), printed) is not None


def test_the_first_command_prints_what_readme_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(README.parent)
    command = shlex.split(block("first command").replace("\n", " "))
    arguments = command[command.index(".venv/bin/reviewer") + 1 :]
    assert CliRunner().invoke(app, arguments).stdout == block("first output")


@pytest.mark.parametrize("number", range(len(sessions())))
def test_a_session_prints_what_readme_shows(number: int, folder: Path, promote: bool) -> None:
    session = sessions()[number]
    if "| jq " in session and not shutil.which("jq"):
        pytest.skip("jq is not installed")
    printed = played(session, folder)
    if promote and not re.search(r"^ *\.\.\.$", session, re.MULTILINE):
        README.write_text(README.read_text().replace(session, printed))
        session = printed
    assert matches(session, printed), printed


def test_dots_stand_for_lines() -> None:
    assert matches("$ a\none\n...\nfour\n", "$ a\none\ntwo\nthree\nfour\n")
    assert matches("$ a\n...\n", "$ a\n")
    assert not matches("$ a\none\n...\n", "$ a\ntwo\none\n")
    assert not matches("$ a\none\n", "$ a\none\ntwo\n")
