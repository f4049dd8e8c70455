"""Real assembly with one thing wrong at a time: window rules, and what C declares of functions."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from reviewer.check.contract import check_contracts
from reviewer.check.run import check_unit
from reviewer.finding import Finding
from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.review.declared import files_beside
from reviewer.rule.load import load_rules
from reviewer.rule.types import RuleKind, RuleSet
from reviewer.source.read import read
from tests.check.assembly_mutants import in_window, of_pairs
from tests.check.contract_mutants import Files, Mutant

pytestmark = pytest.mark.real

RULES = load_rules()
WINDOWS = RuleSet(
    tuple(rule for rule in RULES.rules if rule.kind is RuleKind.WINDOW),
    RULES.vocabulary,
    RULES.digest,
)
PAIRS = tuple(rule for rule in RULES.contracts if rule.body.about_every)
TREES = ("REVIEWER_KERNEL_6_1", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7")
SEED = 20251122
WINDOWED = (
    "arch/x86/kernel/head_64.S",
    "arch/x86/kernel/acpi/wakeup_64.S",
    "arch/x86/entry/entry_64.S",
    "arch/x86/kernel/relocate_kernel_64.S",
    "arch/x86/mm/mem_encrypt_boot.S",
)
PAIRED = (
    "arch/x86/crypto/blowfish-x86_64-asm_64.S",
    "arch/x86/crypto/twofish-x86_64-asm_64.S",
    "arch/x86/crypto/des3_ede-asm_64.S",
    "arch/x86/lib/csum-copy_64.S",
    "arch/x86/lib/msr-reg.S",
    "arch/x86/platform/efi/efi_stub_64.S",
)


def tree(variable: str) -> Path:
    root = os.environ.get(variable)
    if not root:
        pytest.skip(f"{variable} is not set")
    return Path(root)


def texts(root: Path, paths: Iterable[str]) -> Files:
    return {path: (root / path).read_text() for path in paths if (root / path).exists()}


def windows(files: Files) -> tuple[Finding, ...]:
    return tuple(
        finding
        for path, text in files.items()
        for finding in check_unit(read(SourceFile(path, text.encode())), WINDOWS).findings
    )


def pairs(files: Files) -> tuple[Finding, ...]:
    sources = [SourceFile(path, text.encode()) for path, text in files.items()]
    return check_contracts(sources, PAIRS, RULES.vocabulary)


def names(found: tuple[Finding, ...]) -> Counter[tuple[str, str, str, str]]:
    return Counter((each.rule, each.function, each.subject, each.text) for each in found)


def verdict(variable: str, mutant: Mutant, found: Counter[tuple[str, str, str, str]]) -> str:
    rules = ", ".join(sorted({rule for rule, _, _, _ in found})) or "MISSED"
    return f"{variable[16:]:5} {mutant.kind}: {mutant.where}: {rules}"


def test_mutants_of_windows_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    for variable in TREES:
        files = texts(tree(variable), WINDOWED)
        assert windows(files) == ()
        for mutant in in_window(files, SEED):
            changed = {path: text for path, text in mutant.files.items() if text != files[path]}
            lines.append(verdict(variable, mutant, names(windows(changed))))
    report(lines, capsys)


def test_mutants_of_pairs_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    for variable in TREES:
        root = tree(variable)
        present = [path for path in PAIRED if (root / path).exists()]
        files = texts(root, files_beside(PAIRS[0], present, Directory(root)))
        usual = pairs(files)
        declared = frozenset(_functions(files))
        needed = {path: text for path, text in files.items() if _speaks(text, declared)}
        assert names(pairs(needed)) == names(usual)
        lines += [
            verdict(variable, mutant, names(pairs(mutant.files)) - names(usual))
            for mutant in of_pairs(needed, declared, SEED)
        ]
    report(lines, capsys)


def _functions(files: Files) -> set[str]:
    from reviewer.check.contract_pairs import pairs as every

    sources = [SourceFile(path, text.encode()) for path, text in files.items()]
    return {border.definition.name for border in every(PAIRS[0], sources)}


def _speaks(text: str, functions: frozenset[str]) -> bool:
    return any(name in text for name in functions)


def report(lines: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    caught = sum(not line.endswith("MISSED") for line in lines)
    with capsys.disabled():
        print("", *lines, f"{caught} of {len(lines)} found", sep="\n")
    assert len(lines) >= 40
    assert caught / len(lines) > 0.95
