from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewer.cli.scan import Crash, Source, survivors
from reviewer.review.scan import Scanned
from tests.cli.mini import BAD, PATH, make_tree, run


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "linux", **{"bad.c": BAD, "words.txt": "load_segments"})


def test_findings_are_existing_and_count(tree: Path) -> None:
    result = run("scan", tree)
    assert result.code == 1
    assert result.out.startswith("arch/x86/kernel/bad.c:14: error: ")
    assert "2 files scanned: 1 error\n" in result.out
    document = json.loads(run("scan", tree, "--format", "json").out)
    assert document["series"] is None
    assert [each["status"] for each in document["findings"]] == ["existing"]
    assert document["scanned"] == 2


def test_one_file_of_a_tree_keeps_its_path_in_the_tree(tree: Path) -> None:
    assert run("scan", tree / PATH).code == 0
    result = run("scan", tree / "arch/x86/kernel/bad.c", "--format", "terse")
    assert result.out.startswith("arch/x86/kernel/bad.c:14: ERROR: no-call-after-gs-reset: ")


def test_path_relative_to_the_tree(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("scan", "arch/x86/kernel/bad.c", "--tree", tree)
    assert result.out.startswith("arch/x86/kernel/bad.c:14: error: ")


def test_a_file_named_twice_is_scanned_once(tree: Path) -> None:
    assert "2 files scanned" in run("scan", tree, tree / PATH).out


def test_jobs_change_nothing(tmp_path: Path) -> None:
    files = {f"f{number}.c": BAD for number in range(120)}
    tree = make_tree(tmp_path / "linux", **files)
    alone = run("scan", tree, "--jobs", "1")
    assert "121 files scanned: 120 errors\n" in alone.out
    assert run("scan", tree, "--jobs", "2") == alone


def test_fail_on_never(tree: Path) -> None:
    assert run("scan", tree, "--fail-on", "never").code == 0


def test_nothing_to_scan(tree: Path) -> None:
    result = run("scan", tree / "arch/x86/kernel/words.txt")
    assert result.code == 2
    assert "no C and no assembly" in result.err
    assert run("scan", tree / "absent").code == 2


def test_links_are_not_followed(tree: Path) -> None:
    outside = tree.parent / "outside.c"
    outside.write_text(BAD)
    (tree / "arch/x86/kernel/link.c").symlink_to(outside)
    (tree / "arch/loop").symlink_to(tree)
    assert "2 files scanned: 1 error\n" in run("scan", tree).out


def test_bytes_that_are_no_c(tree: Path) -> None:
    noise = tree / "arch/x86/kernel/noise.c"
    noise.write_bytes(b"void load_segments(" + bytes(range(256)) * 100)
    result = run("scan", noise)
    assert result.code in (0, 1)
    assert "bug in reviewer" not in result.out


def test_file_that_the_program_fails_on_costs_no_other_file() -> None:
    sources = [Source(Path("/"), "a.c"), Source(Path("/"), "b.c")]
    crashes: list[Source] = []
    results: list[Scanned | Crash] = [Crash("KeyError: 'x'"), Scanned((), ())]
    bad, good = survivors(results, sources, crashes)
    assert crashes == sources[:1]
    assert [skip.reason for skip in bad.skips] == ["KeyError: 'x': this is a bug in reviewer"]
    assert good == Scanned((), ())
