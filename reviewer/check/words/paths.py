"""Files that words name and the tree does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from reviewer.check.words.text import PatchText
from reviewer.check.words.types import Hit, Question
from reviewer.patch.late import late
from reviewer.patch.tree import NoTree, Tree

_FILE = late(
    r"(?<![\w/.:~$@%*<\"+-])((?:[\w+-][\w.+-]*/)+[\w+-][\w.+-]*\.(?:c|h|S|rst|dtsi?|yaml|lds))"
    r"(?![\w/*>-])"
)
#: Words with which a sentence speaks of a file that is not there any more, or not yet.
_ELSEWHEN = late(
    r"\b(?:re-?nam\w+|mov\w+|remov\w+|delet\w+|former\w*|old\w*|generat\w+|out.of.tree|split\w*)\b",
    re.IGNORECASE,
)
#: How alike two file names must be before one is held for the other.
ALIKE = 0.8


def unknown_file(question: Question) -> Iterator[Hit]:
    """A path that neither the series nor the tree has, in a folder that has a near name.

    A path may be relative to a folder above a file of the patch, or to one of the header folders.
    """
    patch, tree = question.patch, question.tree
    if isinstance(tree, NoTree):
        return
    ours = _paths(patch)
    told: set[str] = set()
    lines = [(patch.subject, patch.subject.text), *((one.line, one.words) for one in patch.spoken)]
    for line, words in lines:
        for match in _FILE.finditer(words):
            path = match[1]
            if path.startswith(("a/", "b/")):
                continue
            if path in told or _ELSEWHEN.search(words) or _is_there(path, tree, ours):
                continue
            near = _near(path, tree, ours)
            if near:
                told.add(path)
                yield Hit(path, line.text.strip(), line.location, line.mail, near)


def _paths(patch: PatchText) -> frozenset[str]:
    """The files of every patch of the series, on both sides."""
    return frozenset(
        path
        for other in patch.series.patches
        for diff in other.files
        for path in (diff.old_path, diff.new_path)
        if path
    )


def _is_there(path: str, tree: Tree, ours: frozenset[str]) -> bool:
    if any(one == path or one.endswith(f"/{path}") for one in ours):
        return True
    return any(tree.exists(f"{folder}{path}") for folder in _folders(ours))


def _folders(ours: Iterable[str]) -> tuple[str, ...]:
    """Where a path may begin: at the top, in a folder above a file, among headers, in tools."""
    found = {"": None, "include/": None, "include/uapi/": None, "Documentation/": None}
    for path in sorted(ours):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            found.update(dict.fromkeys((f"{above}/", f"{above}/include/", f"{above}/boot/dts/")))
    return tuple(found)


def _near(path: str, tree: Tree, ours: frozenset[str]) -> str:
    """The file of the named folder, or of the series, whose name is most like it."""
    folder, _, name = path.rpartition("/")
    inside = [
        one.rpartition("/")[2]
        for one in (tree.paths(folder) if tree.exists(folder) else ())
        if one.rpartition("/")[0] == folder
    ]
    if close := get_close_matches(name, inside, 1, ALIKE):
        return f"{folder}/{close[0]}"
    same = sorted(one for one in ours if one.rpartition("/")[2] == name)
    return same[0] if same else ""
