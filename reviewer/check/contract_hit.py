"""Where a contract is broken, before it is put into words."""

from __future__ import annotations

from msgspec import Struct

from reviewer.finding import Location, Step, Trace


class Hit(Struct, frozen=True):
    """A place where the sides disagree: `detail` says how, the trace leads there."""

    location: Location
    function: str
    subject: str
    text: str
    detail: str
    trace: Trace = Trace()


def arguments(count: int) -> str:
    """A number of arguments with its verb."""
    return f"only {count} argument{'s are' if count > 1 else ' is'}" if count else "no argument is"


def hit(
    path: str,
    line: int,
    function: str,
    subject: str,
    text: str,
    detail: str,
    steps: tuple[Step, ...] = (),
) -> Hit:
    """The disagreement, its own line being the last step of the trace."""
    place = Location(path, line)
    last = Step(place, function, text, detail)
    return Hit(place, function, subject, text, detail, Trace((*steps, last)))
