"""git of this machine with the hooks installed: from install to verdict to uninstall."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from reviewer.hook.events import Event, Means
from reviewer.hook.install import install, status, uninstall
from reviewer.hook.shim import KEPT
from tests.cli.mini import BAD, PATH, SOURCE
from tests.hook.kernel import FOREIGN, FOUND, HARMLESS, Attempt, Kernel, bad_commit

needs_sendemail = pytest.mark.skipif(
    shutil.which("git-send-email", path="/usr/lib/git-core:/usr/libexec/git-core") is None,
    reason="git send-email is not installed",
)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path / "linux")


def installed(kernel: Kernel, *events: Event) -> None:
    list(install(kernel.root, events or tuple(Event), means=Means.FILES))


def test_an_introduced_error_stops_the_commit(kernel: Kernel) -> None:
    installed(kernel)
    kernel.stage(BAD)
    attempt = kernel.attempt("git", "commit", "-m", "mini: account")
    assert attempt.code == 1
    assert f"{PATH}:14: error: " in attempt.said
    assert FOUND in attempt.said
    assert "`git commit --no-verify` goes on all the same" in attempt.said
    assert kernel.attempt("git", "commit", "--no-verify", "-qm", "mini: account").code == 0


def test_a_harmless_commit_passes_in_silence(kernel: Kernel) -> None:
    installed(kernel)
    kernel.stage(HARMLESS)
    attempt = kernel.attempt("git", "commit", "-qm", "mini: count")
    assert (attempt.code, attempt.said) == (0, "")


def test_only_the_index_is_judged(kernel: Kernel) -> None:
    installed(kernel)
    kernel.stage(HARMLESS)
    (kernel.root / PATH).write_text(BAD)
    assert kernel.attempt("git", "commit", "-qm", "mini: count").code == 0
    kernel.stage(BAD)
    (kernel.root / PATH).write_text(SOURCE)
    assert kernel.attempt("git", "commit", "-qm", "mini: account").code == 1


@pytest.mark.parametrize("words", [("-a",), ("--", PATH)], ids=["all", "path"])
def test_the_index_of_this_commit_is_judged(kernel: Kernel, words: tuple[str, ...]) -> None:
    """`commit -a` and `commit -- path` have an index of their own, named by GIT_INDEX_FILE."""
    installed(kernel)
    (kernel.root / PATH).write_text(BAD)
    attempt = kernel.attempt("git", "commit", "-qm", "mini: account", *words)
    assert attempt.code == 1
    assert FOUND in attempt.said


def test_the_first_commit_of_all_is_judged(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path / "linux")
    installed(kernel)
    kernel.git("checkout", "-q", "--orphan", "new")
    kernel.stage(BAD)
    assert kernel.attempt("git", "commit", "-qm", "mini: all").code == 1


def test_a_commit_without_code_starts_no_python(kernel: Kernel) -> None:
    list(install(kernel.root, [Event.PRE_COMMIT, Event.COMMIT_MSG], means=Means.FILES))
    for event in ("pre-commit", "commit-msg"):
        path = kernel.root / ".git/hooks" / event
        text = path.read_text()
        assert "exec " in text
        path.write_text(text.replace("exec ", "echo python; exec "))
    kernel.stage("mini, and more\n", "README")
    attempt = kernel.attempt("git", "commit", "-qm", "mini: words")
    assert (attempt.code, attempt.said) == (0, "")


@pytest.mark.parametrize(
    ("path", "starts"),
    [("README", False), (PATH, True), ("arch/x86/kernel/Makefile", True), ("Kbuild", True)],
)
def test_a_line_of_the_configuration_starts_python_where_there_is_code(
    kernel: Kernel, path: str, starts: bool
) -> None:
    """As git runs it: by a shell, with its own arguments at the end."""
    from reviewer.hook.shim import command

    kernel.stage(f"{HARMLESS}\n", path)
    line = f'{command(Event.COMMIT_MSG, python="echo")} "$@"'
    attempt = kernel.attempt("sh", "-c", line, "sh", "MESSAGE")
    assert attempt.code == 0
    assert attempt.said == ("-P -m reviewer hook run commit-msg MESSAGE\n" if starts else "")


def test_a_push_is_judged_commit_by_commit(kernel: Kernel, tmp_path: Path) -> None:
    installed(kernel)
    kernel.git("init", "-q", "--bare", str(tmp_path / "remote"))
    kernel.git("remote", "add", "origin", str(tmp_path / "remote"))
    assert kernel.attempt("git", "push", "-q", "origin", "main").code == 0
    bad_commit(kernel)
    attempt = kernel.attempt("git", "push", "-q", "origin", "main")
    assert attempt.code == 1
    assert FOUND in attempt.said
    assert "git push --no-verify" in attempt.said
    assert kernel.attempt("git", "push", "-q", "--no-verify", "origin", "main").code == 0
    assert kernel.attempt("git", "push", "-q", "origin", "main:copy").said == ""
    assert kernel.attempt("git", "push", "-q", "origin", ":copy").code == 0


def test_git_am_is_judged_before_it_commits(kernel: Kernel, tmp_path: Path) -> None:
    bad_commit(kernel)
    kernel.git("format-patch", "-q", "-1", "-o", str(tmp_path))
    kernel.git("reset", "-q", "--hard", "HEAD~1")
    installed(kernel)
    attempt = kernel.attempt("git", "am", str(tmp_path / "0001-mini-account.patch"))
    assert attempt.code == 1
    assert FOUND in attempt.said
    words = "git -c core.hooksPath=/dev/null am --continue"
    assert f"`{words}` goes on all the same" in attempt.said
    assert kernel.attempt(*words.split()).code == 0


def series(kernel: Kernel, tmp_path: Path, *words: str) -> list[str]:
    """Mails of two patches, of which the second takes back what the first does wrong."""
    bad_commit(kernel, "mini: account")
    kernel.stage(SOURCE.replace("x + 1", "x + 3"))
    kernel.git("commit", "-q", "--no-verify", "-m", "mini: do not")
    kernel.git("format-patch", "-q", "-2", "-o", str(tmp_path / "out"), *words)
    return sorted(str(path) for path in (tmp_path / "out").iterdir())


@needs_sendemail
def test_send_email_is_judged(kernel: Kernel, tmp_path: Path) -> None:
    mails = series(kernel, tmp_path, "--cover-letter")
    installed(kernel, Event.SENDEMAIL_VALIDATE)
    command = ("git", "send-email", "--dry-run", "--to", "a@example.org", "--force")
    attempt = kernel.attempt(*command, *mails)
    assert attempt.code != 0
    assert attempt.said.count(FOUND) == 1
    assert "git send-email --no-validate" in attempt.said
    assert kernel.attempt(*command, "--no-validate", *mails).code == 0


def test_a_counted_series_is_judged_whole(kernel: Kernel, tmp_path: Path) -> None:
    mails = series(kernel, tmp_path, "--cover-letter")
    installed(kernel)
    hook = str(kernel.root / ".git/hooks/sendemail-validate")
    attempts = [
        kernel.attempt(
            hook,
            mail,
            str(tmp_path / "headers"),
            env={
                "GIT_SENDEMAIL_FILE_COUNTER": str(number),
                "GIT_SENDEMAIL_FILE_TOTAL": str(len(mails)),
            },
        )
        for number, mail in enumerate(mails, 1)
    ]
    assert [(attempt.code, bool(attempt.said)) for attempt in attempts] == [
        (0, False),
        (0, False),
        (1, True),
    ]
    assert "a bisection can stop between them" in attempts[-1].said
    assert not list((kernel.root / ".git/reviewer/outbox").iterdir())


def test_mails_of_a_run_that_ended_early_are_forgotten(kernel: Kernel, tmp_path: Path) -> None:
    mails = series(kernel, tmp_path)
    installed(kernel)
    hook = str(kernel.root / ".git/hooks/sendemail-validate")
    first = {"GIT_SENDEMAIL_FILE_COUNTER": "1", "GIT_SENDEMAIL_FILE_TOTAL": "2"}
    only = {"GIT_SENDEMAIL_FILE_COUNTER": "1", "GIT_SENDEMAIL_FILE_TOTAL": "1"}
    assert kernel.attempt(hook, mails[0], env=first).said == ""
    kernel.git("reset", "-q", "--hard", "HEAD~1")
    assert kernel.attempt(hook, mails[1], env=only).code == 0


@pytest.mark.parametrize("event", ["pre-commit", "pre-push"])
def test_a_foreign_hook_runs_first_and_comes_back(
    kernel: Kernel, tmp_path: Path, event: str
) -> None:
    foreign = kernel.foreign(event)
    mode = foreign.stat().st_mode
    kernel.git("init", "-q", "--bare", str(tmp_path / "remote"))
    installed(kernel)
    kernel.stage(HARMLESS)
    kernel.attempt("git", "commit", "-qm", "mini: count")
    assert kernel.attempt("git", "push", "-q", str(tmp_path / "remote"), "main").code == 0
    if event == "pre-push":
        remote, tip = tmp_path / "remote", kernel.head
        assert kernel.told() == (
            f"foreign {remote} {remote} [refs/heads/main {tip} refs/heads/main {'0' * 40}]\n"
        )
    else:
        assert kernel.told() == "foreign  []\n"
    list(uninstall(kernel.root))
    assert foreign.read_text() == FOREIGN
    assert foreign.stat().st_mode == mode
    assert not list(foreign.parent.glob(f"*{KEPT}"))


def test_a_foreign_hook_can_still_refuse(kernel: Kernel) -> None:
    kernel.foreign("pre-commit", "#!/bin/sh\necho no\nexit 7\n")
    installed(kernel)
    kernel.stage(HARMLESS)
    attempt = kernel.attempt("git", "commit", "-qm", "mini: count")
    assert (attempt.code, attempt.said) == (1, "no\n")


def test_uninstall_leaves_the_folder_as_it_was(kernel: Kernel) -> None:
    kernel.foreign("pre-push")
    before = {path.name: path.read_bytes() for path in (kernel.root / ".git/hooks").iterdir()}
    installed(kernel)
    installed(kernel)
    list(uninstall(kernel.root))
    after = {path.name: path.read_bytes() for path in (kernel.root / ".git/hooks").iterdir()}
    assert after == before
    others = {Event.PRE_PUSH: "not installed, another hook is there"}
    expected = [f"{event}: {others.get(event, 'not installed')}" for event in Event]
    assert list(status(kernel.root)) == expected


def test_core_hooks_path_is_honoured(kernel: Kernel) -> None:
    kernel.git("config", "core.hooksPath", "my hooks")
    lines = list(install(kernel.root, [Event.PRE_COMMIT], means=Means.FILES))
    assert "is in the work tree" in lines[0]
    assert (kernel.root / "my hooks/pre-commit").exists()
    kernel.stage(BAD)
    assert kernel.attempt("git", "commit", "-qm", "mini: account").code == 1


def test_hooks_of_every_repository_are_left_alone(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviewer.errors import InputError

    (tmp_path / "gitconfig").write_text(f"[core]\n\thooksPath = {tmp_path}/all\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with pytest.raises(InputError, match="every repository runs them"):
        list(install(kernel.root, [Event.PRE_COMMIT], means=Means.FILES))
    list(install(kernel.root, [Event.PRE_COMMIT], means=Means.FILES, shared=True))
    assert (tmp_path / "all/pre-commit").exists()


def test_worktrees_share_the_hooks(kernel: Kernel, tmp_path: Path) -> None:
    other = tmp_path / "other"
    kernel.git("worktree", "add", "-q", str(other))
    list(install(other, [Event.PRE_COMMIT], means=Means.FILES))
    assert (kernel.root / ".git/hooks/pre-commit").exists()
    (other / PATH).write_text(BAD)
    attempt = kernel.attempt("git", "commit", "-qam", "mini: account", cwd=other)
    assert attempt.code == 1
    assert FOUND in attempt.said


def test_nothing_of_the_tree_is_run(kernel: Kernel) -> None:
    """Python looks for modules in the working directory unless it is told not to."""
    installed(kernel)
    (kernel.root / "reviewer").mkdir()
    (kernel.root / "reviewer/__init__.py").write_text("raise SystemExit('owned')\n")
    (kernel.root / "enum.py").write_text("raise SystemExit('owned')\n")
    kernel.stage(BAD)
    attempt = kernel.attempt("git", "commit", "-qm", "mini: account")
    assert "owned" not in attempt.said
    assert FOUND in attempt.said


def test_a_program_that_is_gone_stops_nothing(kernel: Kernel) -> None:
    from reviewer.hook.shim import shim

    kernel.foreign("pre-commit", shim(Event.PRE_COMMIT, python="/nowhere/python"))
    kernel.stage(BAD)
    attempt = kernel.attempt("git", "commit", "-qm", "mini: account")
    assert attempt.code == 0
    assert "nothing was checked" in attempt.said


@pytest.mark.parametrize(
    "words", [[], ["no-such-event"], ["commit-msg"], ["sendemail-validate", "/no/such/mail"]]
)
def test_trouble_of_our_own_stops_nothing(
    kernel: Kernel, words: list[str], capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from reviewer.hook.run import run

    kernel.stage(HARMLESS)
    monkeypatch.chdir(kernel.root)
    assert run(words) == 0
    said = capsys.readouterr().err
    assert said.startswith("reviewer: ")
    assert "nothing was checked" in said


def test_hooks_in_the_configuration(kernel: Kernel) -> None:
    """Written as git 2.54 reads them; git of this machine may be older and run none."""
    list(install(kernel.root, [Event.PRE_PUSH], means=Means.CONFIG))
    assert kernel.git("config", "hook.reviewer-pre-push.event") == "pre-push"
    assert kernel.git("config", "hook.reviewer-pre-push.command").endswith(
        " -P -m reviewer hook run pre-push"
    )
    assert "pre-push: installed in the configuration" in list(status(kernel.root))
    before = kernel.git("config", "--local", "--list").count("hook.")
    list(install(kernel.root, [Event.PRE_PUSH], means=Means.CONFIG))
    assert kernel.git("config", "--local", "--list").count("hook.") == before
    list(uninstall(kernel.root))
    assert "hook." not in kernel.git("config", "--local", "--list")


def in_configuration(kernel: Kernel, event: Event, *words: str, stdin: str = "") -> Attempt:
    """Runs what git 2.54 runs for an event, as its own tests (t1800-hook.sh) have it.

    That is the last `command` of each name that has the event among its `event` and is not
    switched off by `enabled`; a shell runs it with git's arguments at its end.
    """
    names = [
        key.removesuffix(".event")
        for key, value in (
            line.split(" ", 1)
            for line in kernel.git("config", "--get-regexp", r"^hook\..*\.event$").splitlines()
        )
        if value == event
    ]
    (name,) = names
    line = kernel.git("config", "--get", f"{name}.command")
    return kernel.attempt("sh", "-c", f'{line} "$@"', line, *words, stdin=stdin)


def test_what_stands_in_the_configuration_judges_a_push(kernel: Kernel) -> None:
    list(install(kernel.root, tuple(Event), means=Means.CONFIG))
    good = kernel.head
    bad = bad_commit(kernel)
    push = f"refs/heads/main {bad} refs/heads/main {good}\n"
    attempt = in_configuration(kernel, Event.PRE_PUSH, "origin", "../remote", stdin=push)
    assert attempt.code == 1
    assert FOUND in attempt.said
    nothing = in_configuration(kernel, Event.PRE_PUSH, "origin", "../remote")
    assert (nothing.code, nothing.said) == (0, "")


def test_what_stands_in_the_configuration_judges_a_commit(kernel: Kernel) -> None:
    list(install(kernel.root, tuple(Event), means=Means.CONFIG))
    kernel.stage(BAD)
    attempt = in_configuration(kernel, Event.PRE_COMMIT)
    assert attempt.code == 1
    assert FOUND in attempt.said
    kernel.stage(SOURCE)
    assert in_configuration(kernel, Event.PRE_COMMIT).code == 0


def test_a_hook_that_is_switched_off_is_said_to_be(kernel: Kernel) -> None:
    list(install(kernel.root, [Event.PRE_PUSH], means=Means.CONFIG))
    kernel.git("config", "hook.reviewer-pre-push.enabled", "off")
    said = "switched off by hook.reviewer-pre-push.enabled"
    assert f"pre-push: installed in the configuration, but {said}" in list(status(kernel.root))
    list(uninstall(kernel.root))
    assert "hook." not in kernel.git("config", "--local", "--list")


def test_a_commit_without_code_costs_little(kernel: Kernel) -> None:
    installed(kernel)
    kernel.stage("mini, and more\n", "README")
    hook = str(kernel.root / ".git/hooks/pre-commit")
    costs = []
    for _ in range(5):
        start = time.perf_counter()
        assert kernel.attempt(hook).code == 0
        costs.append(time.perf_counter() - start)
    assert min(costs) < 0.2
