"""Files of a patch to the text of a git diff, of which `diff.parse` gives the same files back.

The similarity of a rename with hunks and the bytes of a binary change are not kept in the values,
so neither is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reviewer.patch.hunk_header import NO_NEWLINE, HunkHeader
from reviewer.patch.paths import DEV_NULL, quote
from reviewer.patch.types import FileChange, FileDiff, Hunk


def render(files: Iterable[FileDiff]) -> str:
    """The diff as `git diff` prints it, `""` for no files."""
    return "".join(f"{line}\n" for diff in files for line in _file(diff))


def _file(diff: FileDiff) -> Iterator[str]:
    old, new = quote(f"a/{diff.old_path}"), quote(f"b/{diff.new_path}")
    one = diff.path
    yield f"diff --git {quote(f'a/{diff.old_path or one}')} {quote(f'b/{diff.new_path or one}')}"
    yield from _modes(diff)
    if diff.old_blob:
        same = diff.old_mode if diff.old_mode == diff.new_mode else ""
        yield f"index {diff.old_blob}..{diff.new_blob} {same}".rstrip()
    old = DEV_NULL if diff.old_path is None else old
    new = DEV_NULL if diff.new_path is None else new
    if diff.change is FileChange.BINARY:
        yield f"Binary files {old} and {new} differ"
    if diff.hunks:
        yield f"--- {_tabbed(old)}"
        yield f"+++ {_tabbed(new)}"
    for hunk in diff.hunks:
        yield from _hunk(hunk)


def _modes(diff: FileDiff) -> Iterator[str]:
    """The extended header lines above `index`."""
    if diff.old_path is None and diff.new_mode:
        yield f"new file mode {diff.new_mode}"
    elif diff.new_path is None and diff.old_mode:
        yield f"deleted file mode {diff.old_mode}"
    elif diff.old_mode != diff.new_mode:
        yield f"old mode {diff.old_mode}"
        yield f"new mode {diff.new_mode}"
    if None in (diff.old_path, diff.new_path) or diff.old_path == diff.new_path:
        return
    verb = "copy" if diff.change is FileChange.COPY else "rename"
    if not diff.hunks and diff.change is not FileChange.BINARY:
        yield "similarity index 100%"
    yield f"{verb} from {quote(str(diff.old_path))}"
    yield f"{verb} to {quote(str(diff.new_path))}"


def _hunk(hunk: Hunk) -> Iterator[str]:
    ranges = HunkHeader(hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count)
    yield f"{ranges} {hunk.section}" if hunk.section else str(ranges)
    for line in hunk.lines:
        yield f"{line.kind}{line.text}"
        if not line.newline:
            yield NO_NEWLINE


def _tabbed(name: str) -> str:
    """The name on a `---` or `+++` line, where git ends one with blanks by a tab."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name
