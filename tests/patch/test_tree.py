"""Trees are read and never left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.errors import InputError
from reviewer.patch import tree as tree_module
from reviewer.patch.tree import (
    Commit,
    Directory,
    NoTree,
    Tree,
    is_kernel,
    open_tree,
    path_fault,
    tree_around,
)
from tests.patch.repository import Repository


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "linux-6"
    for name in ("kernel/stop.c", "kernel/a/b.S", "arch/x86.c", ".git/config", "mm/x.c"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    (tmp_path / "secret").write_text("secret")
    (root / "out").symlink_to("../secret")
    (root / "updir").symlink_to("..")
    (root / "in").symlink_to("kernel/stop.c")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("first", {"kernel/stop.c": "one\n", "Kconfig": "k\n", "MAINTAINERS": "m\n"})
    (made.root / "link").symlink_to("kernel/stop.c")
    made.commit("second", {"kernel/stop.c": "two\n", "b/c.S": "nop\n"})
    return made


def test_directory_reads_files_and_links_inside(folder: Path) -> None:
    tree = Directory(folder)
    assert tree.read("kernel/stop.c") == b"kernel/stop.c"
    assert tree.read("in") == b"kernel/stop.c"
    assert tree.read("kernel/none.c") is None
    assert tree.refusal("kernel/none.c") == ""
    assert tree.describe() == "directory linux-6"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../secret", "path that leaves the tree"),
        ("kernel/../../secret", "path that leaves the tree"),
        ("/etc/passwd", "absolute path"),
        ("", "empty path"),
        ("a\0b", "path with a control character"),
        ("a\nHEAD", "path with a control character"),
        (".git/config", "path into the repository's own files"),
        ("pipe", "not a regular file"),
        ("kernel", "not a regular file"),
        ("out", "symbolic link out of the tree or to nothing"),
        ("loop", "symbolic link out of the tree or to nothing"),
        ("updir/secret", "symbolic link out of the tree or to nothing"),
    ],
)
def test_directory_refuses(folder: Path, path: str, reason: str) -> None:
    tree = Directory(folder)
    assert tree.read(path) is None
    assert tree.refusal(path) == reason


def test_odd_names_are_only_absent(folder: Path) -> None:
    tree = Directory(folder)
    for path in ("x" * 4000, "\udcff", "\ud800", "kernel/stop.c/x"):
        assert tree.read(path) is None
        assert tree.refusal(path) == ""
        assert not tree.exists(path)


def test_large_files_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "MAX_FILE", 1024 * 1024)
    (folder / "big.c").write_bytes(b"x" * (1024 * 1024 + 1))
    tree = Directory(folder)
    assert tree.read("big.c") is None
    assert tree.refusal("big.c") == "larger than 1 MB"


def test_paths_are_sorted_and_follow_no_link(folder: Path) -> None:
    tree = Directory(folder)
    assert list(tree.paths()) == ["arch/x86.c", "kernel/a/b.S", "kernel/stop.c", "mm/x.c"]
    assert list(tree.paths("kernel")) == ["kernel/a/b.S", "kernel/stop.c"]
    assert list(tree.paths("mm/x.c")) == ["mm/x.c"]
    for path in ("updir", "in", "..", ".git", "none"):
        assert list(tree.paths(path)) == []


def test_a_directory_inside_a_repository_is_a_directory(repository: Repository) -> None:
    tree = open_tree(repository.root / "kernel")
    assert tree.describe() == "directory kernel"
    assert tree.at(repository.head) is None
    with pytest.raises(InputError, match="not a repository"):
        open_tree(repository.root / "kernel", commit="HEAD")


def test_work_tree_has_files_and_blobs(repository: Repository) -> None:
    (repository.root / "kernel/stop.c").write_text("three\n")
    tree = open_tree(repository.root)
    assert tree.describe() == "work tree repo"
    assert tree.read("kernel/stop.c") == b"three\n"
    assert tree.blob(repository.blob("HEAD~1:kernel/stop.c")[:10]) == b"one\n"
    for name in ("0" * 40, "f" * 40, "12", "HEAD", repository.head, "x\ny"):
        assert tree.blob(name) is None


def test_commit(repository: Repository) -> None:
    for tree in (
        open_tree(repository.root, commit="HEAD~1"),
        open_tree(repository.root).at(repository.name("HEAD~1")[:12]),
    ):
        assert tree is not None
        assert tree.read("kernel/stop.c") == b"one\n"
        assert tree.describe() == f"commit {repository.name('HEAD~1')[:12]}"
        assert list(tree.paths()) == ["Kconfig", "MAINTAINERS", "kernel/stop.c"]
    tree = open_tree(repository.root, commit="HEAD")
    assert list(tree.paths("b")) == ["b/c.S"]
    assert list(tree.paths("kernel/stop.c")) == ["kernel/stop.c"]
    assert tree.read("link") is None
    assert tree.refusal("link") == "not a regular file"
    assert tree.refusal("kernel") == "not a regular file"
    assert tree.read("kernel/stop.c/x") is None
    assert tree.read("../secret") is None
    assert tree.read("a/" * 2000 + "b") is None
    assert tree.exists("kernel")
    assert not tree.exists("b/d.S")


def test_unknown_commit(repository: Repository) -> None:
    for name in ("nosuch", "--all", "HEAD:kernel", "a\nHEAD", "f" * 40):
        with pytest.raises(InputError, match="no commit"):
            open_tree(repository.root, commit=name)
    assert open_tree(repository.root).at("f" * 40) is None


def test_bare_repository_is_read_at_head(repository: Repository, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", repository.root, bare], check=True)
    tree = open_tree(bare)
    assert isinstance(tree, Commit)
    assert tree.read("kernel/stop.c") == b"two\n"


def test_hook_environment_of_another_repository_does_not_count(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    other.commit("other", {"kernel/stop.c": "other\n"})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nowhere")
    tree = open_tree(repository.root, commit=repository.head)
    assert tree.read("kernel/stop.c") == b"two\n"


def test_no_tree() -> None:
    tree = open_tree(None)
    assert isinstance(tree, NoTree)
    assert (tree.read("a"), tree.blob("a" * 40), list(tree.paths())) == (None, None, [])
    assert tree.describe() == "no tree"


def test_missing_directory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such directory"):
        open_tree(tmp_path / "none")


def test_not_really_a_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    tree = open_tree(tmp_path)
    with pytest.raises(InputError, match="not a git repository"):
        tree.blob("a" * 40)


def test_what_is_a_kernel(repository: Repository, tmp_path: Path) -> None:
    kernels: list[Tree] = [
        open_tree(repository.root),
        open_tree(repository.root, commit="HEAD"),
    ]
    assert all(is_kernel(tree) for tree in kernels)
    assert not is_kernel(open_tree(repository.root / "kernel"))
    assert not is_kernel(NoTree())
    (tmp_path / "k/arch").mkdir(parents=True)
    (tmp_path / "k/include/linux").mkdir(parents=True)
    assert is_kernel(Directory(tmp_path / "k"))
    assert tree_around(tmp_path / "k/include") == tmp_path / "k"
    assert tree_around(repository.root / "kernel") == repository.root


def test_a_directory_starts_no_git(folder: Path) -> None:
    program = (
        "import sys, pathlib; from reviewer.patch.tree import open_tree;"
        f"t = open_tree(pathlib.Path({str(folder / 'kernel')!r})); t.read('stop.c');"
        "t.blob('a' * 40); sys.exit('git' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_path_fault_lets_ordinary_names_pass() -> None:
    assert path_fault("arch/x86/kernel/machine_kexec_64.c") == ""
    assert path_fault("Documentation/a..b/.gitignore") == ""


def test_titles_are_of_the_commits_of_the_history(repository: Repository) -> None:
    name = repository.name("HEAD~1")
    for tree in (open_tree(repository.root), open_tree(repository.root, commit="HEAD")):
        assert tree.title(name[:12]) == "first"
        assert tree.title("1f5e7eb7868e") == ""
        assert tree.title(repository.blob("HEAD:b/c.S")[:12]) == ""
    assert NoTree().title(name) is None
    assert Directory(repository.root).title(name) is None
