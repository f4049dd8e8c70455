from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.report.formats import FORMATS
from reviewer.review.types import Report
from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, make_tree, run
from tests.conftest import FIXTURES


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/reviewer"


@pytest.fixture
def asked(tmp_path: Path) -> list[str | Path]:
    patch = tmp_path / "bad.patch"
    patch.write_text(mail("mini: account for it", diff(SOURCE, BAD)))
    return ["check", patch, "--tree", make_tree(tmp_path / "linux")]


def never(*_: object) -> Report:
    raise AssertionError("reviewed again")


def test_a_second_run_reviews_nothing(
    asked: list[str | Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(*asked)
    monkeypatch.setattr("reviewer.review.whole.whole_review", never)
    assert run(*asked) == first
    assert "reviewed again" in run(*asked, "--no-cache").err
    assert "reviewed again" in run(*asked, "--pedantic").err


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["flush-where-supported", "coverage-let-in-and-out"])
def test_every_format_prints_the_same_again(form: str, name: str) -> None:
    mailbox = FIXTURES / "series" / name / "series.mbox"
    words = ("check", mailbox, "--tree", FIXTURES / "minikernel", "--format", form, "-v")
    assert run(*words) == run(*words) == run(*words, "--no-cache")


def test_a_changed_rule_is_another_question(asked: list[str | Path], tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "rules/kexec/no-call-after-gs-reset.toml").read_text()
    text = text.replace("no-call-after-gs-reset", "mine")
    rule = tmp_path / "mine.toml"
    rule.write_text(text)
    first = run(*asked, "--rules", rule)
    assert "[mine]" in first.out
    rule.write_text(text.replace('severity = "error"', 'severity = "warning"'))
    second = run(*asked, "--rules", rule)
    assert second != first
    assert second == run(*asked, "--rules", rule, "--no-cache")


def test_a_damaged_review_is_told_and_made_anew(asked: list[str | Path], cache: Path) -> None:
    first = run(*asked)
    (kept,) = (cache / "reviews").iterdir()
    kept.write_bytes(b"damaged")
    again = run(*asked)
    assert (again.code, again.out) == (first.code, first.out)
    assert again.err == f"reviewer: {kept.name}: a remembered result is damaged and was dropped\n"
    assert run(*asked) == first


def test_without_a_cache_nothing_is_written(asked: list[str | Path], cache: Path) -> None:
    run(*asked, "--no-cache")
    assert not (cache / "reviews").exists()
    assert not (cache / "index.sqlite").exists()


def test_the_doctor_says_how_much_is_remembered(asked: list[str | Path], cache: Path) -> None:
    run(*asked)
    said = run("doctor", "--cache", *asked[2:]).out
    assert f"cache: {cache / 'reviews'}: 1 review in " in said


def test_a_scan_without_a_cache_writes_none(asked: list[str | Path], cache: Path) -> None:
    tree = asked[-1]
    assert isinstance(tree, Path)
    found = run("scan", tree / PATH, "--tree", tree, "--no-cache")
    assert not (cache / "index.sqlite").exists()
    assert found == run("scan", tree / PATH, "--tree", tree)
    assert (cache / "index.sqlite").exists()
