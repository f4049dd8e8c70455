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
from typer.testing import CliRunner

from reviewer.cli.app import app
from tests.conftest import FIXTURES

SERIES = sorted(path.name for path in (FIXTURES / "series").iterdir())
GOLDEN = {"text": "report.txt", "terse": "report.terse", "json": "report.json"}
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
}
GUILTY = {
    "arguments-exchanged": ("kexec-border-call", 1),
    "flags-register-reused": ("kexec-border-lost", 1),
    "flush-after-copy": ("kexec-border-flush-before-copy", 1),
    "assert-in-hotplug-callback": ("assert-in-hotplug-callback", 2),
    "clear-before-flush": ("cache-state-clear-after-flush", 1),
    "cpuid-leaf-unguarded": ("cache-state-set-where-supported", 1),
    "flag-becomes-counter": ("cache-state-no-counter", 1),
    "flag-only-when-active": ("cache-state-set-where-supported", 2),
    "flag-sampled-with-interrupts-on": ("cache-state-read-with-interrupts-off", 1),
    "preemption-left-on": ("cache-state-pinned", 1),
    "raw-seamcall-past-setter": ("cache-state-marked-entry", 1),
    "report-before-flush": ("cache-state-report-last", 1),
    "set-after-seamcall": ("cache-state-set-before-dirty", 2),
    "flush-only-where-encrypted": ("kexec-stop", 1),
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
    inputs = sorted(
        str(path) for path in (Path("series") / name).iterdir() if path.name not in GOLDEN.values()
    )
    result = CliRunner().invoke(
        app, ["check", "--tree", "minikernel", "--format", form, "--show", "all", *inputs]
    )
    return result.exit_code, result.stdout


@pytest.mark.parametrize("form", sorted(GOLDEN))
@pytest.mark.parametrize("name", SERIES)
def test_report(name: str, form: str, promote: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES)
    _, output = check(name, form)
    golden = Path("series") / name / GOLDEN[form]
    if promote:
        golden.write_text(output)
    assert output == golden.read_text()


@pytest.mark.parametrize("name", SERIES)
def test_verdict(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FIXTURES)
    code, output = check(name, "terse")
    if name in SILENT:
        assert (code, output) == (0, "")
        return
    rule, patch = GUILTY[name]
    assert code == 1
    assert f"ERROR: {rule}: " in output
    _, report = check(name, "json")
    found = [each for each in json.loads(report)["findings"] if each["status"] == "introduced"]
    assert {item["patch"] for item in found if item["rule"] == rule} == {patch}


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler on this machine")
@pytest.mark.parametrize("options", [(), ("SMP", "KEXEC_JUMP"), ("SMP", "DEBUG_VIRTUAL")])
def test_minikernel_compiles(options: tuple[str, ...], minikernel: Path, tmp_path: Path) -> None:
    defines = [f"-DCONFIG_{option}" for option in options]
    for path in sorted(minikernel.rglob("*.[cS]")):
        target = ("-c", os.path.relpath(path, minikernel), "-o", str(tmp_path / "object"))
        command = [*COMPILE, *INCLUDE, *defines, *target]
        subprocess.run(command, check=True, cwd=minikernel)
