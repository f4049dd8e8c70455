"""Series made of edits of a tree: each patch replaces texts in files and has a changelog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from reviewer.patch.intake import read
from reviewer.patch.rebuild import Rebuilt, rebuild
from reviewer.patch.tree import Tree, open_tree
from reviewer.patch.types import Series
from reviewer.review.scope import is_code
from tests.cli.mini import diff, mbox


class Edit(Struct, frozen=True):
    """In a file, a text that stands there once and what replaces it."""

    path: str
    old: str
    new: str


class Change(Struct, frozen=True):
    """One patch."""

    changelog: str
    edits: tuple[Edit, ...]


def mailbox(root: Path, changes: Sequence[Change]) -> bytes:
    """The patches as mails, each upon the ones before it."""
    texts: dict[str, str] = {}
    mails = []
    for number, change in enumerate(changes, 1):
        before = dict(texts)
        for edit in change.edits:
            text = texts.get(edit.path) or (root / edit.path).read_text()
            assert text.count(edit.old) == 1, (edit.path, edit.old)
            before.setdefault(edit.path, text)
            texts[edit.path] = text.replace(edit.old, edit.new)
        paths = dict.fromkeys(edit.path for edit in change.edits)
        patch = "".join(diff(before[path], texts[path], path) for path in paths)
        mails.append(_mail(number, len(changes), change.changelog, patch))
    return mbox(*mails).encode()


def _mail(number: int, total: int, changelog: str, patch: str) -> str:
    reply = "" if number == 1 else "In-Reply-To: <1.edits@example.org>\n"
    return (
        f"From: A Developer <developer@example.org>\nSubject: [PATCH {number}/{total}] Edit\n"
        f"Date: Mon, 1 Jan 2024 00:00:0{number} +0000\nMessage-Id: <{number}.edits@example.org>\n"
        f"{reply}\n{changelog}\n\nSigned-off-by: A Developer <developer@example.org>\n"
        f"---\n{patch}-- \n2.39.5\n"
    )


def series_of(root: Path, *changes: Change) -> tuple[Series, Rebuilt]:
    """The series and its files before and after each patch."""
    (series,) = read([Path("-")], mailbox(root, changes)).series
    return series, rebuild(series, _tree(root), wanted=is_code)


def _tree(root: Path) -> Tree:
    return open_tree(root)
