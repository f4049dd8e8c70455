from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given

from reviewer.model.graph import dot, svg
from reviewer.model.text import parse
from reviewer.model.types import Program
from tests.model.test_simplify import programs

TEXT = """
0 -> 1: none if flag  # a.c:3 f: this_cpu_read("flag")
0 -> 2: none if !flag
1 -> 2: flush.begin  # a.c:4 f: wbinvd()
2 -> 2: halt
2 -> exit: mask.clear
"""


def test_a_graph_names_what_each_step_does_and_where() -> None:
    assert dot(parse(TEXT)).splitlines()[5:7] == [
        r'  0 -> 1 [label="none if flag\nf a.c:3\nthis_cpu_read(\"flag\")"];',
        '  0 -> 2 [label="none if !flag"];',
    ]


def places(drawn: str) -> dict[str, int]:
    """How far down each location stands."""
    names = re.findall(r'y="(\d+)" text-anchor="middle" font-size="9">(\w+)<', drawn)
    return {name: int(y) for y, name in names}


def test_a_picture_reads_downwards() -> None:
    found = places(svg(parse(TEXT)))
    assert found["0"] < found["1"] < found["2"] < found["exit"]


@given(programs)
def test_any_program_can_be_drawn(program: Program) -> None:
    root = ElementTree.fromstring(svg(program))
    drawn = root.findall("{http://www.w3.org/2000/svg}path")
    reached = {program.entry}
    pending = [program.entry]
    while pending:
        at = pending.pop()
        for item in program.instructions:
            if item.source == at and item.target not in reached:
                reached.add(item.target)
                pending.append(item.target)
    assert len(drawn) == sum(item.source in reached for item in program.instructions)
    assert dot(program).count("->") == len(program.instructions)
