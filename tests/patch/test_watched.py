from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.patch.tree import Directory, NoTree, Tree, open_tree
from reviewer.patch.watched import Log, place, stands, watched
from tests.hook.kernel import Kernel

#: The blob of a file with `text` in it.
BLOB = "f3a34851d44d6b97c90fbb99dd3d18c261b9a237"
#: Each question, and what makes the answer another one.
QUESTIONS: dict[str, tuple[Callable[[Directory], object], Callable[[Path], object]]] = {
    "read": (lambda tree: tree.read("a/f.c"), lambda root: (root / "a/f.c").write_text("yy")),
    "read what is absent": (
        lambda tree: tree.read("a/g.c"),
        lambda root: (root / "a/g.c").write_text(""),
    ),
    "listed": (lambda tree: tree.listed("a/f.c"), lambda root: (root / "a/f.c").unlink()),
    "exists": (lambda tree: tree.exists("b"), lambda root: (root / "b").mkdir()),
    "names": (lambda tree: tree.names("a"), lambda root: (root / "a/g.c").write_text("")),
    "paths": (
        lambda tree: list(tree.paths()),
        lambda root: (root / "a/deep/g.c").write_text(""),
    ),
    "refusal": (lambda tree: tree.refusal("a/f.c"), lambda root: into_nowhere(root / "a/f.c")),
    "stamps of none": (
        lambda tree: (tree.stamps([]), tree.exists("b")),
        lambda root: (root / "b").mkdir(),
    ),
    "stamps": (
        lambda tree: tree.stamps(["a/f.c", "a/g.c"]),
        lambda root: os.utime(root / "a/f.c", ns=(0, 0)),
    ),
}


def into_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("/nowhere")


def make(root: Path) -> Directory:
    (root / "a/deep").mkdir(parents=True)
    (root / "a/f.c").write_text("x")
    return Directory(root)


def asked(tree: Directory, *questions: Callable[[Directory], object]) -> Log:
    log = Log()
    seen = watched(tree, log)
    assert isinstance(seen, Directory)
    for question in questions:
        assert question(seen) == question(tree)
    return log


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("settled", [False, True])
def test_an_answer_that_is_another_one_now_does_not_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, settled: bool
) -> None:
    if settled:
        monkeypatch.setattr("reviewer.patch.watched.UNSETTLED_NS", -(10**18))
    question, change = QUESTIONS[name]
    tree = make(tmp_path)
    log = asked(tree, question)
    assert {method for method, _ in log.answers} >= {name.split(maxsplit=1)[0]}
    assert stands(tree, log.answers.values())
    change(tmp_path)
    assert not stands(tree, log.answers.values())


def test_a_file_that_is_written_anew_alike_stands(tmp_path: Path) -> None:
    tree = make(tmp_path)
    log = asked(tree, lambda each: each.read("a/f.c"))
    (tmp_path / "a/f.c").unlink()
    (tmp_path / "a/f.c").write_text("x")
    assert stands(tree, log.answers.values())


def test_the_state_of_a_file_just_written_is_not_trusted(tmp_path: Path) -> None:
    tree = make(tmp_path)
    log = asked(tree, lambda each: each.read("a/f.c"))
    assert [each.state for each in log.answers.values()] == [()]


def test_a_folder_that_leads_out_of_the_tree_does_not_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reviewer.patch.watched.UNSETTLED_NS", -(10**18))
    tree = make(tmp_path / "tree")
    log = asked(tree, lambda each: each.read("a/f.c"))
    assert all(each.state for each in log.answers.values())
    (tmp_path / "tree/a").rename(tmp_path / "a")
    (tmp_path / "tree/a").symlink_to("../a")
    assert tree.read("a/f.c") is None
    assert not stands(tree, log.answers.values())


def test_what_a_repository_did_not_have_may_come(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path / "work")
    kernel.commit("mini: one", {"f.c": "x"})
    blob = "5b8d0b5b3c4e7c5f6a4f0ad1d6d0c1a0e7a2b9c4"
    log = Log()
    seen = watched(open_tree(kernel.root), log)
    assert seen.blob(blob) is None
    assert seen.at(blob) is None
    assert seen.title(blob) == ""
    assert stands(open_tree(kernel.root), log.answers.values())
    found = seen.at(kernel.git("rev-parse", "HEAD").strip())
    assert found is not None
    assert found.read("f.c") == b"x"
    assert [method for method, _ in log.answers] == ["blob", "commit", "title", "commit"]
    log = Log()
    assert watched(open_tree(kernel.root), log).blob(BLOB[:12]) is None
    (tmp_path / "text").write_text("text")
    kernel.git("hash-object", "-w", str(tmp_path / "text"))
    assert not stands(open_tree(kernel.root), log.answers.values())


def test_places_are_told_apart(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path / "work")
    kernel.commit("mini: one", {"f.c": "x"})
    (tmp_path / "plain").mkdir()
    trees: list[Tree] = [
        NoTree(),
        Directory(tmp_path / "plain"),
        open_tree(tmp_path / "work"),
        open_tree(tmp_path / "work", commit="HEAD"),
    ]
    assert len({place(tree) for tree in trees}) == len(trees)


def test_a_log_takes_what_another_was_answered_and_is_whole_where_they_agree() -> None:
    one, other = Log(), Log()
    one.note("read", "a.c", b"text")
    other.note("read", "a.c", b"text")
    other.note("exists", "b.c", answer=True)
    one.take(other.answers.values())
    assert one.whole
    assert one.answers.keys() == other.answers.keys()
    third = Log()
    third.note("exists", "b.c", answer=False)
    one.take(third.answers.values())
    assert not one.whole
