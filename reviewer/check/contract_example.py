"""The examples of rules on contracts, executed."""

from __future__ import annotations

from reviewer.check.contract import check_contracts
from reviewer.finding import Finding, Severity
from reviewer.patch.types import SourceFile
from reviewer.rule.contract_types import ContractExample, ContractRule
from reviewer.rule.types import ExampleKind, Vocabulary


def outcome(
    example: ContractExample, rule: ContractRule, vocabulary: Vocabulary
) -> tuple[Finding, ...]:
    """What the rule says of the example's files."""
    files = [SourceFile(path, text.encode()) for path, text in example.files]
    return check_contracts(files, (rule,), vocabulary)


def complaint(example: ContractExample, found: tuple[Finding, ...]) -> str:
    """What is wrong with the outcome, `""` when it is the expected one."""
    reported = {
        (finding.location.path, finding.location.line)
        for finding in found
        if finding.severity is not Severity.INFO
    }
    expected = set() if example.kind is ExampleKind.MISS else set(example.guilty)
    if reported == expected:
        return ""
    return f"reported {sorted(reported)}, expected {sorted(expected)}"
