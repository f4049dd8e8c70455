"""What `reviewer check` is asked to check, told apart: files, stdin, revisions, the index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from reviewer.errors import InputError

STDIN = "-"


class Targets(Struct, frozen=True):
    """Files, of which `-` is stdin, or a revision range, or the index."""

    paths: tuple[Path, ...] = ()
    revisions: str = ""
    staged: bool = False


def sort_targets(words: Sequence[str], *, staged: bool) -> Targets:
    """The command's arguments sorted: `-` is stdin, an existing path a file, the rest revisions.

    Raises:
        InputError: there is nothing to check, or things that cannot be checked together.
    """
    paths = tuple(Path(word) for word in words if _exists(word))
    revisions = [word for word in words if not _exists(word)]
    if staged and words:
        raise InputError("--staged takes no files and no revisions", remedy="leave one of them out")
    if not staged and not words:
        raise InputError(
            "nothing to check",
            remedy="name a revision range, patch files or mailboxes, - for stdin, or --staged",
        )
    if revisions and paths:
        raise InputError(
            f"{revisions[0]!r} is no file, so it is read as a revision, and files are named too",
            remedy="correct the file's name, or check revisions and files one after the other",
        )
    if len(revisions) > 1:
        raise InputError(
            f"{revisions[0]!r} and {revisions[1]!r} are no files, so they are read as revisions",
            remedy="correct the files' names, or give one range as A..B",
        )
    return Targets(paths, "".join(revisions), staged)


def _exists(word: str) -> bool:
    try:
        return word == STDIN or Path(word).exists()
    except (OSError, ValueError):  # a name too long or with a NUL byte
        return False
