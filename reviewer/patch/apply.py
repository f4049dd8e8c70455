"""One file's diff applied to bytes in memory, as patch(1) does it.

Context and removed lines come from the file, never from the diff; only added lines are the
diff's. A hunk is looked for exactly, then as already applied, then modulo white space, then with
one and two outer context lines ignored.

Unlike patch(1), a hunk with less context at one end is not tied to the start or end of the file,
and a hunk that needs fuzz does not go far from where it is expected unless the function heading
of its `@@` line stands above it there: over 791 real patches against later kernels most of those
that did had landed in another function.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from reviewer.finding import Location
from reviewer.patch.locate import Page, distinctive, split
from reviewer.patch.types import Applied, FileChange, FileDiff, Hunk, HunkFate, Line, LineKind

MAX_FUZZ = 2
# How far from its expected line a hunk may go with fuzz when no heading vouches for the place.
NEAR = 100
# Each distinct line of a diff is one code point while it is looked for.
MAX_LINES = 1_000_000


class Result(Struct, frozen=True):
    """A file with a diff applied to it, and the fate of each hunk in order.

    `removed` are the lines of the given file that went away, `added` the lines of `text` that
    are new, both counted from 1.
    """

    text: bytes
    hunks: tuple[Applied, ...]
    removed: frozenset[int] = frozenset()
    added: frozenset[int] = frozenset()

    @property
    def failed(self) -> int:
        """How many hunks did not apply."""
        return sum(hunk.fate is HunkFate.FAILED for hunk in self.hunks)


class _Place(Struct, frozen=True):
    """Where the part of a hunk that was matched begins, and how many lines were cut from it."""

    at: int
    fate: HunkFate
    fuzz: int = 0
    cut_above: int = 0
    cut_below: int = 0
    white_space: bool = False


def apply(diff: FileDiff, text: bytes, *, collapsed: bool = False) -> Result:
    """The file after the hunks that apply; the others are FAILED and change nothing.

    `collapsed` says that the diff lost its white space: it is then matched without it and the
    added lines get the tree's indentation back. Otherwise that is the last resort. A hunk whose
    result stands in the file already is PRESENT and changes nothing.
    """
    if sum(len(hunk.lines) for hunk in diff.hunks) > MAX_LINES:
        reason = f"the diff has over {MAX_LINES} lines"
        return Result(text, tuple(_failed(index, reason) for index, _ in enumerate(diff.hunks, 1)))
    page = Page(split(text), (encoded(line) for line in diff.lines))
    splice = _Splice(page.lines)
    fates = []
    drift = 0
    for index, hunk in enumerate(diff.hunks, 1):
        start = hunk.old_start - (1 if hunk.old_count else 0)
        place = _place(hunk, page, start + drift, splice.done, collapsed=collapsed)
        if place is None:
            fates.append(_explained(diff, index, hunk, page, start + drift))
            continue
        offset = place.at - place.cut_above - start
        drift = offset
        if place.fate is HunkFate.PRESENT:
            splice.keep_until(place.at + _last_change(hunk, LineKind.REMOVED))
            drift += hunk.added - hunk.removed
        else:
            splice.put(hunk, place, collapsed=collapsed)
        fate = HunkFate.OFFSET if offset and place.fate is HunkFate.EXACT else place.fate
        fates.append(Applied(index, fate, offset=offset, fuzz=place.fuzz))
    return splice.result(tuple(fates))


def reverse(diff: FileDiff) -> FileDiff:
    """The diff that undoes this one; that of a copy leads from the copy back to its source."""
    change = {FileChange.ADD: FileChange.DELETE, FileChange.DELETE: FileChange.ADD}
    return replace(
        diff,
        change=change.get(diff.change, diff.change),
        old_path=diff.new_path,
        new_path=diff.old_path,
        old_blob=diff.new_blob,
        new_blob=diff.old_blob,
        old_mode=diff.new_mode,
        new_mode=diff.old_mode,
        hunks=tuple(_reverse_hunk(hunk) for hunk in diff.hunks),
    )


class _Splice:
    """The output, written from the top of the file down."""

    def __init__(self, lines: list[bytes]) -> None:
        self._old = lines
        self._new: list[bytes] = []
        self._removed: set[int] = set()
        self._added: set[int] = set()
        self.done = 0

    def keep_until(self, index: int) -> None:
        """Copies the lines above `index` as they are."""
        self._new += self._old[self.done : index]
        self.done = max(self.done, index)

    def put(self, hunk: Hunk, place: _Place, *, collapsed: bool) -> None:
        """Makes the hunk's change; lines of context stay as the file has them."""
        lines = _without_outer_context(hunk)
        at = place.at + _leading(hunk) - place.cut_above
        self.keep_until(at)
        added = [encoded(line) for line in lines if line.kind is LineKind.ADDED]
        if place.white_space:
            added = _respaced(hunk, place, self._old, added, collapsed=collapsed)
        fresh = iter(added)
        for line in lines:
            if line.kind is LineKind.ADDED:
                self._new.append(next(fresh))
                self._added.add(len(self._new))
                continue
            if line.kind is LineKind.REMOVED:
                self._removed.add(self.done + 1)
            else:
                self._new.append(self._old[self.done])
            self.done += 1

    def result(self, fates: tuple[Applied, ...]) -> Result:
        """The whole file; only its last line may lack a line feed."""
        self.keep_until(len(self._old))
        ended = [line if line.endswith(b"\n") else line + b"\n" for line in self._new[:-1]]
        text = b"".join([*ended, *self._new[-1:]])
        return Result(text, fates, frozenset(self._removed), frozenset(self._added))


def _place(hunk: Hunk, page: Page, expected: int, first: int, *, collapsed: bool) -> _Place | None:
    """Where the hunk goes in the file, the surest way of matching it first."""
    olds = [encoded(line) for line in hunk.lines if line.kind is not LineKind.ADDED]
    for white_space in (True,) if collapsed else (False, True):
        at = page.nearest(olds, expected, first, modulo_white_space=white_space)
        if at is not None:
            fate = HunkFate.WHITESPACE if white_space else HunkFate.EXACT
            return _Place(at, fate, white_space=white_space)
        at = _present(hunk, page, expected, first, white_space=white_space)
        if at is not None:
            return _Place(at, HunkFate.PRESENT)
    return _fuzzy(hunk, olds, page, expected, first, collapsed=collapsed)


def _present(hunk: Hunk, page: Page, expected: int, first: int, *, white_space: bool) -> int | None:
    """Where the hunk's result stands already; a removal leaves too little to tell it by."""
    news = [encoded(line) for line in hunk.lines if line.kind is not LineKind.REMOVED]
    if not distinctive(news) or (not hunk.added and len(news) < 4):
        return None
    return page.nearest(news, expected, first, modulo_white_space=white_space)


def _fuzzy(
    hunk: Hunk, olds: list[bytes], page: Page, expected: int, first: int, *, collapsed: bool
) -> _Place | None:
    """Where the hunk goes when outer lines of context are ignored, the longer end's first."""
    above, below = _leading(hunk), _trailing(hunk)
    context = max(above, below)
    for fuzz in range(1, min(MAX_FUZZ, context) + 1):
        cut_above, cut_below = max(0, fuzz + above - context), max(0, fuzz + below - context)
        run = olds[cut_above : len(olds) - cut_below]
        if not distinctive(run):
            return None
        for white_space in (True,) if collapsed else (False, True):
            at = page.nearest(run, expected + cut_above, first, modulo_white_space=white_space)
            if at is None:
                continue
            if abs(at - cut_above - expected) <= NEAR or page.under(hunk.section, at):
                return _Place(at, HunkFate.FUZZ, fuzz, cut_above, cut_below, white_space)
    return None


def _explained(diff: FileDiff, index: int, hunk: Hunk, page: Page, expected: int) -> Applied:
    """The fate of a hunk that stands nowhere, with the reason and the nearest place."""
    numbered = [pair for pair in enumerate(hunk.lines, 1) if pair[1].kind is not LineKind.ADDED]

    def describe(at: int) -> str:
        number, line = numbered[at]
        kind = "context" if line.kind is LineKind.CONTEXT else "removed"
        return f"{kind} line {number} of hunk {index}"

    found = page.resemblance([encoded(line) for _, line in numbered], expected, describe)
    path = diff.old_path or diff.path
    nearest = None if found.index is None else Location(path, found.index + 1)
    return _failed(index, found.reason, nearest)


def _failed(index: int, reason: str, nearest: Location | None = None) -> Applied:
    return Applied(index, HunkFate.FAILED, reason=reason, nearest=nearest)


def _respaced(
    hunk: Hunk, place: _Place, old: list[bytes], added: list[bytes], *, collapsed: bool
) -> list[bytes]:
    """The added lines with the white space of the lines that the hunk matched.

    A hunk that has tabs of its own and differs in white space elsewhere keeps them.
    """
    lines = hunk.lines[place.cut_above : len(hunk.lines) - place.cut_below]
    count = sum(line.kind is not LineKind.ADDED for line in lines)
    tree = old[place.at : place.at + count]
    lost = not any(line.text.startswith("\t") for line in hunk.lines)
    if collapsed or (lost and any(line.startswith(b"\t") for line in tree)):
        from reviewer.patch.indent import restore

        return restore(lines, added, tree)
    if tree and all(line.endswith(b"\r\n") for line in tree):
        return [line.rstrip(b"\r\n") + b"\r\n" for line in added]
    return added


def _without_outer_context(hunk: Hunk) -> tuple[Line, ...]:
    return hunk.lines[_leading(hunk) : len(hunk.lines) - _trailing(hunk)]


def _leading(hunk: Hunk) -> int:
    """How many lines of context the hunk begins with; all of them when it changes nothing."""
    for index, line in enumerate(hunk.lines):
        if line.kind is not LineKind.CONTEXT:
            return index
    return len(hunk.lines)


def _trailing(hunk: Hunk) -> int:
    """How many lines of context the hunk ends with; none when it changes nothing."""
    for index, line in enumerate(reversed(hunk.lines)):
        if line.kind is not LineKind.CONTEXT:
            return index
    return 0


def _last_change(hunk: Hunk, other: LineKind) -> int:
    """How many lines the side without `other` has down to its last change."""
    lines = hunk.lines[: len(hunk.lines) - _trailing(hunk)]
    return sum(line.kind is not other for line in lines)


def encoded(line: Line) -> bytes:
    """The bytes of a line with its line feed, if it has one."""
    end = b"\n" if line.newline else b""
    try:
        return line.text.encode("utf-8", "surrogateescape") + end
    except UnicodeEncodeError:  # a lone surrogate that the mail's charset smuggled in
        return line.text.encode("utf-8", "replace") + end


def _reverse_hunk(hunk: Hunk) -> Hunk:
    kinds = {
        LineKind.ADDED: LineKind.REMOVED,
        LineKind.REMOVED: LineKind.ADDED,
        LineKind.CONTEXT: LineKind.CONTEXT,
    }
    return replace(
        hunk,
        old_start=hunk.new_start,
        old_count=hunk.new_count,
        new_start=hunk.old_start,
        new_count=hunk.old_count,
        lines=tuple(
            replace(line, kind=kinds[line.kind], old=line.new, new=line.old) for line in hunk.lines
        ),
    )
