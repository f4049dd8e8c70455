"""A git repository for a test, made with git itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "Ann Author",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "Ann Author",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
    "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


class Repository:
    """A repository under `root`, empty at first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *command: str, env: Mapping[str, str] | None = None) -> str:
        outer = {key: word for key, word in os.environ.items() if not key.startswith("GIT_")}
        return subprocess.run(
            ["git", *command],
            cwd=self.root,
            env=outer | IDENTITY | dict(env or {}),
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout.strip()

    def write(self, files: Mapping[str, str | None]) -> None:
        """Writes files, deletes those that map to None, and stages all."""
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode("utf-8", "surrogateescape"))
        self.git("add", "-A")

    def commit(self, message: str, files: Mapping[str, str | None]) -> str:
        self.write(files)
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.head

    def name(self, revision: str) -> str:
        return self.git("rev-parse", revision)

    def blob(self, revision: str) -> str:
        return self.git("rev-parse", revision)

    @property
    def head(self) -> str:
        return self.name("HEAD")
