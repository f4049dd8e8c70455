"""Functions built by hand: blocks of calls, edges between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import TRUE
from reviewer.source.types import (
    CFG,
    Block,
    Edge,
    Expr,
    Function,
    Kind,
    Language,
    Op,
    Operation,
)
from reviewer.source.unit import Definition, Unit

PATH = "arch/x86/kernel/example.c"


def name(text: str) -> Expr:
    """An identifier."""
    return Expr(Kind.IDENTIFIER, text)


def call(callee: str, line: int = 1) -> Op:
    """A direct call without arguments."""
    return Op(Operation.CALL, Expr(Kind.CALL, "", (name(callee),)), line, f"{callee}()")


def store(target: str, line: int = 1) -> Op:
    """A variable set to zero."""
    expr = Expr(Kind.ASSIGN, "=", (name(target), Expr(Kind.NUMBER, "0")))
    return Op(Operation.STORE, expr, line, f"{target} = 0")


def function(
    blocks: Sequence[Sequence[Op]],
    edges: Sequence[Edge | tuple[int, int]],
    title: str = "f",
) -> Function:
    """A function whose entry is the first block and whose exit the last."""
    return Function(
        name=title,
        language=Language.C,
        parameters=(),
        attributes=frozenset(),
        location=Location(PATH, 1),
        end_line=99,
        presence=TRUE,
        locals=frozenset(),
        cfg=CFG(
            blocks=tuple(Block(i, "block", tuple(ops), 1) for i, ops in enumerate(blocks)),
            edges=tuple(edge if isinstance(edge, Edge) else Edge(*edge) for edge in edges),
            entry=0,
            exit=len(blocks) - 1,
        ),
    )


def unit(functions: Mapping[str, Function], text: str) -> Unit:
    """A file of these functions; `text` is what the search may look for in every one of them."""
    raw = text.encode()
    definitions = tuple(
        Definition(title, frozenset(), TRUE, 1, 99, index, len(raw) + index)
        for index, title in enumerate(functions)
    )
    return Unit(
        file=SourceFile(PATH, b" " * len(definitions) + raw * (len(definitions) + 1)),
        language=Language.C,
        definitions=definitions,
        macros=(),
        variables=(),
        includes=(),
        skips=(),
        lowering=lambda definition: functions[definition.name],
    )
