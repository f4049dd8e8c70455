"""Files outside of a scenario that a series makes parts of it.

Those are files that it adds, those to which it moves functions of the scenario's files, and those
in which it adds a function that they newly name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.model.scenario_file import Scenario
from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import Context, FileReview, SourceFile
from reviewer.source.read import read

_WORD = re.compile(rb"[A-Za-z_]\w+")
_CODE = (".c", ".h", ".S")


def with_new_homes(scenario: Scenario, rebuilt: Rebuilt) -> Scenario:
    """The scenario with the files that the series gives code of it, or may."""
    own = set(scenario.files)
    if all(each.after is None or each.after.path in own for each in _every(rebuilt)):
        return scenario
    wanted: set[str] = set()
    gained: dict[str, frozenset[str]] = {}
    for each in _every(rebuilt):
        after = each.after.path if each.after else ""
        if each.before and each.before.path in own:
            kept = _defined(each.after) if after == each.before.path else frozenset()
            wanted |= _defined(each.before) - kept
            wanted |= _words(each.after) - _words(each.before)
        if after and after not in own:
            gained[after] = gained.get(after, frozenset()) | _defined(each.after) - _defined(
                each.before
            )
    added = {each.after.path for each in _every(rebuilt) if each.after and each.before is None}
    homes = tuple(
        path
        for path in sorted(gained)
        if (path in added and path.endswith(_CODE)) or gained[path] & wanted
    )
    return replace(scenario, files=(*scenario.files, *homes)) if homes else scenario


def _words(file: SourceFile | None) -> frozenset[str]:
    """Every word of a file."""
    return frozenset(word.decode() for word in _WORD.findall(file.text)) if file else frozenset()


def _every(rebuilt: Rebuilt) -> Iterator[FileReview]:
    return (each for reviews in rebuilt.patches for each in reviews)


def _defined(file: SourceFile | None) -> frozenset[str]:
    """The names of the functions that a file defines."""
    if file is None or file.context is Context.HUNK or not file.path.endswith(_CODE):
        return frozenset()
    return frozenset(each.name for each in read(file).definitions)
