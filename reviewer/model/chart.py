"""A run of CPUs as a sequence chart in SVG: time downwards, a lifeline for each CPU."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from msgspec import Struct

from reviewer.finding import Step, Trace
from reviewer.model.draw import (
    FLUSH_BEGINS,
    FLUSH_ENDS,
    HANDS_OVER,
    SENDS,
    actors,
    races,
    standing,
    told,
)

_ROW, _COLUMN, _LEFT, _PLACES = 22, 360, 40, 230
#: The first line of how the machine stands, the height of such a line, and from it to the rest.
_MACHINE, _LINE, _GAP = 44, 16, 40
_TEXT = 44
_RECEIVED = re.compile(r"<(?:(?P<vector>\w+) interrupt|(?P<nmi>NMI))>")
_RACE = "the two steps with rings race: either could have come first"
_CALM, _BAD, _FLUSH, _QUIET = "#036", "#c00", "#f80", "#777"


class Message(Struct, frozen=True):
    """An interrupt on its way: the steps, by their places, that send it and that receive it."""

    sent: int
    received: int
    vector: str


def messages(steps: Sequence[Step]) -> tuple[Message, ...]:
    """Each interrupt that is taken, with the last step of another CPU that has sent it."""
    found: list[Message] = []
    for place, step in enumerate(steps):
        match = _RECEIVED.fullmatch(step.text)
        if match is None:
            continue
        vector = match["vector"] or "nmi"
        sent = [
            number
            for number, other in enumerate(steps[:place])
            if other.actor != step.actor and other.note == f"{SENDS} {vector}"
        ]
        if sent:
            found.append(Message(sent[-1], place, vector))
    return tuple(found)


def chart(trace: Trace, title: str) -> str:
    """The trace as SVG: WBINVD as a bar, interrupts as arrows, the hand-over as a line.

    The two steps that race have rings and a line between them; above and below stands the machine.
    """
    return "\n".join(_Chart(trace).lines(title)) + "\n"


def _lines(top: int, lines: Sequence[str]) -> Iterator[str]:
    """How the machine stands."""
    for number, line in enumerate(lines):
        yield (
            f'<text x="20" y="{top + _LINE * number}" font-size="11" xml:space="preserve">'
            f"{escape(line)}</text>"
        )


class _Chart:
    def __init__(self, trace: Trace) -> None:
        self.cpus = actors(trace)
        self.steps = told(trace)
        self.before = tuple(standing("at the start", trace.start))
        legend = (_RACE,) * races(trace)
        self.after = (*legend, *standing("at the end", trace.end))
        self.width = _LEFT + _COLUMN * max(len(self.cpus), 1) + _PLACES
        self.top = _MACHINE + _LINE * len(self.before) + _GAP
        self.bottom = self.top + _ROW * (len(self.steps) + 1)
        self.height = self.bottom + (_LINE * (len(self.after) + 1) if self.after else 0)

    def x(self, actor: str) -> int:
        return _LEFT + _COLUMN * self.cpus.index(actor)

    def y(self, place: int) -> int:
        return self.top + _ROW * place

    def lines(self, title: str) -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" '
            f'height="{self.height}" font-family="monospace" font-size="12">'
        )
        yield f"<title>{escape(title)}</title>"
        yield (
            '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" '
            f'orient="auto"><path d="M0,0 L9,4 L0,8 z" fill="{_QUIET}"/></marker></defs>'
        )
        yield f'<rect width="{self.width}" height="{self.height}" fill="#fff"/>'
        yield f'<text x="20" y="20" font-size="14">{escape(title)}</text>'
        yield from _lines(_MACHINE, self.before)
        yield from _lines(self.bottom + _LINE, self.after)
        yield from self._lifelines()
        yield from self._bars()
        yield from self._hand_over()
        yield from self._arrows()
        yield from self._race()
        yield from self._steps()
        yield "</svg>"

    def _lifelines(self) -> Iterator[str]:
        end = self.bottom - _ROW // 2
        for cpu in self.cpus:
            x = self.x(cpu)
            yield f'<text x="{x - 14}" y="{self.top - 20}" font-weight="bold">{escape(cpu)}</text>'
            yield f'<line x1="{x}" y1="{self.top - 12}" x2="{x}" y2="{end}" stroke="#aaa"/>'

    def _bars(self) -> Iterator[str]:
        """A bar for each WBINVD, to the end of the chart for one that does not end in it."""
        begun: dict[str, int] = {}
        for place, step in enumerate(self.steps):
            if step.note.startswith(FLUSH_BEGINS):
                begun[step.actor] = self.y(place)
            elif step.note.startswith(FLUSH_ENDS):
                yield self._bar(step.actor, begun.pop(step.actor, self.y(place)), self.y(place))
        for actor, start in sorted(begun.items()):
            yield self._bar(actor, start, self.bottom - _ROW // 2)

    def _bar(self, actor: str, start: int, end: int) -> str:
        return (
            f'<rect x="{self.x(actor) - 6}" y="{start}" width="12" height="{max(end - start, 6)}" '
            f'fill="{_FLUSH}" fill-opacity="0.5" stroke="{_FLUSH}"><title>WBINVD</title></rect>'
        )

    def _hand_over(self) -> Iterator[str]:
        for place, step in enumerate(self.steps):
            if step.note.startswith(HANDS_OVER):
                y, end = self.y(place) + _ROW // 2, self.width - 20
                yield (
                    f'<line x1="20" y1="{y}" x2="{end}" y2="{y}" stroke="{_BAD}" '
                    f'stroke-dasharray="6 4"><title>{escape(HANDS_OVER)}</title></line>'
                )

    def _arrows(self) -> Iterator[str]:
        for message in messages(self.steps):
            start, end = self.steps[message.sent], self.steps[message.received]
            aside = 6 if self.x(end.actor) > self.x(start.actor) else -6
            yield (
                f'<line x1="{self.x(start.actor) + aside}" y1="{self.y(message.sent)}" '
                f'x2="{self.x(end.actor) - aside}" y2="{self.y(message.received)}" '
                f'stroke="{_QUIET}" stroke-dasharray="3 3" marker-end="url(#head)">'
                f"<title>{escape(message.vector)}</title></line>"
            )

    def _race(self) -> Iterator[str]:
        """A ring around each step that races, and the line between the two."""
        racing = [place for place, step in enumerate(self.steps) if step.races]
        spots = [(self.x(self.steps[place].actor), self.y(place)) for place in racing]
        for (x1, y1), (x2, y2) in pairwise(spots):
            yield (
                f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_BAD}" '
                f'stroke-width="2" stroke-opacity="0.4"><title>{_RACE}</title></line>'
            )
        for x, y in spots:
            yield f'<circle cx="{x}" cy="{y}" r="8" fill="#fff" stroke="{_BAD}" stroke-width="2"/>'

    def _steps(self) -> Iterator[str]:
        function: dict[str, str] = {}
        for place, step in enumerate(self.steps):
            x, y = self.x(step.actor), self.y(place)
            colour = _BAD if "breaks" in step.note else _CALM
            yield f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'
            entered = step.function and function.get(step.actor) != step.function
            function[step.actor] = step.function or function.get(step.actor, "")
            said = f"{step.function}(): {step.text}" if entered else step.text
            shown = said if len(said) <= _TEXT else f"{said[: _TEXT - 3]}..."
            hover = f"{step.function}(): {step.text} {step.note}".strip()
            yield (
                f'<text x="{x + 10}" y="{y + 4}" fill="{colour}" stroke="#fff" stroke-width="3" '
                f'paint-order="stroke"><title>{escape(hover)}</title>{escape(shown)}</text>'
            )
            if step.location.path:
                place_text = f"{step.location.path.rpartition('/')[2]}:{step.location.line}"
                yield (
                    f'<text x="{self.width - _PLACES + 10}" y="{y + 4}" fill="{_QUIET}" '
                    f'font-size="11">{escape(place_text)}</text>'
                )
