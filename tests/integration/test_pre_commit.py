"""The pre-commit framework: hooks of ours and of theirs in one repository, in both orders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from reviewer.hook.events import Event, Means
from reviewer.hook.install import install, uninstall
from tests.cli.mini import BAD
from tests.hook.kernel import FOUND, HARMLESS, ROOT, Kernel
from tests.integration.tools import needs, tool

pytestmark = needs("pre-commit")
#: The shipped hooks, run from this checkout: `language: system` installs nothing.
CONFIG = """\
repos:
- repo: local
  hooks:
  - id: theirs
    name: theirs
    entry: sh -c 'echo theirs ran'
    language: system
    always_run: true
    verbose: true
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    kernel = Kernel(tmp_path / "linux")
    kernel.commit("mini: configure", {".pre-commit-config.yaml": CONFIG})
    return kernel


def framework(kernel: Kernel, *words: str) -> None:
    home = {"PRE_COMMIT_HOME": str(kernel.root.parent / "home"), "GIT_CONFIG_GLOBAL": "/dev/null"}
    attempt = kernel.attempt(tool("pre-commit"), *words, env=os.environ | home)
    assert attempt.code == 0, attempt.said


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_both_run_whoever_came_first(kernel: Kernel, first: str) -> None:
    if first == "theirs":
        framework(kernel, "install")
    list(install(kernel.root, [Event.PRE_COMMIT], means=Means.FILES))
    if first == "ours":
        framework(kernel, "install")
    home = {"PRE_COMMIT_HOME": str(kernel.root.parent / "home")}
    kernel.stage(BAD)
    attempt = kernel.attempt("git", "commit", "-m", "mini: account", env=home)
    assert attempt.code == 1
    assert "theirs ran" in attempt.said
    assert FOUND in attempt.said
    kernel.stage(HARMLESS)
    attempt = kernel.attempt("git", "commit", "-m", "mini: count", env=home)
    assert attempt.code == 0
    assert "theirs ran" in attempt.said
    list(uninstall(kernel.root))
    left = {path.name for path in (kernel.root / ".git/hooks").iterdir()}
    assert {name for name in left if not name.endswith(".sample")} == {"pre-commit"}
    kernel.stage(BAD)
    attempt = kernel.attempt("git", "commit", "-m", "mini: account", env=home)
    assert attempt.code == 0
    assert "theirs ran" in attempt.said


def test_the_manifest_is_valid_and_its_hooks_run(kernel: Kernel) -> None:
    manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
    framework(kernel, "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    ours = f"{sys.executable} -P -m reviewer hook run"
    local = manifest.replace("reviewer hook run", ours).replace(
        "language: python", "language: system"
    )
    hooks = "".join(f"  {line}\n" for line in local.splitlines() if not line.startswith("#"))
    config = f"repos:\n- repo: local\n  hooks:\n{hooks}"
    kernel.commit("mini: ours", {".pre-commit-config.yaml": config})
    framework(kernel, "install", "-t", "pre-commit", "-t", "commit-msg", "-t", "pre-push")
    kernel.git("init", "-q", "--bare", str(kernel.root.parent / "remote"))
    kernel.git("remote", "add", "origin", str(kernel.root.parent / "remote"))
    home = {"PRE_COMMIT_HOME": str(kernel.root.parent / "home")}
    kernel.stage(BAD)
    attempt = kernel.attempt("git", "commit", "-m", "mini: account", env=home)
    assert attempt.code == 1
    assert FOUND in attempt.said
    kernel.git("commit", "-q", "--no-verify", "-m", "mini: account", env=home)
    attempt = kernel.attempt("git", "push", "origin", "main", env=home)
    assert attempt.code == 1
    assert FOUND in attempt.said
