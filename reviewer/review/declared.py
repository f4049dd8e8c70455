"""Which files a rule on every function of assembly that C declares has to look at.

All declarations of a tree are many files. Only those are read that stand beside an assembly file in
question or in the include folders; and an assembly file is in question where it is touched itself,
or where a changed line of C speaks of a function that it defines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from reviewer.check.prefilter import contained

if TYPE_CHECKING:
    from reviewer.patch.tree import Tree
    from reviewer.patch.types import FileReview
    from reviewer.rule.contract_types import ContractRule

_SPOKEN = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_BEGUN = re.compile(rb"(?:START\w*|ENTRY)\(\s*(\w+)")
_INCLUDE = "/include/"


def assembly_asked_about(
    rule: ContractRule, reviews: Iterable[FileReview], tree: Tree
) -> frozenset[str]:
    """The assembly files whose functions, or whose functions' declarations, are touched."""
    found: set[str] = set()
    spoken: dict[str, set[bytes]] = {}
    for each in reviews:
        path = each.diff.path
        if not contained(rule.body.scope, path):
            continue
        if path.endswith(".S"):
            found.add(path)
        elif names := _changed_names(each):
            spoken.setdefault(_below(path), set()).update(names)
    for below, wanted in spoken.items():
        for path in tree.paths(below):
            if _defines(path, below) and contained(rule.body.scope, path):
                text = tree.read(path) or b""
                if not wanted.isdisjoint(_BEGUN.findall(text)):
                    found.add(path)
    return frozenset(found)


def files_beside(rule: ContractRule, assembly: Iterable[str], tree: Tree) -> Iterator[str]:
    """The assembly files, and the files of C that may declare what they define."""
    paths = tuple(assembly)
    folders = {_folder(path) for path in paths}
    roots = {"/".join((*path.split("/")[:2], "include")) for path in paths}
    yield from paths
    for below in sorted(folders | roots):
        for path in tree.paths(below):
            beside = _folder(path) == below or below in roots
            if beside and path.endswith((".c", ".h")) and contained(rule.body.scope, path):
                yield path


def _changed_names(each: FileReview) -> set[bytes]:
    """Names that a parenthesis follows in the changed lines and the line that begins their hunk."""
    lines = (line.text for line in each.diff.lines if line.kind.value != " ")
    return {name.encode() for line in lines for name in _SPOKEN.findall(line)}


def _below(path: str) -> str:
    """Where the assembly is that a file of C may declare functions of."""
    return path.partition(_INCLUDE)[0] if _INCLUDE in path else _folder(path)


def _defines(path: str, below: str) -> bool:
    return path.endswith(".S") and (_folder(path) == below or below.count("/") == 1)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
