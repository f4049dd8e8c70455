"""Patches for the tests of this package, read from mails as they are sent."""

from __future__ import annotations

from pathlib import Path

from reviewer.check.words.names import Names, Nobody
from reviewer.check.words.text import PatchText, SeriesText
from reviewer.check.words.types import Check, Hit, Question
from reviewer.patch.intake import STDIN, read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import Directory, NoTree, Tree

DIFF = """\
diff --git a/kernel/mini.c b/kernel/mini.c
--- a/kernel/mini.c
+++ b/kernel/mini.c
"""
CHANGE = "-\tready = 1;\n+\tready = 2;\n"


def mail(changelog: str, change: str = CHANGE, *, section: str = "int mini_start(void)") -> str:
    """A mail with a changelog and one hunk."""
    lines = change.splitlines()
    old = sum(line[0] in " -" for line in lines)
    new = sum(line[0] in " +" for line in lines)
    head = "From: A. Writer <writer@example.org>\nSubject: [PATCH] mini: start later\n"
    signed = "Signed-off-by: A. Writer <writer@example.org>"
    hunk = f"@@ -10,{old} +10,{new} @@ {section}\n{change}"
    return f"{head}\n{changelog}\n\n{signed}\n---\n{DIFF}{hunk}"


def patch(text: str) -> PatchText:
    """The only patch of the mail, without a tree."""
    (series,) = read([STDIN], text.encode()).series
    ((patch, reviews),) = zip(series.patches, rebuild(series, NoTree()).patches, strict=True)
    return PatchText(series, patch, reviews)


def hits(
    check: Check,
    text: str,
    *words: str,
    names: Names | None = None,
    tree: Tree | None = None,
) -> list[Hit]:
    """What the check says of the mail."""
    question = Question(patch(text), words, names or Nobody(), tree=tree or NoTree())
    return list(check(question))


def series(*mails: str) -> tuple[PatchText, ...]:
    """The patches of a series of these mails, which share what is asked of it."""
    total = len(mails)
    box = "".join(
        f"From w@example.org Mon Sep 17 00:00:00 2001\n{one}\n".replace(
            "[PATCH]", f"[PATCH {number}/{total}]"
        )
        for number, one in enumerate(mails, 1)
    )
    (found,) = read([STDIN], box.encode()).series
    return SeriesText(found).patches


def kernel(root: Path, **files: str) -> Directory:
    """A tree of these files: `kernel__mini_c` is `kernel/mini.c`."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_c", ".c").replace("_h", ".h")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Directory(root)


def subjects(check: Check, text: str, *words: str, names: Names | None = None) -> list[str]:
    """What the check speaks of."""
    return [hit.subject for hit in hits(check, text, *words, names=names)]
