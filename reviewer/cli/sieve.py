"""Which of many files are worth more than one look at their bytes.

A whole tree is mostly files that no rule can say anything about. They are read here without the
care that a tree takes with names, for a folder's own listing has none that lead out of it.
"""

from __future__ import annotations

import os
from pathlib import Path

from reviewer.patch.tree import MAX_FILE, path_fault
from reviewer.review.relevance import RuleBook


def worth_reading(root: Path, path: str, book: RuleBook) -> bool:
    """Whether a rule may speak of the file, or it is one that there is something to say of.

    `path` is that of a regular file in a listing of `root`. What cannot be read, is too large or
    has a name that is refused is left to the tree, which says why.
    """
    if not path.isprintable() and path_fault(path):
        return True
    if not looks_at(path, book):
        return False
    text = _bytes(f"{root}/{path}")
    return text is None or book.relevant(path, text, in_tree=True)


def looks_at(path: str, book: RuleBook) -> bool:
    """Whether what is in the file may matter to a rule."""
    return any(each.looks_at(path) for each in book.sieves)


def _bytes(name: str) -> bytes | None:
    """The file's bytes, None where it cannot be read or is too large."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        size = os.fstat(descriptor).st_size
        return None if size > MAX_FILE else _whole(descriptor, size)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _whole(descriptor: int, size: int) -> bytes | None:
    """All of an open file, None where it is not as long as it was said to be."""
    text = os.read(descriptor, size + 1)
    return text if len(text) == size else None
