"""A control-flow graph as text, for eyes and tests."""

from __future__ import annotations

from collections import defaultdict

from reviewer.source.conditions import render as render_condition
from reviewer.source.types import Block, Edge, Expr, Flow, Function, Kind, Op

_ABSENT = "-"


def format(function: Function) -> str:
    """The function block by block: its operations, then where control goes from there.

    ```
    f(a) 10-14
    0 entry 10
        11 call     g(a)
        true a -> 2
        false a -> 3
    ```
    Blocks that neither hold nor lead to anything are left out.
    """
    graph = function.cfg
    leaving: dict[int, list[Edge]] = defaultdict(list)
    entered = {graph.entry, graph.exit}
    for edge in graph.edges:
        leaving[edge.source].append(edge)
        entered.add(edge.target)
    names = ", ".join(parameter.name or parameter.type for parameter in function.parameters)
    lines = [f"{function.name}({names}) {function.location.line}-{function.end_line}"]
    for block in graph.blocks:
        if block.ops or block.id in entered:
            lines += _block(block, leaving[block.id])
    return "\n".join(lines) + "\n"


def _block(block: Block, edges: list[Edge]) -> list[str]:
    lines = [f"{block.id} {block.kind} {block.line}"]
    lines += [f"    {_op(op)}" for op in block.ops]
    lines += [f"    {_edge(edge)}" for edge in edges]
    return lines


def _op(op: Op) -> str:
    indirect = " (indirect)" if op.indirect else ""
    return f"{op.line} {op.operation.value:8} {op.text}{indirect}"


def _edge(edge: Edge) -> str:
    words = [edge.flow.value] if edge.flow is not Flow.NEXT else []
    if edge.guard is not None:
        words.append(render(edge.guard))
    elif edge.flow is Flow.PRESENCE:
        words.append(render_condition(edge.presence) or "always")
    return " ".join([*words, "->", str(edge.target)])


def _memory(segment: str, displacement: str, base: str, index: list[str]) -> str:
    """A memory operand as AT&T syntax writes it."""
    parts = ["" if part == _ABSENT else part for part in (base, *index)]
    while parts and not parts[-1]:
        parts.pop()
    override = f"%{segment}:" if segment else ""
    address = "" if displacement == _ABSENT else displacement
    return f"{override}{address}" + (f"({','.join(parts)})" if parts else "")


def render(expr: Expr) -> str:
    """An expression close to how C writes it; what has no C form as `kind(name, args)`."""
    args = [render(arg) for arg in expr.args]
    match expr.kind, args:
        case (Kind.CALL, [callee, *rest]):
            return f"{callee}({', '.join(rest)})"
        case (Kind.MEMBER, [whole]):
            return f"{whole}.{expr.name}"
        case (Kind.ARROW, [pointer]):
            return f"{pointer}->{expr.name}"
        case (Kind.INDEX, [array, index]):
            return f"{array}[{index}]"
        case (Kind.UNARY, [operand]):
            name = expr.name.removeprefix("post")
            return f"{operand}{name}" if name != expr.name else f"{name}{operand}"
        case (Kind.BINARY | Kind.ASSIGN, [left, right]):
            return f"({left} {expr.name} {right})"
        case (Kind.CONDITIONAL, [test, then, other]):
            return f"({test} ? {then} : {other})"
        case (Kind.CAST, [operand]):
            return f"({expr.name}){operand}"
        case (Kind.FIELD, [value]):
            return f".{expr.name} = {value}"
        case (Kind.STRING, []):
            return f'"{expr.name}"'
        case (Kind.SIZEOF, _):
            return f"{expr.name}({', '.join(args)})"
        case (Kind.STATEMENT, _):
            return f"({{ {', '.join(args)} }})"
        case (Kind.INITIALIZER, _):
            return f"{{{', '.join(args)}}}"
        case (Kind.COMMA, _):
            return f"({', '.join(args)})"
        case (Kind.REGISTER, []):
            return f"%{expr.name}"
        case (Kind.MEMORY, [displacement, base, *index]):
            return _memory(expr.name, displacement, base, index)
        case (_, []):
            return expr.name or _ABSENT
        case _:
            return f"{expr.kind.value}({', '.join([expr.name, *args])})"


#: Texts longer than this lose their arguments in a sentence.
MAX_IN_SENTENCE = 60


def brief(text: str) -> str:
    """The text of a call or an expression as it fits a sentence: a long call has no arguments."""
    if len(text) <= MAX_IN_SENTENCE:
        return text
    name, opening, _ = text.partition("(")
    if opening and name.isidentifier() and text.endswith(")"):
        return f"{name}(...)"
    return f"{text[: MAX_IN_SENTENCE - 3]}..."
