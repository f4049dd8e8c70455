from __future__ import annotations

import pytest

from reviewer.check.words.purity import only_moves, only_renames
from tests.check.words.mails import hits, mail

RENAMED = "-int mini_old;\n+int mini_new;\n \n-\tgo(mini_old, 1);\n+\tgo(mini_new, {});\n"
MOVED = "-\tif (a > 1 && b)\n-\t\tgo(a);\n \n+\t\tif (a > {} && b)\n+\t\t\tgo(a);\n"


@pytest.mark.parametrize(
    ("claim", "number", "found"),
    [
        ("This only renames the flag.", 2, 1),
        ("This only renames the flag.", 1, 0),
        ("This is a pure rename.", 2, 1),
        ("This does not only rename the flag.", 2, 0),
        ("Rename the flag.", 2, 0),
    ],
)
def test_only_renames(claim: str, number: int, found: int) -> None:
    said = hits(only_renames, mail(claim, RENAMED.format(number)))
    assert len(said) == found
    assert all("`go(mini_new, 2);` (kernel/mini.c:12)" in hit.detail for hit in said)


@pytest.mark.parametrize(
    ("claim", "number", "found"),
    [
        ("Pure code movement.", 2, 1),
        ("Pure code movement.", 1, 0),
        ("It just moves code.", 2, 1),
        ("It moves code.", 2, 0),
    ],
)
def test_only_moves(claim: str, number: int, found: int) -> None:
    said = hits(only_moves, mail(claim, MOVED.format(number)))
    assert len(said) == found
    assert all(hit.detail.startswith("`if (a > 1 && b)` became ") for hit in said)


def test_a_subject_with_a_claim_that_nothing_changes() -> None:
    text = mail("No functional change.", MOVED.format(2))
    assert hits(only_moves, text) == []
    assert len(hits(only_moves, text.replace("start later", "move the start"))) == 1
