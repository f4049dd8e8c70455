from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reviewer.check.loops import loop_of_block
from reviewer.event.extract import extract
from reviewer.event.match import compile_vocabulary
from reviewer.rule.types import Vocabulary
from tests.check.graphs import function

SIZE = 6
edges = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=12)


@given(edges)
def test_two_blocks_share_a_loop_when_each_reaches_the_other(pairs: list[tuple[int, int]]) -> None:
    reach = {(a, b): (a, b) in pairs for a in range(SIZE) for b in range(SIZE)}
    for middle in range(SIZE):
        for a in range(SIZE):
            for b in range(SIZE):
                reach[a, b] = reach[a, b] or (reach[a, middle] and reach[middle, b])
    graph = extract(function([[]] * SIZE, pairs), compile_vocabulary(Vocabulary(())))
    loops = loop_of_block(graph)
    for a in range(SIZE):
        assert (a in loops) == reach[a, a]
        for b in range(SIZE):
            if a != b:
                together = a in loops and loops[a] == loops.get(b)
                assert together == (reach[a, b] and reach[b, a])
