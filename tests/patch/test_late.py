from __future__ import annotations

import re

import pytest

from reviewer.patch.late import late


def test_it_finds_what_a_compiled_expression_finds() -> None:
    pattern = late(r"(\d+) (hunk)s?", re.IGNORECASE)
    for _ in range(2):
        match = pattern.fullmatch("12 HUNKS")
        assert match
        assert match.groups() == ("12", "HUNK")
    assert pattern.search("no number") is None
    assert pattern.groups == 2


def test_it_is_compiled_when_it_is_used() -> None:
    broken = late("(")
    with pytest.raises(re.error):
        broken.search("text")
