"""The examples of rules on contracts, executed."""

from __future__ import annotations

from reviewer.check.contract import check_contracts
from reviewer.finding import Finding
from reviewer.patch.types import SourceFile
from reviewer.rule.contract_types import ContractExample, ContractRule
from reviewer.rule.types import Vocabulary


def outcome(
    example: ContractExample, rule: ContractRule, vocabulary: Vocabulary
) -> tuple[Finding, ...]:
    """What the rule says of the example's files."""
    files = [SourceFile(path, text.encode()) for path, text in example.files]
    return check_contracts(files, (rule,), vocabulary)
