"""Flags that a series declares: those that other files of the tree declare too."""

from __future__ import annotations

import pytest

from reviewer.check.flags.run import check_endings
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules

RULES = load_rules()
(RULE,) = (rule for rule in RULES.endings if rule.body.check == "declared-otherwise")
HEADER, FILE = "include/asm/dirty.h", "kernel/dirty.c"


def found(before: str, after: str, header: str) -> list[tuple[str, str]]:
    """What is said of a change of the file whose header stays as it is, and where."""
    old, new = ({FILE: SourceFile(FILE, text.encode())} for text in (before, after))
    around = SourceFile(HEADER, header.encode())
    hits = check_endings(
        old,
        new,
        (RULE,),
        RULES.vocabulary,
        lambda name: (around,) if name in header else (),
        lambda path: path in (HEADER, FILE),
    )
    return [(each.location.path, each.message) for each in hits]


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ("DEFINE_PER_CPU(int, dirty);", "declared `int` here and `bool` at include/asm/dirty.h:1"),
        ("DEFINE_PER_CPU_ALIGNED(bool, dirty);", "declared `_ALIGNED` here and plain at"),
    ],
)
def test_a_header_that_stays_as_it_is_says_otherwise(definition: str, said: str) -> None:
    ((path, message),) = found(
        "DEFINE_PER_CPU(bool, dirty);\n", f"{definition}\n", "DECLARE_PER_CPU(bool, dirty);\n"
    )
    assert path == FILE
    assert said in message


def test_a_header_that_agrees_says_nothing() -> None:
    header = "DECLARE_PER_CPU(int, dirty);\n"
    assert found("DEFINE_PER_CPU(bool, dirty);\n", "DEFINE_PER_CPU(int, dirty);\n", header) == []


def test_what_the_series_leaves_as_it_was_says_nothing() -> None:
    before = "DEFINE_PER_CPU(bool, dirty);\n"
    assert found(before, f"{before}int other;\n", "DECLARE_PER_CPU(int, dirty);\n") == []


def test_a_private_flag_of_another_file_is_another_flag() -> None:
    header = "static DEFINE_PER_CPU(bool, dirty);\n"
    assert found("DEFINE_PER_CPU(bool, dirty);\n", "DEFINE_PER_CPU(int, dirty);\n", header) == []
