"""A counterexample as kernel developers draw races, as a sequence chart, and as plain data."""

from __future__ import annotations

from html import escape

from reviewer.finding import Step, Trace

WIDTH = 34
_ROW, _COLUMN, _TOP = 22, 330, 60


def actors(trace: Trace) -> tuple[str, ...]:
    """The CPUs of the trace, in order."""
    return tuple(sorted({step.actor for step in trace.steps}))


def told(trace: Trace) -> tuple[Step, ...]:
    """The steps that say something: not those that only join one program to the next."""
    last = len(trace.steps) - 1
    return tuple(
        step
        for index, step in enumerate(trace.steps)
        if step.location.path or step.text != "none" or index == last
    )


def columns(trace: Trace, *, places: bool = True) -> str:
    """One column a CPU, time downwards; where the function changes its name heads the steps."""
    cpus = actors(trace)
    lines = ["".join(f"{cpu:<{WIDTH}}" for cpu in cpus).rstrip()]
    function: dict[str, str] = {}
    for step in told(trace):
        indent = " " * (WIDTH * cpus.index(step.actor))
        if step.function and function.get(step.actor) != step.function:
            function[step.actor] = step.function
            lines.append(f"{indent}{step.function}():")
        lines.append(f"{indent}  {_cell(step)}")
        if places and step.location.path:
            lines[-1] = f"{lines[-1]:<{WIDTH * len(cpus) + 2}}{_place(step)}"
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cell(step: Step) -> str:
    text = step.text if len(step.text) <= WIDTH - 5 else step.text[: WIDTH - 8] + "..."
    marked = step.note.startswith(("WBINVD", "memory", "breaks")) or "breaks" in step.note
    note = step.note.rpartition("; ")[2] if marked else ""
    return f"{text}  <- {note}" if note else text


def _place(step: Step) -> str:
    return f"{step.location.path}:{step.location.line}"


def svg(trace: Trace, title: str) -> str:
    """The trace as a sequence chart: a lifeline a CPU, WBINVD as a bar, the break marked."""
    cpus = actors(trace)
    steps = told(trace)
    height = _TOP + _ROW * (len(steps) + 2)
    width = 40 + _COLUMN * max(len(cpus), 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="monospace" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<text x="20" y="20" font-size="14">{escape(title)}</text>',
    ]
    for place, cpu in enumerate(cpus):
        x = 40 + _COLUMN * place
        parts.append(f'<text x="{x - 14}" y="44">{escape(cpu)}</text>')
        parts.append(
            f'<line x1="{x}" y1="{_TOP - 10}" x2="{x}" y2="{height - _ROW}" stroke="#888"/>'
        )
    begun: dict[str, int] = {}
    for row, step in enumerate(steps):
        x, y = 40 + _COLUMN * cpus.index(step.actor), _TOP + _ROW * row
        if step.note.startswith("WBINVD begins"):
            begun[step.actor] = y
        if step.note.startswith("WBINVD ends"):
            parts.append(_bar(x, begun.pop(step.actor, y), y))
        colour = "#c00" if "breaks" in step.note else "#036"
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>')
        hover = escape(f"{_place(step)} {step.function}() {step.note}".strip())
        shown = step.text if len(step.text) <= 40 else step.text[:37] + "..."
        parts.append(
            f'<text x="{x + 10}" y="{y + 4}" fill="{colour}">'
            f"<title>{hover}</title>{escape(shown)}</text>"
        )
    end = _TOP + _ROW * len(steps)
    parts += [
        _bar(40 + _COLUMN * cpus.index(cpu), start, end) for cpu, start in sorted(begun.items())
    ]
    return "\n".join((*parts, "</svg>")) + "\n"


def _bar(x: int, start: int, end: int) -> str:
    return (
        f'<rect x="{x - 6}" y="{start}" width="12" height="{max(end - start, 6)}" '
        'fill="#f80" fill-opacity="0.5" stroke="#f80"><title>WBINVD</title></rect>'
    )
