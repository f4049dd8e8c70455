"""Findings and the configurations a tree allows."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from reviewer.finding import Finding, Location, Severity
from reviewer.patch.tree import Directory
from reviewer.review.configuration import with_configurations
from reviewer.review.types import Report
from reviewer.rule.load import load_rules
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from tests.review.values import finding

RULES = load_rules()
RULE = "no-call-after-gs-reset"
KCONFIG = """
config 64BIT
	def_bool y
config X86_64
	def_bool y
	depends on 64BIT
config X86_32
	def_bool y
	depends on !64BIT
config A
	bool "a"
config B
	bool "b"
	depends on !A
config HERE
	bool "here"
	depends on !A
config ALWAYS
	def_bool y
config KASAN
	def_bool y
config DEBUG_VIRTUAL
	bool "check addresses"
"""


def said(condition: str, path: str = "arch/x86/x.c") -> Finding:
    found = replace(finding(1), rule=RULE, condition=condition)
    return replace(found, location=Location(path, 1))


def configured(folder: Path, *findings: Finding) -> Report:
    (folder / "arch/x86").mkdir(parents=True)
    (folder / "Kconfig").write_text(KCONFIG)
    (folder / "arch/x86/Makefile").write_text("obj-y += x.o\nobj-$(CONFIG_HERE) += y.o\n")
    index = Index(Directory(folder), Store())
    return with_configurations(Report(None, findings, ()), RULES, lambda: index)


def test_findings_without_an_option_cost_nothing() -> None:
    def tree() -> Index | None:
        raise AssertionError("nobody asks for the tree")

    report = Report(None, (said(""), said("defined(OTHER)")), ())
    assert with_configurations(report, RULES, tree) is report


@pytest.mark.parametrize(
    ("condition", "path", "config"),
    [
        ("CONFIG_A", "arch/x86/x.c", ("CONFIG_A=y",)),
        ("CONFIG_A", "arch/x86/x.h", ("CONFIG_A=y",)),
        ("CONFIG_B", "arch/x86/y.c", ("CONFIG_B=y", "CONFIG_HERE=y")),
        ("!CONFIG_A", "arch/x86/x.c", ()),
        ("CONFIG_ALWAYS", "arch/x86/x.c", ()),
        ("CONFIG_NOWHERE", "arch/x86/x.c", ()),
        ("CONFIG_A && CONFIG_B", "kernel/x.c", ()),
    ],
)
def test_a_finding_says_its_configuration(
    condition: str, path: str, config: tuple[str, ...], tmp_path: Path
) -> None:
    report = configured(tmp_path, said(condition, path))
    assert [each.config for each in report.findings] == [config]
    assert report.impossible == ()


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ("CONFIG_A && CONFIG_B", "arch/x86/x.c"),
        ("CONFIG_A", "arch/x86/y.c"),
        ("CONFIG_X86_32", "arch/x86/x.c"),
    ],
)
def test_what_no_configuration_has_is_set_apart(condition: str, path: str, tmp_path: Path) -> None:
    report = configured(tmp_path, said(condition, path), said("CONFIG_A"))
    assert report.impossible == (said(condition, path),)
    assert len(report.findings) == 1


@pytest.mark.parametrize(
    ("condition", "path", "left"),
    [
        ("CONFIG_ALWAYS", "arch/x86/x.c", ""),
        ("CONFIG_ALWAYS && CONFIG_A", "arch/x86/x.c", "CONFIG_A"),
        ("CONFIG_A || !CONFIG_A && CONFIG_ALWAYS", "arch/x86/x.c", ""),
        ("CONFIG_B && !CONFIG_A", "arch/x86/x.c", "CONFIG_B"),
        ("!CONFIG_A", "arch/x86/y.c", ""),
        ("!CONFIG_A", "arch/x86/x.c", "!CONFIG_A"),
        ("CONFIG_A && defined(OTHER)", "arch/x86/x.c", "CONFIG_A && defined(OTHER)"),
        ("CONFIG_NOWHERE", "arch/x86/x.c", "CONFIG_NOWHERE"),
        ("CONFIG_ALWAYS", "kernel/x.c", "CONFIG_ALWAYS"),
    ],
)
def test_what_every_configuration_has_is_no_condition(
    condition: str, path: str, left: str, tmp_path: Path
) -> None:
    (found,) = configured(tmp_path, said(condition, path)).findings
    assert found.condition == left


@pytest.mark.parametrize(
    ("condition", "given", "left"),
    [
        ("CONFIG_KASAN", Severity.WARNING, Severity.ERROR),
        ("CONFIG_DEBUG_VIRTUAL", Severity.WARNING, Severity.WARNING),
        ("CONFIG_KASAN && CONFIG_DEBUG_VIRTUAL", Severity.WARNING, Severity.WARNING),
        ("CONFIG_ALWAYS && CONFIG_DEBUG_VIRTUAL", Severity.WARNING, Severity.WARNING),
        ("CONFIG_ALWAYS", Severity.INFO, Severity.INFO),
        ("CONFIG_A", Severity.ERROR, Severity.ERROR),
    ],
)
def test_only_an_option_that_can_be_off_ranks(
    condition: str, given: Severity, left: Severity, tmp_path: Path
) -> None:
    report = configured(tmp_path, replace(said(condition), severity=given))
    assert [each.severity for each in report.findings] == [left]
