"""C statements as blocks and edges: one recursive builder with a cursor block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from tree_sitter import Node

from reviewer.source import c_loops, presence
from reviewer.source.c_branch import branch, condition
from reviewer.source.c_declare import array_sizes, declared_name, storage
from reviewer.source.c_expr import MAX_DEPTH, comma_parts, strip
from reviewer.source.c_labels import Labels
from reviewer.source.c_notes import Cleaned, Rewrite
from reviewer.source.c_ops import EFFECTS, Evaluator
from reviewer.source.c_scope import Scopes
from reviewer.source.cfg_builder import GraphBuilder
from reviewer.source.conditions import FALSE, TRUE, Condition, conjoin, negate
from reviewer.source.types import Expr, Flow, Kind, Op, Operation

#: Arms of one `#if` that exclude the later ones; what follows more of them is taken as possible.
MAX_ARMS = 50

_ATTRIBUTE = re.compile(rb"\b_\w+")


class Statements:
    """Lowers the statements of one function into a graph, at its cursor.

    `presence` is the condition of the place, within the function; `breaks`, `continues`
    and `switches` are where those words lead, innermost last.
    """

    def __init__(
        self,
        graph: GraphBuilder,
        function: Node,
        source: Cleaned,
        parameters: Iterable[str],
        noreturn: frozenset[str],
    ) -> None:
        self.graph = graph
        self.source = source
        self.scopes = Scopes(parameters)
        self.labels = Labels(graph, function, source)
        self.run = Evaluator(
            graph, source, self.scopes, noreturn, self.statement, self.labels.block
        )
        self.presence: Condition = TRUE
        self.breaks: list[c_loops.Target] = []
        self.continues: list[c_loops.Target] = []
        self.switches: list[c_loops.Switch] = []

    def statement(self, node: Node) -> None:
        """Lowers one statement, declaration, or piece of text that did not parse."""
        rule = _STATEMENTS.get(node.type)
        if rule is None:
            self.pieces(node)
        elif self.run.depth >= MAX_DEPTH:
            self.run.survey(node)
        else:
            self.run.depth += 1
            rule(self, node)
            self.run.depth -= 1

    def sequence(self, nodes: Sequence[Node]) -> None:
        """Lowers statements one after the other."""
        for node in nodes:
            self.statement(node)

    def pieces(self, node: Node) -> None:
        """Lowers the statements and calls that stand in a node of no known kind."""
        pending = [node]
        while pending:
            part = pending.pop()
            if part.type in EFFECTS:
                self.run.value(part)
            elif part.type in _STATEMENTS and part != node:
                self.statement(part)
            elif part.type not in _SILENT:
                pending.extend(reversed(part.named_children))

    def close_scope(self, node: Node) -> None:
        """Ends the innermost scope, whose code `node` is."""
        if self.graph.live:
            self.leave_scopes(len(self.scopes) - 1, node.end_point[0] + 1)
        self.scopes.leave()

    def leave_scopes(self, depth: int, line: int) -> None:
        """Emits what runs when control leaves all scopes but the outer `depth`."""
        for cleanup in self.scopes.cleanups(depth):
            self.graph.emit(Op(Operation.CALL, cleanup.expr, line, cleanup.text))

    def jump(self, label: str, line: int) -> None:
        """A goto at the cursor."""
        if self.scopes.acquired:
            offset = self.labels.offset(label)
            if offset is not None:
                self.leave_scopes(self.scopes.around(offset), line)
        self.graph.goto(self.labels.block(label), Flow.GOTO, line)

    def jump_out(self, targets: Sequence[c_loops.Target], line: int) -> None:
        """A `break` or `continue` to the innermost of `targets`; to the exit if there is none."""
        if targets:
            self.leave_scopes(targets[-1].depth, line)
        self.graph.goto(targets[-1].block if targets else self.graph.exit, Flow.GOTO, line)

    def _expressions(self, node: Node) -> None:
        for child in node.named_children:
            if child.type != "comment":
                self.evaluate(child)
        self._jumped(node)

    def _jumped(self, node: Node) -> bool:
        """Whether the statement is a rewritten `goto *address`; if so, that is where it goes."""
        note = self.source.notes.get(node.start_byte)
        if note is None or note.rewrite is not Rewrite.GOTO:
            return False
        self.labels.jump_computed()
        return True

    def evaluate(self, node: Node) -> None:
        """Evaluates an expression whose value nobody uses."""
        for part in comma_parts(strip(node)):
            self.run.value(part)

    def _compound(self, node: Node) -> None:
        self.scopes.enter(node.start_byte, node.end_byte)
        self.sequence(node.named_children)
        self.close_scope(node)

    def _if(self, node: Node) -> None:
        """An if with all its else-ifs, which may be thousands."""
        done = self.graph.block("if.done", node.end_point[0] + 1)
        link: Node | None = node
        while link is not None:
            link = self._arm(link, done)
        self.graph.proceed(done)

    def _arm(self, node: Node, done: int) -> Node | None:
        """One `if` of a chain; the next one where its else is one."""
        then = node.child_by_field_name("consequence")
        other = node.child_by_field_name("alternative")
        line = (then or node).start_point[0] + 1
        yes = self.graph.block("if.then", line)
        no = done if other is None else self.graph.block("if.else", other.start_point[0] + 1)
        self._test(node, yes, no)
        self.graph.move(yes)
        if then is not None:
            self.statement(then)
        self.graph.goto(done)
        if other is None:
            return None
        self.graph.move(no)
        rest = [child for child in other.named_children if child.type != "comment"]
        if len(rest) == 1 and rest[0].type == "if_statement":
            return rest[0]
        self.sequence(rest)
        return None

    def _test(self, node: Node, yes: int, no: int) -> None:
        test = node.child_by_field_name("condition")
        note = self.source.notes.get(node.start_byte)
        if test is None:
            self.graph.jump(yes)
            self.graph.goto(no)
        elif note is not None and note.rewrite is Rewrite.IF_GUARD:
            guard = c_loops.acquire(self, note, node, test)
            branch(self.run, guard, yes, no, node.start_point[0] + 1)
        else:
            condition(self.run, test, yes, no)

    def _label(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        if label is not None:
            self.labels.define(self.source.read(label), self.presence, node.start_point[0] + 1)
        self.sequence([child for child in node.named_children if child != label])

    def _goto(self, node: Node) -> None:
        label = node.child_by_field_name("label")
        if label is not None:
            self.jump(self.source.read(label), node.start_point[0] + 1)

    def _break(self, node: Node) -> None:
        self.jump_out(self.breaks, node.start_point[0] + 1)

    def _continue(self, node: Node) -> None:
        self.jump_out(self.continues, node.start_point[0] + 1)

    def _return(self, node: Node) -> None:
        values = [self.run.value(child) for child in node.named_children if child.type != "comment"]
        if self._jumped(node):
            return
        self.leave_scopes(0, node.start_point[0] + 1)
        self.run.emit(Operation.RETURN, values[0] if values else Expr(Kind.UNKNOWN), node)
        self.graph.goto(self.graph.exit)

    def _declaration(self, node: Node) -> None:
        kinds = storage(node, self.source)
        start = node.start_byte
        for declarator in node.children_by_field_name("declarator"):
            if "extern" not in kinds:
                self._declarator(declarator, start, "static" in kinds)
            start = declarator.end_byte
        for child in node.children if node.has_error else ():
            if child.is_error:
                self.run.value(child)

    def _declarator(self, node: Node, start: int, static: bool) -> None:
        """One declared variable; the text that is its own starts at `start`."""
        inner, value = node, None
        if node.type == "init_declarator":
            inner = node.child_by_field_name("declarator") or node
            value = node.child_by_field_name("value")
        name = declared_name(inner)
        if name is None:
            return
        for size in array_sizes(inner):
            self.run.value(size)
        variable = Expr(Kind.IDENTIFIER, self.source.read(name))
        self.scopes.locals.add(variable.name)
        if value is None or static:
            self.run.emit(Operation.DECLARE, variable, node)
        else:
            stored = Expr(Kind.ASSIGN, "=", (variable, self.run.value(value)))
            self.run.emit(Operation.STORE, stored, node)
        self._attributes(start, node.end_byte if value is None else value.start_byte, variable)

    def _attributes(self, start: int, end: int, variable: Expr) -> None:
        """The scope owes what the cleanup attributes of a variable, between two offsets, say."""
        for match in _ATTRIBUTE.finditer(self.source.plain, start, end):
            note = self.source.notes.get(match.start())
            if note is not None and note.rewrite is Rewrite.CLEANUP:
                text = self.source.plain[note.start : note.end].decode("utf-8", "replace")
                function = text.partition("(")[2].rpartition(")")[0].strip()
                args = (Expr(Kind.IDENTIFIER, function), variable)
                self.scopes.acquire(args, f"{text} {variable.name}")

    def _preprocessor(self, node: Node) -> None:
        """`#if` around whole statements: PRESENCE edges to its arms, and past it without else."""
        head = self.graph.cursor
        line = node.start_point[0] + 1
        done = self.graph.block("preproc.done", node.end_point[0] + 1)
        outer = self.presence
        rest: Condition = TRUE
        arm: Node | None = node
        arms = 0
        while arm is not None:
            arms += 1
            test, name = arm.child_by_field_name("condition"), arm.child_by_field_name("name")
            here = self._tested(arm, test or name)
            following = arm.child_by_field_name("alternative")
            chosen = conjoin((rest, here))
            if arms <= MAX_ARMS:
                rest = conjoin((rest, negate(here)))
            block = self.graph.block("preproc.arm", arm.start_point[0] + 1)
            self._present(head, block, chosen, arm.start_point[0] + 1)
            self.presence = conjoin((outer, chosen))
            self.graph.move(block)
            parts = (test, name, following)
            self.sequence([child for child in arm.named_children if child not in parts])
            self.graph.goto(done)
            arm = following
        self.presence = outer
        self._present(head, done, rest, line)
        self.graph.move(done)

    def _present(self, head: int, block: int, chosen: Condition, line: int) -> None:
        if chosen != FALSE:
            self.graph.link(head, block, Flow.PRESENCE, presence=chosen, line=line)

    def _tested(self, arm: Node, test: Node | None) -> Condition:
        if test is None:
            return TRUE
        text = self.source.text[test.start_byte : test.end_byte].decode("utf-8", "replace")
        match arm.children[0].type:
            case "#ifdef" | "#elifdef":
                return presence.defined(text)
            case "#ifndef" | "#elifndef":
                return negate(presence.defined(text))
            case _:
                return presence.parse(text)


#: Nodes without anything that runs.
_SILENT = frozenset(
    {
        "comment",
        "enum_specifier",
        "preproc_call",
        "preproc_def",
        "preproc_directive",
        "preproc_function_def",
        "preproc_include",
        "struct_specifier",
        "type_definition",
        "union_specifier",
        "sizeof_expression",
        "alignof_expression",
        "offsetof_expression",
    }
)

_STATEMENTS: dict[str, Callable[[Statements, Node], None]] = {
    "break_statement": Statements._break,
    "case_statement": c_loops.case,
    "compound_statement": Statements._compound,
    "continue_statement": Statements._continue,
    "declaration": Statements._declaration,
    "do_statement": c_loops.do_loop,
    "expression_statement": Statements._expressions,
    "for_statement": c_loops.for_loop,
    "goto_statement": Statements._goto,
    "if_statement": Statements._if,
    "labeled_statement": Statements._label,
    "preproc_elif": Statements._preprocessor,
    "preproc_elifdef": Statements._preprocessor,
    "preproc_else": Statements._preprocessor,
    "preproc_if": Statements._preprocessor,
    "preproc_ifdef": Statements._preprocessor,
    "return_statement": Statements._return,
    "switch_statement": c_loops.switch,
    "while_statement": c_loops.while_loop,
}
