from __future__ import annotations

from pathlib import Path

from reviewer.check.words.patched import Patched, is_foreign
from reviewer.patch.rebuild import rebuild
from tests.check.words.mails import CHANGE, kernel, mail, series

GONE = "diff --git a/mm/a.c b/mm/a.c\ndeleted file mode 100644\n--- a/mm/a.c\n+++ /dev/null\n"


def test_the_tree_as_the_patches_left_it(tmp_path: Path) -> None:
    tree = kernel(tmp_path, kernel__mini_c="\n" * 9 + "\tready = 1;\n", mm__a_c="int a;\n")
    removal = mail("Go.").partition("diff --git")[0] + GONE + "@@ -1 +0,0 @@\n-int a;\n"
    (one, two) = series(mail("Go.", CHANGE), removal)
    left = Patched(tree)
    reviews = rebuild(one.series, tree).patches
    left.enter(one.patch, reviews[0])
    assert left.read("kernel/mini.c") == b"\n" * 9 + b"\tready = 2;\n"
    assert left.exists("mm/a.c")
    left.enter(two.patch, reviews[1])
    assert (left.read("mm/a.c"), left.exists("mm/a.c")) == (None, False)
    assert list(left.paths()) == ["kernel/mini.c"]
    assert list(tree.paths()) == ["kernel/mini.c", "mm/a.c"]


def test_a_tree_of_another_project_has_none_of_the_files(tmp_path: Path) -> None:
    (patch,) = series(mail("Go."))
    assert is_foreign(patch.series, kernel(tmp_path, mm__a_c="int a;"))
    assert not is_foreign(patch.series, kernel(tmp_path, kernel__mini_c="int a;"))
