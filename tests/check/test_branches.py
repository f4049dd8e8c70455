from __future__ import annotations

import pytest

from reviewer.check.branches import guards, possible
from reviewer.event.extract import extract
from reviewer.event.match import compile_vocabulary
from reviewer.rule.types import Vocabulary
from reviewer.source.format import render
from reviewer.source.types import Edge, Expr, Flow, Function, Kind
from tests.source.lowering import lower_body

NOTHING = compile_vocabulary(Vocabulary(()))


def senses(function: Function) -> list[str]:
    """The guards of the call of goal()."""
    graph = extract(function, NOTHING)
    (block,) = (
        at for at, events in enumerate(graph.blocks) for event in events if event.callee == "goal"
    )
    return [
        " or ".join(f"{render(each.test)} {each.sense}" for each in (guard, *guard.others))
        for guard in guards(graph, block)
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("goal();", []),
        ("if (a) goal();", ["a holds"]),
        ("if (!a) goal();", ["a does not hold"]),
        ("if (!a) return; goal();", ["a holds"]),
        ("if (a == 0) goal();", ["a does not hold"]),
        ("if (a != NULL) goal();", ["a holds"]),
        ("if (a < 5) goal();", ["(a < 5) holds"]),
        ("if (unlikely(!a)) goal();", ["a does not hold"]),
        ("if (a && b) goal();", ["a holds", "b holds"]),
        ("if (a || b) goal();", ["a holds or b holds"]),
        ("if (a) g(); else h(); goal();", []),
        ("return; goal();", []),
    ],
)
def test_guards(body: str, expected: list[str]) -> None:
    assert senses(lower_body(body)) == expected


@pytest.mark.parametrize(
    ("flow", "literal", "expected"),
    [
        (Flow.TRUE, "0", False),
        (Flow.FALSE, "0", True),
        (Flow.TRUE, "1", True),
        (Flow.TRUE, "1.5", True),
        (Flow.NEXT, "0", True),
    ],
)
def test_a_constant_decides(flow: Flow, literal: str, expected: bool) -> None:
    assert possible(Edge(0, 1, flow, Expr(Kind.NUMBER, literal))) is expected
