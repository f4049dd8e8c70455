"""A miniature tree for tests, with one file of it under the rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from reviewer.check.abroad import with_abroad
from reviewer.check.run import check_unit
from reviewer.finding import Finding
from reviewer.patch.tree import Directory
from reviewer.patch.types import SourceFile
from reviewer.rule.load import load_rules
from reviewer.source.index.index import Index
from reviewer.source.index.store import Store
from reviewer.source.read import read

RULES = load_rules()
PATH = "arch/x86/kernel/x.c"


def tree(folder: Path, files: Mapping[str, str]) -> Index:
    """The files as a tree, with nothing known of it."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return Index(Directory(folder), Store())


def findings(index: Index, path: str = PATH) -> list[Finding]:
    """What the window rules on GS say of a file of the tree, without what compilers insert."""
    rules = with_abroad(RULES, index)
    checked = check_unit(read(SourceFile(path, index.text(path) or b"")), rules, index)
    return [
        item
        for item in checked.findings
        if item.rule.endswith("-after-gs-reset") and not item.subject.endswith("inserts")
    ]


def way(finding: Finding) -> list[tuple[str, str]]:
    """The file's name and the note of each step of the proof."""
    return [(step.location.path.rpartition("/")[2], step.note) for step in finding.trace.steps]
