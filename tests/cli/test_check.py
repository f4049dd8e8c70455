from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, make_tree, mbox, run

DOCS = "--- a/Documentation/mini.rst\n+++ b/Documentation/mini.rst\n@@ -1 +1 @@\n-teh\n+the\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "linux")


@pytest.fixture
def bad_mail(tmp_path: Path) -> Path:
    path = tmp_path / "bad.patch"
    path.write_text(mail("mini: account for it", diff(SOURCE, BAD)))
    return path


def test_a_bad_patch_is_shown_with_its_proof(bad_mail: Path, tree: Path) -> None:
    result = run("check", bad_mail, "--tree", tree)
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0].startswith(f"{PATH}:14: error: ")
    assert lines[0].endswith(" [no-call-after-gs-reset]")
    assert lines[1] == '    introduced by patch 1/1 "mini: account for it"'
    assert any("load_segments()" in line for line in lines)
    assert f"    cause: {PATH}:14: + account();" in lines
    assert "    explain with: reviewer explain no-call-after-gs-reset" in lines
    assert str(tree) not in result.out
    assert result.err == ""


def test_terse(bad_mail: Path, tree: Path) -> None:
    result = run("check", bad_mail, "--tree", tree, "--format", "terse")
    assert result.code == 1
    (line,) = result.out.splitlines()
    assert line.startswith(f"{PATH}:14: ERROR: no-call-after-gs-reset: ")


def test_json(bad_mail: Path, tree: Path) -> None:
    document = json.loads(run("check", bad_mail, "--tree", tree, "--format", "json").out)
    (finding,) = document["findings"]
    assert (finding["status"], finding["patch"], finding["line"]) == ("introduced", 1, 14)
    assert finding["cause"] == {"path": PATH, "line": 14, "text": "+\taccount();"}
    assert [patch["context"] for patch in document["series"]["patches"]] == ["full"]


def test_from_stdin_and_to_a_file(bad_mail: Path, tree: Path, tmp_path: Path) -> None:
    output = tmp_path / "report"
    result = run("check", "-", "--tree", tree, "-o", output, stdin=bad_mail.read_bytes())
    assert (result.code, result.out) == (1, "")
    assert output.read_text() == run("check", bad_mail, "--tree", tree).out


def test_without_a_tree_the_hunks_are_analysed_and_the_report_says_so(
    bad_mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("check", bad_mail)
    assert result.code == 1
    assert "base: no tree; only what blobs and hunks show; name a kernel tree with --tree\n" in (
        result.out
    )
    assert f"1/1 {PATH}: hunks only\n" in result.out


def test_the_tree_around_the_working_directory_is_the_default(
    bad_mail: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir((tree / PATH).parent)
    assert run("check", bad_mail).out == run("check", bad_mail, "--tree", tree).out


def test_a_good_patch_is_clean(tree: Path, tmp_path: Path) -> None:
    patch = tmp_path / "good.patch"
    good = SOURCE.replace("\tannounce();\n", "\tannounce();\n\taccount();\n")
    patch.write_text(mail("mini: account early", diff(SOURCE, good)))
    result = run("check", patch, "--tree", tree)
    assert result.code == 0
    assert result.out.startswith('"mini: account early", 1 patch: no findings introduced\n')
    assert run("check", patch, "--tree", tree, "-q").out == ""
    assert run("check", patch, "--tree", tree, "--format", "terse").out == ""


def test_what_the_base_has_is_counted_apart_and_shown_on_request(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    (tree / PATH).write_text(BAD)
    changed = BAD.replace("return x + 1;", "return x + 2;")
    patch = tmp_path / "p.patch"
    patch.write_text(mail("mini: add two", diff(BAD, changed)))
    result = run("check", patch, "--tree", tree)
    assert result.code == 0
    assert "no findings introduced; 1 existing (--show existing)\n" in result.out
    shown = run("check", patch, "--tree", tree, "--show", "existing")
    assert shown.code == 0
    assert "    was there before the series\n" in shown.out


def test_the_call_that_opens_the_window_moved_up(tmp_path: Path, tree: Path) -> None:
    moved = SOURCE.replace("\tload_segments();\n", "").replace(
        "{\n\tprepare", "{\n\tload_segments();\n\tprepare"
    )
    patch = tmp_path / "p.patch"
    patch.write_text(mail("mini: load segments first", diff(SOURCE, moved)))
    document = json.loads(run("check", patch, "--tree", tree, "--format", "json").out)
    calls = [each for each in document["findings"] if each["rule"] == "no-call-after-gs-reset"]
    assert [(each["line"], each["status"]) for each in calls] == [
        (10, "introduced"),
        (11, "introduced"),
    ]
    assert {each["cause"]["text"] for each in calls} == {"+\tload_segments();"}


def test_series_that_introduces_and_removes(tmp_path: Path, tree: Path) -> None:
    box = tmp_path / "series.mbox"
    box.write_text(
        mbox(
            mail("mini: account", diff(SOURCE, BAD), tag="PATCH v2 1/2", number=1),
            mail("mini: do not", diff(BAD, SOURCE), tag="PATCH v2 2/2", number=2),
        )
    )
    result = run("check", box, "--tree", tree)
    assert result.code == 1
    assert (
        '    introduced by patch 1/2 "mini: account", gone by patch 2/2 "mini: do not": '
        "a bisection can stop between them\n"
    ) in result.out


def test_mailbox_of_several_series(tmp_path: Path, tree: Path) -> None:
    box = tmp_path / "archive.mbox"
    good = SOURCE.replace("return x + 1;", "return x + 2;")
    box.write_text(
        mbox(
            mail("mini: account", diff(SOURCE, BAD), number=1),
            mail("mini: add two", diff(SOURCE, good), number=2),
        )
    )
    result = run("check", box, "--tree", tree)
    assert result.code == 1
    assert result.out.startswith('== "mini: account", 1 patch ==\n\narch/x86/kernel/mini.c:14:')
    assert result.out.endswith("\n== 2 series: 1 with findings, 1 without ==\n")
    printed = run("check", box, "--tree", tree, "--format", "json").out
    assert [len(json.loads(line)["findings"]) for line in printed.splitlines()] == [1, 0]


def test_patch_without_code_needs_no_tree(tmp_path: Path) -> None:
    patch = tmp_path / "docs.patch"
    patch.write_text(mail("docs: fix a word", DOCS))
    result = run("check", patch)
    assert result.code == 0
    assert result.out == (
        '"docs: fix a word", 1 patch: no findings introduced\n'
        "not looked at: 1 change to a file that is not C\n"
    )


def test_words_of_a_patch_without_code_are_checked(tmp_path: Path) -> None:
    patch = tmp_path / "docs.patch"
    text = mail("docs: fix a word", DOCS)
    patch.write_text(text.replace("\n\n", "\n\nIt is the the word.\n\n", 1))
    result = run("check", patch, "--format", "terse", "--fail-on", "warning")
    assert result.code == 1
    line = patch.read_text().splitlines().index("It is the the word.") + 1
    said = "`the the`: a word stands twice"
    assert result.out == f"docs.patch:{line}: WARNING: doubled-word: {said}\n"


@pytest.mark.parametrize("fail_on", ["never", "error"])
def test_fail_on(bad_mail: Path, tree: Path, fail_on: str) -> None:
    result = run("check", bad_mail, "--tree", tree, "--fail-on", fail_on)
    assert result.code == (0 if fail_on == "never" else 1)


def git(tree: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
        cwd=tree,
        check=True,
        capture_output=True,
    )


@pytest.fixture
def repository(tree: Path) -> Path:
    git(tree, "init", "-q")
    git(tree, "add", ".")
    git(tree, "commit", "-q", "-m", "mini: begin")
    (tree / PATH).write_text(BAD)
    return tree


def test_revision_range(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(repository, "commit", "-q", "-a", "-m", "mini: account for it")
    monkeypatch.chdir(repository)
    result = run("check", "HEAD~1..")
    assert result.code == 1
    assert '    introduced by patch 1/1 "mini: account for it"\n' in result.out
    assert run("check", "HEAD~1..", "--tree", repository).out == result.out


def test_staged(repository: Path) -> None:
    assert run("check", "--staged", "--tree", repository).code in (0, 2)
    git(repository, "add", ".")
    result = run("check", "--staged", "--tree", repository)
    assert result.code == 1
    assert f"{PATH}:14: error: " in result.out


def test_same_input_same_bytes(bad_mail: Path, tree: Path) -> None:
    for format_name in ("text", "terse", "json"):
        first = run("check", bad_mail, "--tree", tree, "--format", format_name)
        assert first == run("check", bad_mail, "--tree", tree, "--format", format_name)
