"""Commits and what is staged, as git itself tells it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.errors import InputError
from reviewer.patch import git as git_module
from reviewer.patch.git import read_range, read_staged
from reviewer.patch.objects import EMPTY_TREE
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import open_tree
from reviewer.patch.types import Context, FileChange, HunkFate
from tests.patch.repository import Repository

CODE = "int a;\nint b;\nint c;\nint d;\nint e;\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit('stop: add\n\nA body.\n\nFixes: 1234567 ("x")\nCc: a@b.c', {"a.c": CODE})
    made.commit("stop: change\nover two lines", {"a.c": CODE.replace("c;", "C;")})
    made.commit("stop: move", {"a.c": None, "sub/b.c": CODE.replace("c;", "C;")})
    return made


def test_range_is_oldest_first_with_its_base(repository: Repository) -> None:
    series = read_range(repository.root, "HEAD~2..HEAD")
    assert [patch.subject for patch in series.patches] == [
        "stop: change over two lines",
        "stop: move",
    ]
    assert [patch.number for patch in series.patches] == [1, 2]
    assert series.base_commit == repository.name("HEAD~2")
    assert series.patches[1].parent == series.patches[0].commit == repository.name("HEAD~1")
    assert series.patches[0].author == "Ann Author <ann@example.org>"
    (renamed,) = series.patches[1].files
    assert (renamed.change, renamed.old_path, renamed.new_path) == (
        FileChange.RENAME,
        "a.c",
        "sub/b.c",
    )
    assert (series.version, series.total) == (1, 2)


def test_single_revision_is_one_commit(repository: Repository) -> None:
    series = read_range(repository.root, "HEAD~1")
    assert [patch.commit for patch in series.patches] == [repository.name("HEAD~1")]
    assert series.title == "stop: change over two lines"
    (diff,) = series.patches[0].files
    assert diff.new_blob == repository.blob("HEAD~1:a.c")
    assert all(line.mail_line == 0 for hunk in diff.hunks for line in hunk.lines)


def test_first_commit_starts_from_the_empty_tree(repository: Repository) -> None:
    series = read_range(repository.root, "HEAD~2")
    (patch,) = series.patches
    assert (patch.parent, series.base_commit) == ("", EMPTY_TREE)
    assert patch.changelog.startswith("A body.")
    assert [trailer.key for trailer in patch.trailers] == ["Fixes", "Cc"]
    rebuilt = rebuild(series, open_tree(repository.root))
    assert rebuilt.base == "the empty tree"
    assert rebuilt.patches[0][0].hunks[0].fate is HunkFate.EXACT


def test_range_rebuilds_on_its_base(repository: Repository) -> None:
    repository.write({"sub/b.c": "int other;\n"})
    series = read_range(repository.root, "HEAD~2..HEAD")
    rebuilt = rebuild(series, open_tree(repository.root))
    assert rebuilt.base == f"commit {repository.name('HEAD~2')[:12]}"
    assert rebuilt.skips == ()
    (first,), (second,) = rebuilt.patches
    assert first.context is Context.FULL
    assert first.before is not None
    assert first.before.text == CODE.encode()
    assert second.after is not None
    assert second.after.text == CODE.replace("c;", "C;").encode()


def test_merge_is_skipped_and_said(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "side", "HEAD~1")
    repository.commit("side: add", {"side.c": CODE})
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    series = read_range(repository.root, "HEAD~2..HEAD")
    assert sorted(patch.subject for patch in series.patches) == ["side: add", "stop: move"]
    assert [skip.reason for skip in series.skips] == [
        f"commit {repository.head[:12]} is a merge and was not looked at: Merge side"
    ]
    assert rebuild(series, open_tree(repository.root)).skips == ()


def test_empty_commits_and_ranges(repository: Repository) -> None:
    repository.commit("nothing", {})
    repository.commit("more", {"x.c": CODE})
    series = read_range(repository.root, "HEAD~2..")
    assert [len(patch.files) for patch in series.patches] == [0, 1]
    assert read_range(repository.root, "HEAD..HEAD").patches == ()


def test_bytes_and_odd_names(repository: Repository) -> None:
    text = "/* \udce9 */\r\nint a;\r\n"
    repository.commit("odd", {'dir/a "b"\té.c': text})
    (patch,) = read_range(repository.root, "HEAD").patches
    (diff,) = patch.files
    assert diff.path == 'dir/a "b"\té.c'
    assert [line.text for line in diff.hunks[0].lines] == ["/* \udce9 */\r", "int a;\r"]


@pytest.mark.parametrize(
    "name", ["nosuch", "nosuch..HEAD", "--all", "-p", "HEAD:a.c", "", "f" * 40]
)
def test_unknown_revision(repository: Repository, name: str) -> None:
    with pytest.raises(InputError, match="no such revision"):
        read_range(repository.root, name)


def test_not_a_repository(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a git repository"):
        read_range(tmp_path, "HEAD")
    with pytest.raises(InputError, match="not a git repository"):
        read_staged(tmp_path)


def test_too_many_commits(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "MAX_COMMITS", 1)
    with pytest.raises(InputError, match="more than 1 commits"):
        read_range(repository.root, "HEAD~2..HEAD")


def test_staged(repository: Repository) -> None:
    assert read_staged(repository.root).patches == ()
    repository.write({"sub/b.c": CODE, "new.c": "int n;\n"})
    (repository.root / "sub/b.c").write_text("not staged\n")
    series = read_staged(repository.root)
    (patch,) = series.patches
    assert [diff.path for diff in patch.files] == ["new.c", "sub/b.c"]
    assert series.base_commit == repository.head
    rebuilt = rebuild(series, open_tree(repository.root))
    after = rebuilt.patches[0][1].after
    assert after is not None
    assert after.text == CODE.encode()
    assert rebuilt.base == f"commit {repository.head[:12]}"


def test_staged_honours_the_index_a_hook_is_given(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = repository.root / ".git" / "next-index"
    (repository.root / "sub/b.c").write_text(CODE)
    repository.git("read-tree", "HEAD", env={"GIT_INDEX_FILE": str(index)})
    repository.git("add", "sub/b.c", env={"GIT_INDEX_FILE": str(index)})
    assert read_staged(repository.root).patches == ()
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index")
    assert [diff.path for diff in read_staged(repository.root).patches[0].files] == ["sub/b.c"]


def test_staged_before_the_first_commit(tmp_path: Path) -> None:
    fresh = Repository(tmp_path / "fresh")
    assert read_staged(fresh.root).patches == ()
    fresh.write({"a.c": CODE})
    series = read_staged(fresh.root)
    assert series.base_commit == EMPTY_TREE
    assert series.patches[0].files[0].change is FileChange.ADD


def test_nothing_a_repository_names_is_executed(repository: Repository, tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\ntouch {marker}\ncat "$1" 2>/dev/null\nexit 0\n')
    program.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "gpg.program",
    ):
        repository.git("config", key, str(program))
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "filter.evil.required", "true")
    repository.git("config", "diff.noprefix", "true")
    (repository.root / ".gitattributes").write_text("*.c diff=evil filter=evil\n")
    repository.git("-c", "filter.evil.clean=cat", "add", "-A")
    repository.git("diff", "HEAD~2", "HEAD~1")
    assert marker.exists(), "the trap is not armed"
    marker.unlink()
    for series in (read_range(repository.root, "HEAD~2..HEAD"), read_staged(repository.root)):
        assert series.patches
        rebuild(series, open_tree(repository.root))
        rebuild(series, open_tree(repository.root, commit="HEAD"))
    assert list(open_tree(repository.root, commit="HEAD").paths()) == ["sub/b.c"]
    assert not marker.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository away")
def test_repository_of_another_user_is_refused_with_the_remedy(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.delenv("SUDO_UID", raising=False)
    for path in (repository.root, repository.root / ".git"):
        os.chown(path, 12345, 12345)
    remedy = f"safe.directory {repository.root}"
    with pytest.raises(InputError, match=remedy):
        read_range(repository.root, "HEAD")
    with pytest.raises(InputError, match=remedy):
        read_staged(repository.root)
    with pytest.raises(InputError, match=remedy):
        open_tree(repository.root).blob("a" * 40)
