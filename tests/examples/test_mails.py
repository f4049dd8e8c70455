"""Every rule on words against its own mails."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reviewer.check.words.run import CHECKS
from reviewer.rule.load import load_rules
from reviewer.rule.words_types import MailExample, WordsRule
from tests.examples.judging import complaint
from tests.examples.mails import reported

LOADED = load_rules()
RULES = LOADED.words


@pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(rule, example, id=f"{rule.id}: {example.kind}: {example.title}")
        for rule in RULES
        for example in rule.examples
    ],
)
def test_a_mail_is_what_it_says(rule: WordsRule, example: MailExample) -> None:
    lines = reported(example, rule, LOADED.vocabulary)
    assert complaint(example.kind, example.guilty, lines) == ""


def test_every_check_has_a_rule_and_every_rule_a_check() -> None:
    assert {rule.body.check for rule in RULES} == set(CHECKS)


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_no_rule_speaks_of_the_good_mails_of_another(rule: WordsRule) -> None:
    silent = [one for other in RULES for one in other.examples if one.kind == "good"]
    allowed = {example for example in silent if reported(example, rule, LOADED.vocabulary)}
    assert not allowed & set(rule.examples)
    assert replace(rule).body.right <= rule.body.alarms
