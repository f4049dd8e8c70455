"""What was read before, by content: no file is read twice, no function spliced twice alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from reviewer.event.extract import extract
from reviewer.event.match import Matcher
from reviewer.event.types import EventGraph
from reviewer.patch.types import SourceFile
from reviewer.source.read import read
from reviewer.source.substitute import substituted
from reviewer.source.types import Expr, Function, Language, Macro
from reviewer.source.unit import Unit

_NAME = re.compile(r"[A-Za-z_]\w*")

Spliced = tuple[Function, EventGraph]


class Shelf(Struct, eq=False):
    """Units and functions under one vocabulary; what stands here is never changed."""

    matcher: Matcher
    _units: dict[tuple[str, bytes], Unit] = field(default_factory=dict)
    _expanded: dict[tuple[str, Macro], Function | None] = field(default_factory=dict)
    _spliced: dict[tuple[int, frozenset[tuple[str, Expr]]], tuple[Function, Spliced]] = field(
        default_factory=dict
    )

    def unit(self, file: SourceFile) -> Unit:
        """The file as code, whatever lines of it a patch has changed."""
        key = (file.path, file.text)
        found = self._units.get(key)
        if found is None:
            found = self._units[key] = read(SourceFile(*key))
        return found

    def expanded(self, unit: Unit, macro: Macro) -> Function | None:
        """A macro with parameters as a function, None for one that is no code."""
        if macro.parameters is None or unit.language is not Language.C:
            return None
        key = (unit.path, macro)
        if key not in self._expanded:
            self._expanded[key] = _expanded(unit.path, macro)
        return self._expanded[key]

    def spliced(self, function: Function, values: Mapping[str, Expr]) -> Spliced:
        """The function with names replaced by expressions, and its events."""
        key = (id(function), frozenset(values.items()))
        found = self._spliced.get(key)
        if found is None:
            inner = substituted(function, values) if values else function
            # The function is kept beside what became of it: its id is its own as long as it lives.
            found = self._spliced[key] = function, (inner, extract(inner, self.matcher))
        return found[1]


def _expanded(path: str, macro: Macro) -> Function | None:
    """The macro as a function: its body a statement, its parameters untyped."""
    names = [name for name in macro.parameters or () if _NAME.fullmatch(name)]
    parameters = ", ".join(f"int {name}" for name in names)
    above = "\n" * (macro.line - 1)
    body = macro.body.replace("##", " ")
    text = f"{above}int {macro.name}({parameters}) {{ return ({body}); }}\n"
    if body.lstrip().startswith(("do", "{")):
        text = f"{above}void {macro.name}({parameters}) {{ {body}; }}\n"
    unit = read(SourceFile(path, text.encode("utf-8", "surrogateescape")))
    if unit.skips or len(unit.definitions) != 1:
        return None
    return unit.lower(unit.definitions[0])
