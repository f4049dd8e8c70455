from __future__ import annotations

import pytest

from reviewer.source.literals import constant_truth, number
from reviewer.source.types import Expr, Kind


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("0", 0),
        ("0x1fUL", 31),
        ("010", 8),
        ("08", None),
        ("0b11", 3),
        ("12UL", 12),
        ("5u", 5),
        ("1.5", None),
        ("'a'", 97),
        ("'\\n'", 10),
        ("'\\0'", 0),
        ("", None),
    ],
)
def test_number(literal: str, value: int | None) -> None:
    assert number(literal) == value


@pytest.mark.parametrize(
    ("kind", "name", "truth"),
    [
        (Kind.NUMBER, "0", False),
        (Kind.NUMBER, "7", True),
        (Kind.NUMBER, "1.5", None),
        (Kind.NUMBER, "true", True),
        (Kind.IDENTIFIER, "NULL", False),
        (Kind.IDENTIFIER, "a", None),
        (Kind.STRING, "true", None),
    ],
)
def test_constant_truth(kind: Kind, name: str, truth: bool | None) -> None:
    assert constant_truth(Expr(kind, name)) is truth
