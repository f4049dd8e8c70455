from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from reviewer.cli.audit import Crash, survivors
from reviewer.cli.sources import Source
from reviewer.finding import Skip
from reviewer.report.formats import FORMATS
from reviewer.review.relevance import open_book
from reviewer.review.scan import Scanned
from reviewer.review.types import Report
from reviewer.rule.load import load_rules
from tests.cli.mini import BAD, PATH, make_tree, run

LOADED = load_rules()
RULE = next(rule for rule in LOADED.rules if rule.id == "no-call-after-gs-reset")


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


def test_files_that_no_rule_looks_at_are_no_clean_files(tmp_path: Path, tree: Path) -> None:
    """A rule of every file would hide what this is about, so that only one for x86 is asked."""
    book = open_book(replace(LOADED, rules=(RULE,), contracts=()))
    assert book.looking(["arch/x86/kernel/mini.c", "drivers/mini.c"]) == (RULE.id,)
    assert book.looking(["drivers/mini.c"]) == ()
    driver = tree / "drivers/mini.c"
    driver.parent.mkdir()
    driver.write_text(BAD)
    result = run("scan", driver)
    everywhere = [rule.id for rule in LOADED.rules if rule.scope.paths in (("**",), ("**/*.c",))]
    assert f"looked at by {len(everywhere)} rules\n" in result.out
    alone = run("scan", driver, "--only", everywhere[0])
    assert f"looked at by 1 rule: {everywhere[0]}" in alone.out


def test_a_scan_that_no_rule_looks_at_says_so() -> None:
    skip = Skip("", 0, "no rule looks at any of these files")
    text = FORMATS["text"](Report(None, (), (skip,), scanned=3))
    assert "no findings" not in text
    assert text.endswith(
        "3 files scanned: nothing was looked at\nnot analysed: 1 place named above\n"
    )


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
