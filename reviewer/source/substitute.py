"""Expressions with others put in the place of some of their parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from reviewer.source.types import CFG, Block, Edge, Expr, Function, Kind


def by_name(values: Mapping[str, Expr]) -> Callable[[Expr], Expr]:
    """Puts the values in the place of identifiers of their names."""
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

    return expr


def by_value(values: Mapping[Expr, Expr]) -> Callable[[Expr], Expr]:
    """Puts the values in the place of the expressions that they belong to."""

    def expr(item: Expr) -> Expr:
        if item in values:
            return values[item]
        return replace(item, args=tuple(map(expr, item.args))) if item.args else item

    return expr


def substituted(function: Function, values: Mapping[str, Expr]) -> Function:
    """The function with names replaced by expressions, in operations and conditions."""
    expr = by_name(values)

    def edge(item: Edge) -> Edge:
        return item if item.guard is None else replace(item, guard=expr(item.guard))

    def block(item: Block) -> Block:
        return replace(item, ops=tuple(replace(op, expr=expr(op.expr)) for op in item.ops))

    graph = function.cfg
    cfg = CFG(
        tuple(map(block, graph.blocks)), tuple(map(edge, graph.edges)), graph.entry, graph.exit
    )
    names = frozenset(value.name for name, value in values.items() if value.name.startswith("%"))
    return replace(function, cfg=cfg, locals=function.locals | names)
