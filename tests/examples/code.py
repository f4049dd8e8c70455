"""The examples of rules, executed."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from reviewer.check.run import check_unit
from reviewer.finding import Finding, Skip
from reviewer.patch.types import SourceFile
from reviewer.rule.types import Example, Rule, RuleSet
from reviewer.source.read import read
from reviewer.source.unit import Unit


class Outcome(Struct, frozen=True):
    """What a rule says about one of its examples, and what could not be read of it."""

    findings: tuple[Finding, ...]
    skips: tuple[Skip, ...]


def outcome(example: Example, rule: Rule, rules: RuleSet) -> Outcome:
    """The rule, and no other of the set, on the example's code."""
    alone = RuleSet((rule,), rules.vocabulary, rules.digest)
    unit = _unit(example)
    checked = check_unit(unit, alone)
    return Outcome(checked.findings, (*unit.skips, *checked.skips))


@lru_cache(maxsize=512)
def _unit(example: Example) -> Unit:
    return read(SourceFile(example.path, example.code.encode()))
