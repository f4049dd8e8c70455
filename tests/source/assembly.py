"""Reads assembly text for tests, and shows its graphs in few words."""

from __future__ import annotations

from textwrap import dedent

from reviewer.patch.types import SourceFile
from reviewer.source.conditions import render as render_condition
from reviewer.source.gas import read
from reviewer.source.gas_assemble import Assembler
from reviewer.source.gas_cpp import Preprocessor
from reviewer.source.gas_items import Item, ItemKind
from reviewer.source.gas_lines import read_lines
from reviewer.source.types import Edge, Flow, Function, Kind
from reviewer.source.unit import Unit


def unit(text: str, noreturn: frozenset[str] = frozenset()) -> Unit:
    return read(SourceFile("a.S", dedent(text).encode()), noreturn=noreturn)


def function(text: str, name: str = "f", noreturn: frozenset[str] = frozenset()) -> Function:
    """The function of that name; `text` is its body unless it names one itself."""
    if name == "f" and "START(f)" not in text:
        text = f"SYM_FUNC_START(f)\n{dedent(text)}\nSYM_FUNC_END(f)\n"
    found = unit(text, noreturn)
    (definition,) = found.named(name)
    return found.lower(definition)


def code(text: str) -> list[str]:
    """The instructions that come out of the macros, in order."""
    return [item.text for item in items(text) if item.kind is ItemKind.CODE]


def items(text: str) -> list[Item]:
    preprocessor = Preprocessor()
    assembler = Assembler(preprocessor.table)
    lines, _ = read_lines(dedent(text))
    assembler.run(preprocessor.pieces(lines))
    return [item for item in assembler.items if isinstance(item, Item)]


def paths(found: Function, limit: int = 200) -> set[tuple[str, ...]]:
    """What runs on each way to the exit or to an end, each edge taken at most once on a way."""
    graph = found.cfg
    after: dict[int, list[Edge]] = {}
    for edge in graph.edges:
        after.setdefault(edge.source, []).append(edge)
    ways: set[tuple[str, ...]] = set()
    pending: list[tuple[int, tuple[str, ...], frozenset[Edge]]] = [(graph.entry, (), frozenset())]
    while pending and len(ways) < limit:
        block, way, taken = pending.pop()
        way += tuple(op.text for op in graph.blocks[block].ops)
        onward = [edge for edge in after.get(block, ()) if edge not in taken]
        if block == graph.exit or not onward:
            ways.add(way)
        pending += [(edge.target, (*way, *_choice(edge)), taken | {edge}) for edge in onward]
    return ways


def _choice(edge: Edge) -> tuple[str, ...]:
    if edge.flow is Flow.PRESENCE:
        return (f"#{render_condition(edge.presence)}",)
    if edge.guard is None:
        return ()
    guard = edge.guard.name
    return (guard if edge.flow is Flow.TRUE else f"!{guard}",)


def calls(found: Function) -> list[tuple[str, bool]]:
    """Callee and indirectness of each call, tail calls among them."""
    return [
        (op.expr.args[0].name, op.indirect)
        for block in found.cfg.blocks
        for op in block.ops
        if op.expr.kind is Kind.CALL
    ]
