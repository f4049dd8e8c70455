"""A scan of unchanged files is said again; a change of anything it looked at is another scan."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from reviewer.check.prefilter import crosses
from reviewer.cli.sources import Source, state_of
from reviewer.finding import Skip
from reviewer.review.scan import Scanned
from reviewer.review.types import Report
from reviewer.rule.load import load_rules
from tests.cli.mini import run
from tests.conftest import FIXTURES
from tests.review.test_remembered import changes

RULE = "no-call-after-gs-reset"
#: Longer than a test takes.
ALWAYS = 10**15


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where scans are kept; no file counts as changed lately, however fast the tests are."""
    monkeypatch.setattr("reviewer.cli.scan.UNSETTLED_NS", -ALWAYS)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/reviewer/reviews"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    found = tmp_path / "tree"
    shutil.copytree(FIXTURES / "minikernel", found)
    kernel = found / "arch/x86/kernel"
    (kernel / "late.c").write_text("void late(void)\n{\n\tload_segments();\n\tprepare();\n}\n")
    for number in range(120):
        (kernel / f"idle{number}.c").write_text("int idle;\n")
    return found


def never(*_: object) -> Report:
    raise AssertionError("scanned again")


def test_a_second_run_scans_nothing(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("scan", tree, "--only", RULE)
    first = run(*words, "--jobs", "2")
    assert "late.c:4: error: " in first.out
    monkeypatch.setattr("reviewer.cli.audit.audit", never)
    assert run(*words) == first
    assert "scanned again" in run(*words, "--no-cache").err
    assert "scanned again" in run("scan", tree, "--only", "no-percpu-after-gs-reset").err
    assert "scanned again" in run("scan", tree / "arch/x86", "--only", RULE).err


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_every_format_prints_the_same_again(tree: Path, form: str) -> None:
    words = ("scan", tree, "--only", RULE, "--format", form, "-v")
    assert run(*words) == run(*words) == run(*words, "--no-cache")


@pytest.mark.parametrize("what", changes(FIXTURES / "minikernel"))
def test_a_changed_input_is_seen(tree: Path, what: str) -> None:
    """The rule crosses files, so that each kind of input may matter to it."""
    assert any(crosses(rule) for rule in load_rules().rules if rule.id == RULE)
    words = ("scan", tree, "--only", RULE, "--jobs", "1")
    run(*words)
    path, text = changes(tree)[what]
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    assert run(*words) == run(*words, "--no-cache")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_header_that_a_finding_hangs_on_is_looked_at_again(tree: Path, jobs: str) -> None:
    header = tree / "arch/x86/include/asm/later.h"
    late = tree / "arch/x86/kernel/late.c"
    late.write_text(f"#include <asm/later.h>\n{late.read_text()}")
    header.write_text("#define prepare() do { } while (0)\n")
    words = ("scan", tree, "--only", RULE, "--jobs", jobs)
    assert "late.c" not in run(*words).out
    header.write_text("void prepare(void);\n")
    assert "late.c:5: error: " in run(*words).out


def test_a_scan_that_failed_is_not_remembered(
    tree: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> Scanned:
        raise KeyError

    words = ("scan", tree, "--only", RULE, "--jobs", "1")
    with monkeypatch.context() as patch:
        patch.setattr("reviewer.cli.audit.scan_file", fails)
        assert run(*words).code == 3
    assert not kept.exists()
    assert run(*words).code == 1


def test_a_scan_during_which_a_file_changed_is_not_remembered(
    tree: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviewer.cli import audit

    def disturbed(*words: object, **named: object) -> Scanned:
        (tree / "arch/x86/kernel/idle7.c").write_text("int other;\n")
        return Scanned((), (Skip("", 0, "disturbed"),))

    monkeypatch.setattr(audit, "scan_file", disturbed)
    assert "disturbed" in run("scan", tree, "--only", RULE, "--jobs", "1").out
    assert not kept.exists()


def test_a_damaged_scan_is_told_and_made_anew(tree: Path, kept: Path) -> None:
    words = ("scan", tree, "--only", RULE)
    first = run(*words)
    (path,) = kept.iterdir()
    path.write_bytes(b"damaged")
    again = run(*words)
    assert (again.code, again.out) == (first.code, first.out)
    assert again.err == f"reviewer: {path.name}: a remembered result is damaged and was dropped\n"
    assert run(*words) == first


@pytest.mark.parametrize("what", ["text", "same size and times", "touched", "gone", "mode"])
def test_the_state_of_a_file_is_that_of_git(tmp_path: Path, what: str) -> None:
    lately = time.time_ns() + ALWAYS
    path = tmp_path / "a.c"
    path.write_text("one\n")
    source = [Source(tmp_path, "a.c")]
    before, unseen = state_of(source, [True], lately), state_of(source, [False], lately)
    status = path.stat()
    match what:
        case "text":
            path.write_text("other\n")
        case "same size and times":
            (tmp_path / "new").write_text("two\n")
            (tmp_path / "new").replace(path)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        case "touched":
            os.utime(path, ns=(0, 0))
        case "gone":
            path.unlink()
        case _:
            path.chmod(0o200)
    assert state_of(source, [True], lately) != before
    assert state_of(source, [False], lately) == unseen


def test_a_file_changed_lately_counts_by_its_contents(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_text("one\n")
    before = state_of([Source(tmp_path, "a.c")], [True], 0)
    path.unlink()
    path.write_text("one\n")
    assert state_of([Source(tmp_path, "a.c")], [True], 0) == before
    path.write_text("two\n")
    assert state_of([Source(tmp_path, "a.c")], [True], 0) != before
