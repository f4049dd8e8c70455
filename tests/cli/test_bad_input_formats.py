"""Every bad input through every format: well-formed output, harmless text, no traceback."""

from __future__ import annotations

import json
import mailbox
from email import message_from_string, policy
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reviewer.report.formats import FORMATS
from tests.cli.mini import BAD, PATH, SOURCE, diff, mail, make_tree, mbox, run
from tests.report import sarif

GOOD = diff(SOURCE, SOURCE.replace("x + 1", "x + 2"))
HOSTILE = BAD.replace("account();", 'account("\x1b[2J\u202e</code><script>alert(1)</script>]]>");')
STRAY = diff("void f(void)\n{\n\ta();\n}\n", "void f(void)\n{\n\tload_segments();\n\ta();\n}\n")


def deep(text: str) -> str:
    return diff(SOURCE, BAD.replace("account();", text))


INPUTS = {
    "empty": "",
    "words": "no mail at all",
    "nul": "\0\0\0\0",
    "no-patch": mbox(mail("a discussion", "> quoted\n", tag="RFC")),
    "says-patch": mail("just words", ""),
    "truncated": mail("mini: cut", "\n".join(GOOD.splitlines()[:-3]) + "\n"),
    "binary": mail("mini: b", "diff --git a/f.c b/f.c\nBinary files a/f.c and b/f.c differ\n"),
    "rename": mail("mini: r", "diff --git a/f.c b/g.c\nrename from f.c\nrename to g.c\n"),
    "mode": mail("mini: m", "diff --git a/f.c b/f.c\nold mode 100644\nnew mode 100755\n"),
    "combined": mail("mini: c", "diff --cc f.c\n--- a/f.c\n+++ b/f.c\n@@@ -1 -1 +1 @@@\n++b\n"),
    "symlink": mail(
        "mini: l",
        "diff --git a/l.c b/l.c\nnew file mode 120000\n--- /dev/null\n+++ b/l.c\n@@ -0,0 +1 @@\n"
        "+/etc/passwd\n\\ No newline at end of file\n",
    ),
    "leaves-tree": mail("mini: x", f"{diff(SOURCE, BAD, '../../etc/x.c')}{GOOD}"),
    "absolute": mail("mini: x", f"--- /etc/x.c\n+++ /etc/x.c\n@@ -1 +1 @@\n-a\n+b\n{GOOD}"),
    "nul-in-code": mail("mini: n", deep("acc\0ount();")),
    "hostile": mail(
        "mini: \x1b]0;owned\x07 \u202etxt.exe <b>\"&'%0A::error::x",
        diff(SOURCE, HOSTILE),
    ),
    "long-line": mail("mini: long", deep(f'account("{"x" * 200_000}");')),
    "nowhere": mail("mini: stray", STRAY),
    "nested": mail("mini: deep", deep("account(" + "(" * 900 + "1" + ")" * 900 + ");")),
    "bad": mail("mini: account", diff(SOURCE, BAD)),
    "path-with-level": mail("mini: p", diff(SOURCE, BAD, "arch/x86/kernel/ERROR: x.c")),
}


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.scripts += tag == "script"
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def well_formed(form: str, text: str, scratch: Path) -> None:
    match form:
        case "json" | "rdjson" | "b4-review":
            json.loads(text)
        case "sarif":
            sarif.validate(json.loads(text))
        case "junit":
            ElementTree.fromstring(text.encode())
        case "html":
            page = _Page()
            page.feed(text)
            assert (page.open, page.scripts) == ([], 1)
        case "reply" if text.startswith("From "):
            (scratch / "replies").write_text(text)
            assert all(each["Subject"] for each in mailbox.mbox(scratch / "replies"))
        case "reply" if text:
            message = message_from_string(text, policy=policy.default)
            assert message["Subject"].startswith("Re: ")
            assert not message.defects
            assert all(len(line.encode()) <= 998 for line in text.split("\n"))
        case "github":
            assert all(line.startswith("::") for line in text.splitlines())
        case "b4":
            assert all(text.splitlines())


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("name", INPUTS)
def test_every_format_survives(tmp_path: Path, name: str, form: str) -> None:
    tree = make_tree(tmp_path / "linux")
    patch = tmp_path / "input"
    patch.write_text(INPUTS[name])
    result = run("check", patch, "--tree", tree, "--format", form)
    assert "Traceback" not in result.err
    assert "bug in reviewer" not in result.err + result.out
    for stream in (result.out, result.err):
        assert all(line.replace("\t", "").isprintable() for line in stream.split("\n"))
    assert str(tree.parent) not in result.out or form.startswith("b4")
    if form.startswith("b4"):
        assert (result.code, result.err) == (0, "")
    if result.code in (0, 1) or form.startswith("b4"):
        well_formed(form, result.out, tmp_path)


def test_a_path_cannot_pass_for_a_level(tmp_path: Path) -> None:
    tree = make_tree(tmp_path / "linux", **{"ERROR: x.c": SOURCE})
    warn = INPUTS["path-with-level"]
    result = run("check", "-", "--tree", tree, "--format", "b4", stdin=warn.encode())
    assert [line.count("ERROR:") for line in result.out.splitlines() if "WARNING" in line] in (
        [],
        [0],
    )
    assert PATH.rsplit("/", 1)[0] in result.out
