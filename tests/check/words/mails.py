"""Patches for the tests of this package, read from mails as they are sent."""

from __future__ import annotations

from reviewer.check.words.names import Names, Nobody
from reviewer.check.words.text import PatchText
from reviewer.check.words.types import Check, Hit, Question
from reviewer.patch.intake import STDIN, read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import NoTree

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


def hits(check: Check, text: str, *words: str, names: Names | None = None) -> list[Hit]:
    """What the check says of the mail."""
    return list(check(Question(patch(text), words, names or Nobody())))


def subjects(check: Check, text: str, *words: str, names: Names | None = None) -> list[str]:
    """What the check speaks of."""
    return [hit.subject for hit in hits(check, text, *words, names=names)]
