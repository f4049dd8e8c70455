"""A counterexample as kernel developers draw races: one column a CPU, time downwards."""

from __future__ import annotations

from reviewer.finding import Step, Trace

#: What the notes of steps say that a drawing shows in a manner of its own.
FLUSH_BEGINS, FLUSH_ENDS = "WBINVD begins", "WBINVD ends"
HANDS_OVER, SENDS = "memory belongs to the new kernel", "sends"

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
            lines[-1] = f"{lines[-1]:<{WIDTH * len(cpus)}}  {_place(step)}"
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _cell(step: Step) -> str:
    text = step.text if len(step.text) <= WIDTH - 5 else step.text[: WIDTH - 8] + "..."
    marked = step.note.startswith(("WBINVD", "memory", "breaks")) or "breaks" in step.note
    note = step.note.rpartition("; ")[2] if marked else ""
    return f"{text}  <- {note}" if note else text


def _place(step: Step) -> str:
    return f"{step.location.path}:{step.location.line}"
