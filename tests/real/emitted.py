"""What the compiler may emit for a function in one configuration: calls and per-CPU accesses.

Wherever the compiler may choose (an inline function emitted out of line, a static one inlined)
both are there. Whether a branch can be taken is not asked, beyond constants and options.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from reviewer.check.bodies import Bodies, Body
from reviewer.check.branches import possible
from reviewer.check.correlation import edge_condition
from reviewer.event.extract import Inlining
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.rule.types import Plain, covers, speaks_of
from reviewer.source.asm_text import instructions
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    And,
    Atom,
    Condition,
    Constant,
    Not,
    Or,
    conjoin,
    disjoin,
    negate,
)
from reviewer.source.read import read
from reviewer.source.types import Expr, Kind, Operation
from reviewer.source.unit import Definition

#: Bodies followed into each other.
MAX_DEPTH = 40
#: Events of the vocabulary that are never code of their own.
_NO_CODE = ("builtin", "macro")
#: Functions of the C library that compilers rewrite, and what they make of them.
_REWRITTEN = {"strcpy": "memcpy"}


class Emits(StrEnum):
    """A kind of instruction that matters with the per-CPU base gone."""

    CALL = "call"
    INDIRECT = "indirect call"
    PER_CPU = "per-CPU access"


class Emission(Struct, frozen=True):
    """An instruction that may be there: `target` is who is called, or what is accessed.

    `chain` are the names of the bodies that lead to it, `maybe` says that the compiler may leave
    it out by inlining.
    """

    kind: Emits
    target: str
    location: Location
    chain: tuple[str, ...]
    maybe: bool = False


def emitted(bodies: Bodies, body: Body, options: frozenset[str]) -> tuple[Emission, ...]:
    """What may be emitted for the body where exactly these options are set.

    Of a function that a macro defines, with the code behind it as the body of another one, that is
    what the macro makes of its name.
    """
    home, start = next(_made(bodies, body), (bodies, body))
    return tuple(dict.fromkeys(_Walk(home, options).body(start, (), frozenset())))


def _made(bodies: Bodies, body: Body) -> Iterator[tuple[Bodies, Body]]:
    """The functions of the body's name in what the macro that defines it stands for."""
    definition = body.source
    if bodies.sight is None or not isinstance(definition, Definition):
        return
    heading, opening, code = bodies.unit.text_of(definition).partition(b"{")
    for word in sorted(definition.attributes):
        if word.encode() not in heading:
            continue
        for made in bodies.sight.made(word, body.name):
            whole = made.encode("utf-8", "surrogateescape") + b"\n" + opening + code + b"\n"
            unit = read(SourceFile(bodies.unit.path, whole))
            inner = Bodies(unit, bodies.matcher, bodies.sight)
            yield from ((inner, each) for each in inner.by_name.get(body.name, ()))


class _Walk(Struct, frozen=True):
    bodies: Bodies
    options: frozenset[str]

    def body(
        self, body: Body, chain: tuple[str, ...], active: frozenset[str]
    ) -> Iterator[Emission]:
        graph = self.bodies.graph(body)
        if graph is None or len(chain) > MAX_DEPTH:
            yield Emission(Emits.CALL, body.name, Location(body.path, body.line), chain)
            return
        for event in self._reached(graph):
            yield from self._event(event, (*chain, body.name), active | {body.name})

    def _reached(self, graph: EventGraph) -> Iterator[Event]:
        pending, seen = [graph.entry], {graph.entry}
        while pending:
            block = pending.pop()
            yield from graph.blocks[block]
            if any(event.terminal for event in graph.blocks[block]):
                continue
            for edge in graph.out[block]:
                if edge.target in seen or not possible(edge):
                    continue
                if self._holds(edge_condition(edge)):
                    seen.add(edge.target)
                    pending.append(edge.target)

    def _holds(self, condition: Condition) -> bool:
        """Whether the options leave the condition possible."""
        return self._decided(condition) != FALSE

    def _decided(self, condition: Condition) -> Condition:
        match condition:
            case Atom(name) if name.startswith("CONFIG_") and name.isidentifier():
                return TRUE if name in self.options else FALSE
            case Not(operand):
                return negate(self._decided(operand))
            case And(operands):
                return conjoin(self._decided(operand) for operand in operands)
            case Or(operands):
                return disjoin(self._decided(operand) for operand in operands)
            case Atom() | Constant():
                return condition

    def _event(
        self, event: Event, chain: tuple[str, ...], active: frozenset[str]
    ) -> Iterator[Emission]:
        if any(covers("percpu", name) for name in event.names):
            yield Emission(Emits.PER_CPU, event.subject, event.location, chain)
        if Plain.INDIRECT in event.names:
            named = self.bodies.called_by_macro(event)
            kind = Emits.CALL if named else Emits.INDIRECT
            yield Emission(kind, named or event.subject, event.location, chain)
        if event.op.operation is Operation.ASM:
            yield from self._assembly(event, chain)
            return
        if event.op.operation not in (Operation.CALL, Operation.LOAD):
            return
        used = [body for body in self.bodies.standing_for(event) if self._holds(body.presence)]
        if not used:
            if (
                Plain.CALL in event.names
                and Plain.INDIRECT not in event.names
                and not speaks_of(_NO_CODE, event.names)
            ):
                yield from self._external(event.callee or event.subject, event, chain)
            return
        for body in used:
            if body.is_external:
                yield from self._external(body.name, event, chain)
                continue
            if body.inlining is not Inlining.ALWAYS:
                yield Emission(Emits.CALL, body.name, event.location, chain, maybe=True)
            if body.name not in active:
                yield from self.body(body, chain, active)

    @staticmethod
    def _external(name: str, event: Event, chain: tuple[str, ...]) -> Iterator[Emission]:
        yield Emission(Emits.CALL, name, event.location, chain)
        if name in _REWRITTEN:
            yield Emission(Emits.CALL, _REWRITTEN[name], event.location, chain, maybe=True)

    def _assembly(self, event: Event, chain: tuple[str, ...]) -> Iterator[Emission]:
        for instruction in instructions(event.op.expr.name):
            if instruction.name.startswith("call") and instruction.args:
                target = _target(instruction.args[0], event.op.expr)
                kind = Emits.CALL if target else Emits.INDIRECT
                yield Emission(kind, target, event.location, chain)
            for operand in instruction.args:
                if operand.kind is Kind.MEMORY and operand.name == "gs":
                    yield Emission(Emits.PER_CPU, event.text, event.location, chain)


def _target(called: Expr, asm: Expr) -> str:
    """The function that a call instruction names, `""` for a pointer.

    It may be an operand, and its name may end in one, which is then any word (`*`).
    """
    match called:
        case Expr(Kind.IDENTIFIER, name) if name.startswith("%["):
            return _operand(asm, name[2:-1])
        case Expr(Kind.IDENTIFIER, name) if not name.startswith("%"):
            return name
        case Expr(Kind.MEMORY, "", (Expr(Kind.BINARY, "%", (Expr(Kind.IDENTIFIER, name), _)), *_)):
            return f"{name}*"
        case _:
            return ""


def _operand(asm: Expr, symbol: str) -> str:
    """The function that is the operand of that name, `""` where it is none."""
    for field in asm.args:
        match field:
            case Expr(Kind.FIELD, "i", (value, Expr(Kind.IDENTIFIER, name))) if name == symbol:
                value = value.args[0] if value.kind is Kind.UNARY else value
                return value.name if value.kind is Kind.IDENTIFIER else ""
    return ""
