from __future__ import annotations

from pathlib import Path

from reviewer.check.words.names import Nobody, TreeNames, around
from reviewer.patch.tree import Directory


def test_nobody_can_say() -> None:
    assert Nobody().known(frozenset({"mini"}), ["kernel/mini.c"]) is None


def test_folders_are_nearest_first_and_named_once() -> None:
    assert around(["net/core/dev.c", "kernel/fork.c"]) == (
        "net/core", "kernel", "include/kernel", "net", "include/net", "include/core",
        "mm", "lib", "init", "include/linux", "include/asm-generic",
    )  # fmt: skip


def test_a_tree_knows_whole_words_of_source_around_the_patch(tmp_path: Path) -> None:
    files = {
        "arch/x86/kernel/a.c": "void near_one(void);",
        "include/linux/b.h": "void core_one(void);\nint longer_name;",
        "drivers/net/c.c": "void far_one(void);",
        "arch/x86/kernel/notes.txt": "text_one",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    names = TreeNames(Directory(tmp_path))
    asked = frozenset({"near_one", "core_one", "far_one", "text_one", "longer"})
    for _ in range(2):
        assert names.known(asked, ["arch/x86/kernel/a.c"]) == frozenset({"near_one", "core_one"})
    assert names.known(frozenset({"far_one"}), ["drivers/net/d.c"]) == frozenset({"far_one"})


def test_a_name_is_looked_for_once(tmp_path: Path) -> None:
    (tmp_path / "kernel").mkdir()
    source = tmp_path / "kernel/a.c"
    source.write_text("word")
    names = TreeNames(Directory(tmp_path))
    assert names.known(frozenset({"word"}), ["kernel/a.c"]) == frozenset({"word"})
    source.write_text("other")
    assert names.known(frozenset({"word"}), ["kernel/a.c"]) == frozenset({"word"})


def test_too_much_to_read_is_no_answer(tmp_path: Path) -> None:
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/a.c").write_text("word " * 100)
    asked = frozenset({"word", "other"})
    assert TreeNames(Directory(tmp_path), limit=499).known(asked, []) is None
    assert TreeNames(Directory(tmp_path), limit=500).known(asked, []) == frozenset({"word"})
