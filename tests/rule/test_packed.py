from __future__ import annotations

from reviewer.packing import packed as any_packed
from reviewer.rule.load import load_rules
from reviewer.rule.packed import packed, unpacked


def test_the_shipped_rules_come_back_as_they_were() -> None:
    rules = load_rules()
    assert unpacked(packed(rules)) == rules


def test_what_is_no_rule_set_is_none() -> None:
    assert unpacked(b"") is None
    assert unpacked(any_packed(load_rules().vocabulary)) is None
