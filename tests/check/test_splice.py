"""A function is the same however it is cut up into helpers."""

from __future__ import annotations

from reviewer.check.bodies import Bodies
from reviewer.check.splice import Splicing
from reviewer.event.match import compile_vocabulary
from reviewer.patch.types import SourceFile
from reviewer.rule.types import Vocabulary
from reviewer.source.read import read

CUT = b"""
static int wanted(int x) { return x & 4; }
static void helper(int y) { if (wanted(y)) target(y); }
static void kept(void) { target(0); }
void outer(int z) { helper(z); table = kept; kept(); }
"""


def splicing() -> Splicing:
    matcher = compile_vocabulary(Vocabulary(()))
    bodies = Bodies(read(SourceFile("a.c", CUT)), matcher)
    return Splicing(bodies, lambda body: True)


def test_helpers_are_part_of_who_calls_them() -> None:
    found = splicing()
    (outer,) = found.bodies.by_name["outer"]
    graph = found.graph(outer)
    assert graph is not None
    calls = [event.text for block in graph.blocks for event in block if event.callee == "target"]
    assert sorted(calls) == ["target(0)", "target(y)"]
    assert not any(event.callee == "helper" for block in graph.blocks for event in block)


def test_what_is_only_called_is_absorbed() -> None:
    found = splicing()
    absorbed = {
        name for name, bodies in found.bodies.by_name.items() if any(map(found.absorbed, bodies))
    }
    assert absorbed == {"wanted", "helper"}
