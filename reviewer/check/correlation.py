"""What a path has settled: preprocessor conditions and branch guards that agree along it.

Only what can matter twice is remembered: conditions whose options are tested at several places,
guards that are tested at several places, and either when it is met again in the next round of a
loop. A guard is forgotten where its operands may be written; writes through aliases, by callees
and by other CPUs are not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from reviewer.check.branches import decided, leading_to, sources
from reviewer.check.loops import loop_of_block
from reviewer.event.extract import stored
from reviewer.event.match import stripped
from reviewer.event.types import Event, EventGraph
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    And,
    Atom,
    Condition,
    Or,
    atoms,
    conjoin,
    negate,
    satisfiable,
)
from reviewer.source.format import render as spell
from reviewer.source.literals import constant_truth
from reviewer.source.presence import parse
from reviewer.source.types import Edge, Expr, Flow, Kind, Operation

_PURE = frozenset(
    {
        Kind.IDENTIFIER,
        Kind.NUMBER,
        Kind.STRING,
        Kind.MEMBER,
        Kind.ARROW,
        Kind.INDEX,
        Kind.UNARY,
        Kind.BINARY,
        Kind.CAST,
        Kind.SIZEOF,
        Kind.TYPE,
    }
)


class Facts(Struct, frozen=True):
    """Settled so far: a condition on the configuration, and guards with their truth."""

    condition: Condition = TRUE
    guards: frozenset[tuple[Expr, bool]] = frozenset()


class Tracked(Struct, frozen=True):
    """What of a graph is worth remembering, and until when.

    `guards` maps each guard to the names its truth hangs on; `exits` are the blocks whose branch
    leaves a loop, which settles nothing; `live` are, for each block, the options and guards that
    are tested again from there on.
    """

    atoms: frozenset[str]
    guards: Mapping[Expr, frozenset[str]]
    exits: frozenset[int]
    live: Mapping[int, tuple[frozenset[str], frozenset[Expr]]]

    def along(self, facts: Facts, edge: Edge, assumed: Condition) -> Facts | None:
        """The facts after the edge, None where they forbid it."""
        condition = edge_condition(edge)
        if condition != TRUE:
            both = conjoin((facts.condition, condition))
            if not consistent(assumed, both):
                return None
            if self.atoms.isdisjoint(atoms(condition)):
                return self._kept(facts, edge.target)
            return self._kept(Facts(both, facts.guards), edge.target)
        settled = _settled(edge)
        if settled is None:
            return self._kept(facts, edge.target)
        guard, truth = settled
        if constant_truth(guard) is not None:
            return self._kept(facts, edge.target) if constant_truth(guard) is truth else None
        if guard not in self.guards or edge.source in self.exits:
            return self._kept(facts, edge.target)
        if (guard, not truth) in facts.guards:
            return None
        return self._kept(Facts(facts.condition, facts.guards | {(guard, truth)}), edge.target)

    def _kept(self, facts: Facts, block: int) -> Facts:
        """The facts that matter from the block on."""
        options, guards = self.live[block]
        parts = _operands(facts.condition)
        return Facts(
            conjoin(part for part in parts if not options.isdisjoint(atoms(part))),
            frozenset(item for item in facts.guards if item[0] in guards),
        )

    def after(self, facts: Facts, event: Event) -> Facts:
        """The facts after the event: without the guards it may have changed."""
        if not facts.guards:
            return facts
        written = frozenset(_written(event))
        if not written:
            return facts
        kept = frozenset(item for item in facts.guards if written.isdisjoint(self.guards[item[0]]))
        return facts if len(kept) == len(facts.guards) else Facts(facts.condition, kept)


def consistent(*conditions: Condition) -> bool:
    """Whether some configuration satisfies all of them; conjunctions of options cost little."""
    parts = _operands(conjoin(conditions))
    compound = [part for part in parts if isinstance(part, (And, Or))]
    if not compound:
        return FALSE not in parts
    options = {name for part in compound for name in atoms(part)}
    return satisfiable(conjoin(part for part in parts if not options.isdisjoint(atoms(part))))


def _operands(condition: Condition) -> tuple[Condition, ...]:
    return condition.operands if isinstance(condition, And) else (condition,)


def edge_condition(edge: Edge) -> Condition:
    """What the edge says of the configuration: an arm of an `#if`, or a test of an option in C."""
    if edge.flow is Flow.PRESENCE:
        return edge.presence
    decision = decided(edge)
    if decision is not None:
        guard, truth = decision
        if guard.kind is Kind.CALL and len(guard.args) == 2:
            option = parse(spell(guard))
            if isinstance(option, Atom) and option.name == spell(guard.args[1]):
                return option if truth else negate(option)
    return TRUE


def track(graph: EventGraph, elsewhere: Iterable[str] = ()) -> Tracked:
    """What of the graph is worth remembering; `elsewhere` are options that matter beyond it."""
    loops = loop_of_block(graph)
    branches: dict[Expr, set[int]] = {}
    options: dict[str, set[int]] = {}
    exits: set[int] = set()
    for edge in (edge for edges in graph.out for edge in edges):
        for name in atoms(edge_condition(edge)):
            options.setdefault(name, set()).add(edge.source)
        settled = _settled(edge)
        if settled is not None and _pure(settled[0]):
            branches.setdefault(settled[0], set()).add(edge.source)
        if edge.source in loops and loops.get(edge.target) != loops[edge.source]:
            exits.add(edge.source)

    def matters(sources: set[int]) -> bool:
        return len(sources) > 1 or not sources.isdisjoint(loops)

    always = frozenset((*elsewhere, *atoms(graph.function.presence)))
    guards = {guard: frozenset(_words(guard)) for guard in branches if matters(branches[guard])}
    tested_options = {name: options[name] for name in options if matters(options[name])}
    return Tracked(
        always | tested_options.keys(),
        guards,
        frozenset(exits),
        _live(graph, always, tested_options, {guard: branches[guard] for guard in guards}),
    )


def _live(
    graph: EventGraph,
    always: frozenset[str],
    options: Mapping[str, set[int]],
    guards: Mapping[Expr, set[int]],
) -> Mapping[int, tuple[frozenset[str], frozenset[Expr]]]:
    """For each block the options and guards that some path from it tests."""
    into = sources(graph)
    names: dict[int, set[str]] = {block: set(always) for block in range(len(graph.blocks))}
    exprs: dict[int, set[Expr]] = {block: set() for block in names}
    for name, tested in options.items():
        for block in leading_to(into, tested):
            names[block].add(name)
    for guard, tested in guards.items():
        for block in leading_to(into, tested):
            exprs[block].add(guard)
    return {block: (frozenset(names[block]), frozenset(exprs[block])) for block in names}


def _settled(edge: Edge) -> tuple[Expr, bool] | None:
    """What the edge decides, None where it is no branch; that two are unequal is said of `==`."""
    decision = decided(edge)
    if decision is None:
        return None
    test, truth = decision
    if test.kind is Kind.BINARY and test.name == "!=":
        return Expr(Kind.BINARY, "==", test.args), not truth
    return decision


def settling(edge: Edge, local: frozenset[str]) -> tuple[Expr, bool] | None:
    """The test of the edge and how it comes out, where it hangs on no name that is local."""
    settled = _settled(edge)
    if settled is None or not _pure(settled[0]):
        return None
    names = {part.name for part in _parts(settled[0]) if part.kind is Kind.IDENTIFIER}
    return settled if names and names.isdisjoint(local) else None


def contradictory(settled: Iterable[tuple[Expr, bool] | None]) -> bool:
    """Whether one test comes out in both ways."""
    found = {each for each in settled if each is not None}
    return any((guard, not truth) in found for guard, truth in found)


def asks(guard: Expr, words: frozenset[str]) -> bool:
    """Whether the guard calls one of the words, or compares something with it."""
    for part in _parts(guard):
        if part.kind is Kind.CALL:
            asked = part.args[:1]
        elif part.kind is Kind.BINARY and part.name in ("==", "!="):
            asked = part.args
        else:
            continue
        if any(stripped(each).name in words for each in asked):
            return True
    return False


def _parts(expr: Expr) -> Iterator[Expr]:
    pending = [expr]
    while pending:
        part = pending.pop()
        yield part
        pending.extend(part.args)


def _pure(guard: Expr) -> bool:
    return all(
        part.kind in _PURE and not (part.kind is Kind.UNARY and part.name.endswith(("++", "--")))
        for part in _parts(guard)
    )


def _words(expr: Expr) -> Iterator[str]:
    """Variables and members in the expression."""
    for part in _parts(expr):
        if part.kind in (Kind.IDENTIFIER, Kind.MEMBER, Kind.ARROW):
            yield part.name


def _written(event: Event) -> Iterator[str]:
    """Names of variables and members that the event's operation may write."""
    op = event.op
    if op.operation is Operation.STORE:
        yield from _target_words(stored(op.expr))
    elif op.operation is Operation.ASM:
        for operand in op.expr.args:
            yield from _words(operand)
    elif op.operation is Operation.CALL:
        for part in _parts(op.expr):
            if part.kind is Kind.UNARY and part.name == "&":
                yield from _target_words(part.args[0])


def _target_words(target: Expr) -> Iterator[str]:
    target = stripped(target)
    while target.kind in (Kind.INDEX, Kind.UNARY) and target.args:
        target = stripped(target.args[0])
    if target.kind in (Kind.IDENTIFIER, Kind.MEMBER, Kind.ARROW):
        yield target.name
