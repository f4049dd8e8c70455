from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.check import exploration
from reviewer.check.bodies import Bodies
from reviewer.check.path import Hit
from reviewer.check.reachability import Search
from reviewer.event.match import compile_vocabulary
from reviewer.rule.automaton import of_window
from reviewer.rule.pattern import parse_c
from reviewer.rule.types import EventType, Vocabulary, Window
from reviewer.source.conditions import Atom, negate
from reviewer.source.types import Edge, Flow, Function, Op
from tests.check.graphs import call, function, name, store, unit

VOCABULARY = Vocabulary(
    (
        EventType("open", "opens", c=(parse_c("open()"),)),
        EventType("close", "closes", c=(parse_c("close()"),)),
        EventType("rest", "rests", c=(parse_c("rest()"),)),
        EventType("fatal", "ends", c=(parse_c("fatal()"),), noreturn=True),
    )
)
WINDOW = Window(("open",), ("call",), permits=("close", "fatal"), closes=("close",))
UNTIL = Window(("open",), ("call",), closes=("rest", "close"), until=("rest",))


def hits(
    *functions: Function, window: Window = WINDOW, root: str = "f", openers: str = "f"
) -> tuple[Hit, ...]:
    """The violations from `root`."""
    bodies = Bodies(
        unit({item.name: item for item in functions}, "open()"), compile_vocabulary(VOCABULARY)
    )
    search = Search(bodies, of_window(window), frozenset(openers.split()))
    return search.violations(bodies.by_name[root][0])


def places(found: Sequence[Hit]) -> set[tuple[int, int]]:
    """(block, index) of the violations."""
    return {(hit.suspect.shown.block, hit.suspect.shown.index) for hit in found if hit.suspect}


def notes(hit: Hit) -> list[str]:
    return [f"{mark.step.text}: {mark.step.note}" for mark in hit.marks]


def test_a_call_after_the_opening_is_a_violation_with_its_path() -> None:
    (hit,) = hits(function([[call("a"), call("open"), call("b")], []], [(0, 1)]))
    assert places([hit]) == {(0, 2)}
    assert notes(hit) == [
        "open(): open: opens the window",
        "b(): call of a function: forbidden here",
    ]


def test_the_witness_is_the_shortest() -> None:
    graph = function(
        [[call("open")], [], [], [call("b")], []], [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)]
    )
    (hit,) = hits(graph)
    assert len(hit.marks) == 2


def test_a_loop_brings_the_window_round() -> None:
    graph = function([[], [call("b"), call("open")], []], [(0, 1), (1, 1), (1, 2)])
    assert places(hits(graph)) == {(1, 0)}


def test_nothing_follows_an_event_that_does_not_return() -> None:
    assert not hits(function([[call("open"), call("fatal"), call("b")], []], [(0, 1)]))


def branch(guard: str, source: int, then: int, otherwise: int, line: int = 1) -> list[Edge]:
    return [
        Edge(source, then, Flow.TRUE, name(guard), line=line),
        Edge(source, otherwise, Flow.FALSE, name(guard), line=line),
    ]


def settled(between: Sequence[Op]) -> Function:
    """`if (x) open(); between; if (x) ; else b();`."""
    return function(
        [[], [call("open")], between, [], [call("b")], []],
        [*branch("x", 0, 1, 2), (1, 2), *branch("x", 2, 3, 4), (3, 5), (4, 5)],
    )


def test_equal_guards_agree_along_a_path() -> None:
    assert not hits(settled([]))


def test_a_store_forgets_a_guard() -> None:
    assert places(hits(settled([store("x")]))) == {(4, 0)}


def test_a_guard_met_again_in_a_loop_agrees() -> None:
    graph = function(
        [[call("open")], [], [call("close")], [call("b")], []],
        [(0, 1), *branch("x", 1, 2, 3), (2, 1), Edge(3, 1), Edge(2, 4)],
    )
    assert places(hits(graph)) == {(3, 0)}
    graph = function(
        [[], [], [call("open")], [call("b")], []],
        [(0, 1), *branch("x", 1, 2, 3), (2, 1), (3, 1)],
    )
    assert not hits(graph)


def test_a_loop_ends_although_its_guard_was_true() -> None:
    graph = function([[], [call("open")], [call("b")], []], [*branch("x", 0, 1, 2), (1, 0), (2, 3)])
    assert places(hits(graph)) == {(2, 0)}


def arms(first: str, second: str) -> Function:
    """`#ifdef first open() #endif #ifdef second b() #endif`, `!` for `#ifndef`."""

    def presence(text: str, source: int, target: int, past: int) -> list[Edge]:
        atom = Atom(text.removeprefix("!"))
        condition = negate(atom) if text.startswith("!") else atom
        return [
            Edge(source, target, Flow.PRESENCE, presence=condition),
            Edge(source, past, Flow.PRESENCE, presence=negate(condition)),
        ]

    return function(
        [[], [call("open")], [], [call("b")], []],
        [*presence(first, 0, 1, 2), (1, 2), *presence(second, 2, 3, 4), (3, 4)],
    )


def test_exclusive_arms_are_on_no_path_together() -> None:
    assert not hits(arms("A", "!A"))


def test_a_path_carries_the_conditions_of_its_arms() -> None:
    (hit,) = hits(arms("A", "B"))
    assert hit.conditions == (Atom("A"), Atom("B"))


def test_a_helper_opens_the_window_of_its_caller() -> None:
    helper = function([[call("open")], []], [(0, 1)], title="g")
    caller = function([[call("b"), call("g"), call("c")], []], [(0, 1)])
    (hit,) = hits(caller, helper, openers="f g")
    assert places([hit]) == {(0, 2)}
    assert notes(hit) == [
        "g(): into g",
        "open(): open: opens the window",
        "c(): call of a function: forbidden here",
    ]


def test_a_helper_closes_the_window_of_its_caller() -> None:
    helper = function([[call("close")], []], [(0, 1)], title="g")
    caller = function([[call("open"), call("g"), call("c")], []], [(0, 1)])
    assert places(hits(caller, helper)) == {(0, 1)}


def test_recursion_ends_and_is_told() -> None:
    recursive = function([[call("open"), call("f"), call("b")], []], [(0, 1)])
    bodies = Bodies(unit({"f": recursive}, "open()"), compile_vocabulary(VOCABULARY))
    search = Search(bodies, of_window(WINDOW), frozenset({"f"}))
    assert places(search.violations(bodies.by_name["f"][0])) == {(0, 1), (0, 2)}
    assert [skip.reason for skip in search.skips] == ["f calls itself: followed once"]


def test_deep_call_chains_end_and_are_told() -> None:
    chain = [function([[call(f"f{i + 1}")], []], [(0, 1)], title=f"f{i}") for i in range(200)]
    last = function([[call("open"), call("b")], []], [(0, 1)], title="f200")
    bodies = Bodies(
        unit({item.name: item for item in (*chain, last)}, "open()"), compile_vocabulary(VOCABULARY)
    )
    search = Search(bodies, of_window(WINDOW), frozenset(bodies.by_name))
    assert not search.violations(bodies.by_name["f0"][0])
    assert search.skips


def test_a_search_that_grows_too_large_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploration, "MAX_VISITS", 10)
    blocks = [[call("open")], *([call("b")] for _ in range(20)), []]
    graph = function(blocks, [(i, i + 1) for i in range(21)])
    bodies = Bodies(unit({"f": graph}, "open()"), compile_vocabulary(VOCABULARY))
    search = Search(bodies, of_window(WINDOW), frozenset({"f"}))
    assert places(search.violations(bodies.by_name["f"][0]))
    assert [skip.reason for skip in search.skips] == [
        "f has too many paths or violations: not all were followed"
    ]


def test_until_reports_only_what_comes_before_the_end() -> None:
    graph = function(
        [[call("open"), call("a")], [call("rest"), call("c")], [call("b")], []],
        [(0, 1), (0, 2), (1, 3), (2, 3)],
    )
    (hit,) = hits(graph, window=UNTIL)
    assert places([hit]) == {(0, 1)}
    assert notes(hit)[-1] == "rest(): rest: what it must not come before"


def test_until_is_met_in_a_callee_for_what_the_caller_did() -> None:
    helper = function([[call("rest")], []], [(0, 1)], title="g")
    caller = function([[call("open"), call("a"), call("g")], []], [(0, 1)])
    assert places(hits(caller, helper, window=UNTIL)) == {(0, 1), (0, 2)}


NAMES = ("open", "close", "b", "c")
ops = st.lists(st.sampled_from(NAMES).map(call), max_size=2)


@st.composite
def graphs(draw: st.DrawFn) -> Function:
    """Small graphs with loops; some branches test `x`, some blocks write it."""
    size = draw(st.integers(2, 6))
    blocks = [
        [*draw(ops), *([store("x")] if draw(st.integers(0, 4)) == 0 else [])] for _ in range(size)
    ]
    edges: list[Edge] = []
    for source in range(size - 1):
        targets = draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=2))
        if len(targets) == 2 and draw(st.booleans()):
            edges += branch("x", source, *targets)
        else:
            edges += [Edge(source, target) for target in targets]
    return function([*blocks, []], [*edges, Edge(size - 1, size)])


def walk(graph: Function, length: int, *, guarded: bool) -> Iterator[tuple[int, int]]:
    """Violations on every path of up to `length` blocks, one after the other, without memory."""
    pending: list[tuple[int, bool, bool | None, int]] = [(graph.cfg.entry, False, None, length)]
    while pending:
        block, is_open, x, left = pending.pop()
        for index, op in enumerate(graph.cfg.blocks[block].ops):
            if op.text == "x = 0":
                x = None
            elif op.text == "open()":
                is_open = True
            elif op.text == "close()":
                is_open = False
            elif is_open:
                yield block, index
        for edge in graph.cfg.edges if left else ():
            truth = edge.flow is Flow.TRUE if guarded and edge.guard else None
            if edge.source == block and (truth is None or x is None or x is truth):
                pending.append((edge.target, is_open, x if truth is None else truth, left - 1))


@given(graphs())
def test_the_search_finds_what_walking_every_path_finds(graph: Function) -> None:
    found = places(hits(graph))
    assert found <= set(walk(graph, 10, guarded=False))
    assert found >= set(walk(graph, 8, guarded=True))
