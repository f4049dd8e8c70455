"""The contract of kernel entry code, as trees have it and with one thing wrong at a time."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from reviewer.check.contract import check_contracts
from reviewer.finding import Finding, Severity
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from tests.check.contract_mutants import Files, mutants

pytestmark = pytest.mark.real

RULES = load_rules()
TREES = ("REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7")
SEED = 20251122


def files_of(variable: str) -> Files:
    root = os.environ.get(variable)
    if not root:
        pytest.skip(f"{variable} is not set")
    paths = sorted({path for rule in RULES.contracts for path in rule.body.files})
    return {path: (Path(root) / path).read_text() for path in paths if (Path(root) / path).exists()}


def findings(files: Files) -> tuple[Finding, ...]:
    sources = [SourceFile(path, text.encode()) for path, text in files.items()]
    return check_contracts(sources, RULES.contracts, RULES.vocabulary)


def names(found: tuple[Finding, ...]) -> Counter[tuple[str, str, str, str]]:
    return Counter((each.rule, each.function, each.subject, each.text) for each in found)


@pytest.mark.parametrize("variable", TREES)
def test_the_original_has_no_error(variable: str) -> None:
    found = findings(files_of(variable))
    assert [each.message for each in found if each.severity is Severity.ERROR] == []


def test_mutants_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    caught, total = 0, 0
    lines: list[str] = []
    for variable in TREES:
        files = files_of(variable)
        usual = names(findings(files))
        for mutant in mutants(files, SEED):
            new = names(findings(mutant.files)) - usual
            rules = sorted({rule for rule, _, _, _ in new})
            caught, total = caught + bool(new), total + 1
            verdict = ", ".join(rules) or "MISSED"
            lines.append(f"{variable[16:]:5} {mutant.kind}: {mutant.where}: {verdict}")
    with capsys.disabled():
        print("", *lines, f"{caught} of {total} found", sep="\n")
    assert total >= 40
    assert caught / total > 0.95
