from __future__ import annotations

from reviewer.source.cfg_builder import GraphBuilder
from reviewer.source.types import Edge, Expr, Flow, Kind, Op, Operation


def op(line: int) -> Op:
    return Op(Operation.CALL, Expr(Kind.CALL, "", (Expr(Kind.IDENTIFIER, "g"),)), line, "g()")


def test_an_empty_function() -> None:
    builder = GraphBuilder(3, 5)
    builder.goto(builder.exit)
    graph = builder.graph()
    assert [(block.id, block.kind, block.line) for block in graph.blocks] == [
        (0, "entry", 3),
        (1, "exit", 5),
    ]
    assert graph.edges == (Edge(0, 1),)
    assert (graph.entry, graph.exit) == (0, 1)


def test_operations_go_where_the_cursor_is() -> None:
    builder = GraphBuilder(1, 9)
    builder.emit(op(2))
    target = builder.block("here", 7)
    builder.emit(op(3))
    builder.proceed(target)
    builder.emit(op(8))
    graph = builder.graph()
    assert [[item.line for item in block.ops] for block in graph.blocks] == [[2, 3], [], [8]]
    assert [block.line for block in graph.blocks] == [2, 9, 8]


def test_code_after_a_jump_is_kept_apart() -> None:
    builder = GraphBuilder(1, 9)
    builder.goto(builder.exit)
    live = [builder.live]
    builder.jump(builder.exit)
    builder.emit(op(2))
    live.append(builder.live)
    assert live == [False, True]
    graph = builder.graph()
    assert graph.edges == (Edge(0, 1),)
    assert graph.blocks[2].kind == "unreachable"


def test_which_blocks_are_reached() -> None:
    builder = GraphBuilder(1, 9)
    block = builder.block("here")
    assert not builder.reached(block)
    builder.jump(block, Flow.GOTO, line=4)
    assert builder.reached(block)
    builder.place(block, 6)
    builder.place(block, 7)
    graph = builder.graph()
    assert graph.blocks[block].line == 6
    assert graph.edges == (Edge(0, block, Flow.GOTO, line=4),)
