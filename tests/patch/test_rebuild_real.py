"""Real patches over a real tree: a fate for every hunk, and what went in comes out again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.patch.apply import apply, reverse
from reviewer.patch.diff import parse
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import is_kernel, open_tree
from reviewer.patch.types import Context, HunkFate, Patch, Series

pytestmark = pytest.mark.real

SURE = {HunkFate.EXACT, HunkFate.OFFSET}


def place(variable: str) -> Path:
    if variable not in os.environ:
        pytest.skip(f"{variable} is not set")
    return Path(os.environ[variable])


def test_real_patches_over_a_real_tree() -> None:
    tree = open_tree(place("REVIEWER_KERNEL_6_12"))
    assert is_kernel(tree)
    sure = 0
    for path in sorted(place("REVIEWER_PATCHES").iterdir()):
        lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
        diffs = parse(lines, source=path.name).files
        series = Series("t", 1, 1, (Patch(1, "s", "a", "", diffs),))
        for review in rebuild(series, tree).patches[0]:
            assert len(review.hunks) == len(review.diff.hunks), path.name
            whole = review.before and review.after and review.context is Context.FULL
            if whole and {hunk.fate for hunk in review.hunks} <= SURE:
                assert review.before is not None
                assert review.after is not None
                sure += 1
                back = apply(reverse(review.diff), review.after.text)
                assert back.text == review.before.text, (path.name, review.diff.path)
    assert sure > 300
