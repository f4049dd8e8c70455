"""The examples of rules, executed."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from reviewer.check.run import check_unit
from reviewer.finding import Finding, Severity, Skip
from reviewer.patch.types import SourceFile
from reviewer.rule.types import Example, ExampleKind, Rule, RuleSet
from reviewer.source.read import read
from reviewer.source.unit import Unit


class Outcome(Struct, frozen=True):
    """What a rule says about one of its examples, and what could not be read of it."""

    findings: tuple[Finding, ...]
    skips: tuple[Skip, ...]

    @property
    def reported(self) -> tuple[int, ...]:
        """Lines with a finding that is more than a remark."""
        return tuple(
            sorted(
                {
                    finding.location.line
                    for finding in self.findings
                    if finding.severity is not Severity.INFO
                }
            )
        )


def outcome(example: Example, rule: Rule, rules: RuleSet) -> Outcome:
    """The rule, and no other of the set, on the example's code."""
    alone = RuleSet((rule,), rules.vocabulary, rules.digest)
    unit = _unit(example)
    checked = check_unit(unit, alone)
    return Outcome(checked.findings, (*unit.skips, *checked.skips))


@lru_cache(maxsize=512)
def _unit(example: Example) -> Unit:
    return read(SourceFile(example.path, example.code.encode()))


def complaint(example: Example, found: Outcome) -> str:
    """What is wrong with the outcome, `""` when it is the expected one."""
    if found.skips:
        return f"line {found.skips[0].line}: {found.skips[0].reason}"
    if example.kind is ExampleKind.MISS:
        caught = sorted(set(found.reported) & set(example.guilty))
        return f"no longer missed: lines {caught}; make it a [[bad]]" if caught else ""
    if found.reported == example.guilty:
        return ""
    return f"reported lines {list(found.reported)}, expected {list(example.guilty)}"
