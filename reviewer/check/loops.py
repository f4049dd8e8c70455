"""Loops of a graph: its strongly connected components."""

from __future__ import annotations

from collections.abc import Mapping

from reviewer.event.types import EventGraph


def loop_of_block(graph: EventGraph) -> Mapping[int, int]:
    """For each block that can be reached from itself, the number of its component.

    Tarjan's algorithm, with a stack of its own so that long functions cost no recursion.
    """
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    pending: list[int] = []
    on_stack: set[int] = set()
    found: dict[int, int] = {}
    for root in range(len(graph.blocks)):
        if root in index:
            continue
        work = [(root, 0)]
        while work:
            block, position = work.pop()
            if position == 0:
                index[block] = low[block] = len(index)
                pending.append(block)
                on_stack.add(block)
            edges = graph.out[block]
            while position < len(edges):
                target = edges[position].target
                position += 1
                if target not in index:
                    work += [(block, position), (target, 0)]
                    break
                if target in on_stack:
                    low[block] = min(low[block], index[target])
            else:
                if low[block] == index[block]:
                    _close(graph, block, pending, on_stack, found)
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[block])
    return found


def _close(
    graph: EventGraph, root: int, pending: list[int], on_stack: set[int], found: dict[int, int]
) -> None:
    members: list[int] = []
    while not members or members[-1] != root:
        members.append(pending.pop())
        on_stack.discard(members[-1])
    if len(members) > 1 or any(edge.target == root for edge in graph.out[root]):
        found.update(dict.fromkeys(members, root))
