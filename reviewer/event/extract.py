"""A function's operations as events in the rules' words.

Not modelled: any effect of a call besides what its event is named for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from reviewer.event.match import Matcher, stripped
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Location
from reviewer.rule.types import EventType, Plain
from reviewer.source.asm_text import executed, operand
from reviewer.source.format import render as spell
from reviewer.source.gas_flow import returns
from reviewer.source.instructions import effects, writes_memory
from reviewer.source.register_flow import completed
from reviewer.source.types import Edge, Expr, Function, Kind, Language, Op, Operation


class Inlining(StrEnum):
    """Whether a use of a body that this file shows is a call instruction."""

    ALWAYS = "always"
    PERHAPS = "perhaps"
    NEVER = "never"


class Callee(Struct, frozen=True):
    """What is known of a function or macro whose body is seen."""

    inlining: Inlining
    noreturn: bool = False


NO_CALLEES: Mapping[str, Callee] = {}


def extract(
    function: Function, matcher: Matcher, callees: Mapping[str, Callee] = NO_CALLEES
) -> EventGraph:
    """The function's events; `callees` are the functions and macros whose bodies the file shows."""
    out: list[list[Edge]] = [[] for _ in function.cfg.blocks]
    for edge in function.cfg.edges:
        out[edge.source].append(edge)
    extraction = _Extraction(function, matcher, callees)
    implied = completed(function) if function.language is Language.GAS else {}
    return EventGraph(
        function,
        tuple(
            tuple(
                event
                for place, op in enumerate(block.ops)
                for event in extraction.events(op, implied.get((block.id, place), op.expr))
            )
            for block in function.cfg.blocks
        ),
        tuple(tuple(edges) for edges in out),
    )


class _Extraction(Struct, frozen=True):
    function: Function
    matcher: Matcher
    callees: Mapping[str, Callee]

    def events(self, op: Op, expr: Expr) -> Iterator[Event]:
        """The events of an operation, an instruction's implied operands in `expr`."""
        match op.operation:
            case Operation.CALL:
                if not self._is_cast(op):
                    yield self._call(op)
            case Operation.LOAD:
                yield self._load(op)
            case Operation.STORE:
                yield self._store(op)
            case Operation.ASM:
                for instruction in executed(op.expr):
                    yield self._instruction(op, instruction)
                yield self._event(op, (), (Plain.ASM,), "asm")
            case Operation.INSTRUCTION:
                yield self._instruction(op, expr)
            case Operation.RETURN:
                yield self._event(op, (), (Plain.RETURN,), "return")
            case Operation.DECLARE:
                return

    def _call(self, op: Op) -> Event:
        event = self._plain_call(op)
        carried = self._carried(op)
        return replace(event, names=(*carried, *event.names)) if carried else event

    def _carried(self, op: Op) -> tuple[str, ...]:
        """Names of a call for the parameters that it uses, be it known by others or not."""
        if not self.matcher.carried:
            return ()
        used = {part.name for part in map(stripped, op.expr.args) if part.kind is Kind.IDENTIFIER}
        types = (each.type for each in self.function.parameters if each.name in used)
        return tuple(
            event.name
            for event in self.matcher.carrying(types)
            if event.stands_in(self.function.attributes)
        )

    def _plain_call(self, op: Op) -> Event:
        target = stripped(op.expr.args[0])
        found = self._named(op, target)
        subject = target.name if target.kind is Kind.UNKNOWN else spell(target)
        if self.function.language is Language.GAS and not returns(op):
            place = target.name if target.kind is Kind.IDENTIFIER else ""
            return self._event(op, found, (Plain.JUMP,), subject, callee=place)
        if op.indirect or target.kind is not Kind.IDENTIFIER:
            return self._event(op, found, (Plain.INDIRECT, Plain.CALL), subject)
        callee = self.callees.get(target.name)
        known = any(not event.aside for event, _ in found)
        plain = _CALLS[callee.inlining if callee and not known else Inlining.NEVER]
        terminal = callee is not None and callee.noreturn
        return self._event(op, found, plain, subject, callee=target.name, terminal=terminal)

    def _named(self, op: Op, target: Expr) -> tuple[tuple[EventType, dict[str, Expr]], ...]:
        """The event types of a call, without those that only guess at a body that is seen."""
        found = self.matcher.c.matches(op.expr, self.function.attributes)
        if op.indirect and target.kind is Kind.IDENTIFIER:
            types = [each.type for each in self.function.parameters if each.name == target.name]
            found += tuple(
                (event, {}) for name in types for event in self.matcher.called_through(name)
            )
        if any(event.guess for event, _ in found) and self.callees.get(target.name) is not None:
            return tuple(item for item in found if not item[0].guess)
        return found

    def _is_cast(self, op: Op) -> bool:
        """Whether `(name)(operand)`, which the grammar takes for a call, casts to a type."""
        target = op.expr.args[0]
        return (
            len(op.expr.args) == 2
            and not op.indirect
            and op.text.startswith(f"({target.name})")
            and target.name not in self.callees
        )

    def _load(self, op: Op) -> Event:
        name = op.expr.name if op.expr.kind is Kind.IDENTIFIER else ""
        found = self.matcher.c.matches(op.expr, self.function.attributes)
        return self._event(op, found, (Plain.LOAD,), spell(op.expr), callee=name)

    def _store(self, op: Op) -> Event:
        found = self.matcher.c.matches(op.expr, self.function.attributes)
        target = stored(op.expr)
        local = _root(target) in self.function.locals
        plain = (Plain.LOCAL, Plain.STORE) if local else (Plain.STORE,)
        return self._event(op, found, plain, spell(target))

    def _instruction(self, op: Op, instruction: Expr) -> Event:
        found = self.matcher.asm.matches(instruction, self.function.attributes)
        if not writes_memory(instruction):
            return self._event(op, found, (Plain.INSTRUCTION,), instruction.name)
        stored = effects(instruction).stores
        subject = spell(stored[0]) if stored else instruction.name
        return self._event(op, found, (Plain.STORE, Plain.INSTRUCTION), subject)

    def _event(
        self,
        op: Op,
        found: tuple[tuple[EventType, dict[str, Expr]], ...],
        plain: tuple[Plain, ...],
        subject: str,
        *,
        callee: str = "",
        terminal: bool = False,
    ) -> Event:
        bindings = {name: expr for _, bound in reversed(found) for name, expr in bound.items()}
        if "subject" in bindings:
            subject = spell(operand(op.expr, bindings["subject"]))
        return Event(
            names=(*(event.name for event, _ in found), *plain),
            location=Location(self.function.location.path, op.line),
            text=op.text,
            subject=subject,
            op=op,
            callee=callee,
            known=any(not event.aside for event, _ in found),
            terminal=terminal or any(event.noreturn for event, _ in found),
            bindings=tuple(sorted(bindings.items())),
        )


_CALLS: Mapping[Inlining, tuple[Plain, ...]] = {
    Inlining.ALWAYS: (),
    Inlining.PERHAPS: (Plain.INLINE, Plain.CALL),
    Inlining.NEVER: (Plain.DIRECT, Plain.CALL),
}


@lru_cache(maxsize=256)
def stores(graph: EventGraph) -> Mapping[Expr, tuple[Expr, ...]]:
    """The store operations of a function by what they write to."""
    found: dict[Expr, tuple[Expr, ...]] = {}
    for block in graph.blocks:
        for event in block:
            expr = event.op.expr
            if event.op.operation is Operation.STORE and expr.args:
                found[stored(expr)] = (*found.get(stored(expr), ()), expr)
    return found


def stored(expr: Expr) -> Expr:
    """What a store operation's expression writes to."""
    return stripped(expr.args[0]) if expr.args else expr


def _root(target: Expr) -> str:
    """The variable that a store changes itself, `""` when it goes through an address."""
    while target.kind in (Kind.MEMBER, Kind.CAST) and target.args:
        target = target.args[0]
    return target.name if target.kind is Kind.IDENTIFIER else ""
