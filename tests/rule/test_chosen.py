from __future__ import annotations

import pytest

from reviewer.errors import InputError
from reviewer.rule.chosen import chosen
from reviewer.rule.load import load_rules


def test_rules_of_every_kind_can_be_chosen() -> None:
    rules = load_rules()
    for kind in ("rules", "words", "contracts", "endings"):
        first = getattr(rules, kind)[0]
        some = chosen(rules, [first.id])
        assert getattr(some, kind) == (first,)
        others = {"rules", "words", "contracts", "endings", "promises"} - {kind}
        assert not any(getattr(some, other) for other in others)
        assert some.vocabulary == rules.vocabulary


def test_an_unknown_rule_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InputError, match=r"no rule 'no-call-after-gs'.*no-call-after-gs-reset\?"):
        chosen(load_rules(), ["no-call-after-gs"])
    with pytest.raises(InputError, match="`reviewer rules` lists them"):
        chosen(load_rules(), ["zzz"])


def test_what_is_no_rule_can_be_named_as_well() -> None:
    assert not chosen(load_rules(), ["one"], ["one"]).rules
