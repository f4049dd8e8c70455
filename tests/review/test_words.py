from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.patch.git import read_range
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import NoTree, Tree, open_tree
from reviewer.review.types import BehaviourChange, Report
from reviewer.review.words import with_words
from reviewer.rule.load import load_rules
from tests.patch.repository import Repository

RULES = load_rules()
BASE = "int mini_state;\n\nint mini_go(void)\n{\n\twbinvd();\n\treturn mini_state;\n}\n"
HELPER = "int mini_settle(void)\n{\n\treturn 0;\n}\n"
SIGNED = "\n\nSigned-off-by: Ann Author <ann@example.org>"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit("base", {"kernel/mini.c": BASE, "mm/a.c": "int a;\n"})
    return made


def rules_of(report: Report) -> list[tuple[str, int | None]]:
    return [(finding.rule, finding.patch) for finding in report.findings]


def reviewed(
    repository: Repository,
    revisions: str,
    tree: Tree | None = None,
    changes: tuple[BehaviourChange, ...] = (),
) -> Report:
    series = read_range(repository.root, revisions)
    rebuilt = rebuild(series, open_tree(repository.root))
    report = Report(series, (), (), behaviour_changes=changes)
    return with_words(report, rebuilt.patches, RULES, tree or rebuilt.tree)


def test_the_tree_before_the_series_does_not_know_what_it_adds(repository: Repository) -> None:
    used = BASE.replace("return mini_state", "return mini_settle()")
    repository.commit(f"mini: settle{SIGNED}", {"kernel/mini.c": used})
    repository.commit(f"mini: add a helper{SIGNED}", {"kernel/settle.c": HELPER})
    assert rules_of(reviewed(repository, "HEAD~2..")) == [("used-before-added", 1)]
    assert rules_of(reviewed(repository, "HEAD~2..", open_tree(repository.root))) == []


def test_a_tree_of_another_project_is_none(repository: Repository, tmp_path: Path) -> None:
    message = f"mini: go\n\nSee mm/aa.c for it.{SIGNED}"
    repository.commit(message, {"kernel/mini.c": BASE.replace("return mini", "return -mini")})
    other = tmp_path / "other"
    (other / "mm").mkdir(parents=True)
    (other / "mm/ab.c").write_text("int b;\n")
    assert rules_of(reviewed(repository, "HEAD")) == [("unknown-file", 1)]
    assert rules_of(reviewed(repository, "HEAD", open_tree(other))) == []
    assert rules_of(reviewed(repository, "HEAD", NoTree())) == []


def test_what_the_simulator_refuted_is_not_said_again(repository: Repository) -> None:
    message = f"mini: tidy up\n\nNo functional change.{SIGNED}"
    repository.commit(message, {"kernel/mini.c": BASE.replace("\twbinvd();\n", "")})
    change = BehaviourChange("s", "p", 1, "no longer CPU: WBINVD", contradicts=True)
    assert rules_of(reviewed(repository, "HEAD")) == [("unchanged-but", 1)]
    assert rules_of(reviewed(repository, "HEAD", changes=(change,))) == []
