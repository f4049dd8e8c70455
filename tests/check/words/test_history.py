from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.check.words.history import cited_commits
from reviewer.patch.tree import open_tree
from tests.check.words.mails import hits, mail
from tests.patch.repository import Repository

GONE = "1f5e7eb7868e"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit('mini: stop "early"', {"kernel/mini.c": "one\n"})
    made.commit("mini: go", {"kernel/mini.c": "two\n"})
    return made


def said(repository: Repository, changelog: str) -> list[str]:
    first, second = repository.git("log", "--reverse", "--format=%h", "--abbrev=12").split()
    text = changelog.replace("FIRST", first).replace("SECOND", second)
    return [hit.detail for hit in hits(cited_commits, mail(text), tree=open_tree(repository.root))]


@pytest.mark.parametrize(
    ("changelog", "details"),
    [
        ('Since commit SECOND ("mini: go") it runs.', []),
        ("Since commit SECOND it runs.", []),
        ('Since commit SECOND ("mini: come") it runs.', ['its title is "mini: go"']),
        ('Since commit SECOND ("mini:\n come") it runs.', ['its title is "mini: go"']),
        ('Go.\n\nFixes: SECOND ("mini: come")', ['its title is "mini: go"']),
        (
            f'Since commit SECOND ("mini: go") and commit {GONE} ("mini: x").',
            ["no such commit in the history at hand"],
        ),
        (f'Since commit {GONE} ("mini: x") it runs.', []),
        (f"Commit SECOND did it. [ Upstream commit {GONE}0123456789012345678901234567 ]", []),
    ],
)
def test_cites(repository: Repository, changelog: str, details: list[str]) -> None:
    assert said(repository, changelog) == details


def test_a_history_that_is_cut_off_lacks_nothing(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "-q", "--depth=1", f"file://{repository.root}", str(tmp_path / "cut"))
    second = repository.git("rev-parse", "HEAD").strip()[:12]
    text = mail(f'Commit {second} ("mini: go") and commit {GONE} ("mini: x").')
    assert hits(cited_commits, text, tree=open_tree(tmp_path / "cut")) == []
