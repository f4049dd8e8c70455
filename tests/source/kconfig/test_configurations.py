"""Decisions are remembered for a state of the tree, and for no other."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from msgspec import Struct, field

from reviewer.patch.tree import Directory, NoTree, Tree, open_tree
from reviewer.source.index.store import Store
from reviewer.source.kconfig.configurations import Configurations
from reviewer.source.kconfig.decide import IMPOSSIBLE, UNDECIDED
from reviewer.source.presence import parse

CONDITION = parse("CONFIG_A && CONFIG_B")
TEXT = 'config A\n\tbool "a"\nconfig B\n\tbool "b"\n'
FORBIDS = TEXT + "\tdepends on !A\n"


class Counted(Struct, frozen=True):
    """A directory that notes what is read of it."""

    root: Path
    reads: list[str] = field(default_factory=list)

    def tree(self) -> Tree:
        noted = self.reads

        class Noting(Directory, frozen=True):
            def read(self, path: str) -> bytes | None:
                noted.append(path)
                return super().read(path)

        return Noting(self.root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "Kconfig").write_text('source "more"\n')
    (tree / "more").write_text(TEXT)
    return tree


def test_a_decision_is_stored_and_the_files_are_not_read_again(
    folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "store.sqlite"
    first = Configurations(Directory(folder), Store(path)).decide("x86", CONDITION)
    assert first.fragment == ("CONFIG_A=y", "CONFIG_B=y")
    counted = Counted(folder)
    known = Configurations(counted.tree(), Store(path))
    assert known.decide("x86", CONDITION) == first
    assert counted.reads == []
    assert known.decide("x86", parse("CONFIG_A")).fragment == ("CONFIG_A=y",)
    assert counted.reads == []
    (folder / "more").write_text(TEXT + TEXT)
    again = Configurations(counted.tree(), Store(path))
    assert again.decide("x86", parse("CONFIG_A")).fragment == ("CONFIG_A=y",)
    assert counted.reads == ["Kconfig", "more"]


def test_a_file_that_changed_is_read_again(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Configurations(Directory(folder), Store(path)).decide("x86", CONDITION)
    (folder / "more").write_text(FORBIDS)
    found = Configurations(Directory(folder), Store(path)).decide("x86", CONDITION)
    assert found == IMPOSSIBLE
    os.utime(folder / "more", ns=(1, 1))
    again = Configurations(Directory(folder), Store(path)).decide("x86", CONDITION)
    assert again == IMPOSSIBLE


def test_files_of_a_series_come_before_those_of_the_tree(folder: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    overlay = {"more": FORBIDS.encode()}
    assert Configurations(Directory(folder), store, overlay).decide("x86", CONDITION) == IMPOSSIBLE
    assert Configurations(Directory(folder), store).decide("x86", CONDITION).possible


def test_a_commit_is_named_by_its_id(folder: Path, tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder)]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], check=True)
    tree = open_tree(folder, commit="HEAD")
    (folder / "more").write_text(FORBIDS)
    store = Store(tmp_path / "store.sqlite")
    assert Configurations(tree, store).decide("x86", CONDITION).possible
    assert Configurations(Directory(folder), store).decide("x86", CONDITION) == IMPOSSIBLE


def test_without_a_kconfig_nothing_is_decided(tmp_path: Path) -> None:
    for tree in (NoTree(), Directory(tmp_path)):
        assert Configurations(tree, Store()).decide("x86", CONDITION) == UNDECIDED


def test_a_store_that_cannot_be_used_costs_time_only(folder: Path, tmp_path: Path) -> None:
    broken = tmp_path / "file"
    broken.write_text("")
    found = Configurations(Directory(folder), Store(broken / "store")).decide("x86", CONDITION)
    assert found.fragment == ("CONFIG_A=y", "CONFIG_B=y")


def test_rubbish_in_the_store_is_no_decision(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Configurations(Directory(folder), Store(path)).decide("x86", CONDITION)
    store = Store(path)
    assert store.note(b"unknown") is None
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE facts SET value = x'7b'")
    connection.close()
    found = Configurations(Directory(folder), Store(path)).decide("x86", CONDITION)
    assert found.possible
