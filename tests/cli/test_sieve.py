from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.cli.sieve import worth_reading
from reviewer.patch import tree
from reviewer.review.relevance import RuleBook, open_book
from reviewer.rule.load import load_rules
from tests.cli.mini import BAD, run

PATH = "arch/x86/kernel/a.c"


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return open_book(load_rules())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / PATH).parent.mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize(("text", "expected"), [(BAD, True), ("int a;\n", False), ("", False)])
def test_only_files_with_words_of_a_rule(
    root: Path, book: RuleBook, text: str, expected: bool
) -> None:
    (root / PATH).write_text(text)
    assert worth_reading(root, PATH, book) is expected


def test_what_the_tree_refuses_is_left_to_it(root: Path, book: RuleBook) -> None:
    name = "arch/x86/kernel/\x01.c"
    (root / name).write_text("int a;\n")
    assert worth_reading(root, name, book)
    assert worth_reading(root, "arch/x86/kernel/none.c", book)
    with (root / PATH).open("wb") as file:
        file.truncate(tree.MAX_FILE + 1)
    assert worth_reading(root, PATH, book)
    assert "larger than 32 MB" in run("scan", root / PATH).out
