from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.cli.targets import Targets, sort_targets
from reviewer.errors import InputError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.patch").write_text("")
    (tmp_path / "folder").mkdir()


@pytest.mark.parametrize(
    ("words", "targets"),
    [
        (["a.patch", "folder"], Targets(paths=(Path("a.patch"), Path("folder")))),
        (["-"], Targets(paths=(Path("-"),))),
        (["a.patch", "-"], Targets(paths=(Path("a.patch"), Path("-")))),
        (["HEAD~3.."], Targets(revisions="HEAD~3..")),
        (["missing.patch"], Targets(revisions="missing.patch")),
        (["x" * 5000], Targets(revisions="x" * 5000)),
        (["nul\0"], Targets(revisions="nul\0")),
    ],
)
def test_what_exists_is_a_file_and_the_rest_is_a_revision(
    words: list[str], targets: Targets
) -> None:
    assert sort_targets(words, staged=False) == targets


def test_staged() -> None:
    assert sort_targets([], staged=True) == Targets(staged=True)


@pytest.mark.parametrize(
    ("words", "staged", "says"),
    [
        ([], False, "nothing to check"),
        (["a.patch"], True, "--staged takes no files"),
        (["a.patch", "HEAD~3.."], False, "'HEAD~3..' is no file, so it is read as a revision"),
        (["-", "b.patch"], False, "'b.patch' is no file"),
        (["b.patch", "c.patch"], False, "'b.patch' and 'c.patch' are no files"),
    ],
)
def test_what_cannot_be_checked_together_is_said(words: list[str], staged: bool, says: str) -> None:
    with pytest.raises(InputError, match=says):
        sort_targets(words, staged=staged)
