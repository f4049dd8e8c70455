"""Platforms on which something happened before a series and cannot happen after it.

A test that a series replaces by a flag has to be covered by those who set the flag, wherever they
are: on each platform that the rule names, what was within reach of a function must stay so. One
that the series moves is looked for in the files that it touches, one that it renames among the new
functions of its file, the likest of them.
Not seen: Makefiles (a setter in a file that some configurations do not build), other architectures'
files of the same name, and a function that the series takes apart or removes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body
from reviewer.check.coverage import TOLD
from reviewer.check.flags.outcome import Machine, reached
from reviewer.check.flags.types import Hit, Question
from reviewer.check.prefilter import within
from reviewer.event.types import Event
from reviewer.finding import Location, Step
from reviewer.patch.types import Context, SourceFile
from reviewer.rule.ending_types import Platform
from reviewer.rule.types import speaks_of
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    Condition,
    assume,
    conjoin,
    disjoin,
    negate,
    render,
    satisfiable,
)
from reviewer.source.presence import parse

#: The binding of flags that a call hands over, one bit of which says so.
FLAGS = "flags"
#: The share of their words that a function and what it was before a rename have in common.
ALIKE = 0.6


class Effect(Struct, frozen=True):
    """What the rule asks for in a function, and when it is within reach."""

    when: Condition
    event: Event
    function: str


class Side(Struct):
    """All files that have to do with the flag, before the series or after it."""

    question: Question
    files: Mapping[str, SourceFile]

    def bodies(self, path: str) -> Bodies:
        """The functions of a file, with those of the series' headers that it may call."""
        bodies = self.question.bodies(self.files[path])
        if path.endswith(".h"):
            return bodies
        touched = (*self.question.before, *self.question.after)
        headers = sorted({each for each in touched if each.endswith(".h") and each in self.files})
        return _with_headers(bodies, tuple(self.question.bodies(self.files[h]) for h in headers))

    def machine(self, platform: Platform) -> Machine:
        """The platform, with the flag as its setters leave it."""
        body = self.question.rule.body
        plain = Machine(platform, body)
        setters = (when for path in self.naming() for when in _sets(self.bodies(path), plain))
        return Machine(platform, body, disjoin(setters))

    def naming(self) -> list[str]:
        """The files that name the flag."""
        flag = self.question.rule.body.flag.encode()
        return sorted(path for path, file in self.files.items() if flag in file.text)

    def effects(self, path: str, machine: Machine) -> tuple[Effect, ...]:
        """What the rule asks for in the file's functions that know the flag or a test."""
        return _effects(self.bodies(path), machine)


@lru_cache(maxsize=256)
def _with_headers(bodies: Bodies, headers: tuple[Bodies, ...]) -> Bodies:
    """The functions of a file that includes the headers."""
    return Bodies(bodies.unit, bodies.matcher, headers=headers) if headers else bodies


@lru_cache(maxsize=1024)
def _sets(bodies: Bodies, machine: Machine) -> tuple[Condition, ...]:
    """When a file sets the flag; remembered, since a patch changes few of the files."""
    return tuple(_set_in(bodies, machine))


def _set_in(bodies: Bodies, machine: Machine) -> Iterator[Condition]:
    if within(machine.platform.elsewhere, bodies.unit.path):
        return
    reach = reached(bodies, machine)
    sets, writes = (machine.body.named(part) for part in ("set", "write"))
    for body, event, when in reach.events(lambda event: _is(event, (*sets, *writes))):
        entered = conjoin((when, reach.entered(body)))
        graph = reach.graph(body)
        if _is(event, sets) or graph is None or not event.op.expr.args:
            yield entered
        else:
            yield conjoin((entered, reach.value(event.op.expr.args[-1], graph).true))


@lru_cache(maxsize=1024)
def _effects(bodies: Bodies, machine: Machine) -> tuple[Effect, ...]:
    return tuple(_effects_in(bodies, machine))


def _effects_in(bodies: Bodies, machine: Machine) -> Iterator[Effect]:
    reach = reached(bodies, machine)
    done, told = (machine.body.named(part) for part in ("done", "told"))
    for body, event, when in reach.events(lambda event: _is(event, (*done, *told)), whole=True):
        graph = reach.graph(body)
        if graph is None or not any(machine.test(each.names) is not None for each in graph.events):
            continue
        bound = dict(event.bindings)
        if TOLD in bound and _is(event, told):
            when = conjoin((when, reach.value(bound[TOLD], graph).true))
        elif FLAGS in bound and _is(event, told):
            when = conjoin((when, reach.bit(bound[FLAGS], graph, reach.of(body, graph))))
        yield Effect(when, event, body.name)


class Loss(Struct, frozen=True):
    """A function in which it can no longer happen, as it is now, and where it stood and stands."""

    path: str
    name: str
    then: Effect
    now: Effect | None


def lost(question: Question) -> Iterator[Hit]:
    """Functions in which something can no longer happen on a platform.

    Where a setter has become less, that is one finding at the setter, else one for each function.
    """
    body = question.rule.body
    others = {file.path: file for file in question.others(body.flag)}
    old, new = (Side(question, {**others, **files}) for files in (question.before, question.after))
    fewer: dict[Loss, list[tuple[Platform, Condition]]] = {}
    missing: dict[Loss, list[tuple[Platform, Condition]]] = {}
    for platform in (each for each in body.platforms if _known(each, question)):
        before, after = old.machine(platform), new.machine(platform)
        unset = _less(before.flag, after.flag, platform)
        found = fewer if satisfiable(unset) else missing
        for path in sorted(old.files):
            then = _by_function(old.effects(path, before))
            for name in sorted(then):
                heir = _heir(old, new, path, name)
                if heir is None:
                    continue
                now = _by_function(new.effects(heir[0], after)).get(heir[1], ())
                whens = [[each.when for each in effects] for effects in (then[name], now)]
                gone = _less(disjoin(whens[0]), disjoin(whens[1]), platform)
                if satisfiable(gone):
                    loss = Loss(*heir, _first(then[name]), next(iter(now), None))
                    when = unset if found is fewer else gone
                    found.setdefault(loss, []).append((platform, when))
    if fewer:
        yield _of_setter(new, fewer)
    for loss, platforms in missing.items():
        yield _of_function(new, loss, platforms)


def _heir(old: Side, new: Side, path: str, name: str) -> tuple[str, str] | None:
    """Where a function is after the series, and its name there; None where it is not, or unseen."""
    if path in new.files and new.files[path].context is Context.HUNK:
        return None
    if path in new.files and name in new.bodies(path).by_name:
        return path, name
    touched = [each for each in sorted(new.question.after) if each in new.files and each != path]
    for other in touched:
        here = new.files[other].context is not Context.HUNK
        if here and _functions(new, other, name) and name not in _names_in(old, other):
            return other, name
    was = old.bodies(path).by_name[name][0].words
    fresh = _names_in(new, path) - _names_in(old, path)
    likely = [
        (likeness, each)
        for each in sorted(fresh)
        for body in _functions(new, path, each)
        if (likeness := _likeness(was, body.words)) >= ALIKE
    ]
    return (path, max(likely)[1]) if likely else None


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of their words that two functions have in common."""
    return 2 * len(one & other) / max(1, len(one) + len(other))


def _functions(side: Side, path: str, name: str) -> tuple[Body, ...]:
    found = side.bodies(path).by_name.get(name, ()) if path in side.files else ()
    return tuple(body for body in found if body.is_function)


def _names_in(side: Side, path: str) -> frozenset[str]:
    return frozenset(side.bodies(path).by_name) if path in side.files else frozenset()


def _known(platform: Platform, question: Question) -> bool:
    return not platform.known_by or question.exists(platform.known_by)


def _by_function(effects: Iterable[Effect]) -> dict[str, tuple[Effect, ...]]:
    found: dict[str, tuple[Effect, ...]] = {}
    for effect in effects:
        found[effect.function] = (*found.get(effect.function, ()), effect)
    return found


def _less(before: Condition, after: Condition, platform: Platform) -> Condition:
    """The configurations of the platform in which the one holds and the other does not."""
    needed = parse(platform.condition)
    return assume(conjoin((needed, before, negate(after))), needed)


def _first(effects: tuple[Effect, ...]) -> Effect:
    return next((each for each in effects if each.when != FALSE), effects[0])


def _of_function(new: Side, loss: Loss, platforms: list[tuple[Platform, Condition]]) -> Hit:
    event = loss.now.event if loss.now else None
    line = new.bodies(loss.path).by_name[loss.name][0].line
    return Hit(
        subject=f"{loss.name}()",
        text=event.text if event else loss.name,
        location=event.location if event else Location(loss.path, line),
        detail=_spoken(platforms),
        function=loss.name,
        steps=(*_steps(loss), *(step for step, _ in _setters(new))),
    )


def _of_setter(new: Side, fewer: dict[Loss, list[tuple[Platform, Condition]]]) -> Hit:
    """The finding at a setter that the series has changed, or in a file that had one."""
    touched = new.question.after
    setters = list(_setters(new))
    mine = [(step, body) for step, body in setters if step.location.path in touched]
    platforms = dict.fromkeys(each for gone in fewer.values() for each in gone)
    if mine:
        step, function = mine[0][0], mine[0][1]
        place, text = step.location, step.text
    else:
        place, text, function = Location(min(touched), 0), "", ""
    names = dict.fromkeys(f"{loss.name}()" for loss in fewer)
    return Hit(
        subject=", ".join(names),
        text=text,
        location=place,
        detail=_spoken(list(platforms)),
        function=function,
        steps=(*(each for loss in fewer for each in _steps(loss)), *(each for each, _ in setters)),
    )


def _steps(loss: Loss) -> Iterator[Step]:
    """What a function does, before the series and after it."""
    then, now = loss.then.event, loss.now.event if loss.now else None
    if now is None or now.location != then.location or now.text != then.text:
        yield Step(
            then.location, loss.then.function, then.text, "within reach there before the series"
        )
    if now is not None:
        yield Step(now.location, loss.name, now.text, "out of reach there after the series")


def _setters(side: Side) -> Iterator[tuple[Step, str]]:
    """Who sets the flag, on whatever platform, and in which function."""
    words = side.question.rule.body.named("set")
    for path in side.naming():
        bodies = side.bodies(path)
        for body in bodies.functions():
            for event in bodies.events(body):
                if _is(event, words):
                    step = Step(event.location, body.name, event.text, "sets the flag")
                    yield step, body.name


def _spoken(gone: list[tuple[Platform, Condition]]) -> str:
    """The platforms in words, each with the configurations where it is not all of them."""
    parts = [
        f"{platform.name}{'' if when == TRUE else f' where {render(when)}'}"
        for platform, when in gone
    ]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _is(event: Event, entries: tuple[str, ...]) -> bool:
    return speaks_of(entries, event.names)
