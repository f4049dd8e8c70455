"""What surely holds, or is still wanted, at places of a program; what that makes needless."""

from __future__ import annotations

from msgspec.structs import replace

from reviewer.model.state import LOCAL_PREFIX
from reviewer.model.types import Act, Instruction
from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, Constant, atoms, given

Edges = list[Instruction]


def silenced(item: Instruction) -> Instruction:
    """The instruction as a mere joint."""
    return replace(item, act=Act.NONE, variable="", value=TRUE)


def live(edges: Edges) -> Edges:
    """Assignments only of local variables that may be read before they are assigned again."""
    places: dict[str, int] = {}

    def bit(name: str) -> int:
        return 1 << places.setdefault(name, len(places))

    def mask(condition: Condition) -> int:
        found = 0
        for name in named(condition):
            found |= bit(name)
        return found

    reads = [mask(item.guard) for item in edges]
    values = [mask(item.value) if item.act is Act.ASSIGN else 0 for item in edges]
    kills = [bit(item.variable) if item.act is Act.ASSIGN else 0 for item in edges]
    seen = [
        kill and not item.variable.startswith(LOCAL_PREFIX)
        for kill, item in zip(kills, edges, strict=True)
    ]
    incoming: dict[int, list[int]] = {}
    outgoing: dict[int, list[int]] = {}
    for number, item in enumerate(edges):
        incoming.setdefault(item.target, []).append(number)
        outgoing.setdefault(item.source, []).append(number)
    live: dict[int, int] = {}
    pending = dict.fromkeys(sorted(outgoing))
    while pending:
        at, _ = pending.popitem()
        wanted = 0
        for number in outgoing[at]:
            after = live.get(edges[number].target, 0)
            if after & kills[number] or seen[number]:
                after |= values[number]
            if kills[number] & ~values[number]:
                after &= ~kills[number]
            wanted |= after | reads[number]
        if wanted != live.get(at):
            live[at] = wanted
            pending.update((edges[number].source, None) for number in incoming.get(at, ()))
    return [
        silenced(item)
        if kill
        and item.variable.startswith(LOCAL_PREFIX)
        and (not live.get(item.target, 0) & kill or item.value == Atom(item.variable))
        else item
        for item, kill in zip(edges, kills, strict=True)
    ]


def constants(entry: int, edges: Edges) -> Edges:
    """Local variables replaced by their value wherever it is the same on every way there."""
    names = sorted(
        {
            name
            for item in edges
            for name in (item.variable, *named(item.guard), *named(item.value))
            if name.startswith(LOCAL_PREFIX)
        }
    )
    known: dict[int, dict[str, bool]] = {entry: dict.fromkeys(names, False)}
    outgoing = by_source(edges)
    pending = [entry]
    while pending:
        at = pending.pop()
        for item in outgoing.get(at, ()):
            after = dict(known[at])
            if item.act is Act.ASSIGN and item.variable.startswith(LOCAL_PREFIX):
                value = given(item.value, after)
                after.pop(item.variable, None)
                if isinstance(value, Constant):
                    after[item.variable] = value.value
            before = known.get(item.target)
            merged = (
                after
                if before is None
                else {name: value for name, value in before.items() if after.get(name) is value}
            )
            if merged != before:
                known[item.target] = merged
                pending.append(item.target)
    found: Edges = []
    for item in edges:
        values = known.get(item.source, {})
        guard = given(item.guard, values)
        if guard != FALSE:
            found.append(replace(item, guard=guard, value=given(item.value, values)))
    return found


def gs_surely_valid(edges: Edges) -> Edges:
    """Accesses to per-CPU data and calls count only where GS may be invalid."""
    invalid: set[int] = set()
    pending = [item.target for item in edges if item.act is Act.GS_INVALID]
    outgoing = by_source(edges)
    while pending:
        at = pending.pop()
        if at in invalid:
            continue
        invalid.add(at)
        pending += [item.target for item in outgoing.get(at, ()) if item.act is not Act.GS_VALID]
    idle = (Act.CALL, Act.PER_CPU)
    return [
        silenced(item)
        if (item.act in idle and item.source not in invalid)
        or (item.act is Act.GS_VALID and item.source not in invalid)
        else item
        for item in edges
    ]


def stored_before(entry: int, edges: Edges) -> Edges:
    """Locations where the CPU has surely stored since its last flush, by greatest fixpoint."""
    on = [item for item in edges if item.act not in (Act.STORE, Act.DIRTY)]
    dirty = {item.target for item in edges} - {entry}
    pending = [item.target for item in on if item.act is Act.FLUSH_END or item.source not in dirty]
    outgoing = by_source(on)
    while pending:
        at = pending.pop()
        if at in dirty:
            dirty.discard(at)
            pending += [item.target for item in outgoing.get(at, ())]
    return [
        silenced(item) if item.act is Act.STORE and item.source in dirty else item for item in edges
    ]


def named(condition: Condition) -> tuple[str, ...]:
    """The names in a condition; most of a program's are TRUE."""
    return () if type(condition) is Constant else tuple(atoms(condition))


def by_source(edges: Edges) -> dict[int, list[Instruction]]:
    """The instructions by the location they lead from."""
    found: dict[int, list[Instruction]] = {}
    for item in edges:
        found.setdefault(item.source, []).append(item)
    return found
