from __future__ import annotations

import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.finding import Severity
from reviewer.rule.load import load_rules
from reviewer.rule.packed import packed, unpacked
from reviewer.rule.types import RuleSet
from reviewer.rule.words import load_words


def test_the_shipped_rules_come_back_as_they_were() -> None:
    rules = load_rules()
    assert unpacked(packed(rules)) == rules


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\0",
        packed(load_rules())[:-20],
        pickle.dumps(Severity.ERROR),
        pickle.dumps("rules"),
        pickle.dumps(os.getcwd),
        b"creviewer.rule.load\nload_rules\n(tR.",
        b"creviewer.rule.pattern\nparse_c\n(S'_'\ntR.",
        b"creviewer.rule.types\nEventType.__class__\n.",
    ],
)
def test_other_bytes_are_none(value: bytes) -> None:
    assert unpacked(value) is None


def test_nothing_is_called_that_is_no_type_of_rules(capfd: pytest.CaptureFixture[str]) -> None:
    assert unpacked(b"cos\nsystem\n(S'echo called'\ntR.") is None
    assert capfd.readouterr().out == ""


@given(st.integers(0, 4000), st.integers(0, 255))
def test_a_changed_byte_gives_a_rule_set_or_none(place: int, byte: int) -> None:
    value = bytearray(packed(load_words()))
    value[place] = byte
    assert isinstance(unpacked(bytes(value)), RuleSet | None)
