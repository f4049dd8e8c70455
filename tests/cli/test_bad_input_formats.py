"""Every bad input through every format: well-formed output, harmless text, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.report.formats import FORMATS
from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, make_tree, mbox, run
from tests.report.documents import well_formed

GOOD = diff(SOURCE, SOURCE.replace("x + 1", "x + 2"))
HOSTILE = BAD.replace("account();", 'account("\x1b[2J\u202e</code><script>alert(1)</script>]]>");')
STRAY = diff("void f(void)\n{\n\ta();\n}\n", "void f(void)\n{\n\tload_segments();\n\ta();\n}\n")


def deep(text: str) -> str:
    return diff(SOURCE, BAD.replace("account();", text))


PROSE = "no mail at all"
ODD_MODE = "new file mode 120000\n--- /dev/null\n"
#: Every input that an issue of this project names as bad, and some that ought to be fine.
INPUTS: dict[str, str | bytes] = {
    "empty": "",
    "blank": "\n\n\n",
    "words": PROSE,
    "nul": "\0\0\0\0",
    "bytes": bytes(range(256)) * 20,
    "no-patch": mbox(mail("a discussion", "> quoted\n", tag="RFC")),
    "says-patch": mail("just words", ""),
    "truncated": mail("mini: cut", "\n".join(GOOD.splitlines()[:-3]) + "\n"),
    "binary": mail("mini: b", "diff --git a/f.c b/f.c\nBinary files a/f.c and b/f.c differ\n"),
    "git-binary": mail(
        "mini: b",
        "diff --git a/f.c b/f.c\nindex 1..2 100644\nGIT binary patch\nliteral 4\nLc${NkU|;\n\n",
    ),
    "rename": mail("mini: r", "diff --git a/f.c b/g.c\nrename from f.c\nrename to g.c\n"),
    "mode": mail("mini: m", "diff --git a/f.c b/f.c\nold mode 100644\nnew mode 100755\n"),
    "combined": mail("mini: c", "diff --cc f.c\n--- a/f.c\n+++ b/f.c\n@@@ -1 -1 +1 @@@\n++b\n"),
    "symlink": mail(
        "mini: l",
        f"diff --git a/l.c b/l.c\n{ODD_MODE}+++ b/l.c\n@@ -0,0 +1 @@\n"
        "+/etc/passwd\n\\ No newline at end of file\n",
    ),
    "leaves-tree": mail("mini: x", f"{diff(SOURCE, BAD, '../../etc/x.c')}{GOOD}"),
    "absolute": mail("mini: x", f"--- /etc/x.c\n+++ /etc/x.c\n@@ -1 +1 @@\n-a\n+b\n{GOOD}"),
    "nul-in-code": mail("mini: n", deep("acc\0ount();")),
    "hostile": mail(
        "mini: \x1b]0;owned\x07 \u202etxt.exe <b>\"&'%0A::error::x",
        diff(SOURCE, HOSTILE),
    ),
    "ten-megabytes": mail("mini: long", deep(f'account("{"x" * 10_000_000}");')),
    "nowhere": mail("mini: stray", STRAY),
    "nested": mail("mini: deep", deep("account(" + "(" * 900 + "1" + ")" * 900 + ");")),
    "bad": mail("mini: account", diff(SOURCE, BAD)),
    "two-series": mbox(
        mail("mini: account", diff(SOURCE, BAD)),
        mail("mini: count", GOOD, number=2),
    ),
    "path-with-level": mail("mini: p", diff(SOURCE, BAD, "arch/x86/kernel/ERROR: x.c")),
}


def survives(tree: Path, form: str, *words: str | Path, stdin: bytes = b"") -> None:
    """Asserts what holds for every input and format."""
    result = run("check", *words, "--format", form, stdin=stdin)
    assert "Traceback" not in result.err
    assert "bug in reviewer" not in result.err + result.out
    for stream in (result.out, result.err):
        assert all(line.replace("\t", "").isprintable() for line in stream.split("\n"))
    assert str(tree.parent) not in result.out or form.startswith("b4")
    assert len(result.out) < 1_000_000
    if form.startswith("b4"):
        assert (result.code, result.err) == (0, "")
    if result.code in (0, 1) or result.out:
        well_formed(form, result.out, tree.parent)
    else:
        assert result.err.startswith("reviewer: ")


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("name", INPUTS)
def test_every_format_survives(tmp_path: Path, name: str, form: str) -> None:
    tree = make_tree(tmp_path / "linux")
    patch = tmp_path / "input"
    given = INPUTS[name]
    patch.write_bytes(given if isinstance(given, bytes) else given.encode())
    survives(tree, form, patch, "--tree", tree)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_format_minds_a_tree_that_is_none(tmp_path: Path, form: str) -> None:
    tree = tmp_path / "linux"
    tree.mkdir()
    bad = mail("mini: account", diff(SOURCE, BAD)).encode()
    survives(tree, form, "-", "--tree", tree, stdin=bad)
    survives(tree, form, "-", "--tree", tree / "nowhere", stdin=bad)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_format_minds_rules_that_are_wrong(tmp_path: Path, form: str) -> None:
    tree = make_tree(tmp_path / "linux")
    (tmp_path / "wrong.toml").write_text('kind = "window"\ntitle = 5\nseverity = "fatal"\n')
    words = ("-", "--tree", tree, "--rules", tmp_path / "wrong.toml")
    survives(tree, form, *words, stdin=mail("mini: account", diff(SOURCE, BAD)).encode())


@pytest.mark.slow
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_survives_a_mailbox_of_200_megabytes(tmp_path: Path, form: str) -> None:
    tree = make_tree(tmp_path / "linux")
    words = "There is nothing to see in this line of the discussion, or in the next.\n" * 14_000
    with (tmp_path / "box").open("w") as box:
        for number in range(200):
            box.write(mbox(mail(f"a discussion {number}", words, tag="RFC")))
        box.write(mbox(mail("mini: account", diff(SOURCE, BAD))))
    assert (tmp_path / "box").stat().st_size > 200_000_000
    survives(tree, form, tmp_path / "box", "--tree", tree)


def test_a_path_cannot_pass_for_a_level(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux", **{"ERROR: x.c": SOURCE})
    warn = INPUTS["path-with-level"]
    assert isinstance(warn, str)
    result = run("check", "-", "--tree", tree, "--format", "b4", stdin=warn.encode())
    assert [line.count("ERROR:") for line in result.out.splitlines() if "WARNING" in line] in (
        [],
        [0],
    )
    assert PATH.rsplit("/", 1)[0] in result.out
