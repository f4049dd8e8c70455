"""Where in a tree a function is defined."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.patch.tree import Directory
from reviewer.source.index.index import Index
from reviewer.source.index.places import Places
from reviewer.source.index.store import Store

DEFINED = "int one(int a)\n{\n\treturn a;\n}\n"


def places(folder: Path, *paths: str, text: str = DEFINED, store: Store | None = None) -> Places:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Places(Index(Directory(folder), store or Store()))


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (("kernel/a.c",), ("kernel/a.c",)),
        (("kernel/a.c", "arch/x86/lib/b.c"), ("arch/x86/lib/b.c",)),
        (("arch/x86/kernel/c.c", "arch/x86/lib/b.c"), ("arch/x86/kernel/c.c",)),
        (("kernel/a.c", "lib/sub/d.c"), ("kernel/a.c",)),
        (("arch/arm/a.c",), ()),
        (("drivers/e.c",), ()),
        (("arch/x86/kernel/x.c",), ()),
    ],
)
def test_the_nearest_definition_counts(
    there: tuple[str, ...], found: tuple[str, ...], tmp_path: Path
) -> None:
    assert places(tmp_path, *there).defining("one", "arch/x86/kernel/x.c") == found


@pytest.mark.parametrize("text", ["int one(int a);\n", "static " + DEFINED, "int two = one(1);\n"])
def test_what_is_no_definition_for_others(text: str, tmp_path: Path) -> None:
    assert places(tmp_path, "kernel/a.c", text=text).defining("one", "kernel/x.c") == ()


def test_a_changed_file_counts_as_it_is_then(tmp_path: Path) -> None:
    index = places(tmp_path, "kernel/a.c").index
    moved = index.with_files({"kernel/a.c": b"", "kernel/new.c": DEFINED.encode()})
    assert Places(moved).defining("one", "kernel/x.c") == ("kernel/new.c",)
    assert Places(index).defining("one", "kernel/x.c") == ("kernel/a.c",)


def test_what_a_tree_holds_is_remembered_until_it_changes(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    tree = tmp_path / "tree"
    assert places(tree, "kernel/a.c", store=store).defining("one", "kernel/x.c")
    (tree / "kernel/a.c").write_text("")
    assert not places(tree, store=store).defining("one", "kernel/x.c")
    assert places(tree, "kernel/b.c", store=store).defining("one", "kernel/x.c")
