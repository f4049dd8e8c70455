from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from reviewer.cli.memory import recall, remember
from reviewer.cli.options import Format
from reviewer.report.formats import FORMATS
from reviewer.report.version import VERSION
from reviewer.review.types import Report
from reviewer.rule.load import load_rules
from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, make_tree, run
from tests.report.values import FINDING

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_every_rule_is_explained() -> None:
    for rule in load_rules().rules:
        result = run("explain", rule.id)
        assert result.code == 0
        assert result.out.startswith(f"{rule.id}: {rule.title} [{rule.severity}]\n")
        assert all(limit.split()[0] in result.out for limit in rule.limits)
        assert all(reference in result.out for reference in rule.references)


def test_unknown_rule_suggests_one() -> None:
    result = run("explain", "no-call-after-gs-rest")
    assert result.code == 2
    assert "did you mean no-call-after-gs-reset?" in result.err


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/reviewer/findings"


def test_finding_of_a_format_that_shows_no_proof(tmp_path: Path, cache: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    patch = mail("mini: account", diff(SOURCE, BAD)).encode()
    said = run("check", "-", "--tree", tree, "--format", "b4", stdin=patch).out
    name = said.partition("[fp:")[2].partition("]")[0]
    result = run("explain", name)
    assert result.code == 0
    assert result.out.startswith(f"{PATH}:14: error: account is called with GS reset")
    assert "1. arch/x86/kernel/mini.c:12 mini_kexec(): load_segments()" in result.out
    assert "no-call-after-gs-reset: " in result.out


def test_findings_are_forgotten_in_time(tmp_path: Path, cache: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(1100):
        (cache / f"{number:016x}").write_text("rule\nold\n")
    report = Report(None, (replace(FINDING, fingerprint="f" * 16),), ())
    remember(report)
    assert len(list(cache.iterdir())) == 1000
    assert recall("ffffffff") is not None


def test_a_cache_that_cannot_be_written_is_no_trouble(tmp_path: Path, cache: Path) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    remember(Report(None, (FINDING,), ()))
    assert recall(FINDING.fingerprint) is None
    assert list(cache.parent.iterdir()) == [cache]


def test_finding_out_of_a_report(tmp_path: Path, cache: Path) -> None:
    tree = make_tree(tmp_path / "linux", **{"bad.c": BAD})
    report = tmp_path / "report.json"
    run("scan", tree, "--format", "json", "-o", report)
    fingerprint = json.loads(report.read_text())["findings"][0]["fingerprint"]
    result = run("explain", fingerprint[:12], "--report", report)
    assert result.code == 0
    assert result.out.startswith("arch/x86/kernel/bad.c:14: error: ")
    assert "no-call-after-gs-reset: " in result.out
    assert run("explain", "f" * 16).code == 2
    assert "--report FILE" in run("explain", "f" * 16).err
    assert run("explain", "0123456789abcdef", "--report", report).code == 2
    assert run("explain", fingerprint, "--report", tree).code == 2


def test_rules_and_events_are_listed() -> None:
    rules = load_rules()
    listed = run("rules").out.splitlines()
    kinds = (rules.rules, rules.contracts, rules.endings, rules.words)
    assert [line.split()[0] for line in listed] == [rule.id for kind in kinds for rule in kind]
    events = run("rules", "--events").out.splitlines()
    assert [line.split()[0] for line in events] == [each.name for each in rules.vocabulary.events]


def test_version_names_the_rules() -> None:
    result = run("--version")
    assert result.code == 0
    assert result.out == f"reviewer {VERSION} (rules {load_rules().digest})\n"
    assert tomllib.loads(PYPROJECT.read_text())["project"]["version"] == VERSION


def test_doctor(tmp_path: Path) -> None:
    result = run("doctor", "--tree", make_tree(tmp_path / "linux"))
    assert result.code == 0
    assert "tree: directory linux\nkernel: 6.99.0-mini\n" in result.out
    assert f"digest {load_rules().digest}\n" in result.out
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "does not look like a Linux tree" in run("doctor", "--tree", empty).out


def test_formats_on_the_command_line_are_those_there_are() -> None:
    assert set(FORMATS) == set(Format)


def test_help_of_every_command() -> None:
    assert run("--help").code == 0
    for command in ("check", "scan", "baseline", "suppressions", "explain", "rules", "doctor"):
        assert "Usage: " in run(command, "--help").out
