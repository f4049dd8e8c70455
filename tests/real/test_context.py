"""Mutants of context on real trees: what a known caller does not provide is found, and only that.

Each mutant is one statement more in a real function that its file hands over: an assertion or an
access that its caller provides for or does not, or one moved out of the section it needs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import pytest
from msgspec import Struct
from msgspec.structs import replace

from reviewer.check.registered import Registration, registered
from reviewer.check.run import check_unit
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.rule.types import Context
from reviewer.source.read import read

pytestmark = pytest.mark.real
ALL = load_rules()
RULES = replace(ALL, rules=tuple(each for each in ALL.rules if isinstance(each.body, Context)))
ROOTS = ALL.vocabulary.roots
FOLDERS = ("arch/x86", "kernel", "mm", "drivers/cpufreq", "drivers/hwtracing", "drivers/char")
SEED, EACH = 20260711, 10
#: What is wrong in the tree as it stands.
KNOWN = {"arch/x86/virt/vmx/tdx/tdx.c"}

CPU = "smp_processor_id();"
PREEMPT = "lockdep_assert_preemption_disabled();"
IRQS = "lockdep_assert_irqs_disabled();"
#: What is put in, by kind: the statements, and whether it is wrong where nothing is in force.
BARE = {
    "access": (CPU, True),
    "access in a section": (f"preempt_disable(); {CPU} preempt_enable();", False),
    "access moved out of its section": (f"preempt_disable(); preempt_enable(); {CPU}", True),
    "assertion on preemption": (PREEMPT, True),
    "assertion on preemption, met by interrupts": (
        f"local_irq_disable(); {PREEMPT} local_irq_enable();",
        False,
    ),
    "assertion on interrupts": (IRQS, True),
    "assertion on interrupts, met by less": (f"preempt_disable(); {IRQS} preempt_enable();", True),
    "assertion on interrupts, met": (f"spin_lock_irq(&l); {IRQS} spin_unlock_irq(&l);", False),
    "assertion where a branch asks": (f"if (in_task()) {PREEMPT}", False),
}


class Mutant(Struct, frozen=True):
    """A statement put in at the start of a function that the file hands over."""

    path: str
    function: str
    root: str
    kind: str
    statements: str
    wrong: bool


def tree(variable: str) -> Path:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{variable} names no kernel tree")
    return Path(folder)


@cache
def findings(path: str, text: str) -> frozenset[tuple[str, str, str]]:
    found = check_unit(read(SourceFile(path, text.encode())), RULES).findings
    return frozenset((each.rule, each.function, each.text) for each in found)


def head(function: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:static )[^;{{}}=]*\b{function}\([^;{{}}]*\)\n\{{\n", re.MULTILINE)


def wrong_in(each: Registration, kind: str, wrong: bool) -> bool:
    """Whether what is wrong where nothing is in force is so in functions of that root."""
    lacks = set(each.root.lacks)
    if kind.startswith("access"):
        return (
            wrong
            and {"preemption", "migration", "interrupts"} <= lacks
            and "task" in (each.root.name.partition(".")[0])
        )
    if kind.startswith("assertion on preemption"):
        return wrong and {"preemption", "interrupts"} <= lacks
    return wrong and "interrupts" in lacks


def candidates(folder: Path) -> Iterator[Mutant]:
    for part in FOLDERS:
        for place in sorted((folder / part).rglob("*.c")):
            text = place.read_text(errors="replace")
            path = str(place.relative_to(folder))
            roots = list(registered(text, path, ROOTS))
            for each in roots:
                alone = sum(other.function == each.function for other in roots) == 1
                alone = alone and len(re.findall(rf"\b{each.function}\(", text)) == 1
                if (
                    alone
                    and (each.root.holds or each.root.lacks)
                    and head(each.function).search(text)
                ):
                    for kind, (statements, wrong) in BARE.items():
                        bad = wrong_in(each, kind, wrong)
                        yield Mutant(path, each.function, each.root.name, kind, statements, bad)


@cache
def mutants(folder: Path) -> tuple[Mutant, ...]:
    """Of each kind and expectation as many as are asked for, drawn with a seed."""
    draw = Random(SEED)
    groups: dict[tuple[str, bool], list[Mutant]] = {}
    for each in candidates(folder):
        groups.setdefault((each.kind, each.wrong), []).append(each)
    return tuple(
        each
        for _, found in sorted(groups.items())
        for each in draw.sample(found, min(len(found), EACH))
    )


@pytest.mark.parametrize("variable", ["REVIEWER_KERNEL_7", "REVIEWER_KERNEL_6_12"])
def test_mutants_of_context(variable: str) -> None:
    folder = tree(variable)
    missed: list[Mutant] = []
    alarms: list[Mutant] = []
    drawn = mutants(folder)
    for each in drawn:
        text = (folder / each.path).read_text(errors="replace")
        at = head(each.function).search(text)
        assert at
        changed = f"{text[: at.end()]}\t{each.statements}\n{text[at.end() :]}"
        new = findings(each.path, changed) - findings(each.path, text)
        if each.wrong and not new:
            missed.append(each)
        if new and not each.wrong:
            alarms.append(each)
    wrong = sum(each.wrong for each in drawn)
    print(f"{variable}: {wrong - len(missed)} of {wrong} found, {len(drawn) - wrong} others")
    assert not alarms
    assert wrong > 40
    assert len(missed) * 20 <= wrong, missed


@pytest.mark.parametrize("variable", ["REVIEWER_KERNEL_7", "REVIEWER_KERNEL_6_12"])
def test_originals_are_silent(variable: str) -> None:
    folder = tree(variable)
    paths = sorted({each.path for each in mutants(folder)})
    texts = {path: (folder / path).read_text(errors="replace") for path in paths}
    assert {path for path, text in texts.items() if findings(path, text)} <= KNOWN
