"""What a shell and `man` are given: completion and the manual page, by the programs themselves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.hook.config import KEYS
from tests.cli.mini import SOURCE, diff, mail, make_tree, run
from tests.hook.kernel import ROOT

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
needs_groff = pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
SCRIPT = """
eval "$(_REVIEWER_COMPLETE=source_bash reviewer)"
COMP_WORDS=("$@")
COMP_CWORD=$(( $# - 1 ))
_reviewer_completion reviewer
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_stream_that_is_closed(closed: str) -> None:
    command = f"exec {sys.executable} -m reviewer rules {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, cwd=ROOT)
    if closed == ">&-":
        assert (done.returncode, done.stderr) == (2, b"reviewer: standard output is closed\n")
    else:
        assert done.returncode == 0
        assert b"no-call-after-gs-reset" in done.stdout


def test_the_list_of_commands_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "..." not in run("--help").out.partition("Commands:")[2]


@needs_bash
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("reviewer sc", ["scan"]),
        ("reviewer check --fo", ["--format"]),
        ("reviewer check --format s", ["sarif"]),
        ("reviewer scan --fail-on w", ["warning"]),
        ("reviewer explain no-call-after-g", ["no-call-after-gs-reset"]),
        ("reviewer hook u", ["uninstall"]),
    ],
)
def test_bash_completes(words: str, completed: list[str], tmp_path: Path) -> None:
    program = tmp_path / "reviewer"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m reviewer "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", SCRIPT, "bash", *words.split()],
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == completed


def test_the_manual_names_every_option_and_variable() -> None:
    page = run("man").out
    plain = page.replace("\\-", "-")
    for command in ("check", "scan", "baseline", "suppressions", "hook install", "diff", "man"):
        assert f".SS reviewer {command}\n" in plain
        shown = run(*command.split(), "--help").out
        options = set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)", shown, re.MULTILINE)) - {"--help"}
        section = plain.partition(f".SS reviewer {command}\n")[2].partition(".SS ")[0]
        assert options or command == "man"
        assert all(option in section for option in options)
    assert all(key.variable in page and key.git in page for key in KEYS.values())
    assert "reviewer hook run" not in plain


@needs_groff
def test_the_manual_is_one() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-z"],
        input=run("man").out, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["-q"], ["--quiet"]])
def test_quiet_and_verbose(words: list[str], tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    patch = mail("mini: count", diff(SOURCE, SOURCE.replace("x + 1", "x + 2"))).encode()
    assert run("check", "-", "--tree", tree, *words, stdin=patch).out == ""
    assert "mini.c: whole file" in run("check", "-", "--tree", tree, "-v", stdin=patch).out
