"""A wrong change of a kernel tree as a patch that somebody sends, written in Python or in TOML."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path

from msgspec import Struct, convert

#: A file, the text in it that is replaced where it stands first, and what comes instead.
Change = tuple[str, str, str]
FOLDER = Path(__file__).parent / "mutants"


class Mutant(Struct, frozen=True):
    """Changes of files of a tree; a file that is not there is added.

    `breaks` names the invariant that does not hold any more and says why, `found` the rules of
    which one has to report it as an error, `escapes` why none does.
    """

    kind: str
    title: str
    changes: tuple[Change, ...]
    breaks: str = ""
    found: tuple[str, ...] = ()
    escapes: str = ""

    def patch(self, tree: Path) -> str:
        """The mutant as a mail with a diff."""
        texts: dict[str, str] = {}
        for path, old, new in self.changes:
            text = texts[path] if path in texts else _text(tree / path)
            assert old in text, (self.title, old)
            texts[path] = text.replace(old, new, 1)
        diffs = "".join(_diff(tree, path, text) for path, text in texts.items())
        return (
            "From: A <a@example.org>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
            f"Subject: [PATCH] x86: {self.title}\n\nChange it.\n\n"
            f"Signed-off-by: A <a@example.org>\n---\n{diffs}-- \n2.40\n"
        )


def batch(name: str) -> list[Mutant]:
    """The mutants of a file below `mutants/`."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    return convert(table["mutant"], list[Mutant])


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _diff(tree: Path, path: str, text: str) -> str:
    added = not (tree / path).exists()
    head = "new file mode 100644\n" if added else ""
    lines = difflib.unified_diff(
        _text(tree / path).splitlines(keepends=True),
        text.splitlines(keepends=True),
        "/dev/null" if added else f"a/{path}",
        f"b/{path}",
    )
    return f"diff --git a/{path} b/{path}\n{head}{''.join(lines)}"
