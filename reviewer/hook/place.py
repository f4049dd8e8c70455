"""Where a repository keeps its hooks, asked of git itself."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from msgspec import Struct

from reviewer.errors import AnalysisError, InputError

#: The first git that reads hooks from its configuration.
CONFIG_HOOKS = (2, 54)
_VERSION = re.compile(r"(\d+)\.(\d+)")


class Place(Struct, frozen=True):
    """The folder of a repository's hooks.

    `shared` says that `core.hooksPath` of the user or the system names it, so that every
    repository runs them; `tracked` that it lies in the work tree.
    """

    repository: Path
    folder: Path
    shared: bool = False
    tracked: bool = False


def find(repository: Path) -> Place:
    """Where git looks for the hooks of the repository; worktrees share them.

    Raises:
        InputError: not a repository.
    """
    folder = repository / git(repository, "rev-parse", "--git-path", "hooks").strip()
    scope = git(repository, "config", "--show-scope", "--get", "core.hooksPath", fails=True)
    common = repository / git(repository, "rev-parse", "--git-common-dir").strip()
    top = git(repository, "rev-parse", "--show-toplevel", fails=True).strip()
    resolved = folder.resolve()
    return Place(
        repository,
        resolved,
        shared=scope.startswith(("global", "system")),
        tracked=bool(top)
        and resolved.is_relative_to(Path(top).resolve())
        and not resolved.is_relative_to(common.resolve()),
    )


def git_version() -> tuple[int, int]:
    """Major and minor version of git, zeros where it does not say."""
    match = _VERSION.search(git(Path.cwd(), "version"))
    return (int(match[1]), int(match[2])) if match else (0, 0)


def git(repository: Path, *command: str, fails: bool = False) -> str:
    """What a git command that runs no program of the repository prints.

    Its configuration counts here, unlike where patches are read: it says where hooks are.

    Raises:
        InputError: git refuses, unless it may fail, which prints nothing.
        AnalysisError: git cannot be started.
    """
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", *command],
            cwd=repository,
            env=os.environ | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
        )
    except FileNotFoundError as error:
        raise AnalysisError("git cannot be started", remedy="install git") from error
    if done.returncode and not fails:
        said = done.stderr.strip().splitlines()
        raise InputError(said[-1] if said else "git failed", path=str(repository))
    return "" if done.returncode else done.stdout
