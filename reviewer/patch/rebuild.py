"""The files of a series before and after each patch, patch applied upon patch in memory.

A file's text is, in this order: what the patches above it made of it, or the file of the tree (at
the series' base commit where the repository has it), provided that its id is the one the diff's
`index` line names; the blob of that id; the blob that the diff leads to, with the diff undone;
the tree's file whatever its id. Where none of these is there, or no hunk applies, only the hunks
are left, context `hunk`. Where some hunks fail, the file is the tree's with the others applied,
and a Skip names each that failed: what it changes is not analysed.

A tree that holds patches of the series already has them undone first, as far as they can be. A
new file is as the patch sends it, whatever the tree has under its name. Binary files, symbolic
links and submodules have no source text and no review.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.finding import Skip
from reviewer.patch.apply import Result, apply, reverse
from reviewer.patch.bases import Base, Bases
from reviewer.patch.tree import NoTree, Tree, path_fault
from reviewer.patch.types import (
    Applied,
    Context,
    FileChange,
    FileDiff,
    FileReview,
    HunkFate,
    Patch,
    Series,
    SourceFile,
)
from reviewer.patch.undo import history, undone, without_present

_SPECIAL = {"120": "symbolic link", "160": "submodule"}


class Rebuilt(Struct, frozen=True):
    """The files under review of each patch of a series, in the patches' order.

    `base` says in words what the series was applied to ("commit 1f5e7eb7868e", "index blobs",
    "directory linux-source-6.12", "no tree"). `skips` is what could not be rebuilt. `tree` is
    the one that it was applied to: at the series' base commit where the repository has that.
    """

    patches: tuple[tuple[FileReview, ...], ...]
    base: str
    skips: tuple[Skip, ...] = ()
    tree: Tree = NoTree()


def rebuild(
    series: Series, tree: Tree, *, wanted: Callable[[str], bool] = lambda path: True
) -> Rebuilt:
    """The series over the tree; only files whose old or new path is `wanted` are rebuilt.

    The tree is not touched for any other file. A change of mode alone has no review.
    """
    walk = _Walk(series.patches, Bases(tree, series.base_commit), wanted)
    patches = tuple(walk.reviews(index) for index in range(len(series.patches)))
    return Rebuilt(patches, walk.bases.describe(), tuple(walk.skips), walk.bases.standing)


class _Walk(Struct):
    """The way through the patches of a series, the files changing on the way."""

    patches: tuple[Patch, ...]
    bases: Bases
    wanted: Callable[[str], bool]
    skips: list[Skip] = field(default_factory=list)

    def reviews(self, index: int) -> tuple[FileReview, ...]:
        """The wanted files of the patch at that index."""
        patch = self.patches[index]
        earlier = self.bases.now()
        reviews = []
        for diff in patch.files:
            if not any(self.wanted(path) for path in (diff.old_path, diff.new_path) if path):
                continue
            if reason := _no_source(diff):
                self._skip(patch, diff, reason)
            elif diff.hunks or diff.change not in (FileChange.MODIFY, FileChange.MODE):
                base = self.bases.find(diff, earlier, collapsed=patch.collapsed)
                reviews.append(self._review(index, diff, base))
        return tuple(reviews)

    def _review(self, index: int, diff: FileDiff, base: Base | None) -> FileReview:
        patch = self.patches[index]
        if diff.change is FileChange.ADD:
            return self._added(index, diff, base)
        if base is None and diff.change is FileChange.DELETE and diff.hunks:
            return self._deleted_before(patch, diff)
        if base is None:
            return self._unfound(patch, diff)
        result = apply(diff, base.text, collapsed=patch.collapsed)
        if base.held:
            result = replace(result, hunks=_as_present(result.hunks))
        else:
            base, result = self._without_held(index, diff, base, result)
        held = max(0, base.held - 1)
        self._leave(diff, replace(base, text=result.text, touched=True, held=held))
        if diff.hunks and result.failed == len(diff.hunks):
            origin = base.origin
            return self._hunks_only(patch, diff, result.hunks, f"no hunk applies to {origin}")
        self._skip_failed(patch, diff, result.hunks)
        before = SourceFile(diff.old_path or "", base.text, base.context, result.removed)
        after = SourceFile(diff.new_path or "", result.text, base.context, result.added)
        return FileReview(diff, before, after if diff.new_path else None, result.hunks)

    def _without_held(
        self, index: int, diff: FileDiff, base: Base, result: Result
    ) -> tuple[Base, Result]:
        """The file without what the tree holds of the series, and the diff applied to that."""
        collapsed = self.patches[index].collapsed
        present = {hunk.index for hunk in result.hunks if hunk.fate is HunkFate.PRESENT}
        if not base.touched and (present or result.failed == len(diff.hunks) > 0):
            found = undone(tuple(history(self.patches[index:], diff)), base.text)
            if found:
                again = apply(diff, found.text, collapsed=collapsed)
                again = replace(again, hunks=_as_present(again.hunks))
                return replace(base, text=found.text, held=found.count), again
        if present:
            before = without_present(diff, base.text, present, collapsed=collapsed)
            again = apply(diff, before, collapsed=collapsed)
            if again.failed <= result.failed:
                fates = tuple(
                    old if old.index in present else new
                    for old, new in zip(result.hunks, again.hunks, strict=True)
                )
                return replace(base, text=before), replace(again, hunks=fates)
        return base, result

    def _added(self, index: int, diff: FileDiff, standing: Base | None) -> FileReview:
        """A new file as the patch sends it; `standing` is what has its name already."""
        patch = self.patches[index]
        result = apply(diff, b"", collapsed=patch.collapsed)
        fates = result.hunks
        held = 0
        if standing:
            found = undone(tuple(history(self.patches[index:], diff)), standing.text)
            held = found.count if found and not standing.touched else 0
            fates = _as_present(fates) if held else _refused(diff, "the file is there already")
        else:
            self._skip_failed(patch, diff, fates)
        self._leave(diff, Base(result.text, Context.FULL, "", touched=True, held=max(0, held - 1)))
        after = SourceFile(diff.path, result.text, Context.FULL, result.added)
        return FileReview(diff, None, after, fates)

    def _deleted_before(self, patch: Patch, diff: FileDiff) -> FileReview:
        """A deleted file that the tree does not have: its diff holds all of it."""
        self._leave(diff, None)
        result = apply(reverse(diff), b"", collapsed=patch.collapsed)
        fates = _as_present(result.hunks) if self.bases.absence(diff.path) else ()
        before = SourceFile(diff.path, result.text, Context.FULL, result.added)
        return FileReview(diff, before, None, fates)

    def _unfound(self, patch: Patch, diff: FileDiff) -> FileReview:
        """A file of which nothing is known but the hunks."""
        reason = self.bases.absence(diff.old_path or diff.path)
        return self._hunks_only(patch, diff, _refused(diff, reason) if reason else (), reason)

    def _hunks_only(
        self, patch: Patch, diff: FileDiff, fates: tuple[Applied, ...], reason: str
    ) -> FileReview:
        from reviewer.patch.excerpt import excerpt

        if reason:
            self._skip(patch, diff, f"{reason}: only its hunks are analysed")
        shown = excerpt(diff)
        self.skips += [replace(skip, patch=patch.number) for skip in shown.skips]
        return FileReview(diff, shown.before, shown.after, fates)

    def _leave(self, diff: FileDiff, base: Base | None) -> None:
        if diff.old_path and diff.change in (FileChange.RENAME, FileChange.DELETE):
            self.bases.leave(diff.old_path, None)
        if diff.new_path:
            self.bases.leave(diff.new_path, base)

    def _skip_failed(self, patch: Patch, diff: FileDiff, fates: tuple[Applied, ...]) -> None:
        for hunk, fate in zip(diff.hunks, fates, strict=True):
            if fate.fate is HunkFate.FAILED:
                reason = f"hunk {fate.index} does not apply: {fate.reason}"
                self._skip(patch, diff, reason, hunk.new_start)

    def _skip(self, patch: Patch, diff: FileDiff, reason: str, line: int = 0) -> None:
        self.skips.append(Skip(diff.path, line, reason, patch=patch.number))


def _no_source(diff: FileDiff) -> str:
    """Why the diff is not one of source text, `""` when it is."""
    if diff.change is FileChange.BINARY:
        return "binary file"
    for path in (diff.old_path, diff.new_path):
        if path and (fault := path_fault(path)):
            return fault
    kinds = [_SPECIAL[mode[:3]] for mode in (diff.old_mode, diff.new_mode) if mode[:3] in _SPECIAL]
    return kinds[-1] if kinds else ""


def _as_present(fates: tuple[Applied, ...]) -> tuple[Applied, ...]:
    return tuple(
        fate if fate.fate is HunkFate.FAILED else Applied(fate.index, HunkFate.PRESENT)
        for fate in fates
    )


def _refused(diff: FileDiff, reason: str) -> tuple[Applied, ...]:
    return tuple(
        Applied(index, HunkFate.FAILED, reason=reason) for index, _ in enumerate(diff.hunks, 1)
    )
