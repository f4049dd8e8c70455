"""Every series of fixtures/series against the miniature kernel, with its golden reports.

`pytest tests/test_fixtures.py --promote` rewrites them; the diff is the review.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from reviewer.cli.app import app
from tests.conftest import FIXTURES
from tests.outline import outline
from tests.report.schema import REPORT_SCHEMA, closed

SERIES = sorted(path.name for path in (FIXTURES / "series").iterdir())
GOLDEN = {"text": "report.txt", "terse": "report.terse", "json": "report.outline"}
#: The series whose outline names every rule and verdict; the others say where theirs differ.
PLAIN = "rename-argument"
COMPILE = ("cc", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-ffreestanding")
INCLUDE = ("-nostdinc", "-Iarch/x86/include", "-Iinclude")
#: Series of which the tool must say nothing, and what each bad one must be found guilty of.
SILENT = {
    "rename-argument",
    "rename-flag",
    "read-before-load-segments",
    "assert-in-noinstr",
    "flag-copied-to-local",
    "mask-update-stays-atomic",
    "bits-tested-together",
    "new-flag-used-later",
    "call-under-forbidden-options",
    "thread-counts-pinned",
    "inline-of-a-header",
    "call-before-load-segments",
    "coverage-kept-out-of-crash",
    "every-call-before-load-segments",
    "every-macro-that-is-no-call",
    "flush-out-of-line",
    "forced-inline-leaf",
    "gs-restored-in-another-file",
    "inline-perhaps-emitted",
    "macro-only-computes",
    "ops-table-before-load-segments",
    "unknown-explained-as-nothing",
}
#: Series that bring a warning, with its rule and the patch that does.
WARNED = {
    "call-where-addresses-are-checked": ("no-call-after-gs-reset", 1),
    "words-against-code": ("used-before-added", 2),
    "flush-where-supported": ("kexec-crash-early", 2),
    "new-flag-without-reader": ("new-flag-never-read", 1),
    "coverage-let-in-and-out": ("no-call-after-gs-reset", 2),
    "coverage-let-into-kexec": ("no-call-after-gs-reset", 2),
}
GUILTY = {
    "call-in-macro": ("no-call-after-gs-reset", 1),
    "alternative-call-in-window": ("no-call-after-gs-reset", 1),
    "call-by-a-pasted-name": ("no-call-after-gs-reset", 1),
    "call-in-forced-inline": ("no-call-after-gs-reset", 1),
    "call-in-statement-expression": ("no-call-after-gs-reset", 1),
    "call-of-the-unknown": ("no-call-after-gs-reset", 1),
    "call-reaches-percpu-data": ("no-call-after-gs-reset", 1),
    "call-through-local": ("no-call-after-gs-reset", 1),
    "call-through-ops-table": ("no-call-after-gs-reset", 1),
    "call-through-parameter": ("no-call-after-gs-reset", 1),
    "paravirt-call-in-window": ("no-call-after-gs-reset", 1),
    "static-call-in-window": ("no-call-after-gs-reset", 1),
    "gs-left-reset-in-another-file": ("no-call-after-gs-reset", 1),
    "segments-flattened-for-a-caller": ("no-call-after-gs-reset", 2),
    "percpu-data-beneath-flush": ("no-percpu-after-gs-reset", 1),
    "entry-kept-in-table": ("cache-state-marked-entry", 1),
    "new-flag-declared-otherwise": ("new-flag-declared-otherwise", 1),
    "setter-in-some-configurations": ("cache-state-platform-lost", 2),
    "call-where-calls-are-tracked": ("no-call-after-gs-reset", 1),
    "arguments-exchanged": ("kexec-border-call", 1),
    "flags-register-reused": ("kexec-border-lost", 1),
    "flush-after-copy": ("kexec-border-flush-before-copy", 1),
    "assert-after-sleep": ("cpu-may-change", 2),
    "assert-in-hotplug-callback": ("assert-in-hotplug-callback", 2),
    "clear-before-flush": ("cache-state-clear-after-flush", 1),
    "thread-counts-unpinned": ("cpu-may-change", 1),
    "cpuid-leaf-unguarded": ("cache-state-set-where-supported", 1),
    "flag-becomes-counter": ("cache-state-no-counter", 1),
    "flag-only-when-active": ("cache-state-set-where-supported", 2),
    "flag-sampled-with-interrupts-on": ("cache-state-read-with-interrupts-off", 1),
    "preemption-left-on": ("cache-state-pinned", 1),
    "raw-seamcall-past-setter": ("cache-state-marked-entry", 1),
    "report-before-flush": ("cache-state-report-last", 1),
    "set-after-seamcall": ("cache-state-set-before-dirty", 2),
    "setter-not-inlined": ("cache-state-inlined", 1),
    "offline-cpu-keeps-dirty-lines": ("cache-state-flush-before-rest", 2),
    "mask-left-filled": ("cache-state-mask-emptied", 1),
    "entry-told-to-modules": ("cache-state-marked-entry", 1),
    "preemption-guard-exchanged": ("cache-state-pinned", 1),
    "flag-type-changed": ("new-flag-declared-otherwise", 1),
    "flush-only-where-encrypted": ("cache-state-pass-when-set", 1),
    "bisection-hazard": ("no-call-after-gs-reset", 1),
    "gs-restore-removed": ("no-call-after-gs-reset", 1),
    "load-segments-moved-up": ("no-call-after-gs-reset", 1),
    "percpu-read-after-load-segments": ("no-percpu-after-gs-reset", 1),
    "printk-between-flush-and-halt": ("nothing-between-flush-and-halt", 1),
    "query-after-load-segments": ("no-call-after-gs-reset", 2),
    "quoted-review": ("no-call-after-gs-reset", 2),
}


@cache
def check(name: str, form: str) -> tuple[int, str]:
    """Exit code and standard output of `check` of a fixture series, run from fixtures/."""
    files = (Path("series") / name).iterdir()
    inputs = sorted(str(path) for path in files if path.stem != "report")
    result = CliRunner().invoke(
        app, ["check", "--tree", "minikernel", "--format", form, "--show", "all", *inputs]
    )
    return result.exit_code, result.stdout


def printed(name: str, form: str) -> str:
    """What the golden of a form holds: the report, or its outline where it is JSON."""
    _, report = check(name, form)
    if form != "json":
        return report
    return outline(report, None if name == PLAIN else check(PLAIN, "json")[1])


@pytest.mark.parametrize("form", sorted(GOLDEN))
@pytest.mark.parametrize("name", SERIES)
def test_report(name: str, form: str, promote: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES)
    output = printed(name, form)
    golden = Path("series") / name / GOLDEN[form]
    if promote:
        golden.write_text(output)
    assert output == golden.read_text()


def test_no_golden_is_left_over() -> None:
    reports = {path.name for path in (FIXTURES / "series").glob("*/report.*")}
    assert reports == {*GOLDEN.values()}


@pytest.mark.parametrize("name", SERIES)
def test_the_schema_names_all_that_a_report_holds(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FIXTURES)
    _, report = check(name, "json")
    Draft202012Validator(closed(REPORT_SCHEMA)).validate(json.loads(report))


@pytest.mark.parametrize("name", SERIES)
def test_verdict(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES)
    code, output = check(name, "terse")
    if name in SILENT:
        assert (code, output) == (0, "")
        return
    warned = name in WARNED
    rule, patch = (WARNED if warned else GUILTY)[name]
    assert code == (0 if warned else 1)
    assert f"{'WARNING' if warned else 'ERROR'}: {rule}: " in output
    _, report = check(name, "json")
    found = [each for each in json.loads(report)["findings"] if each["status"] == "introduced"]
    assert {item["patch"] for item in found if item["rule"] == rule} == {patch}


@pytest.mark.parametrize(
    ("name", "severity", "condition"),
    [
        ("call-in-macro", "error", ""),
        ("call-where-addresses-are-checked", "warning", "CONFIG_DEBUG_VIRTUAL"),
        ("inline-perhaps-emitted", "info", ""),
        ("call-in-statement-expression", "error", "CONFIG_KEXEC_JUMP"),
        ("call-by-a-pasted-name", "error", "CONFIG_KEXEC_JUMP"),
        ("call-through-local", "error", "CONFIG_KEXEC_JUMP"),
        ("call-through-parameter", "error", "CONFIG_KEXEC_JUMP"),
        ("static-call-in-window", "error", "CONFIG_KEXEC_JUMP"),
        ("alternative-call-in-window", "error", "CONFIG_KEXEC_JUMP"),
        ("paravirt-call-in-window", "error", "CONFIG_PARAVIRT"),
    ],
)
def test_a_call_ranks_by_who_makes_it_one(
    name: str, severity: str, condition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FIXTURES)
    found = json.loads(check(name, "json")[1])["findings"]
    new = [each for each in found if each["status"] == "introduced"]
    assert (severity, condition) in {(each["severity"], each["condition"]) for each in new}


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("call-reaches-percpu-data", ["into note_leaving", "per-CPU read"]),
        ("call-through-ops-table", ["what may be called: native_leave", "number of this CPU, "]),
        ("percpu-data-beneath-flush", ["into count_flush", "per-CPU read"]),
        ("gs-left-reset-in-another-file", ["reset of GS: opens the window", "delay: forbidden"]),
    ],
)
def test_a_proof_crosses_files(name: str, way: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES)
    found = json.loads(check(name, "json")[1])["findings"]
    trace = next(each["trace"] for each in found if each["severity"] == "error")
    for step, note in zip(trace[-len(way) :], way, strict=True):
        assert step["note"].startswith(note)
    assert len({step["path"] for step in trace}) == 2


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler on this machine")
@pytest.mark.parametrize("options", [(), ("SMP", "KEXEC_JUMP"), ("SMP", "DEBUG_VIRTUAL")])
def test_minikernel_compiles(options: tuple[str, ...], minikernel: Path, tmp_path: Path) -> None:
    defines = [f"-DCONFIG_{option}" for option in options]
    for path in sorted(minikernel.rglob("*.[cS]")):
        target = ("-c", os.path.relpath(path, minikernel), "-o", str(tmp_path / "object"))
        command = [*COMPILE, *INCLUDE, *defines, *target]
        subprocess.run(command, check=True, cwd=minikernel)
