"""Functions that stand for what is none: a macro of the file, a function that is only declared."""

from __future__ import annotations

import re

from msgspec.structs import replace

from reviewer.event.types import EventGraph
from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.source.read import read
from reviewer.source.resolve.sight import Meaning
from reviewer.source.types import (
    CFG,
    Block,
    Edge,
    Expr,
    Function,
    Kind,
    Language,
    Macro,
    Op,
    Operation,
)

_NAME = re.compile(r"[A-Za-z_]\w*")


def calling(meaning: Meaning) -> Function:
    """A function that only calls the external one."""
    expr = Expr(Kind.CALL, "", (Expr(Kind.IDENTIFIER, meaning.name),))
    op = Op(Operation.CALL, expr, meaning.line, f"{meaning.name}()")
    blocks = (Block(0, "entry", (op,), meaning.line), Block(1, "exit", (), meaning.line))
    return Function(
        name=meaning.name,
        language=Language.C,
        parameters=(),
        attributes=frozenset(),
        location=Location(meaning.path, meaning.line),
        end_line=meaning.line,
        presence=meaning.presence,
        locals=frozenset(),
        cfg=CFG(blocks, (Edge(0, 1),), 0, 1),
    )


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
    parameters = ", ".join(
        f"int {name}" for name in macro.parameters or () if _NAME.fullmatch(name)
    )
    above = "\n" * (macro.line - 1)
    body = macro.body.replace("##", " ")
    text = f"{above}void {macro.name}({parameters}) {{ {body}; }}\n"
    unit = read(SourceFile(path, text.encode("utf-8", "surrogateescape")))
    if unit.skips or len(unit.definitions) != 1:
        return None
    return unit.lower(unit.definitions[0])
