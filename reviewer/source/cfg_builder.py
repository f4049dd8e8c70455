"""A control-flow graph under construction: blocks, edges, and a cursor for the next operation.

The cursor is absent after a jump that does not fall through; code that follows it is kept in a
block of its own that nothing reaches.
"""

from __future__ import annotations

from msgspec import Struct, field

from reviewer.source.conditions import TRUE, Condition
from reviewer.source.types import CFG, Block, Edge, Expr, Flow, Op


class _Draft(Struct):
    kind: str
    line: int
    ops: list[Op] = field(default_factory=list)


class GraphBuilder:
    """Grows a CFG; block 0 is the entry, block 1 the exit."""

    entry = 0
    exit = 1

    def __init__(self, line: int, end_line: int) -> None:
        self._blocks = [_Draft("entry", line), _Draft("exit", end_line)]
        self._edges: list[Edge] = []
        self._targets: set[int] = set()
        self._cursor: int | None = self.entry
        #: Lines of code that was nested too deep to become blocks.
        self.flattened: list[int] = []

    @property
    def live(self) -> bool:
        """Whether the next operation follows some other code without a jump."""
        return self._cursor is not None

    @property
    def cursor(self) -> int:
        """The block that the next operation goes into."""
        if self._cursor is None:
            self._cursor = self.block("unreachable")
        return self._cursor

    def block(self, kind: str, line: int = 0) -> int:
        """A new block that nothing leads to yet; the cursor stays where it is.

        Without a line it gets that of its first operation.
        """
        self._blocks.append(_Draft(kind, line))
        return len(self._blocks) - 1

    def place(self, block: int, line: int) -> None:
        """Says which line a block starts on, if it was not known when the block was made."""
        self._blocks[block].line = self._blocks[block].line or line

    def reached(self, block: int) -> bool:
        """Whether any edge leads to the block so far."""
        return block in self._targets

    def move(self, block: int) -> None:
        """Goes on in `block`, without an edge to it."""
        self._cursor = block

    def emit(self, op: Op) -> None:
        """Adds an operation where the cursor is."""
        self._blocks[self.cursor].ops.append(op)

    def link(
        self,
        source: int,
        target: int,
        flow: Flow = Flow.NEXT,
        guard: Expr | None = None,
        presence: Condition = TRUE,
        line: int = 0,
    ) -> None:
        """An edge between any two blocks."""
        self._targets.add(target)
        self._edges.append(Edge(source, target, flow, guard, presence, line))

    def jump(
        self,
        target: int,
        flow: Flow = Flow.NEXT,
        guard: Expr | None = None,
        presence: Condition = TRUE,
        line: int = 0,
    ) -> None:
        """An edge from the cursor, if there is one; the cursor stays, more edges may follow."""
        if self._cursor is not None:
            self.link(self._cursor, target, flow, guard, presence, line)

    def goto(self, target: int, flow: Flow = Flow.NEXT, line: int = 0) -> None:
        """Leaves for `target`: what follows is not reached from here."""
        self.jump(target, flow, line=line)
        self._cursor = None

    def proceed(self, target: int) -> None:
        """Falls through into `target` and goes on there."""
        self.jump(target)
        self._cursor = target

    def stop(self) -> None:
        """Control goes no further: what follows is not reached from here."""
        self._cursor = None

    def graph(self) -> CFG:
        """The graph; every block has the line of its first operation or the one it was given."""
        blocks = tuple(
            Block(
                index, draft.kind, tuple(draft.ops), draft.ops[0].line if draft.ops else draft.line
            )
            for index, draft in enumerate(self._blocks)
        )
        return CFG(blocks, tuple(self._edges), self.entry, self.exit)
