"""Where the text of a file comes from that a patch is to be applied to."""

from __future__ import annotations

import hashlib

from msgspec import Struct, field

from reviewer.patch.tree import NoTree, Tree
from reviewer.patch.types import Context, FileChange, FileDiff
from reviewer.patch.undo import without

_BLOBS = "index blobs"
# Shorter abbreviations than git's default do not tell files apart.
_SHORTEST = 7


class Base(Struct, frozen=True):
    """A whole file and what it was taken from.

    `origin` is that in words. `touched` says that a patch of the series has left it so, `held`
    how many of the diffs to come the tree's file had in it already.
    """

    text: bytes
    context: Context
    origin: str
    touched: bool = False
    held: int = 0


class Bases(Struct):
    """The files of a tree as the patches of a series so far left them."""

    tree: Tree
    base_commit: str = ""
    _left: dict[str, Base | None] = field(default_factory=dict)
    _used: dict[str, None] = field(default_factory=dict)
    _at_base: Tree | None = None
    _sought: bool = False

    def find(
        self, diff: FileDiff, earlier: dict[str, Base | None], *, collapsed: bool
    ) -> Base | None:
        """The file the diff applies to; for a new file, what stands in its way.

        `earlier` are the files as the patch found them, which copies and renames start from.
        """
        path = diff.old_path or diff.path
        moved = diff.change in (FileChange.RENAME, FileChange.COPY)
        left = earlier if moved else self._left
        found = left[path] if path in left else self._of_tree(path)
        if diff.old_path and not (found and _is_blob(found.text, diff.old_blob)):
            found = self._of_blobs(diff, collapsed=collapsed) or found
        if found:
            self._used[found.origin] = None
        return found

    def leave(self, path: str, base: Base | None) -> None:
        """Keeps what a patch made of a file, None when it deleted it."""
        self._left[path] = base

    def now(self) -> dict[str, Base | None]:
        """The files that the patches so far touched."""
        return dict(self._left)

    def absence(self, path: str) -> str:
        """Why no file was found, `""` when there is no tree that could have it."""
        if path in self._left:
            return "an earlier patch deletes it"
        tree = self._tree()
        if isinstance(tree, NoTree):
            return ""
        return tree.refusal(path) or f"not in {tree.describe()}"

    def describe(self) -> str:
        """What the files were taken from, in words, in the order in which it was used."""
        words = ", ".join(self._used) or (self._at_base or self.tree).describe()
        if self._sought and self._at_base is None and not isinstance(self.tree, NoTree):
            return f"{words} (base commit {self.base_commit[:12]} not found)"
        return words

    @property
    def standing(self) -> Tree:
        """The tree that files are taken from."""
        return self._tree()

    def _of_tree(self, path: str) -> Base | None:
        tree = self._tree()
        text = tree.read(path)
        return None if text is None else Base(text, Context.FULL, tree.describe())

    def _of_blobs(self, diff: FileDiff, *, collapsed: bool) -> Base | None:
        text = self.tree.blob(diff.old_blob)
        if text is None and diff.hunks:
            after = self.tree.blob(diff.new_blob)
            text = None if after is None else without(diff, after, collapsed=collapsed)
        return None if text is None else Base(text, Context.BLOB, _BLOBS)

    def _tree(self) -> Tree:
        """The tree at the series' base commit, the given one where there is no such commit."""
        if self.base_commit and not self._sought:
            self._sought = True
            self._at_base = self.tree.at(self.base_commit)
        return self._at_base or self.tree


def _is_blob(text: bytes, name: str) -> bool:
    """Whether git would give the text this abbreviated name."""
    if len(name) < _SHORTEST or name.strip("0") == "":
        return False
    content = b"blob %d\0%b" % (len(text), text)
    kind = hashlib.sha1 if len(name) <= 40 else hashlib.sha256
    return kind(content, usedforsecurity=False).hexdigest().startswith(name)
