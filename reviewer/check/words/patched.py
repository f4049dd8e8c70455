"""A tree with the patches of a series so far in it, and whether the series is for that tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from reviewer.patch.tree import Tree
from reviewer.patch.types import Context, FileChange, FileReview, Patch, Series


class Patched(Struct):
    """The files of a tree as the patches so far left them; a file known by hunks only is absent."""

    tree: Tree
    texts: dict[str, bytes] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def enter(self, patch: Patch, reviews: Iterable[FileReview]) -> None:
        """Takes in what a patch makes of its files."""
        for diff in patch.files:
            if diff.change in (FileChange.DELETE, FileChange.RENAME) and diff.old_path:
                self.texts.pop(diff.old_path, None)
                self.gone.add(diff.old_path)
            if diff.new_path:
                self.gone.discard(diff.new_path)
                self.texts.setdefault(diff.new_path, b"")
        for each in reviews:
            if each.after is not None and each.after.context is not Context.HUNK:
                self.texts[each.after.path] = each.after.text

    def read(self, path: str) -> bytes | None:
        """The file's bytes."""
        if path in self.gone:
            return None
        return self.texts.get(path) or self.tree.read(path)

    def refusal(self, path: str) -> str:
        """As the tree has it."""
        return self.tree.refusal(path)

    def exists(self, path: str) -> bool:
        """Whether the patches left the file or folder."""
        if path in self.gone:
            return False
        new = path in self.texts or any(one.startswith(f"{path}/") for one in self.texts)
        return new or self.tree.exists(path)

    def blob(self, abbreviated: str) -> bytes | None:
        """As the tree has it."""
        return self.tree.blob(abbreviated)

    def title(self, commit: str) -> str | None:
        """As the tree has it."""
        return self.tree.title(commit)

    def at(self, commit: str) -> Tree | None:
        """A commit, without the patches."""
        return self.tree.at(commit)

    def paths(self, below: str = "") -> Iterator[str]:
        """The files of the tree and those that the patches added."""
        inside = f"{below}/" if below else ""
        added = {path for path in self.texts if path.startswith(inside) or path == below}
        yield from sorted((set(self.tree.paths(below)) | added) - self.gone)

    def describe(self) -> str:
        """As the tree has it."""
        return self.tree.describe()


def is_foreign(series: Series, tree: Tree) -> bool:
    """Whether the tree has none of the files that the series changes: it is another project's."""
    changed = {
        diff.old_path
        for patch in series.patches
        for diff in patch.files
        if diff.old_path and diff.change is not FileChange.ADD
    }
    return bool(changed) and not any(tree.exists(path) for path in changed)
