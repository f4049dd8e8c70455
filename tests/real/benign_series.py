"""Series that break nothing, written as replacements in a real tree and sent as mails."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent / "benign"


class Edit(Struct, frozen=True, array_like=True):
    """A replacement in a file: of the first place, or of every one where `path` begins with `*`.

    An empty `old` makes the file, an empty `new` with an `old` of `*` deletes it.
    """

    path: str
    old: str
    new: str

    def applied(self, text: str) -> str | None:
        if not self.old:
            return self.new
        if self.old == "*":
            return self.new or None
        assert self.old in text, (self.path, self.old)
        return text.replace(self.old, self.new, -1 if self.path.startswith("*") else 1)


class Patch(Struct, frozen=True):
    """What one mail says and does."""

    title: str
    log: str
    edits: tuple[Edit, ...]


class Series(Struct, frozen=True):
    """Patches that are sent together, for the tree of one release."""

    release: str
    patch: tuple[Patch, ...]
    #: Rules of which the series must be shown to fix a finding.
    fixes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.patch[-1].title

    def mails(self, tree: Path, files: Mapping[str, str]) -> str:
        """The series as a mailbox of git format-patch."""
        texts: dict[str, str | None] = {}
        return "".join(
            _mail(patch, number, len(self.patch), "".join(_diffs(patch, tree, files, texts)))
            for number, patch in enumerate(self.patch, 1)
        )


class Batch(Struct, frozen=True):
    """Series that were written together, and the names of the files they speak of."""

    series: tuple[Series, ...]
    files: dict[str, str]


def load(name: str) -> Batch:
    """The batch of that name."""
    return msgspec.convert(tomllib.loads((FOLDER / f"{name}.toml").read_text()), Batch)


def _diffs(
    patch: Patch, tree: Path, files: Mapping[str, str], texts: dict[str, str | None]
) -> Iterator[str]:
    """The diffs of a patch; `texts` are the files before it, then after it."""
    before: dict[str, str | None] = {}
    for edit in patch.edits:
        name = edit.path.removeprefix("*")
        path = files.get(name, name)
        if path not in texts:
            file = tree / path
            texts[path] = file.read_text() if file.exists() else None
        before.setdefault(path, texts[path])
        texts[path] = edit.applied(texts[path] or "")
    for path, old in before.items():
        new = texts[path]
        yield f"diff --git a/{path} b/{path}\n"
        if old is None:
            yield "new file mode 100644\n"
        if new is None:
            yield "deleted file mode 100644\n"
        yield from difflib.unified_diff(
            (old or "").splitlines(keepends=True),
            (new or "").splitlines(keepends=True),
            "/dev/null" if old is None else f"a/{path}",
            "/dev/null" if new is None else f"b/{path}",
        )


def _mail(patch: Patch, number: int, total: int, diff: str) -> str:
    count = f" {number}/{total}" if total > 1 else ""
    return (
        f"From {number:040x} Mon Sep 17 00:00:00 2001\n"
        "From: Ada Example <ada@example.org>\n"
        f"Date: Mon, 1 Jan 2024 00:00:{number:02} +0000\n"
        f"Message-ID: <{number}@example.org>\n"
        f"Subject: [PATCH{count}] {patch.title}\n\n{patch.log.strip()}\n\n"
        f"Signed-off-by: Ada Example <ada@example.org>\n---\n\n{diff}-- \n2.43.0\n\n"
    )
