from __future__ import annotations

from pathlib import Path

from tests.cli.mini import BAD, PATH, SOURCE, Result, diff, mail, make_tree, mbox, run

WORSE = BAD.replace("\taccount();\n", "\taccount();\n\tannounce();\n")


def versions(tmp_path: Path, old: str, new: str) -> Result:
    tree = make_tree(tmp_path / "linux")
    for name, text in (("v1", old), ("v2", new)):
        # A line above, so that every line number differs between the versions.
        moved = text.replace("int unrelated", "int more;\n\nint unrelated")
        (tmp_path / name).write_text(
            mail("mini: account", diff(SOURCE, moved), tag=f"PATCH {name}")
        )
    return run("diff", tmp_path / "v1", tmp_path / "v2", "--tree", tree)


def test_new_kept_and_gone(tmp_path: Path) -> None:
    worse = versions(tmp_path / "a", BAD, WORSE)
    assert worse.code == 1
    assert worse.out.startswith(f"new: {PATH}:15: error: announce is called")
    assert worse.out.endswith("\n1 new, 1 still there, 0 gone\n")
    better = versions(tmp_path / "b", WORSE, BAD)
    assert better.code == 0
    assert better.out.endswith("\n0 new, 1 still there, 1 gone\n")


def test_one_version_a_file(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux")
    one, two = (mail(f"mini {n}", diff(SOURCE, BAD), number=n) for n in (1, 2))
    (tmp_path / "two").write_text(mbox(one, two.replace("account", "announce")))
    result = run("diff", tmp_path / "two", tmp_path / "two", "--tree", tree)
    assert result.code == 2
    assert "it holds 2 series" in result.err
