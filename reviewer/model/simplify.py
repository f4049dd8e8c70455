"""A program with the same runs and fewer steps.

On one platform: inputs become constants. Then, until nothing changes: variables that nobody reads
are not assigned, per-CPU accesses and calls where GS is surely valid are no steps, nor are stores
by a CPU that has stored since its last flush; steps that do nothing vanish, and locations from
which the same can happen are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from reviewer.model.dataflow import (
    Edges,
    by_source,
    constants,
    gs_surely_valid,
    live,
    named,
    silenced,
    stored_before,
)
from reviewer.model.state import LOCAL_PREFIX, STORES_ALIAS
from reviewer.model.types import Act, Instruction, Program
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    Condition,
    disjoin,
    given,
)

#: A free choice among more places stays a step of its own.
MAX_CHOICE = 4


def simplify(program: Program, inputs: Mapping[str, bool]) -> Program:
    """The program on a platform, without what makes no difference."""
    edges = [
        replace(item, guard=guard, value=given(item.value, inputs))
        for item in program.instructions
        if (guard := given(item.guard, inputs)) != FALSE
    ]
    edges = _free(edges)
    if not inputs.get(STORES_ALIAS, False):
        edges = [silenced(item) if item.act is Act.STORE else item for item in edges]
    # The cheap passes first: most of what is cut is assignments that nobody reads.
    edges, entry = _collapsed(program.entry, program.exit, live(edges))
    program = replace(program, entry=entry)
    while True:
        before = len(edges), sum(item.act is not Act.NONE for item in edges)
        edges = constants(program.entry, edges)
        edges = live(edges)
        edges = gs_surely_valid(edges)
        edges = stored_before(program.entry, edges)
        edges = _reached(program.entry, edges)
        edges = _telling(program.exit, edges)
        edges, entry = _collapsed(program.entry, program.exit, edges)
        edges = _chosen_earlier(entry, program.exit, edges)
        edges, entry, leave = _merged(entry, program.exit, edges)
        program = replace(program, entry=entry, exit=leave)
        if before == (len(edges), sum(item.act is not Act.NONE for item in edges)):
            return _renumbered(program, edges)


def _free(edges: Edges) -> Edges:
    """Local variables that are read before anything is known of them may have either value."""
    written = {item.variable for item in edges if item.act is Act.ASSIGN}
    free = {
        name
        for item in edges
        for name in (*named(item.guard), *named(item.value))
        if name.startswith(LOCAL_PREFIX) and name not in written
    }
    if not free:
        return edges
    found: Edges = []
    for item in edges:
        for name in sorted(free.intersection(named(item.guard))):
            either = (given(item.guard, {name: value}) for value in (True, False))
            item = replace(item, guard=disjoin(either))
        values = {item.value}
        for name in sorted(free.intersection(named(item.value))):
            values = {given(each, {name: value}) for each in values for value in (True, False)}
        found += [replace(item, value=value) for value in sorted(values, key=repr)]
    return found


def _reached(entry: int, edges: Edges) -> Edges:
    outgoing = by_source(edges)
    seen, pending = {entry}, [entry]
    while pending:
        for item in outgoing.get(pending.pop(), ()):
            if item.target not in seen:
                seen.add(item.target)
                pending.append(item.target)
    return [item for item in edges if item.source in seen]


def _telling(leave: int, edges: Edges) -> Edges:
    """Without steps after which neither the exit nor any action is to come."""
    incoming: dict[int, list[int]] = {}
    for item in edges:
        incoming.setdefault(item.target, []).append(item.source)
    telling = {leave}
    pending = [leave]
    pending += [item.source for item in edges if not _local(item)]
    while pending:
        at = pending.pop()
        telling.add(at)
        pending += [source for source in incoming.get(at, ()) if source not in telling]
    return [item for item in edges if item.target in telling or not _local(item)]


def _local(item: Instruction) -> bool:
    """Whether nobody but the program itself can see the step."""
    assigns = item.act is Act.ASSIGN and item.variable.startswith(LOCAL_PREFIX)
    return assigns or item.act is Act.NONE


def _collapsed(entry: int, leave: int, edges: Edges) -> tuple[Edges, int]:
    """Without locations that only lead on."""
    edges = [
        item
        for item in edges
        if not (item.act is Act.NONE and item.source == item.target and item.guard == TRUE)
    ]
    on = {
        source: items[0].target
        for source, items in by_source(edges).items()
        if source != leave
        and len(items) == 1
        and items[0].act is Act.NONE
        and items[0].guard == TRUE
    }

    ends: dict[int, int] = {}

    def end(at: int) -> int:
        way: dict[int, None] = {}
        while at in on and at not in way and at not in ends:
            way[at] = None
            at = on[at]
        at = ends.get(at, at)
        ends.update(dict.fromkeys(way, at))
        return at

    kept = [
        replace(item, target=end(item.target)) for item in edges if end(item.source) == item.source
    ]
    return [item for item in kept if not _idles(item)], end(entry)


def _chosen_earlier(entry: int, leave: int, edges: Edges) -> Edges:
    """Without locations at which there is only a free choice: it is made on the way there."""
    leads: dict[int, dict[_Key, Instruction]] = {}
    came: dict[int, dict[_Key, Instruction]] = {}

    def add(item: Instruction) -> None:
        key = _key(item)
        if key not in leads.setdefault(item.source, {}):
            leads[item.source][key] = item
            came.setdefault(item.target, {})[key] = item

    for item in edges:
        add(item)
    for at in sorted(leads):
        out = leads[at].values()
        free = all(item.act is Act.NONE and item.guard == TRUE for item in out)
        targets = list(dict.fromkeys(item.target for item in out))
        ways = list(came.get(at, {}).values())
        if (
            at in (entry, leave, *targets)
            or not free
            or len(targets) > MAX_CHOICE
            or len(ways) * len(targets) > MAX_CHOICE * 2
        ):
            continue
        for item in out:
            del came[item.target][_key(item)]
        for item in ways:
            del leads[item.source][_key(item)]
        leads[at], came[at] = {}, {}
        for item in ways:
            for to in targets:
                each = replace(item, target=to)
                if not _idles(each):
                    add(each)
    return [item for at in sorted(leads) for item in leads[at].values()]


_Key = tuple[int, int, Act, str, Condition, Condition]


def _key(item: Instruction) -> _Key:
    """What an instruction does, whatever its source text."""
    return (item.source, item.target, item.act, item.variable, item.value, item.guard)


def _idles(item: Instruction) -> bool:
    return item.act is Act.NONE and item.source == item.target


def _merged(entry: int, leave: int, edges: Edges) -> tuple[Edges, int, int]:
    """Locations with equal futures made one, and equal steps between two locations one step."""
    outgoing = by_source(edges)
    places = sorted(
        {entry, leave, *(place for item in edges for place in (item.source, item.target))}
    )
    number = {place: int(place == leave) for place in places}
    acts: dict[object, int] = {}
    does = {
        place: [
            (
                acts.setdefault((item.act, item.variable, item.value, item.guard), len(acts)),
                item.target,
            )
            for item in outgoing.get(place, ())
        ]
        for place in places
    }
    count = len(set(number.values()))
    while True:
        keys = {
            place: (
                number[place],
                frozenset((act, number[target]) for act, target in does[place]),
            )
            for place in places
        }
        known: dict[object, int] = {}
        number = {place: known.setdefault(keys[place], len(known)) for place in places}
        if len(known) == count:
            break
        count = len(known)
    first: dict[int, int] = {}
    for place in places:
        first.setdefault(number[place], place)
    stands = {place: first[number[place]] for place in places}
    joined: dict[tuple[object, ...], Instruction] = {}
    for item in edges:
        if stands[item.source] != item.source:
            continue
        item = replace(item, target=stands[item.target])
        key = (item.source, item.target, item.act, item.variable, item.value)
        other = joined.get(key)
        joined[key] = (
            item if other is None else replace(other, guard=disjoin((other.guard, item.guard)))
        )
    return list(joined.values()), stands[entry], stands[leave]


def _renumbered(program: Program, edges: Iterable[Instruction]) -> Program:
    """Locations numbered in the order of a breadth-first walk, the exit last."""
    items = list(edges)
    outgoing = by_source(items)
    order = [program.entry]
    numbers = {program.entry: 0}
    for at in order:
        for item in outgoing.get(at, ()):
            if item.target not in numbers and item.target != program.exit:
                numbers[item.target] = len(order)
                order.append(item.target)
    leave = numbers.setdefault(program.exit, len(order))
    moved = [
        replace(item, source=numbers[item.source], target=numbers[item.target])
        for item in items
        if item.source in numbers
    ]
    moved.sort(key=lambda item: (item.source, item.target))
    return Program(program.name, len(order) + 1, numbers[program.entry], leave, tuple(moved))
