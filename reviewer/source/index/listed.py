"""Many files of a tree at once: what they are like without reading them, and what is in them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from reviewer.patch.tree import Commit, Directory, Tree


def stamp(tree: Tree, folder: str, paths: Iterable[str]) -> bytes:
    """Equal for equal files: a commit's name, else the sizes and times of a directory's files.

    Nothing for a tree of which no such thing is known.
    """
    match tree:
        case Commit(_, name):
            said = f"{name}\0{folder}"
        case Directory():
            said = "\0".join(f"{path}\0{size} {time}" for path, size, time in tree.stamps(paths))
        case _:
            return b""
    return blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def names(tree: Tree, folder: str) -> frozenset[str]:
    """The paths of the files in a folder of a directory, no links; nothing for other trees."""
    return tree.names(folder) if isinstance(tree, Directory) else frozenset()


def contents(tree: Tree, path: str) -> bytes | None:
    """The bytes of a file that the tree's own listing names, which so is no link out of it."""
    return tree.listed(path) if isinstance(tree, Directory) else tree.read(path)
