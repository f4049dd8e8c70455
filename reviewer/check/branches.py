"""Branches as tests: how they come out on an edge, and on which of them a block hangs.

A test guards a block when every way to it goes over the same one of the test's branches; several
that are joined by "or" do when none of them alone does. Only tests in the block's own function are
seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from reviewer.event.match import stripped
from reviewer.event.types import EventGraph
from reviewer.source.c_macros import HINTS
from reviewer.source.literals import constant_truth
from reviewer.source.types import Edge, Expr, Flow, Kind

_BRANCHES = (Flow.TRUE, Flow.FALSE)
#: Comparisons that ask whether a value is too small for something.
BELOW = frozenset({"<", "<="})


class Guard(Struct, frozen=True):
    """A test on which a block hangs, and how it comes out where control goes on to the block.

    One of `others` will do as well.
    """

    test: Expr
    truth: bool
    line: int
    others: tuple[Guard, ...] = ()

    @property
    def sense(self) -> str:
        """What the test does, in words."""
        return "holds" if self.truth else "does not hold"

    @property
    def affirms(self) -> bool:
        """Whether what is tested is there: a value that is compared, whether it is large enough."""
        below = self.test.kind is Kind.BINARY and self.test.name in BELOW
        return self.truth is not below


def normal(test: Expr, truth: bool) -> tuple[Expr, bool]:
    """The test without casts, hints, negations and comparisons with nothing, and its truth then."""
    while True:
        test = stripped(test)
        match test.kind:
            case Kind.UNARY if test.name == "!":
                test, truth = test.args[0], not truth
            case Kind.CALL if len(test.args) > 1 and test.args[0].name in HINTS:
                test = test.args[1]
            case Kind.BINARY if test.name in ("==", "!=") and _is_nothing(test.args[1]):
                test, truth = test.args[0], truth is (test.name == "!=")
            case _:
                return test, truth


def decided(edge: Edge) -> tuple[Expr, bool] | None:
    """The test that the edge decides, in its normal form; None where it is no branch."""
    if edge.guard is None or edge.flow not in _BRANCHES:
        return None
    return normal(edge.guard, edge.flow is Flow.TRUE)


def possible(edge: Edge) -> bool:
    """Whether control can take the edge: not where a constant decides against it."""
    decision = decided(edge)
    return decision is None or constant_truth(decision[0]) is not (not decision[1])


def guards(graph: EventGraph, block: int) -> Iterator[Guard]:
    """The tests that the block hangs on, in the order of the graph's blocks."""
    if not _reaches(graph, block, without=()):
        return
    for edges in graph.out:
        for edge in edges:
            guard = _guard(edge)
            if guard is not None and not _reaches(graph, block, without=(edge,)):
                yield guard
    yield from _joined(graph, block)


def sources(graph: EventGraph) -> Mapping[int, list[int]]:
    """The blocks from which an edge leads to each block."""
    into: dict[int, list[int]] = {}
    for edges in graph.out:
        for edge in edges:
            into.setdefault(edge.target, []).append(edge.source)
    return into


def leading_to(into: Mapping[int, Iterable[int]], blocks: Iterable[int]) -> set[int]:
    """The blocks, and those from which one of them can be reached, by the `sources` of a graph."""
    found = set(blocks)
    pending = list(found)
    while pending:
        for source in into.get(pending.pop(), ()):
            if source not in found:
                found.add(source)
                pending.append(source)
    return found


def _joined(graph: EventGraph, block: int) -> Iterator[Guard]:
    """Tests of which one must say so: where the last does not, the block is out of reach."""
    into = sources(graph)
    back = leading_to(into, (block,))
    for at in sorted(back):
        tests = [edge for edge in graph.out[at] if _guard(edge) is not None]
        inside = [edge for edge in tests if edge.target in back]
        if len(tests) != 2 or len(inside) != 1:
            continue
        (last,) = inside
        joined = [
            edge
            for edges in graph.out
            for edge in edges
            if edge.target == last.target and _guard(edge) is not None
        ]
        if len(joined) > 1 and not _reaches(graph, block, without=tuple(joined)):
            first, *others = (guard for guard in map(_guard, joined) if guard is not None)
            yield replace(first, others=tuple(others))


def _guard(edge: Edge) -> Guard | None:
    decision = decided(edge)
    return None if decision is None else Guard(*decision, edge.line)


def _reaches(graph: EventGraph, block: int, without: tuple[Edge, ...]) -> bool:
    """Whether control can come to the block other than over the edges."""
    seen = {graph.entry}
    pending = [graph.entry]
    while pending:
        at = pending.pop()
        if at == block:
            return True
        for following in graph.out[at]:
            shut = any(following is each for each in without)
            if not shut and following.target not in seen:
                seen.add(following.target)
                pending.append(following.target)
    return False


def _is_nothing(expr: Expr) -> bool:
    return constant_truth(stripped(expr)) is False
