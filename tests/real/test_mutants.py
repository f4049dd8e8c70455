"""Mutants of the 7 tree that the rules were not made on, each as a patch that somebody sends."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import pytest

from tests.cli.mini import run
from tests.real.held_out import drawn, written
from tests.real.mutant import Mutant, batch
from tests.real.unseen import unseen

pytestmark = pytest.mark.real
#: Mutants of `held_out` and `unseen` that nothing reports as an error, and why.
ESCAPED = {
    "migration for preemption": "what turns migration off counts as what turns preemption off",
    "the setter called with preemption on": "the caller may have turned it off: nothing is known",
    "page queried by a cast": "a cast of a call to a type's name is taken for a call of the type",
    "a pasted name": "said to be not analysed: the macro pastes names together",
    "flags overwritten": "that a later store takes the bit back is not followed",
    "AMD: another leaf bit": "which bit of the leaf is tested is not compared",
    "ACPI idle: no flush": "a function that may return, outside of the folders looked at",
}
#: How many are drawn where there is no time for all; the same ones every time.
SAMPLE = 24
#: Parts that the rest is tested in, so that several processes share it.
SHARDS = 16


@cache
def tree() -> Path:
    folder = os.environ.get("REVIEWER_KERNEL_7")
    if not folder:
        pytest.skip("REVIEWER_KERNEL_7 names no kernel tree")
    return Path(folder)


def without_tree() -> tuple[Mutant, ...]:
    """Those that are written out, whatever the tree."""
    return (*written(), *unseen(), *batch("a"), *batch("b"))


def sample() -> list[Mutant]:
    return Random(5).sample(without_tree(), SAMPLE)


def rest() -> Iterator[Mutant]:
    """All that the sample leaves out, and those that are drawn from the tree."""
    drawn_already = set(sample())
    yield from (each for each in without_tree() if each not in drawn_already)
    yield from drawn(tree(), Random(20), 10)


def errors(mutant: Mutant, folder: Path) -> set[str]:
    """The rules of which a review of the mutant reports an error that the patch brings."""
    patch = folder / "mutant.patch"
    patch.write_text(mutant.patch(tree()))
    result = run("check", patch, "--tree", tree(), "--format", "json")
    assert result.code in (0, 1), result.err
    return {
        each["rule"]
        for each in json.loads(result.out)["findings"]
        if each["status"] == "introduced" and each["severity"] == "error"
    }


def complaint(mutant: Mutant, rules: set[str]) -> str:
    """What is not as it is written down, nothing if all is."""
    known = ESCAPED.get(mutant.title) or mutant.escapes
    found = bool(rules.intersection(mutant.found)) if mutant.found or mutant.breaks else bool(rules)
    if found == bool(known):
        return f"{mutant.title}: {'found' if found else 'escapes'} ({', '.join(sorted(rules))})"
    return ""


@pytest.mark.parametrize("mutant", [pytest.param(each, id=each.title) for each in sample()])
def test_a_mutant_is_found(mutant: Mutant, tmp_path: Path) -> None:
    assert complaint(mutant, errors(mutant, tmp_path)) == ""


@pytest.mark.long
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_other_mutants_are_found(shard: int, tmp_path: Path) -> None:
    part = list(rest())[shard::SHARDS]
    assert [said for each in part if (said := complaint(each, errors(each, tmp_path)))] == []
