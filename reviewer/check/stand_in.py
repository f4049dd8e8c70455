"""Functions that stand for what is none: a macro of the file, a function that is only declared."""

from __future__ import annotations

from msgspec.structs import replace

from reviewer.event.types import EventGraph
from reviewer.finding import Location
from reviewer.source.resolve.replacement import macro_function
from reviewer.source.resolve.sight import Meaning
from reviewer.source.straight import straight
from reviewer.source.types import (
    Expr,
    Function,
    Kind,
    Macro,
    Op,
    Operation,
)


def calling(meaning: Meaning) -> Function:
    """A function that only calls the external one."""
    expr = Expr(Kind.CALL, "", (Expr(Kind.IDENTIFIER, meaning.name),))
    op = Op(Operation.CALL, expr, meaning.line, f"{meaning.name}()")
    place = Location(meaning.path, meaning.line)
    return straight(meaning.name, place, meaning.presence, op)


def through_pointers(function: Function, pointers: frozenset[str]) -> Function:
    """The function with calls of those variables marked as what they are."""
    if not any(_through(op, pointers) for block in function.cfg.blocks for op in block.ops):
        return function
    blocks = tuple(
        replace(
            block,
            ops=tuple(
                replace(op, indirect=True) if _through(op, pointers) else op for op in block.ops
            ),
        )
        for block in function.cfg.blocks
    )
    return replace(function, cfg=replace(function.cfg, blocks=blocks))


def _through(op: Op, pointers: frozenset[str]) -> bool:
    if op.operation is not Operation.CALL or op.indirect or not op.expr.args:
        return False
    callee = op.expr.args[0]
    return callee.kind is Kind.IDENTIFIER and callee.name in pointers


def opaque(graph: EventGraph) -> EventGraph:
    """The graph with calls that are not looked into."""
    blocks = tuple(tuple(replace(event, callee="") for event in block) for block in graph.blocks)
    return EventGraph(graph.function, blocks, graph.out)


def as_function(path: str, macro: Macro) -> Function | None:
    """The macro as a function: its body a statement, its parameters untyped."""
    return macro_function(path, macro, macro.body.replace("##", " "), macro.parameters or ())
