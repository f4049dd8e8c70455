"""A repository with a file of C, and git run in it as a person runs it, hooks and all."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cli.mini import BAD, PATH, SOURCE
from tests.patch.repository import IDENTITY, Repository

ROOT = Path(__file__).parent.parent.parent
HARMLESS = SOURCE.replace("x + 1", "x + 2")
FOUND = "[no-call-after-gs-reset]"
#: A hook of somebody else that tells what it was given.
FOREIGN = '#!/bin/sh\necho "foreign $* [$(cat)]" >>"$(git rev-parse --git-common-dir)/told"\n'


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a command ended, and what it said on both streams."""

    code: int
    said: str


class Kernel(Repository):
    """A repository that looks like a kernel tree, with one commit."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.commit(
            "mini: begin",
            {"Kconfig": "mini\n", "MAINTAINERS": "mini\n", "README": "mini\n", PATH: SOURCE},
        )

    def attempt(
        self,
        *command: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> Attempt:
        """Runs a command with this on standard input."""
        outer = {key: word for key, word in os.environ.items() if not key.startswith("GIT_")}
        outer["PYTHONPATH"] = str(ROOT)
        done = subprocess.run(
            command,
            cwd=cwd or self.root,
            env=outer | IDENTITY | dict(env or {}),
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        return Attempt(done.returncode, done.stdout)

    def stage(self, text: str, path: str = PATH) -> None:
        (self.root / path).write_text(text)
        self.git("add", path)

    def foreign(self, event: str, text: str = FOREIGN) -> Path:
        path = self.root / ".git/hooks" / event
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def told(self) -> str:
        return (self.root / ".git/told").read_text()


def bad_commit(kernel: Kernel, message: str = "mini: account") -> str:
    """A commit that introduces an error, made past every hook."""
    kernel.stage(BAD)
    kernel.git("commit", "-q", "-s", "--no-verify", "-m", message)
    return kernel.head
