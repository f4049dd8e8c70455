"""Which functions the stack protector guards.

`-fstack-protector-strong`: those with an array among their locals, or whose locals have their
address taken. Arrays inside structures, and what inlined functions bring along, are not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.source.types import Expr, Function, Kind, Op, Operation


def guarded(function: Function) -> bool:
    """Whether the function has a local that a canary guards."""
    return any(_guarded(op, function) for block in function.cfg.blocks for op in block.ops)


def _guarded(op: Op, function: Function) -> bool:
    match op:
        case Op(Operation.DECLARE, Expr(Kind.IDENTIFIER, name)):
            return _is_array(op.text, name)
        case Op(Operation.STORE, Expr(Kind.ASSIGN, "=", (Expr(Kind.IDENTIFIER, name), _))) if (
            name in function.locals and _is_array(op.text.partition("=")[0], name)
        ):
            return True
    return any(
        inner.kind is Kind.UNARY
        and inner.name == "&"
        and inner.args[0].kind is Kind.IDENTIFIER
        and inner.args[0].name in function.locals
        for inner in parts(op.expr)
    )


def _is_array(declarator: str, name: str) -> bool:
    """Whether a declarator makes an array of the name, not a pointer to one."""
    return declarator.replace(" ", "").lstrip("*").startswith(f"{name}[")


def parts(expr: Expr) -> Iterator[Expr]:
    """The expression and all that is evaluated for it."""
    pending = [expr]
    while pending:
        part = pending.pop()
        yield part
        if part.kind is not Kind.SIZEOF:
            pending += part.args
