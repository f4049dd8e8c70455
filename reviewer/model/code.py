"""The functions and macros of some files by name, ready to be spliced into each other.

A macro is read as a function of its replacement list. What a name is called through (a pointer
of an operations table) is resolved by the table's designated initialiser.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.event.extract import extract
from reviewer.event.match import Matcher
from reviewer.event.types import EventGraph
from reviewer.finding import Skip
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import Condition, conjoin, satisfiable
from reviewer.source.read import read
from reviewer.source.types import CFG, Block, Edge, Expr, Function, Kind, Language, Macro
from reviewer.source.unit import Unit

Reader = Callable[[str], SourceFile | None]

_NAME = re.compile(r"[A-Za-z_]\w*")
_INTEGER = re.compile(r"(0[xX][0-9a-fA-F]+|\d+)[uUlL]*")
_SHIFT = re.compile(r"(\d+)[uUlL]*<<(\d+)[uUlL]*")
_BIT = re.compile(r"_?BIT(?:_ULL|UL)?\((\d+)\)|_BITUL\((\d+)\)")


class Code(Struct, eq=False, dict=True):
    """What some files of a tree define, under a configuration."""

    units: tuple[Unit, ...]
    matcher: Matcher
    config: Condition
    _constants: dict[str, int | None] = field(default_factory=dict)

    @cached_property
    def _functions(self) -> Mapping[str, tuple[tuple[Unit, Function], ...]]:
        found: dict[str, list[tuple[Unit, Function]]] = {}
        for unit in self.units:
            for definition in unit.definitions:
                if satisfiable(conjoin((self.config, definition.presence))):
                    found.setdefault(definition.name, []).append((unit, unit.lower(definition)))
        return {name: tuple(items) for name, items in found.items()}

    @cached_property
    def _macros(self) -> Mapping[str, tuple[tuple[Unit, Macro], ...]]:
        found: dict[str, list[tuple[Unit, Macro]]] = {}
        for unit in self.units:
            for macro in unit.macros:
                if satisfiable(conjoin((self.config, macro.presence))):
                    found.setdefault(macro.name, []).append((unit, macro))
        return {name: tuple(items) for name, items in found.items()}

    def functions(self, name: str, near: str = "") -> tuple[Function, ...]:
        """Definitions of a name; those in the file `near` hide others."""
        found = self._functions.get(name, ())
        if not found:
            found = tuple(
                (unit, function)
                for unit, macro in self._macros.get(name, ())
                if macro.parameters is not None
                and unit.language is Language.C
                and (function := _expanded(unit.path, macro)) is not None
            )
        local = tuple(function for unit, function in found if unit.path == near)
        return local or tuple(function for _, function in found)

    def holes(self, function: Function) -> tuple[Skip, ...]:
        """Line ranges of the function that did not parse."""
        return tuple(
            skip
            for unit in self.units
            if unit.path == function.location.path
            for skip in unit.skips
            if function.location.line <= skip.line <= function.end_line
        )

    def member(self, name: str) -> str:
        """The function that some table's initialiser gives a member, `""` if none or several."""
        found = {
            part.args[0].name
            for unit in self.units
            for variable in unit.variables
            if variable.initializer is not None
            for part in variable.initializer.args
            if part.kind is Kind.FIELD and part.name == name and part.args
            if part.args[0].kind is Kind.IDENTIFIER
        }
        return found.pop() if len(found) == 1 else ""

    def constant(self, name: str) -> int | None:
        """The value of a macro that is plainly a number or a bit, None for any other name."""
        if name not in self._constants:
            bodies = {macro.body for _, macro in self._macros.get(name, ())}
            self._constants[name] = number(bodies.pop()) if len(bodies) == 1 else None
        return self._constants[name]

    def events(self, function: Function) -> EventGraph:
        """The function's events."""
        return extract(function, self.matcher)


def code_of(paths: Iterable[str], reader: Reader, matcher: Matcher, config: Condition) -> Code:
    """What those of the files define that are there."""
    files = [file for file in map(reader, dict.fromkeys(paths)) if file is not None]
    return Code(tuple(read(file) for file in files), matcher, config)


def number(text: str) -> int | None:
    """The value of an integer, a shifted integer or a BIT(), in any number of parentheses."""
    text = re.sub(r"\s+", "", text)
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if match := _INTEGER.fullmatch(text):
        return int(match[1], 0) if match[1].lower().startswith("0x") else int(match[1])
    if match := _SHIFT.fullmatch(text):
        return int(match[1]) << min(int(match[2]), 128)
    if match := _BIT.fullmatch(text):
        return 1 << min(int(match[1] or match[2]), 128)
    return None


def substituted(function: Function, values: Mapping[str, Expr]) -> Function:
    """The function with names replaced by expressions, in operations and conditions."""
    known: dict[Expr, Expr] = {}

    def expr(item: Expr) -> Expr:
        found = known.get(item)
        if found is None:
            if item.kind is Kind.IDENTIFIER:
                found = values.get(item.name, item)
            elif item.args:
                found = replace(item, args=tuple(map(expr, item.args)))
            else:
                found = item
            known[item] = found
        return found

    def edge(item: Edge) -> Edge:
        return item if item.guard is None else replace(item, guard=expr(item.guard))

    def block(item: Block) -> Block:
        return replace(item, ops=tuple(replace(op, expr=expr(op.expr)) for op in item.ops))

    graph = function.cfg
    cfg = CFG(tuple(map(block, graph.blocks)), tuple(map(edge, graph.edges)), 0, graph.exit)
    names = frozenset(value.name for name, value in values.items() if value.name.startswith("%"))
    return replace(function, cfg=replace(cfg, entry=graph.entry), locals=function.locals | names)


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
