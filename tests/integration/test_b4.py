"""b4 itself runs the checks, reads the replies and takes the comments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, mbox, run
from tests.conftest import FIXTURES
from tests.hook.kernel import HARMLESS, Attempt, Kernel, bad_commit
from tests.integration.tools import REVIEWER, needs, python_of, tool

pytestmark = needs("b4")
ERROR = f"{PATH}:14: ERROR: no-call-after-gs-reset: "
#: Prints what b4 reads out of a reply or a check, as JSON.
READ_REPLY = r"""
import json, sys, b4, b4.review
body = sys.stdin.read()
draft = "Message-Id: <draft@example.org>\nFrom: Ann <ann@example.org>\n" + body
message = b4.LoreMessage(b4.email.message_from_string(draft, policy=b4.emlpolicy))
text, _ = b4.LoreMessage.get_payload(message.msg)
print(json.dumps(b4.review._extract_comments_from_quoted_reply(text.split("\n-- \n")[0])))
"""
READ_CHECK = """
import json, sys, shlex, email
from b4.review import checks
message = email.message_from_string(sys.stdin.read(), policy=email.policy.default)
print(json.dumps(checks._run_external_cmd(shlex.split(sys.argv[1]), message, sys.argv[2])))
"""
READ_DIRECTORY = """
import json, sys, b4.review
tracking = {"series": {}, "patches": [{}, {}]}
b4.review._review.save_tracking = lambda *words: None
b4.review._integrate_agent_reviews(sys.argv[1], "", tracking, sys.argv[2:], tracking["patches"])
print(json.dumps(tracking["patches"]))
"""


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path / "linux")


def b4(kernel: Kernel, *words: str, **settings: str) -> Attempt:
    home = kernel.root.parent / "home"
    home.mkdir(exist_ok=True)
    for name, value in settings.items():
        kernel.git("config", f"b4.{name.replace('_', '-')}", value)
    environment = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home)}
    # b4 looks for its cover letter among commits of the last months.
    environment |= {"GIT_COMMITTER_DATE": "", "GIT_AUTHOR_DATE": ""}
    kernel.git("config", "user.name", "Ann Author")
    kernel.git("config", "user.email", "ann@example.org")
    command = (tool("b4"), "--no-interactive", "--offline-mode", *words)
    return kernel.attempt(*command, env=environment)


def in_b4(kernel: Kernel, script: str, stdin: str, *words: str) -> list[dict[str, str | int]]:
    """What a script prints that runs in b4's own Python."""
    (kernel.root.parent / "stdin").write_text(stdin)
    (kernel.root.parent / "script.py").write_text(script)
    shell = 'exec "$0" "$@" <../stdin'
    attempt = kernel.attempt("sh", "-c", shell, python_of("b4"), "../script.py", *words)
    assert attempt.code == 0, attempt.said
    found = json.loads(attempt.said.splitlines()[-1])
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(("text", "verdict"), [(BAD, "Error: 1"), (HARMLESS, "Success: 1")])
def test_prep_check(kernel: Kernel, text: str, verdict: str) -> None:
    assert b4(kernel, "prep", "-n", "mini", "-f", "main").code == 0
    kernel.stage(text)
    kernel.git("commit", "-q", "-s", "-m", "mini: change", env={"GIT_COMMITTER_DATE": ""})
    check = b4(kernel, "prep", "--check", prep_perpatch_check_cmd=f"{REVIEWER} check --format b4 -")
    assert verdict in check.said
    assert "Warning: 0" in check.said
    assert (ERROR in check.said) == (text == BAD)


@pytest.mark.parametrize("text", [BAD, HARMLESS])
def test_am_check(kernel: Kernel, tmp_path: Path, text: str) -> None:
    (tmp_path / "one.mbox").write_text(mbox(mail("mini: change", diff(SOURCE, text))))
    command = f"{REVIEWER} check --format b4 -"
    attempt = b4(
        kernel, "am", "-m", "../one.mbox", "--check", "-o", "..", am_perpatch_check_cmd=command
    )
    assert attempt.code == 0
    assert (ERROR in attempt.said) == (text == BAD)
    assert "WARNING" not in attempt.said


@pytest.mark.parametrize(("text", "status"), [(BAD, "fail"), (HARMLESS, ""), ("nonsense", "warn")])
def test_review_check(kernel: Kernel, text: str, status: str) -> None:
    patch = mail("mini: change", diff(SOURCE, text) if text != "nonsense" else "none\n")
    command = f"{REVIEWER} check --format b4-review -"
    results = in_b4(kernel, READ_CHECK, patch, command, str(kernel.root))
    assert [result["status"] for result in results] == ([status] if status else [])
    if status == "fail":
        assert results[0]["tool"] == "reviewer"
        assert results[0]["summary"] == "1 error"
        assert json.loads(str(results[0]["details"]))[0]["srcline"] == "account();"


def test_reply_is_read_back(kernel: Kernel) -> None:
    patch = mail("mini: change", diff(SOURCE, BAD))
    reply = run("check", "-", "--tree", kernel.root, "--format", "reply", stdin=patch.encode())
    comments = in_b4(kernel, READ_REPLY, reply.out)
    assert [(each["path"], each["line"], each["content"]) for each in comments] == [
        (f"b/{PATH}", 14, "+\taccount();")
    ]
    assert str(comments[0]["text"]).startswith(
        "account() is called with GS reset by `load_segments()`."
    )


@pytest.mark.parametrize(
    "name", ["query-after-load-segments", "bisection-hazard", "set-after-seamcall"]
)
def test_replies_to_bad_series_are_read_back(kernel: Kernel, name: str) -> None:
    """Each comment comes back under the line it was written under, cuts or not."""
    series = FIXTURES / "series" / name / "series.mbox"
    words = ("check", series, "--tree", FIXTURES / "minikernel", "--format", "reply")
    reply = run(*words).out
    above = [
        line.removeprefix("> ")
        for line, blank, said in zip(
            reply.splitlines(), reply.splitlines()[1:], reply.splitlines()[2:], strict=False
        )
        if line.startswith("> ") and not blank and said and not said.startswith(">")
    ]
    comments = in_b4(kernel, READ_REPLY, reply)
    assert [each["content"] for each in comments] == above
    assert all(str(each["path"]).startswith(("a/arch/x86/", "b/arch/x86/")) for each in comments)


def test_comments_of_a_review_branch(kernel: Kernel) -> None:
    base = kernel.head
    bad = bad_commit(kernel)
    kernel.stage(BAD.replace("x + 1", "x + 2"))
    kernel.git("commit", "-q", "-s", "-m", "mini: count")
    fine = kernel.head
    tracking = json.dumps({"series": {"base-commit": base}, "patches": [{}, {}]})
    message = f"mini\n\n--- b4-review-tracking ---\n# do not edit\n{tracking}\n"
    kernel.git("commit", "-q", "--allow-empty", "-m", message, "--cleanup=verbatim")
    result = run("b4-review", "--tree", kernel.root)
    assert result.out.startswith("1 of 2 patches have comments in ")
    patches = in_b4(kernel, READ_DIRECTORY, "", str(kernel.root), bad, fine)
    assert set(patches[0]) == {"reviews"}
    assert patches[1] == {}
    review = json.loads(json.dumps(patches[0]["reviews"]))["reviewer@localhost"]
    assert [(each["path"], each["line"]) for each in review["comments"]] == [(f"b/{PATH}", 14)]
    assert review["note"].startswith("account() is called with GS reset")


def test_a_branch_that_is_none_of_b4s(kernel: Kernel) -> None:
    result = run("b4-review", "--tree", kernel.root)
    assert result.code == 2
    assert "is no branch of b4 review" in result.err
