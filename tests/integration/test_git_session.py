"""A day with the hooks: from `reviewer hook install` over every verdict to uninstall.

Hooks in git's configuration need git 2.54; with an older git only what is written is tested.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.hook.place import CONFIG_HOOKS, git_version
from tests.cli.mini import BAD, PATH, SOURCE
from tests.hook.kernel import FOREIGN, FOUND, HARMLESS, Attempt, Kernel, bad_commit
from tests.hook.test_git import needs_sendemail
from tests.integration.tools import REVIEWER

EVENTS = ("pre-commit", "commit-msg", "pre-push", "pre-applypatch", "sendemail-validate")


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path / "linux")


def reviewer(kernel: Kernel, *words: str, cwd: Path | None = None) -> Attempt:
    attempt = kernel.attempt(*REVIEWER.split(), *words, cwd=cwd)
    assert attempt.code == 0, attempt.said
    return attempt


def hooks(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(".sample")}


def test_a_day(kernel: Kernel, tmp_path: Path) -> None:
    foreign = kernel.foreign("pre-commit")
    said = reviewer(kernel, "hook", "install", "--as", "files").said.splitlines()
    assert [line.partition(":")[0] for line in said] == list(EVENTS)
    assert "the hook that was there runs first" in said[0]
    states = reviewer(kernel, "hook", "status").said.splitlines()
    assert all(": installed" in line for line in states)

    kernel.stage(BAD)
    commit = kernel.attempt("git", "commit", "-m", "mini: account")
    assert (commit.code, FOUND in commit.said) == (1, True)
    assert kernel.told().startswith("foreign ")
    assert kernel.attempt("git", "commit", "--no-verify", "-qm", "mini: account").code == 0

    kernel.git("init", "-q", "--bare", str(tmp_path / "remote"))
    push = kernel.attempt("git", "push", "-q", str(tmp_path / "remote"), "main")
    assert (push.code, FOUND in push.said) == (1, True)

    kernel.git("format-patch", "-q", "-1", "-o", str(tmp_path))
    kernel.git("reset", "-q", "--hard", "HEAD~1")
    am = kernel.attempt("git", "am", str(tmp_path / "0001-mini-account.patch"))
    assert (am.code, FOUND in am.said) == (1, True)
    kernel.git("am", "--abort")

    kernel.stage(HARMLESS)
    assert kernel.attempt("git", "commit", "-qm", "mini: count").said == ""
    assert kernel.attempt("git", "push", "-q", str(tmp_path / "remote"), "main").code == 0

    reviewer(kernel, "hook", "uninstall")
    assert hooks(kernel.root / ".git/hooks") == {"pre-commit"}
    assert foreign.read_text() == FOREIGN
    kernel.stage(BAD)
    assert kernel.attempt("git", "commit", "-qm", "mini: account").code == 0


@needs_sendemail
def test_a_series_that_is_sent(kernel: Kernel, tmp_path: Path) -> None:
    bad_commit(kernel)
    kernel.stage(SOURCE.replace("x + 1", "x + 3"))
    kernel.git("commit", "-q", "--no-verify", "-m", "mini: do not")
    kernel.git("format-patch", "-q", "-2", "--cover-letter", "-o", str(tmp_path / "out"))
    mails = sorted(str(path) for path in (tmp_path / "out").iterdir())
    send = ("git", "send-email", "--dry-run", "--to", "a@example.org", "--force", *mails)
    assert kernel.attempt(*send).code == 0
    reviewer(kernel, "hook", "install", "sendemail-validate", "--as", "files")
    attempt = kernel.attempt(*send)
    assert attempt.code != 0
    assert attempt.said.count(FOUND) == 1
    whole = "a bisection can stop between them" in attempt.said
    assert whole == (git_version() >= (2, 41))
    reviewer(kernel, "hook", "uninstall")
    assert kernel.attempt(*send).code == 0


def test_worktrees_and_a_folder_of_hooks(kernel: Kernel, tmp_path: Path) -> None:
    kernel.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    other = tmp_path / "other"
    kernel.git("worktree", "add", "-q", str(other))
    reviewer(kernel, "hook", "install", "pre-commit", "--as", "files", cwd=other)
    assert hooks(tmp_path / "hooks") == {"pre-commit"}
    for top in (other, kernel.root):
        (top / PATH).write_text(BAD)
        attempt = kernel.attempt("git", "commit", "-qam", "mini: account", cwd=top)
        assert (attempt.code, FOUND in attempt.said) == (1, True)
    reviewer(kernel, "hook", "uninstall", cwd=other)
    assert hooks(tmp_path / "hooks") == set()


def test_what_is_configured_counts_in_hooks(kernel: Kernel, tmp_path: Path) -> None:
    reviewer(kernel, "hook", "install", "--as", "files")
    kernel.stage(BAD)
    commit = ("git", "commit", "-qm", "mini: account")
    assert kernel.attempt(*commit).code == 1
    found = kernel.attempt(*REVIEWER.split(), "check", "--staged", "--format", "b4").said
    name = found.partition("[fp:")[2].partition("]")[0]
    kernel.git("config", "reviewer.failOn", "never")
    told = kernel.attempt(*commit)
    assert (told.code, FOUND in told.said) == (0, True)
    kernel.git("reset", "-q", "--soft", "HEAD~1")
    kernel.git("config", "--unset", "reviewer.failOn")
    listed = tmp_path / "suppressions"
    listed.write_text(f"{name} account() is a macro here\n")
    kernel.git("config", "reviewer.suppressions", str(listed))
    assert kernel.attempt(*commit).said == ""
    kernel.git("reset", "-q", "--soft", "HEAD~1")
    listed.unlink()
    lost = kernel.attempt(*commit)
    assert (lost.code, "nothing was checked" in lost.said) == (0, True)


def test_a_comment_in_the_staged_change_does_not_silence_the_hook(kernel: Kernel) -> None:
    reviewer(kernel, "hook", "install", "pre-commit", "--as", "files")
    rule = FOUND.strip("[]")
    kernel.stage(BAD.replace("account();\n}", f"account(); /* reviewer: ignore {rule}: so */\n}}"))
    attempt = kernel.attempt("git", "commit", "-qm", "mini: account")
    assert attempt.code == 1
    assert "a comment that the series adds asks to ignore it" in attempt.said


@pytest.mark.skipif(git_version() < CONFIG_HOOKS, reason="git reads no hooks from configuration")
def test_hooks_in_the_configuration(kernel: Kernel) -> None:
    reviewer(kernel, "hook", "install", "--as", "config")
    kernel.stage(BAD)
    attempt = kernel.attempt("git", "commit", "-m", "mini: account")
    assert (attempt.code, FOUND in attempt.said) == (1, True)
    reviewer(kernel, "hook", "uninstall")
    assert kernel.attempt("git", "commit", "-qm", "mini: account").code == 0


def test_no_terminal_and_no_path(kernel: Kernel) -> None:
    """A graphical client has no terminal, and often not the PATH of a shell."""
    reviewer(kernel, "hook", "install", "pre-commit", "--as", "files")
    kernel.stage(BAD)
    bare = {"PATH": "/usr/bin:/bin", "TERM": "", "HOME": os.environ.get("HOME", "/")}
    attempt = kernel.attempt("git", "commit", "-m", "mini: account", env=bare)
    assert (attempt.code, FOUND in attempt.said) == (1, True)
    assert "\x1b[" not in attempt.said
