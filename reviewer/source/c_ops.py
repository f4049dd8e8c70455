"""What a C expression does: its operations in evaluation order, its branches as edges.

Where the language leaves the order open, operations come as they are written: the place that is
assigned, then the value, then the store; the callee, then the arguments, then the call. A read of
an array element or through a pointer also counts its base as read, even an array's name that only
decays. `guard(mutex)(&lock)` is one call, `guard(mutex, &lock)`. An asm operand as an argument of
a macro, `"+m" (x)`, is a FIELD of its constraint.
Not modelled: the stores of an asm statement (its operands are in the ASM operation).
"""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from reviewer.source.c_asm import asm
from reviewer.source.c_branch import LOGICAL, conditional, generic, short_circuit
from reviewer.source.c_expr import (
    MAX_DEPTH,
    STRINGS,
    callee_name,
    comma_parts,
    compose,
    expression,
    identifier,
    operands,
    operator,
    read,
    read_range,
    size,
    statement_body,
    statement_value,
    string_text,
    strip,
    unevaluated,
    unknown,
)
from reviewer.source.c_notes import Cleaned, Note, Rewrite
from reviewer.source.c_scope import GUARDS, Scopes
from reviewer.source.cfg_builder import GraphBuilder
from reviewer.source.types import Expr, Flow, Kind, Op, Operation

#: Compiler builtins, and their usual spelling, that control does not pass.
UNREACHABLE = frozenset({"__builtin_unreachable", "__builtin_trap", "unreachable"})

_LVALUES = frozenset({"field_expression", "subscript_expression", "pointer_expression"})
_PLACES = (("field_expression", "."), ("pointer_expression", "&"))


class Evaluator:
    """Emits what expressions do into a graph, at its cursor.

    `statements` lowers the block of a statement expression; `jump_to` gives the block of a label
    that an asm goto names. `depth` counts nested expressions and statements alike.
    """

    def __init__(
        self,
        graph: GraphBuilder,
        source: Cleaned,
        scopes: Scopes,
        noreturn: frozenset[str],
        statements: Callable[[Node], None],
        jump_to: Callable[[str], int],
    ) -> None:
        self.graph = graph
        self.source = source
        self.scopes = scopes
        self.depth = 0
        self._noreturn = noreturn | UNREACHABLE
        self._statements = statements
        self._jump_to = jump_to

    def value(self, node: Node) -> Expr:
        """The expression, evaluated."""
        node = strip(node)
        if self.depth >= MAX_DEPTH:
            return self.survey(node)
        self.depth += 1
        rule = _VALUES.get(node.type)
        expr = rule(self, node) if rule else self._operands(node)
        self.depth -= 1
        return expr

    def place(self, node: Node) -> Expr:
        """The expression as a place in memory: what leads there is evaluated, it is not read."""
        node = strip(node)
        kind = node.type
        if kind == "identifier":
            return identifier(node, self.source)
        if kind not in _LVALUES or self.depth >= MAX_DEPTH:
            return self.value(node)
        self.depth += 1
        parts = operands(node)
        args = []
        if parts and (kind, operator(node)) in _PLACES:
            args.append(self.place(parts.pop(0)))
        args += [self.value(part) for part in parts]
        self.depth -= 1
        return compose(node, args, self.source)

    def survey(self, node: Node) -> Expr:
        """UNKNOWN, for what is nested too deep; the calls in it are emitted as they are written."""
        self.graph.flattened.append(node.start_point[0] + 1)
        calls: list[Node] = []
        pending = [node]
        while pending:
            found = pending.pop()
            if found.type == "call_expression":
                if unevaluated(found, self.source):
                    continue
                if found.children[0].type not in STRINGS:
                    calls.append(found)
            if found.type not in ("sizeof_expression", "alignof_expression"):
                pending.extend(found.children)
        for call in reversed(calls):
            name = callee_name(call, self.source)
            callee = Expr(Kind.IDENTIFIER, name) if name else Expr(Kind.UNKNOWN)
            rest = unknown(call, self.source)
            self.emit_call(call, Expr(Kind.CALL, "", (callee, rest)))
        return unknown(node, self.source)

    def damage(self, node: Node) -> Expr:
        """UNKNOWN, for what did not parse; the expressions that stand in it are evaluated."""
        found: list[Expr] = []
        pending = node.named_children[::-1]
        while pending:
            part = pending.pop()
            if part.type in EFFECTS:
                found.append(self.value(part))
            elif not unevaluated(part, self.source):
                pending.extend(reversed(part.named_children))
        return unknown(node, self.source, found)

    def call_macro(self, note: Note, node: Node, arguments: Node) -> Expr:
        """A call of the macro that a note tells of and `node` stands for, with its arguments.

        The first argument of a guard names its class and is not evaluated.
        """
        parts = comma_parts(strip(arguments))
        args = [] if note.rewrite is Rewrite.LOOP else [expression(parts.pop(0), self.source)]
        args += [self.value(part) for part in parts]
        if note.rewrite is Rewrite.COND_GUARD and len(args) > 1:
            args[1] = Expr(Kind.UNKNOWN, read_range(note.parts[0], note.parts[1], self.source))
        expr = Expr(Kind.CALL, "", (Expr(Kind.IDENTIFIER, note.name), *args))
        text = read_range(note.start, arguments.end_byte, self.source)
        self.graph.emit(Op(Operation.CALL, expr, node.start_point[0] + 1, text))
        return expr

    def emit(self, operation: Operation, expr: Expr, node: Node) -> None:
        """An operation at the cursor, with the node's line and text."""
        text = read(node, self.source)
        self.graph.emit(Op(operation, expr, node.start_point[0] + 1, text))

    def _operands(self, node: Node) -> Expr:
        return compose(node, [self.value(part) for part in operands(node)], self.source)

    def _identifier(self, node: Node) -> Expr:
        expr = identifier(node, self.source)
        self._load(node, expr)
        return expr

    def _read(self, node: Node) -> Expr:
        expr = self.place(node)
        self._load(node, expr)
        return expr

    def _load(self, node: Node, expr: Expr) -> None:
        local = expr.kind is Kind.IDENTIFIER and expr.name in self.scopes.locals
        if not local and expr.kind not in (Kind.TYPE, Kind.UNKNOWN):
            self.emit(Operation.LOAD, expr, node)

    def _pointer(self, node: Node) -> Expr:
        return self.place(node) if operator(node) == "&" else self._read(node)

    def _assign(self, node: Node) -> Expr:
        parts = operands(node)
        if len(parts) != 2:
            return self._operands(node)
        left = self.place(parts[0])
        if operator(node) != "=":
            self._load(parts[0], left)
        expr = compose(node, (left, self.value(parts[1])), self.source)
        self.emit(Operation.STORE, expr, node)
        return expr

    def _update(self, node: Node) -> Expr:
        args: list[Expr] = []
        for part in operands(node):
            args.append(self.place(part))
            self._load(part, args[-1])
        expr = compose(node, args, self.source)
        self.emit(Operation.STORE, expr, node)
        return expr

    def _binary(self, node: Node) -> Expr:
        if operator(node) in LOGICAL:
            return short_circuit(self, node)
        links: list[Node] = []
        rights: list[list[Node]] = []
        left = node
        while left.type == "binary_expression" and operator(left) not in LOGICAL:
            first, *rest = operands(left)
            links.append(left)
            rights.append(rest)
            left = strip(first)
        deep = self.depth + len(links) > MAX_DEPTH
        expr = self.value(left)
        for link, rest in zip(reversed(links), reversed(rights), strict=True):
            args = [expr, *(self.value(part) for part in rest)]
            expr = expr if deep else compose(link, args, self.source)
        return unknown(node, self.source) if deep else expr

    def _call(self, node: Node) -> Expr:
        note = self.source.notes.get(node.start_byte)
        if note is not None and note.rewrite is Rewrite.ASM:
            return self._asm(node, note)
        if unevaluated(node, self.source):
            return size(node, self.source, self.depth)
        function, *arguments = operands(node)
        function = strip(function)
        if function.type in STRINGS:
            operand = tuple(self.value(argument) for argument in arguments)
            return Expr(Kind.FIELD, string_text(function, self.source), operand)
        if function.type == "call_expression":
            macro = callee_name(function, self.source)
            if macro in GUARDS:
                return self._guard(node, macro, [*operands(function)[1:], *arguments])
        callee, indirect = self._callee(function)
        args = [self.value(argument) for argument in arguments]
        expr = Expr(Kind.CALL, "", (callee, *args))
        self.emit_call(node, expr, indirect)
        return expr

    def _callee(self, function: Node) -> tuple[Expr, bool]:
        """What is called, evaluated as far as a call does, and whether it is a pointer."""
        if function.type == "identifier":
            expr = identifier(function, self.source)
            return expr, expr.name in self.scopes.locals
        if function.type == "pointer_expression":
            return self.place(function), True
        return self.value(function), True

    def emit_call(self, node: Node, expr: Expr, indirect: bool = False) -> None:
        """A call at the cursor, on the line of the callee's name; control may end there."""
        place = strip(node.children[0])
        place = place.child_by_field_name("field") or place
        text = read(node, self.source)
        self.graph.emit(Op(Operation.CALL, expr, place.start_point[0] + 1, text, indirect))
        if expr.args[0].kind is Kind.IDENTIFIER and expr.args[0].name in self._noreturn:
            self.graph.stop()

    def _guard(self, node: Node, macro: str, arguments: list[Node]) -> Expr:
        if GUARDS[macro] and len(arguments) > 1:
            self.scopes.locals.add(self.source.read(arguments[1]))
        first, *rest = arguments
        args = (expression(first, self.source), *(self.value(argument) for argument in rest))
        expr = Expr(Kind.CALL, "", (Expr(Kind.IDENTIFIER, macro), *args))
        self.emit_call(node, expr)
        self.scopes.acquire(args, read(node, self.source))
        return expr

    def _asm(self, node: Node, note: Note) -> Expr:
        parts = asm(node, note, self.source)
        values = [
            self.place(operand.value) if operand.output else self.value(operand.value)
            for operand in parts.operands
        ]
        expr = parts.expr(values)
        text = read_range(note.start, note.end, self.source)
        line = node.start_point[0] + 1
        self.graph.emit(Op(Operation.ASM, expr, line, text))
        for label in dict.fromkeys(parts.labels):
            self.graph.jump(self._jump_to(label), Flow.GOTO, line=line)
        if parts.labels:
            self.graph.proceed(self.graph.block("asm.next", node.end_point[0] + 1))
        return expr

    def _statement(self, node: Node) -> Expr:
        body = statement_body(node)
        if body is None:
            return self._operands(node)
        self._statements(body)
        value = statement_value(body)
        args = () if value is None else (expression(value, self.source, self.depth),)
        return Expr(Kind.STATEMENT, "", args)

    def _size(self, node: Node) -> Expr:
        return size(node, self.source, self.depth)


_VALUES: dict[str, Callable[[Evaluator, Node], Expr]] = {
    "ERROR": Evaluator.damage,
    "alignof_expression": Evaluator._size,
    "assignment_expression": Evaluator._assign,
    "binary_expression": Evaluator._binary,
    "call_expression": Evaluator._call,
    "compound_statement": Evaluator._statement,
    "conditional_expression": conditional,
    "field_expression": Evaluator._read,
    "generic_expression": generic,
    "identifier": Evaluator._identifier,
    "offsetof_expression": Evaluator._size,
    "parenthesized_expression": Evaluator._statement,
    "pointer_expression": Evaluator._pointer,
    "sizeof_expression": Evaluator._size,
    "subscript_expression": Evaluator._read,
    "update_expression": Evaluator._update,
}

#: Nodes that are evaluated where they stand in text that did not parse.
EFFECTS = frozenset(
    {
        "assignment_expression",
        "call_expression",
        "conditional_expression",
        "update_expression",
    }
)
