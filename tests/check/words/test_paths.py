from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.words.paths import unknown_file
from tests.check.words.mails import hits, kernel, mail


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("kernel/minis.c", ["kernel/mini.c"]),
        ("lib/mini.c", ["kernel/mini.c"]),
        ("kernel/mini.c", []),
        ("linux/mini.h", []),
        ("kernel/other/thing.c", []),
        ("a/kernel/minis.c", []),
        ("https://example.org/kernel/minis.c", []),
        ("kernel/*/minis.c", []),
        ("<kernel/minis.h>", []),
    ],
)
def test_paths(tmp_path: Path, said: str, meant: list[str]) -> None:
    tree = kernel(tmp_path, kernel__mini_c="int a;", include__linux__mini_h="int a;")
    assert [hit.detail for hit in hits(unknown_file, mail(f"See {said} too."), tree=tree)] == meant


def test_without_a_tree_nobody_knows() -> None:
    assert hits(unknown_file, mail("See kernel/minis.c too.")) == []


def test_what_moved_is_gone(tmp_path: Path) -> None:
    tree = kernel(tmp_path, kernel__mini_c="int a;")
    assert hits(unknown_file, mail("It was moved out of kernel/minis.c."), tree=tree) == []
