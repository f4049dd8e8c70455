"""A program as a picture: for Graphviz, and as SVG of our own."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from reviewer.model.text import does
from reviewer.model.types import Instruction, Program

_ACROSS, _DOWN, _MARGIN, _RADIUS = 330, 70, 60, 12
_TEXT = 40


def dot(program: Program) -> str:
    """The program in Graphviz's language: a node for each location, an edge for each step."""
    lines = [f"digraph {_quoted(program.name)} {{", "  node [shape=circle, fontname=monospace];"]
    lines += ["  edge [fontname=monospace, fontsize=10];", f"  {program.entry} [penwidth=2];"]
    lines.append(f"  {program.exit} [shape=doublecircle, label=exit];")
    for item in program.instructions:
        label = "\\n".join(map(_escaped, _said(item)))
        lines.append(f'  {item.source} -> {item.target} [label="{label}"];')
    return "\n".join((*lines, "}")) + "\n"


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _said(item: Instruction) -> list[str]:
    """What an instruction does, where from, and its source text."""
    place = f"{item.location.path}:{item.location.line}" if item.location.path else ""
    return [part for part in (does(item), f"{item.function} {place}".strip(), item.text) if part]


def svg(program: Program) -> str:
    """The program as SVG: the entry on top, a row for each number of steps from it."""
    return "\n".join(_Picture(program).lines()) + "\n"


class _Picture:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.rows = _rows(program)
        self.places = {
            location: (_MARGIN + _ACROSS * column, _MARGIN + _DOWN * row)
            for row, locations in enumerate(self.rows)
            for column, location in enumerate(locations)
        }

    def lines(self) -> Iterator[str]:
        width = _MARGIN + _ACROSS * (max(map(len, self.rows)) + 1)
        height = _MARGIN + _DOWN * len(self.rows)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            'font-family="monospace" font-size="11">'
        )
        yield f"<title>{escape(self.program.name)}</title>"
        yield (
            '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" '
            'orient="auto"><path d="M0,0 L9,4 L0,8 z" fill="#777"/></marker></defs>'
        )
        yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
        leaving: dict[int, int] = {}
        joining: dict[tuple[int, int], int] = {}
        for item in self.program.instructions:
            ends = (item.source, item.target)
            if item.source in self.places and item.target in self.places:
                yield from self._edge(item, leaving.get(item.source, 0), joining.get(ends, 0))
                leaving[item.source] = leaving.get(item.source, 0) + 1
                joining[ends] = joining.get(ends, 0) + 1
        for location, (x, y) in self.places.items():
            name = "exit" if location == self.program.exit else str(location)
            wide = 3 if location in (self.program.entry, self.program.exit) else 1
            yield (
                f'<circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="#eef" stroke="#036" '
                f'stroke-width="{wide}"/>'
            )
            yield f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="9">{name}</text>'
        yield "</svg>"

    def _edge(self, item: Instruction, number: int, parallel: int) -> Iterator[str]:
        """An arrow, bent where it leads upwards, past others, or beside another arrow.

        `number` counts the arrows that leave the same location: their words stand on several lines.
        """
        (x1, y1), (x2, y2) = self.places[item.source], self.places[item.target]
        around = y2 <= y1 or (x1 == x2 and y2 - y1 > _DOWN)
        bend = 26 * parallel + (60 if around else 0)
        down = _RADIUS if y2 > y1 else -_RADIUS
        middle_x, middle_y = (x1 + x2) // 2 + bend, (y1 + y2) // 2
        hover = escape("; ".join(_said(item)))
        yield (
            f'<path d="M{x1},{y1 + down} Q{middle_x + bend},{middle_y} {x2},{y2 - down}" '
            f'fill="none" stroke="#777" marker-end="url(#head)"><title>{hover}</title></path>'
        )
        said = f"{does(item)}: {item.text}" if item.text else does(item)
        shown = said if len(said) <= _TEXT else f"{said[: _TEXT - 3]}..."
        place = f" :{item.location.line}" if item.location.path else ""
        along = min(0.3 + 0.2 * number, 0.9)
        x, y = x1 + int((x2 - x1) * along) + bend, y1 + int((y2 - y1) * along)
        yield (
            f'<text x="{x + 8}" y="{y + 4}" fill="#036" '
            f'stroke="#fff" stroke-width="3" paint-order="stroke">'
            f"<title>{hover}</title>{escape(shown + place)}</text>"
        )


def _rows(program: Program) -> list[list[int]]:
    """Locations by the longest way to them without a loop; what nothing leads to is left out."""
    after: dict[int, list[int]] = {}
    for item in program.instructions:
        after.setdefault(item.source, []).append(item.target)
    forward: dict[int, list[int]] = {}
    finished: list[int] = []
    state = {program.entry: "open"}
    way = [(program.entry, iter(after.get(program.entry, ())))]
    while way:
        at, targets = way[-1]
        target = next(targets, None)
        if target is None:
            state[at] = "finished"
            finished.append(at)
            way.pop()
        elif state.get(target) != "open":
            forward.setdefault(at, []).append(target)
            if target not in state:
                state[target] = "open"
                way.append((target, iter(after.get(target, ()))))
    depths = dict.fromkeys(reversed(finished), 0)
    for at in depths:
        for target in forward.get(at, ()):
            depths[target] = max(depths[target], depths[at] + 1)
    rows: list[list[int]] = [[] for _ in range(max(depths.values()) + 1)]
    for at, depth in depths.items():
        rows[depth].append(at)
    return rows
