"""Input that is broken, hostile or beside the point: an error or a Skip, never a traceback."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.cli.mini import BAD, PATH, SOURCE, Result, diff, mail, make_tree, mbox, run

GOOD = diff(SOURCE, SOURCE.replace("x + 1", "x + 2"))
#: Seconds that no input here may take; far above what any takes.
PATIENCE = 20


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "linux")


def check(tree: Path, text: str | bytes, *words: str) -> Result:
    """`check` of a patch file; asserts what holds for every input."""
    patch = tree.parent / "input"
    patch.write_bytes(text.encode() if isinstance(text, str) else text)
    before = sorted(tree.parent.rglob("*"))
    start = time.monotonic()
    result = run("check", patch, "--tree", tree, *words)
    assert time.monotonic() - start < PATIENCE
    assert sorted(tree.parent.rglob("*")) == before
    assert "Traceback" not in result.err
    assert "bug in reviewer" not in result.err
    assert result.code in (0, 1, 2, 3)
    assert all(line.replace("\t", "").isprintable() for line in result.out.split("\n"))
    assert all(line.replace("\t", "").isprintable() for line in result.err.split("\n"))
    return result


def skips(result: Result) -> list[str]:
    return [line for line in result.out.splitlines() if ": not analysed: " in line]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n\n",
        b"no mail at all",
        b"\0\0\0\0",
        bytes(range(256)) * 20,
        mbox(mail("a discussion", "> quoted\n", tag="RFC")).encode(),
        b"%PDF-1.7\n" + b"\xff\xfe" * 500,
    ],
    ids=["empty", "blank", "words", "nul", "bytes", "mbox-no-patch", "pdf"],
)
def test_no_patch_in_it(tree: Path, text: bytes) -> None:
    result = check(tree, text)
    assert result.code == 2
    assert result.err.startswith("reviewer: ")
    assert "input" in result.err


def test_mail_that_says_patch_and_holds_none(tree: Path) -> None:
    result = check(tree, mail("just words", ""))
    assert result.code == 3
    assert skips(result)
    assert str(tree.parent) not in result.out


def test_file_that_is_not_there(tree: Path) -> None:
    for name in ("absent.patch", "/absent/0001-x.patch", "absent"):
        result = run("check", name, "--tree", tree)
        assert result.code == 2
        assert f"'{name}' is no file" in result.err


def test_truncated_hunk_is_said_and_the_rest_is_analysed(tree: Path) -> None:
    truncated = "\n".join(GOOD.splitlines()[:-3]) + "\n"
    result = check(tree, mail("mini: truncated", truncated + diff(SOURCE, BAD, "arch/x86/n.c")))
    assert skips(result)
    assert "arch/x86/n.c:14: error: " in result.out


@pytest.mark.parametrize(
    "patch",
    [
        "diff --git a/f.c b/f.c\nindex 1..2 100644\nBinary files a/f.c and b/f.c differ\n",
        "diff --git a/f.c b/f.c\nindex 1..2 100644\nGIT binary patch\nliteral 4\nLc${NkU|;\n\n",
        "diff --git a/f.c b/g.c\nsimilarity index 100%\nrename from f.c\nrename to g.c\n",
        "diff --git a/f.c b/f.c\nold mode 100644\nnew mode 100755\n",
        "diff --cc f.c\nindex 1,2..3\n--- a/f.c\n+++ b/f.c\n@@@ -1,1 -1,1 +1,2 @@@\n  a\n++b\n",
        "diff --git a/l.c b/l.c\nnew file mode 120000\n--- /dev/null\n+++ b/l.c\n@@ -0,0 +1 @@\n"
        "+/etc/passwd\n\\ No newline at end of file\n",
        "diff --git a/s b/s\nnew file mode 160000\n--- /dev/null\n+++ b/s\n@@ -0,0 +1 @@\n"
        "+Subproject commit 0123456789012345678901234567890123456789\n",
    ],
    ids=["binary", "git-binary", "rename", "mode", "combined", "symlink", "submodule"],
)
def test_diffs_without_source(tree: Path, patch: str) -> None:
    result = check(tree, mail("mini: odd", patch + GOOD))
    assert PATH in check(tree, mail("mini: odd", patch + GOOD), "-v").out
    assert result.code == 0


@pytest.mark.parametrize(
    "path", ["../../etc/passwd.c", "/etc/passwd.c", "a/../../../x.c", ".git/hooks/x.c", "x\ty.c"]
)
def test_paths_that_leave_the_tree(tree: Path, path: str) -> None:
    outside = tree.parent / "x.c"
    outside.write_text(SOURCE)
    hostile = f"--- a/{path}\n+++ b/{path}\n@@ -1,1 +1,1 @@\n-old();\n+load_segments();\n"
    result = check(tree, mail("mini: hostile", hostile + GOOD))
    assert "old();" not in result.out
    assert PATH in check(tree, mail("mini: hostile", hostile + GOOD), "-v").out


def test_symlink_in_the_tree_that_leaves_it(tree: Path) -> None:
    (tree.parent / "secret.c").write_text(SOURCE.replace("unrelated", "secret"))
    link = tree / "arch/x86/kernel/link.c"
    link.symlink_to(tree.parent / "secret.c")
    patch = diff(SOURCE, BAD, "arch/x86/kernel/link.c")
    result = check(tree, mail("mini: follow me", patch), "--format", "json")
    assert "secret" not in result.out


def test_nul_bytes_in_code(tree: Path) -> None:
    check(tree, mail("mini: nul", diff(SOURCE, BAD.replace("account();", "acc\0ount();"))))


def test_escapes_and_bidi_in_subject_and_code(tree: Path) -> None:
    hostile = BAD.replace("account();", 'account("\x1b[2J\u202e", "\x9b31m\u2066");')
    subject = "mini: \x1b]0;owned\x07 \u202etxt.exe"
    for words in ((), ("--format", "terse"), ("--format", "json"), ("--color", "never", "-v")):
        result = check(tree, mail(subject, diff(SOURCE, hostile)), *words)
        assert result.code == 1
        assert "account" in result.out


def test_line_of_ten_megabytes(tree: Path) -> None:
    long = BAD.replace("account();", f'account("{"x" * 10_000_000}");')
    result = check(tree, mail("mini: long", diff(SOURCE, long)))
    assert len(result.out) < 100_000


def test_patch_that_applies_nowhere(tree: Path) -> None:
    lines = "".join(f"\tstep_{number}(x);\n" for number in range(9))
    other = f"void elsewhere(int x)\n{{\n{lines}}}\n"
    changed = other.replace("step_4(x)", "load_segments();\n\taccount()")
    result = check(tree, mail("mini: stray", diff(other, changed)))
    assert f"1/1 {PATH}: hunks only, 1 hunk: 1 failed (#1" in result.out
    assert skips(result)
    assert "[no-call-after-gs-reset]" in result.out


def test_tree_that_is_no_kernel(tree: Path, tmp_path: Path) -> None:
    patch = tmp_path / "p.patch"
    patch.write_text(mail("mini: account", diff(SOURCE, BAD)))
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run("check", patch, "--tree", empty)
    assert "this does not look like a Linux tree" in result.out
    missing = run("check", patch, "--tree", tmp_path / "nowhere")
    assert missing.code == 2
    assert "no such directory" in missing.err
    assert run("check", patch, "--tree", patch).code == 2


def test_rule_file_with_five_mistakes(tree: Path, tmp_path: Path) -> None:
    rule = tmp_path / "bad-rule.toml"
    rule.write_text(
        "\n".join(
            [
                'kind = "window"',
                "title = 5",
                'severity = "fatal"',
                'message = "{nonsense}"',
                "unknown = true",
                'rationale = "none"',
                "[window]",
                "opens = 3",
            ]
        )
    )
    result = run("check", "-", "--tree", tree, "--rules", rule, stdin=mail("m", GOOD).encode())
    assert result.code == 2
    complaints = [line for line in result.err.splitlines() if "bad-rule.toml" in line]
    assert len(complaints) >= 5
    assert all(re.search(r"bad-rule\.toml:\d+: ", line) for line in complaints)


def test_rules_that_are_not_there(tree: Path, tmp_path: Path) -> None:
    result = run(
        "check", "-", "--tree", tree, "--rules", tmp_path / "no", stdin=mail("m", GOOD).encode()
    )
    assert result.code == 2
    assert "Traceback" not in result.err


def test_unknown_status() -> None:
    result = run("check", "-", "--show", "new")
    assert result.code == 2
    assert "no status 'new'" in result.err


@pytest.mark.parametrize(
    "words", [["check", "--format", "xml", "-"], ["check", "--nonsense"], ["nonsense"], ["scan"]]
)
def test_usage_errors(words: list[str]) -> None:
    assert run(*words).code == 2


def test_revision_that_does_not_exist(tree: Path) -> None:
    result = run("check", "no-such-branch", "--tree", tree)
    assert result.code == 2
    assert "Traceback" not in result.err


def test_one_bad_series_does_not_lose_the_others(tree: Path) -> None:
    box = mbox(
        mail("mini: binary", "diff --git a/f.c b/f.c\nBinary files a/f.c and b/f.c differ\n"),
        mail("mini: account", diff(SOURCE, BAD), number=2),
        mail("words", "no patch here\n", number=3),
    )
    result = check(tree, box)
    assert result.code == 1
    assert f"{PATH}:14: error: " in result.out


def test_deep_nesting(tree: Path) -> None:
    deep = BAD.replace("account();", "account(" + "(" * 20_000 + "1" + ")" * 20_000 + ");")
    check(tree, mail("mini: deep", diff(SOURCE, deep)))
    blocks = BAD.replace("account();", "if (x) {" * 5_000 + "account();" + "}" * 5_000)
    check(tree, mail("mini: deep", diff(SOURCE, blocks)))


@pytest.mark.parametrize("form", ["reply", "b4-review"])
def test_a_scan_answers_no_mail(tree: Path, form: str) -> None:
    result = run("scan", tree / PATH, "--tree", tree, "--format", form)
    assert form == "b4-review" or result.code == 2
    assert "answers a patch: a scan has none" in result.err + result.out


def test_a_branch_that_is_not_there(tree: Path) -> None:
    result = run("b4-review", "nosuch", "--tree", tree)
    assert result.code == 2


def test_an_index_that_cannot_be_kept(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    result = run("index", "--tree", tree)
    assert result.code == 3
    assert "/dev/null/reviewer/index.sqlite: cannot be written" in result.err
