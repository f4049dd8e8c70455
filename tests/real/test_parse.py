"""The share of a real tree's functions that parse without an error inside."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from reviewer.source.c import functions, parse
from reviewer.source.c_clean import prepare

pytestmark = pytest.mark.real

TREES = ("REVIEWER_KERNEL_6_1", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7")
GOAL = 0.995


def tree(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} names no kernel tree")
    return Path(path)


def share(paths: Iterable[Path]) -> float:
    """Functions that parse, of all bodies that look like a function's or are parsed as one."""
    good = total = 0
    for path in paths:
        prepared = prepare(path.read_bytes())
        found = list(functions(parse(prepared.cleaned.text)))
        bodies = sum(block.function for block in prepared.layout.blocks)
        total += max(len(found), bodies)
        good += sum(not node.has_error for node in found)
    return good / total


@pytest.mark.parametrize("variable", TREES)
def test_functions_of_x86_parse(variable: str) -> None:
    assert share(sorted((tree(variable) / "arch/x86").rglob("*.[ch]"))) > GOAL


def test_functions_of_random_files_parse() -> None:
    paths = sorted(path for path in tree("REVIEWER_KERNEL_6_12").rglob("*.[ch]") if path.is_file())
    assert share(random.Random(612).sample(paths, 5000)) > GOAL
