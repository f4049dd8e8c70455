"""What the compiler puts into an open window: one finding for each cause, not each instruction.

Sanitizers and coverage go between statements, as far as there are any they are about. The stack
protector reads its canary, which is per-CPU data, where a function is entered and left. Function
tracing stands at the entry only: a traced function that is called in a window is a call itself.
Windows that ask what follows (`until`) are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body
from reviewer.check.inside import Inside, entered, inside
from reviewer.check.reachability import Search
from reviewer.event.types import Event
from reviewer.finding import Finding, Severity, Step, Trace
from reviewer.rule.types import PHRASES, Plain, Rank, Rule, Window, covers
from reviewer.source.conditions import Atom, Condition, assume, conjoin, render
from reviewer.source.inserted.canary import guarded, parts
from reviewer.source.inserted.causes import Cause, Place, inserted
from reviewer.source.inserted.makefile import Assignment
from reviewer.source.presence import parse
from reviewer.source.types import Expr, Kind, Operation

_STRONG = Atom("CONFIG_STACKPROTECTOR_STRONG")
_ACCESSES = (Operation.LOAD, Operation.STORE)
_SHIFTED_OR_DIVIDED = ("<<", ">>", "/", "%", "<<=", ">>=", "/=", "%=")


class _Insertion(Struct, frozen=True):
    """What a cause puts where: the event it stands at and the function it is for."""

    cause: Cause
    name: Plain
    subject: str
    at: Event
    body: Body
    condition: Condition
    severity: Severity
    reason: str


def instrumented(
    bodies: Bodies, rule: Rule, search: Search, settings: tuple[Assignment, ...]
) -> Iterator[Finding]:
    """Findings about functions that a window opens in and that instrumentation reaches.

    They are warnings where kernels in use break by them, else remarks, unless the rule ranks
    what is inserted itself.
    """
    if not isinstance(rule.body, Window) or rule.body.until:
        return
    wanted = [
        name
        for name in (Plain.INSERTED, Plain.CANARY)
        if any(covers(entry, name) for entry in rule.body.forbids)
    ]
    if not wanted:
        return
    for name in sorted(search.openers):
        for body in bodies.by_name.get(name, ()):
            window = inside(bodies, body, search) if body.is_function else None
            if window is None:
                continue
            if Plain.INSERTED in wanted:
                for item in _between(bodies, window, settings):
                    yield _finding(rule, window, item)
            if Plain.CANARY in wanted:
                for item in _canaries(bodies, window, settings):
                    yield _finding(rule, window, item)


def _between(
    bodies: Bodies, window: Inside, settings: tuple[Assignment, ...]
) -> Iterator[_Insertion]:
    """Causes that have something to instrument in the window."""
    graph = bodies.graph(window.body)
    for each in inserted(graph.function, settings) if graph else ():
        if _reaches(each.cause, window):
            yield _Insertion(
                each.cause,
                Plain.INSERTED,
                f"what the {each.cause.name} inserts",
                window.opening,
                window.body,
                conjoin((window.condition, each.condition)),
                Severity.WARNING if each.cause.breaks else Severity.INFO,
                "instrumented between its statements",
            )


def _reaches(cause: Cause, window: Inside) -> bool:
    match cause.place:
        case Place.ENDS:
            return False
        case Place.BLOCKS:
            return window.branches
        case Place.ACCESSES:
            return any(
                event.op.operation in _ACCESSES and Plain.LOCAL not in event.names
                for event in window.events
            )
        case Place.CHECKS:
            return any(_checked(event.op.expr) for event in window.events)


def _checked(expr: Expr) -> bool:
    """Whether the value is undefined for some operands: an index, a shift, a division."""
    return any(
        part.kind is Kind.INDEX
        or (part.kind in (Kind.BINARY, Kind.ASSIGN) and part.name in _SHIFTED_OR_DIVIDED)
        for part in parts(expr)
    )


def _canaries(
    bodies: Bodies, window: Inside, settings: tuple[Assignment, ...]
) -> Iterator[_Insertion]:
    """The canaries of the function that leaves the window open, and of those called in it."""
    places = [(window.opening, window.body, "checked before the function returns")]
    if not window.open_at_exit or window.body.noreturn:
        places.clear()
    places += [(call, body, "read on entry") for call, body in entered(bodies, window)]
    for at, body, reason in places:
        graph = bodies.graph(body)
        if graph is None or not guarded(graph.function):
            continue
        for each in inserted(graph.function, settings):
            if each.cause.segment:
                static = not {"static", "inline"}.isdisjoint(graph.function.attributes)
                sure = not static or "noinline" in graph.function.attributes
                yield _Insertion(
                    each.cause,
                    Plain.CANARY,
                    f"the canary of {body.name}()",
                    at,
                    body,
                    conjoin((window.condition, body.presence, each.condition, _STRONG)),
                    Severity.WARNING if sure else Severity.INFO,
                    reason if sure else f"{reason}, unless it is inlined",
                )


def _finding(rule: Rule, window: Inside, item: _Insertion) -> Finding:
    rank = next((each for each in rule.ranks if _ranks(each, item.name)), None)
    opening, name = window.opening, window.body.name
    steps = (
        Step(opening.location, name, opening.text, "opens the window"),
        Step(
            item.at.location, item.body.name, item.subject, f"{PHRASES[item.name]}: {item.reason}"
        ),
    )
    return Finding(
        rule=rule.id,
        severity=rank.severity if rank else item.severity,
        message=rule.message.format(
            subject=item.subject, text=opening.text, opened=opening.text, function=name
        ),
        location=item.at.location,
        function=name,
        subject=item.subject,
        text=item.cause.name,
        condition=render(assume(item.condition, parse(rule.scope.condition))),
        trace=Trace(steps),
    )


def _ranks(rank: Rank, name: Plain) -> bool:
    """Whether the rank is about this very kind, not about all calls or all per-CPU data."""
    return rank.event == name
