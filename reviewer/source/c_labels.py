"""Labels of a C function while it is lowered: their blocks, and jumps that go by address."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from reviewer.source.c_notes import Cleaned
from reviewer.source.cfg_builder import GraphBuilder
from reviewer.source.conditions import TRUE, Condition
from reviewer.source.types import Flow


class Labels:
    """The labels of `function`; a jump to one that stands nowhere leads to the exit."""

    def __init__(self, graph: GraphBuilder, function: Node, source: Cleaned) -> None:
        self._graph = graph
        self._function = function
        self._source = source
        self._blocks: dict[str, int] = {}
        self._defined: set[str] = set()
        self._dispatch: int | None = None
        self._offsets: dict[str, int] | None = None

    def block(self, name: str) -> int:
        """The block that a jump to the label leads to."""
        if name not in self._blocks:
            self._blocks[name] = self._graph.block(f"label.{name}")
        return self._blocks[name]

    def define(self, name: str, presence: Condition, line: int) -> None:
        """The label stands at the cursor, in code that is there under `presence`."""
        self._defined.add(name)
        gate = self.block(name)
        self._graph.place(gate, line)
        if presence == TRUE:
            self._graph.proceed(gate)
            return
        body = self._graph.block("label.present", line)
        self._graph.link(gate, body, Flow.PRESENCE, presence=presence, line=line)
        self._graph.proceed(body)

    def offset(self, name: str) -> int | None:
        """Where in the source the label stands."""
        if self._offsets is None:
            self._offsets = {
                self._source.read(label): node.start_byte
                for node in _walk(self._function)
                if node.type == "labeled_statement"
                and (label := node.child_by_field_name("label")) is not None
            }
        return self._offsets.get(name)

    def jump_computed(self) -> None:
        """A `goto *address` at the cursor."""
        if self._dispatch is None:
            self._dispatch = self._graph.block("goto.computed")
        self._graph.goto(self._dispatch, Flow.GOTO)

    def finish(self) -> None:
        """Draws the edges that need all labels.

        A computed goto leads to every label whose address is taken, to every label at all where
        no address is; addresses that a macro takes are not seen.
        """
        for name in sorted(self._blocks.keys() - self._defined):
            self._graph.link(self._blocks[name], self._graph.exit, Flow.GOTO)
        if self._dispatch is not None:
            for name in sorted(self._defined & set(self._addresses()) or self._defined):
                self._graph.link(self._dispatch, self._blocks[name], Flow.GOTO)

    def _addresses(self) -> Iterator[str]:
        for node in _walk(self._function):
            if node.type == "pointer_expression":
                text = self._source.plain[node.start_byte : node.end_byte]
                if text.startswith(b"&&"):
                    yield text[2:].decode("utf-8", "replace").strip()


def _walk(node: Node) -> Iterator[Node]:
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(node.named_children)
