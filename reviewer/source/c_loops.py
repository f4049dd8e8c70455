"""Loops and switches of C as blocks and edges, iterator and guard macros among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from tree_sitter import Node

from reviewer.source.c_branch import branch, condition
from reviewer.source.c_expr import expression, read_range
from reviewer.source.c_notes import Note, Rewrite
from reviewer.source.conditions import Condition
from reviewer.source.types import Expr, Flow, Kind, Op, Operation

if TYPE_CHECKING:
    from reviewer.source.c_statements import Statements


class Target(Struct, frozen=True):
    """Where a `break` or `continue` leads, and how many scopes stay open there."""

    block: int
    depth: int


class Switch(Struct):
    """A switch while its body is lowered: where its cases come from, and under which condition."""

    head: int
    presence: Condition
    has_default: bool = False


def while_loop(code: Statements, node: Node) -> None:
    """`while (a) body`, and the macros that were rewritten to it."""
    note = code.source.notes.get(node.start_byte)
    if note is not None:
        match note.rewrite:
            case Rewrite.SCOPED:
                return scoped(code, node, note)
            case Rewrite.COND_GUARD:
                return conditional_guard(code, node, note)
            case _:
                pass
    test, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    graph = code.graph
    head = graph.block("while.head", node.start_point[0] + 1)
    inside = graph.block("while.body", _line(body, node))
    done = graph.block("while.done", node.end_point[0] + 1)
    graph.proceed(head)
    if test is None:
        graph.jump(inside)
    elif note is not None and note.rewrite is Rewrite.LOOP:
        guard = code.run.call_macro(note, node, test)
        branch(code.run, guard, inside, done, node.start_point[0] + 1)
    else:
        condition(code.run, test, inside, done)
    graph.move(inside)
    _body(code, body, done, head)
    graph.goto(head, Flow.BACK)
    graph.move(done)
    return None


def do_loop(code: Statements, node: Node) -> None:
    """`do body while (a);`."""
    test, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    graph = code.graph
    inside = graph.block("do.body", _line(body, node))
    tail = graph.block("do.tail", _line(test, node))
    back = graph.block("do.back", _line(test, node))
    done = graph.block("do.done", node.end_point[0] + 1)
    graph.proceed(inside)
    _body(code, body, done, tail)
    graph.proceed(tail)
    if test is None:
        graph.goto(done)
    else:
        condition(code.run, test, back, done)
    if graph.reached(back):
        graph.link(back, inside, Flow.BACK)
    graph.move(done)


def for_loop(code: Statements, node: Node) -> None:
    """`for (a; b; c) body`."""
    first, test = node.child_by_field_name("initializer"), node.child_by_field_name("condition")
    update, body = node.child_by_field_name("update"), node.child_by_field_name("body")
    graph = code.graph
    code.scopes.enter(node.start_byte, node.end_byte)
    if first is not None and first.type == "declaration":
        code.statement(first)
    elif first is not None:
        code.evaluate(first)
    head = graph.block("for.head", node.start_point[0] + 1)
    inside = graph.block("for.body", _line(body, node))
    post = graph.block("for.post", _line(update, node))
    done = graph.block("for.done", node.end_point[0] + 1)
    graph.proceed(head)
    if test is None:
        graph.goto(inside)
    else:
        condition(code.run, test, inside, done)
    graph.move(inside)
    _body(code, body, done, post)
    graph.proceed(post)
    if update is not None:
        code.evaluate(update)
    graph.goto(head, Flow.BACK)
    graph.move(done)
    code.close_scope(node)


def switch(code: Statements, node: Node) -> None:
    """`switch (a) body`; a value without a case leads on, as a CASE edge without a guard."""
    test, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    if test is not None:
        code.run.value(test)
    graph = code.graph
    done = graph.block("switch.done", node.end_point[0] + 1)
    context = Switch(graph.cursor, code.presence)
    graph.stop()
    code.switches.append(context)
    _body(code, body, done)
    code.switches.pop()
    if not context.has_default:
        graph.link(context.head, done, Flow.CASE, line=node.start_point[0] + 1)
    graph.proceed(done)


def case(code: Statements, node: Node) -> None:
    """`case a:`, `case a ... b:` or `default:` and the statements up to the next one."""
    value = node.child_by_field_name("value")
    statements = [child for child in node.named_children if child != value]
    if not code.switches:
        code.sequence(statements)
        return
    context = code.switches[-1]
    line = node.start_point[0] + 1
    block = code.graph.block("switch.default" if value is None else "switch.case", line)
    guard = None if value is None else _label(code, value)
    if code.presence == context.presence:
        context.has_default = context.has_default or value is None
        code.graph.link(context.head, block, Flow.CASE, guard, line=line)
    else:
        gate = code.graph.block("switch.gate", line)
        code.graph.link(context.head, gate, Flow.CASE, guard, line=line)
        code.graph.link(gate, block, Flow.PRESENCE, presence=code.presence, line=line)
    code.graph.proceed(block)
    code.sequence(statements)


def _label(code: Statements, value: Node) -> Expr:
    expr = expression(value, code.source)
    sign = value.child_by_field_name("operator")
    note = None if sign is None else code.source.notes.get(sign.start_byte)
    if note is not None and note.rewrite is Rewrite.CASE_RANGE:
        return Expr(Kind.BINARY, "...", expr.args)
    return expr


def scoped(code: Statements, node: Node, note: Note) -> None:
    """`scoped_guard(class, args) body`: the body once, and the exit of the guard."""
    test, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    code.scopes.enter(node.start_byte, node.end_byte)
    if test is not None:
        acquire(code, note, node, test)
    _once(code, node, body)


def conditional_guard(code: Statements, node: Node, note: Note) -> None:
    """`scoped_cond_guard(class, failure, args) body`: the body, or the statement for failure."""
    test, body = node.child_by_field_name("condition"), node.child_by_field_name("body")
    graph = code.graph
    code.scopes.enter(node.start_byte, node.end_byte)
    line = node.start_point[0] + 1
    inside, failed = graph.block("guard.body", _line(body, node)), graph.block("guard.failed", line)
    done = graph.block("guard.done", node.end_point[0] + 1)
    if test is not None:
        guard = code.run.call_macro(note, node, test)
        branch(code.run, guard, inside, failed, line)
        graph.move(failed)
        _failure(code, note, done, line)
        graph.move(inside)
        _owe(code, note, guard, test)
    _once(code, node, body)
    graph.proceed(done)


def _failure(code: Statements, note: Note, done: int, line: int) -> None:
    """The statement that runs where the guard was not acquired, by its first word."""
    text = code.source.plain[note.parts[0] : note.parts[1]] if len(note.parts) > 1 else b""
    words = text.decode("utf-8", "replace").split()
    match words:
        case ["return", *rest]:
            expr = Expr(Kind.UNKNOWN, " ".join(rest))
            code.leave_scopes(0, line)
            code.graph.emit(Op(Operation.RETURN, expr, line, " ".join(words)))
            code.graph.goto(code.graph.exit)
        case ["goto", label, *_]:
            code.jump(label, line)
        case ["break", *_]:
            code.jump_out(code.breaks, line)
        case ["continue", *_]:
            code.jump_out(code.continues, line)
        case _:
            code.graph.goto(done)


def acquire(code: Statements, note: Note, node: Node, arguments: Node) -> Expr:
    """The call of a guard macro, whose exit the innermost scope owes."""
    expr = code.run.call_macro(note, node, arguments)
    _owe(code, note, expr, arguments)
    return expr


def _owe(code: Statements, note: Note, guard: Expr, arguments: Node) -> None:
    text = read_range(note.start, arguments.end_byte, code.source)
    code.scopes.acquire(guard.args[1:], text)


def _once(code: Statements, node: Node, body: Node | None) -> None:
    """A body in a loop that runs once, so that `break` and `continue` end it; then its scope."""
    end = code.graph.block("guard.end", node.end_point[0] + 1)
    _body(code, body, end, end)
    code.graph.proceed(end)
    code.close_scope(node)


def _body(code: Statements, body: Node | None, leave: int, again: int | None = None) -> None:
    """The body of a loop, or of a switch, which is where a `break` leaves but no `continue`."""
    if body is None:
        return
    depth = len(code.scopes)
    code.breaks.append(Target(leave, depth))
    if again is not None:
        code.continues.append(Target(again, depth))
    code.statement(body)
    code.breaks.pop()
    if again is not None:
        code.continues.pop()


def _line(node: Node | None, otherwise: Node) -> int:
    return (node or otherwise).start_point[0] + 1
