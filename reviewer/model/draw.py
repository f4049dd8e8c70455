"""A counterexample as kernel developers draw races: one column a CPU, time downwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reviewer.finding import Situation, Step, Trace

#: What the notes of steps say that a drawing shows in a manner of its own.
FLUSH_BEGINS, FLUSH_ENDS = "WBINVD begins", "WBINVD ends"
HANDS_OVER, SENDS = "memory belongs to the new kernel", "sends"

#: What stands before each of the two steps that race, and says so below them.
MARK = ">>"
LEGEND = f"{MARK} marks the two steps that race: either could have come first"

WIDTH = 34


def actors(trace: Trace) -> tuple[str, ...]:
    """The CPUs of the trace, in order."""
    return tuple(sorted({step.actor for step in trace.steps}))


def told(trace: Trace) -> tuple[Step, ...]:
    """The steps that say something: not those that only join one program to the next."""
    last = len(trace.steps) - 1
    return tuple(
        step
        for index, step in enumerate(trace.steps)
        if step.location.path
        or step.text.partition(" ")[0] != "none"
        or step.races
        or index == last
    )


def races(trace: Trace) -> bool:
    """Whether two steps of the trace are marked."""
    return any(step.races for step in trace.steps)


def standing(title: str, situations: Iterable[Situation]) -> Iterator[str]:
    """How the machine stands, a line for the memory and one for each CPU; nothing if untold."""
    for number, each in enumerate(situations):
        if number == 0:
            yield f"{title}:"
        yield f"  {each.actor + ':':<7} {', '.join(each.facts)}"


def columns(trace: Trace) -> str:
    """One column a CPU, time downwards, places at the right.

    Where the function changes its name heads the steps. How the machine stands is told before the
    first step and after the last.
    """
    cpus = actors(trace)
    lines = [*standing("at the start", trace.start)]
    lines += [""] * bool(lines)
    lines.append("".join(f"{cpu:<{WIDTH}}" for cpu in cpus).rstrip())
    function: dict[str, str] = {}
    for step in told(trace):
        indent = " " * (WIDTH * cpus.index(step.actor))
        if step.function and function.get(step.actor) != step.function:
            function[step.actor] = step.function
            lines.append(f"{indent}{step.function}():")
        room = WIDTH * len(cpus) - len(indent) if step.location.path else len(step.text) + 6
        lines.append(f"{indent}{MARK * step.races:<3}{_cell(step, room)}")
        if step.location.path:
            lines[-1] = f"{lines[-1]:<{WIDTH * len(cpus)}}  {_place(step)}"
    lines += [LEGEND] * races(trace)
    after = [*standing("at the end", trace.end)]
    lines += ["", *after] if after else []
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cell(step: Step, room: int) -> str:
    """The step's text, which may run on over the empty columns to its right."""
    text = step.text if len(step.text) <= room - 6 else step.text[: room - 9] + "..."
    marked = any(word in step.note for word in ("WBINVD", "memory", "dirty", "breaks"))
    note = step.note.rpartition("; ")[2] if marked else ""
    return f"{text}  <- {note}" if note else text


def _place(step: Step) -> str:
    return f"{step.location.path}:{step.location.line}"
