from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from reviewer.errors import OutOfTime
from reviewer.patch.alarm import ring
from reviewer.patch.intake import read
from reviewer.patch.tree import Directory, NoTree, Tree, open_tree
from reviewer.patch.types import Series
from reviewer.review.remembered import Said, remembered
from reviewer.review.types import Report
from reviewer.review.whole import whole_review
from reviewer.rule.load import load_rules
from reviewer.source.index.kept import Damaged, Kept
from reviewer.source.index.store import Store
from tests.conftest import FIXTURES


def series(name: str) -> Series:
    (found,) = read([FIXTURES / "series" / name / "series.mbox"]).series
    return found


class Reviewer:
    """Reviews, and counts how often."""

    def __init__(self, tree: Tree, kept: Kept, name: str) -> None:
        self.tree, self.kept, self.series = tree, kept, series(name)
        self.made = 0

    def __call__(self, asked: str = "") -> Report:
        return remembered(self.series, self.tree, asked, self.kept, self.anew)

    def anew(self, tree: Tree) -> Report:
        self.made += 1
        return whole_review(self.series, tree, load_rules(), Store)


@pytest.fixture
def tree(tmp_path: Path) -> Directory:
    shutil.copytree(FIXTURES / "minikernel", tmp_path / "tree")
    return Directory(tmp_path / "tree")


def test_a_report_has_no_part_that_is_forgotten() -> None:
    apart = {"series", "audits"}
    assert {*Said.__struct_fields__} - {"answers"} == {*Report.__struct_fields__} - apart
    types = {each.name: each.type for each in msgspec.structs.fields(Said)}
    assert types["findings"] == types["impossible"]


@pytest.mark.parametrize(
    "name", ["call-in-macro", "flush-where-supported", "setter-in-some-configurations"]
)
def test_a_review_is_said_again_as_it_was(tree: Directory, tmp_path: Path, name: str) -> None:
    review = Reviewer(tree, Kept(tmp_path / "kept"), name)
    first, second = review(), review()
    assert review.made == 1
    assert first.findings
    assert second == first == review.anew(tree)


def test_another_question_is_another_review(tree: Directory, tmp_path: Path) -> None:
    review = Reviewer(tree, Kept(tmp_path / "kept"), "call-in-macro")
    review("one")
    review("other")
    assert review.made == 2
    review.series = msgspec.structs.replace(review.series, total=7)
    review("one")
    assert review.made == 3
    review.tree = NoTree()
    review("one")
    assert review.made == 4


def changes(root: Path) -> dict[str, tuple[Path, str | None]]:
    """A change of each kind of input: the file, and what is in it then; None deletes it."""
    kernel = root / "arch/x86/kernel"
    source = kernel / "machine_kexec_64.c"
    header = root / "arch/x86/include/asm/kexec.h"
    makefile = kernel / "Makefile"
    return {
        "the file": (source, source.read_text() + "\nint later;\n"),
        "a file that is gone": (source, None),
        "a header": (header, header.read_text() + "\n#define mini_more() nothing()\n"),
        "a header that hides another": (kernel / "linux/kexec.h", "#define load_segments()\n"),
        "a new file": (kernel / "more.c", "void more(void)\n{\n\tload_segments();\n}\n"),
        "assembly": (kernel / "relocate_kernel_64.S", ""),
        "how it is compiled": (makefile, makefile.read_text() + "KASAN_SANITIZE := n\n"),
        "Kconfig": (root / "Kconfig", "config KEXEC\n\tbool\n"),
    }


@pytest.mark.parametrize("what", changes(FIXTURES / "minikernel"))
def test_a_changed_input_is_seen(tree: Directory, tmp_path: Path, what: str) -> None:
    review = Reviewer(tree, Kept(tmp_path / "kept"), "call-in-macro")
    review()
    path, text = changes(tree.root)[what]
    path.parent.mkdir(exist_ok=True)
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    assert review() == review.anew(tree)


def test_a_header_changed_there_and_back_leaves_the_review(tree: Directory, tmp_path: Path) -> None:
    review = Reviewer(tree, Kept(tmp_path / "kept"), "call-in-macro")
    review()
    for path in sorted((tree.root / "include").rglob("*.h")):
        text = path.read_bytes()
        path.unlink()
        path.write_bytes(text)
    review()
    assert review.made == 1


def test_a_review_that_ran_out_of_time_is_not_remembered(tree: Directory, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")

    def interrupted(_: Tree) -> Report:
        with pytest.raises(OutOfTime):
            ring(0, None)
        return Report(None, (), ())

    remembered(series("call-in-macro"), tree, "", kept, interrupted)
    assert kept.status() is None


def test_text_that_is_no_unicode_is_not_remembered(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    report = Report(series("call-in-macro"), (), (), base="\udcff")
    again = remembered(series("call-in-macro"), NoTree(), "", kept, lambda _: report)
    assert again == report
    assert kept.status() is None


def test_what_is_kept_may_be_of_another_version(tree: Directory, tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    review = Reviewer(tree, kept, "call-in-macro")
    first = review()
    (path,) = (tmp_path / "kept").iterdir()
    kept.put(bytes.fromhex(path.name), b"\x93\x01\x02\x03")
    assert review() == first
    assert review.made == 2


def test_damage_is_told(tree: Directory, tmp_path: Path) -> None:
    review = Reviewer(tree, Kept(tmp_path / "kept"), "call-in-macro")
    first = review()
    (path,) = (tmp_path / "kept").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged):
        review()
    assert review() == first


def test_a_repository_is_asked_again(tmp_path: Path, minikernel: Path) -> None:
    from tests.patch.repository import Repository

    repository = Repository(tmp_path / "work")
    shutil.copytree(minikernel, repository.root, dirs_exist_ok=True)
    repository.commit("mini: one", {})
    review = Reviewer(open_tree(repository.root), Kept(tmp_path / "kept"), "call-in-macro")
    first = review()
    review.tree = open_tree(repository.root)
    assert review() == first
    assert review.made == 1
