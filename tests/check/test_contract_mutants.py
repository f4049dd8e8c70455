"""The contract of the miniature kernel, as it stands and with one thing wrong at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.contract import check_contracts
from reviewer.finding import Finding
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from tests.check.contract_mutants import Files, Mutant, mutants

ROOT = Path(__file__).parents[2] / "fixtures" / "minikernel"
PATHS = (
    "arch/x86/include/asm/kexec.h",
    "arch/x86/kernel/machine_kexec_64.c",
    "arch/x86/kernel/relocate_kernel_64.S",
)
FILES: Files = {path: (ROOT / path).read_text() for path in PATHS}
RULES = load_rules()
SEED = 20251122
#: Edits that change nothing: what the miniature kernel copies with reads no flag.
EQUIVALENT = ("drop the reload",)
EVERY = tuple(mutants(FILES, SEED))
MUTANTS = tuple(each for each in EVERY if each.kind not in EQUIVALENT)


def findings(files: Files) -> tuple[Finding, ...]:
    sources = [SourceFile(path, text.encode()) for path, text in files.items()]
    return check_contracts(sources, RULES.contracts, RULES.vocabulary)


def test_the_original_is_silent() -> None:
    assert [each.message for each in findings(FILES)] == []


def test_there_are_enough_of_every_kind() -> None:
    assert len(MUTANTS) >= 25
    assert len({each.kind for each in MUTANTS}) >= 14


def test_an_edit_that_changes_nothing_is_no_finding() -> None:
    (mutant,) = (each for each in EVERY if each.kind in EQUIVALENT)
    assert findings(mutant.files) == ()


@pytest.mark.parametrize(
    "mutant", [pytest.param(each, id=f"{each.kind}: {each.where}") for each in MUTANTS]
)
def test_a_mutant_is_found(mutant: Mutant) -> None:
    assert findings(mutant.files) != ()
