"""Many files of a tree at once: what they are like without reading them, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

from reviewer.patch.tree import MAX_FILE, Commit, Directory, Tree


def stamp(tree: Tree, folder: str, paths: Iterable[str]) -> bytes:
    """Equal for equal files: a commit's name, else the sizes and times of a directory's files.

    Nothing for a tree of which no such thing is known.
    """
    match tree:
        case Commit(_, name):
            said = f"{name}\0{folder}"
        case Directory(root):
            said = "\0".join(f"{path}\0{_status(f'{root}/{path}')}" for path in paths)
        case _:
            return b""
    return blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def names(tree: Tree, folder: str) -> frozenset[str]:
    """The paths of the files in a folder of a directory, no links; nothing for other trees."""
    if not isinstance(tree, Directory) or not (folder and tree.exists(folder)):
        return frozenset()
    try:
        with os.scandir(f"{tree.root}/{folder}") as entries:
            files = (each.name for each in entries if each.is_file(follow_symlinks=False))
            return frozenset(f"{folder}/{name}" for name in files if name.isprintable())
    except OSError:
        return frozenset()


def contents(tree: Tree, path: str) -> bytes | None:
    """The bytes of a file that the tree's own listing names, which so is no link out of it."""
    if not isinstance(tree, Directory):
        return tree.read(path)
    try:
        with Path(f"{tree.root}/{path}").open("rb") as file:
            text = file.read(MAX_FILE + 1)
    except OSError:
        return None
    return text if len(text) <= MAX_FILE else None


def _status(name: str) -> str:
    try:
        found = os.lstat(name)
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"
