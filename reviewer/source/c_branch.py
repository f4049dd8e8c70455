"""C expressions that branch: `&&`, `||`, `!`, `?:`, `_Generic`, and any expression as a condition.

A branch hint, `likely(a && b)`, is a call before its argument, so that the argument can branch.
Each arm of a `_Generic` is one of several ways, as CASE of its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from reviewer.source.c_expr import (
    MAX_DEPTH,
    callee_name,
    compose,
    expression,
    operands,
    operator,
    read,
    strip,
    unknown,
)
from reviewer.source.c_macros import HINTS
from reviewer.source.literals import constant_truth
from reviewer.source.types import Expr, Flow, Kind

if TYPE_CHECKING:
    from reviewer.source.c_ops import Evaluator

LOGICAL = ("&&", "||")


def condition(run: Evaluator, node: Node, yes: int, no: int) -> Expr:
    """The expression, evaluated, with control going to `yes` where it is true, else to `no`.

    Edges carry the parts that decide; nothing leads where a constant forbids it. Afterwards the
    cursor is nowhere.
    """
    node = strip(node)
    if run.depth < MAX_DEPTH:
        run.depth += 1
        expr = _branching(run, node, yes, no)
        run.depth -= 1
        if expr is not None:
            return expr
    expr = run.value(node)
    branch(run, expr, yes, no, node.start_point[0] + 1)
    return expr


def branch(run: Evaluator, guard: Expr, yes: int, no: int, line: int) -> None:
    """Leaves for `yes` or `no` by an expression that is already evaluated.

    Where both are the same, or the expression is a constant, there is no branch.
    """
    truth = constant_truth(guard)
    if yes == no or truth is not None:
        run.graph.jump(no if truth is False else yes, line=line)
    else:
        run.graph.jump(yes, Flow.TRUE, guard, line=line)
        run.graph.jump(no, Flow.FALSE, guard, line=line)
    run.graph.stop()


def short_circuit(run: Evaluator, node: Node) -> Expr:
    """`a && b` or `a || b` as a value."""
    done = run.graph.block("cond.done", node.end_point[0] + 1)
    expr = condition(run, node, done, done)
    run.graph.move(done)
    return expr


def conditional(run: Evaluator, node: Node) -> Expr:
    """`a ? b : c`, or `a ?: b`."""
    test = node.child_by_field_name("condition")
    then = node.child_by_field_name("consequence")
    otherwise = node.child_by_field_name("alternative")
    if test is None or otherwise is None:
        return run.damage(node)
    graph, line = run.graph, node.end_point[0] + 1
    no, done = (
        graph.block("cond.else", otherwise.start_point[0] + 1),
        graph.block("cond.done", line),
    )
    yes = done if then is None else graph.block("cond.then", then.start_point[0] + 1)
    args = [condition(run, test, yes, no)]
    if then is not None:
        graph.move(yes)
        args.append(run.value(then))
        graph.jump(done)
    graph.move(no)
    args.append(run.value(otherwise))
    graph.proceed(done)
    return compose(node, args, run.source)


def generic(run: Evaluator, node: Node) -> Expr:
    """`_Generic`: the selector is not evaluated, one of the arms is."""
    parts = operands(node)[1:]
    graph = run.graph
    head, done = graph.cursor, graph.block("generic.done", node.end_point[0] + 1)
    arms: list[Expr] = []
    for selector, arm in zip(parts[::2], parts[1::2], strict=False):
        line = arm.start_point[0] + 1
        block = graph.block("generic.arm", line)
        guard = Expr(Kind.TYPE, read(selector, run.source))
        graph.link(head, block, Flow.CASE, guard, line=line)
        graph.move(block)
        arms.append(run.value(arm))
        graph.jump(done)
    graph.move(done if arms else head)
    return unknown(node, run.source, arms)


def _branching(run: Evaluator, node: Node, yes: int, no: int) -> Expr | None:
    """The condition, where it is made of branches; None for one that just has a value."""
    match node.type:
        case "binary_expression" if operator(node) in LOGICAL:
            return _logical(run, node, yes, no)
        case "unary_expression" if operator(node) == "!":
            parts = operands(node)
            if len(parts) != 1:
                return None
            return Expr(Kind.UNARY, "!", (condition(run, parts[0], no, yes),))
        case "call_expression" if callee_name(node, run.source) in HINTS:
            parts = operands(node)
            if len(parts) < 2:
                return None
            run.emit_call(node, expression(node, run.source, run.depth))
            return condition(run, parts[1], yes, no)
        case _:
            return None


def _logical(run: Evaluator, node: Node, yes: int, no: int) -> Expr:
    """`a && b && c`, however long; the chain nests to the left."""
    sign = operator(node)
    links: list[Node] = []
    chain: list[Node] = []
    while node.type == "binary_expression" and operator(node) == sign:
        first, *rest = operands(node)
        links.append(node)
        chain += reversed(rest)
        node = strip(first)
    chain = [node, *reversed(chain)]
    exprs: list[Expr] = []
    for part in chain[:-1]:
        following = run.graph.block("cond.next", part.end_point[0] + 1)
        exprs.append(condition(run, part, *((following, no) if sign == "&&" else (yes, following))))
        run.graph.move(following)
    exprs.append(condition(run, chain[-1], yes, no))
    if run.depth + len(links) > MAX_DEPTH or len(exprs) != len(links) + 1:
        return unknown(links[0], run.source)
    expr = exprs[0]
    for link, right in zip(reversed(links), exprs[1:], strict=True):
        expr = compose(link, (expr, right), run.source)
    return expr
