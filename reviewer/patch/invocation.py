"""How git is started: so that nothing a repository holds or configures is executed.

A repository under review may name programs in its configuration and attributes (fsmonitor, hooks,
external diffs, text conversion, signature checks, remote helpers for lazy fetches). Each is
switched off here or by an option of the command that would run it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from reviewer.errors import AnalysisError, InputError

SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.quotePath=true",
    "diff.suppressBlankEmpty=false",
    "log.showSignature=false",
    "protocol.allow=never",
)
ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
# Where git puts these into a hook's environment they name the hook's repository, not ours.
_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_NAMESPACE")


def run(repository: Path, *command: str, stdin: bytes = b"") -> bytes:
    """What a git command in the repository prints.

    Raises:
        InputError: git refuses the repository or the revisions.
        AnalysisError: git cannot be started or fails otherwise.
    """
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    try:
        done = subprocess.run(
            ["git", "--no-pager", *settings, *command],
            cwd=repository,
            env=_environment(os.environ),
            input=stdin,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise AnalysisError("git cannot be started", remedy="install git") from error
    if done.returncode:
        raise complaint(repository, done.stderr.decode("utf-8", "replace"))
    return done.stdout


def complaint(repository: Path, stderr: str) -> InputError | AnalysisError:
    """The error that git's words on stderr stand for."""
    path = str(repository)
    if "dubious ownership" in stderr:
        return InputError(
            "the repository belongs to another user",
            path=path,
            remedy=f"git config --global --add safe.directory {repository.resolve()}",
        )
    if "not a git repository" in stderr:
        return InputError("not a git repository", path=path, remedy="name a repository with --tree")
    if any(words in stderr for words in ("bad revision", "unknown revision", "bad object")):
        return InputError(
            "no such revision", path=path, remedy="git rev-parse tells what a revision means"
        )
    lines = [line for line in stderr.splitlines() if line.strip()]
    return AnalysisError(f"git: {lines[-1] if lines else 'failed without a word'}", path=path)


def _environment(outer: Mapping[str, str]) -> dict[str, str]:
    return {key: word for key, word in outer.items() if key not in _PLACES} | ENVIRONMENT
