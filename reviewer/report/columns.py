"""An interleaving as kernel developers draw it: a column for each CPU, time downwards.

A row holds one step, so what is too long for its column runs on over the empty ones to its right.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from reviewer.finding import Situation, Step, Trace
from reviewer.model.draw import LEGEND, MARK, races, standing
from reviewer.report.safe import quoted

_GAP = 2
#: Steps stand under the name of their function.
_INDENT = 2
#: Where what is true of a CPU goes on in its next line.
_FACTS = 10


def actors(trace: Trace) -> tuple[str, ...]:
    """Who runs in the trace, in order of their names; `("",)` for a path inside functions."""
    return tuple(sorted({step.actor for step in trace.steps})) or ("",)


def columns(trace: Trace, *, width: int = 72) -> Iterator[str]:
    """The lines of the drawing, its heads first; at most `width` wide where words allow it."""
    yield from _standing("at the start", trace.start, width)
    yield from [""] * bool(trace.start)
    heads = actors(trace)
    room = max((width - _GAP * (len(heads) - 1)) // len(heads), 16)
    cells = {head: quoted(head) for head in heads}
    yield _row([cells[head] for head in heads], room)
    yield _row(["-" * min(len(cells[head]), room) for head in heads], room)
    function: dict[str, str] = {}
    for step in trace.steps:
        column = heads.index(step.actor)
        if step.function and function.get(step.actor) != step.function:
            function[step.actor] = step.function
            yield _row([*[""] * column, f"{quoted(step.function)}():"], room)
        for line in _wrapped(step, room):
            yield _row([*[""] * column, line], room)
    if races(trace):
        yield from folded(LEGEND, width, "")
    yield from [""] * bool(trace.end)
    yield from _standing("at the end", trace.end, width)


def _standing(title: str, situations: Iterable[Situation], width: int) -> Iterator[str]:
    for line in standing(title, situations):
        indent = " " * (len(line) - len(line.lstrip()))
        yield from folded(quoted(line), width, indent, " " * _FACTS)


def _wrapped(step: Step, room: int) -> list[str]:
    """A step's code, then its note in brackets, in a column; what is too wide is not indented."""
    text = quoted(step.text)
    fits = max(map(len, text.split()), default=0) + _INDENT <= room
    mark = f"{MARK} " if step.races else " " * (_INDENT if step.actor and fits else 0)
    lines = folded(text, room, mark, " " * 2 * _INDENT if fits else " " * _INDENT) or ["..."]
    return [*lines, *folded(f"({quoted(step.note)})" if step.note else "", room, "    ", "    ")]


def folded(text: str, room: int, indent: str, hanging: str | None = None) -> list[str]:
    """The text in lines of at most `room`, where words allow it; later ones stand deeper."""
    return textwrap.wrap(
        text,
        room,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _row(cells: list[str], room: int) -> str:
    return (" " * _GAP).join(f"{cell:{room}}" for cell in cells).rstrip()
