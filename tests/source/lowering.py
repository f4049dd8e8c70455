"""Lowers C text for tests, and reads the paths of the graph."""

from __future__ import annotations

import tree_sitter
import tree_sitter_c

from reviewer.source.c_cfg import lower
from reviewer.source.c_clean import clean
from reviewer.source.c_declare import function_declarator
from reviewer.source.c_expr import expression, strip
from reviewer.source.c_notes import Cleaned, Variant
from reviewer.source.conditions import TRUE, Condition
from reviewer.source.conditions import render as render_condition
from reviewer.source.format import render
from reviewer.source.types import CFG, Edge, Expr, Flow, Function, Operation
from reviewer.source.unit import Definition

_LANGUAGE = tree_sitter.Language(tree_sitter_c.language())


def parse(text: str) -> tuple[Cleaned, tree_sitter.Node]:
    """The text cleaned, and the root of its parse."""
    source = clean(text.encode())
    return source, tree_sitter.Parser(_LANGUAGE).parse(source.text).root_node


def variant(text: str, name: str = "f", condition: Condition = TRUE) -> Variant:
    """The definition of `name` in the text."""
    source, root = parse(text)
    for node in root.named_children:
        declarator = function_declarator(node)
        found = None if declarator is None else declarator.child_by_field_name("declarator")
        if node.type == "function_definition" and found is not None and found.text == name.encode():
            return Variant(node, source, condition)
    raise LookupError(name)


def lower_variants(*variants: Variant, noreturn: frozenset[str] = frozenset()) -> Function:
    """One function of several parses."""
    node = variants[0].node
    definition = Definition(
        "f",
        frozenset(),
        TRUE,
        node.start_point[0] + 1,
        node.end_point[0] + 1,
        node.start_byte,
        node.end_byte,
    )
    return lower(definition, variants, "f.c", noreturn)


def lower_text(text: str, name: str = "f", noreturn: frozenset[str] = frozenset()) -> Function:
    """The function `name` of the text."""
    return lower_variants(variant(text, name), noreturn=noreturn)


def lower_body(body: str, noreturn: frozenset[str] = frozenset()) -> Function:
    """`f` with the given statements, parameters `a`, `b`, `p` and a local `x`."""
    return lower_text(f"int f(int a, int b, struct s *p)\n{{\nint x;\n{body}\n}}\n", "f", noreturn)


def expr(text: str) -> Expr:
    """The expression that the text is."""
    source, root = parse(f"void f(void)\n{{\n(void)({text});\n}}\n")
    body = root.named_children[0].child_by_field_name("body")
    assert body is not None
    cast = body.named_children[0].named_children[0].child_by_field_name("value")
    assert cast is not None
    return expression(strip(cast), source)


def ops(function: Function, *kinds: Operation) -> list[str]:
    """`operation expression` of the operations of the given kinds (all of none given)."""
    return [
        f"{op.operation.value} {render(op.expr)}"
        for block in function.cfg.blocks
        for op in block.ops
        if (op.operation in kinds if kinds else op.operation is not Operation.DECLARE)
    ]


def calls(function: Function) -> list[str]:
    """The CALL operations, block by block."""
    return [item.removeprefix("call ") for item in ops(function, Operation.CALL)]


def paths(function: Function) -> list[str]:
    """Paths from entry to exit, each way back at most once: their calls and branches, sorted.

    `+g` and `-g` are the branches of guard `g`, `=v` is a case, `#C` a presence condition.
    """
    return sorted(" ".join(path) for path in _walk(function.cfg))


def dead_ends(function: Function) -> set[int]:
    """Reachable blocks other than the exit that nothing follows."""
    sources = {edge.source for edge in function.cfg.edges}
    return reachable(function.cfg) - sources - {function.cfg.exit}


def reachable(graph: CFG) -> set[int]:
    """Blocks on some path from the entry."""
    following: dict[int, list[int]] = {}
    for edge in graph.edges:
        following.setdefault(edge.source, []).append(edge.target)
    found = {graph.entry}
    pending = [graph.entry]
    while pending:
        for target in following.get(pending.pop(), ()):
            if target not in found:
                found.add(target)
                pending.append(target)
    return found


def _walk(graph: CFG) -> list[list[str]]:
    found: list[list[str]] = []
    pending: list[tuple[int, list[str], frozenset[Edge]]] = [(graph.entry, [], frozenset())]
    while pending:
        block, words, taken = pending.pop()
        words = words + [
            render(op.expr)
            for op in graph.blocks[block].ops
            if op.operation in (Operation.CALL, Operation.ASM)
        ]
        if block == graph.exit:
            found.append(words)
        for edge in graph.edges:
            if edge.source == block and edge not in taken:
                back = {edge} if edge.flow in (Flow.BACK, Flow.GOTO) else set()
                pending.append((edge.target, words + _word(edge), taken | back))
    return found


def _word(edge: Edge) -> list[str]:
    guard = "" if edge.guard is None else render(edge.guard)
    match edge.flow:
        case Flow.TRUE:
            return [f"+{guard}"]
        case Flow.FALSE:
            return [f"-{guard}"]
        case Flow.CASE:
            return [f"={guard}"]
        case Flow.PRESENCE:
            return [f"#{render_condition(edge.presence)}"]
        case Flow.NEXT | Flow.GOTO | Flow.BACK:
            return []
