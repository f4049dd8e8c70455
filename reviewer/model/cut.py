"""Programs cut from code: a function's graph with its callees spliced in, as instructions.

What the vocabulary gives an action becomes an instruction, what it names without one is nothing.
A call of a function that the scenario's files define is spliced; any other is a call that may
store anywhere. A local variable becomes booleans, as many as are tested; what is not understood
gives it either value. A loop over the CPUs of the stop mask is one pass for all of them at once.

Not modelled: what is passed through memory, recursion, and what runs after a HLT that an
interrupt has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from reviewer.event.extract import stored
from reviewer.event.match import stripped
from reviewer.event.types import Event
from reviewer.finding import Location, Skip
from reviewer.model import cut_gas
from reviewer.model.code import Code, substituted
from reviewer.model.state import IN_MASK, LOCAL_PREFIX, MASK_EMPTY, ONLINE
from reviewer.model.terms import (
    MAX_DEPTH,
    MAX_INSTRUCTIONS,
    NO_FUNCTION,
    PLAIN,
    STOPPING,
    TESTS,
    Frame,
    Terms,
    Uncut,
    shown,
    written,
)
from reviewer.model.types import Act, Instruction, Program
from reviewer.model.value import TRUTH, Values
from reviewer.rule.types import Plain
from reviewer.source.conditions import (
    FALSE,
    TRUE,
    Atom,
    Condition,
    conjoin,
    negate,
    satisfiable,
)
from reviewer.source.format import render as spell
from reviewer.source.registers import ARGUMENTS
from reviewer.source.types import Edge, Expr, Flow, Function, Kind, Language, Operation


class Cutter:
    """Cuts programs for one role; `boot` may do what only the CPU that hands over does."""

    def __init__(self, code: Code, terms: Terms, boot: bool) -> None:
        self.code = code
        self.terms = terms
        self.boot = boot
        self.tokens: set[str] = {TRUTH}
        self.used: set[str] = set()
        self._restart()

    def _restart(self) -> None:
        self.instructions: list[Instruction] = []
        self.size = 0
        self.jumps = 0
        self.instances: Counter[str] = Counter()
        self.values = Values(self.code, self.terms.inputs, self._test, used=self.used)

    def program(self, name: str, start: Expr) -> Program:
        """The program of a call as an expression; raises Uncut naming what stands in the way."""
        while True:
            self._restart()
            entry, leave = self.new(), self.new()
            frame = Frame(NO_FUNCTION, "", ())
            to = self._splice_call(frame, start, entry, Location("", 0), "")
            if to is not None:
                self.emit(to, leave)
            if self.values.tokens <= self.tokens:
                return Program(name, self.size, entry, leave, tuple(self.instructions))
            self.tokens |= self.values.tokens

    # Locations and instructions.

    def new(self) -> int:
        """A new location."""
        self.size += 1
        return self.size - 1

    def emit(
        self,
        source: int,
        target: int | None = None,
        act: Act = Act.NONE,
        variable: str = "",
        value: Condition = TRUE,
        guard: Condition = TRUE,
        event: Event | None = None,
        frame: Frame | None = None,
        text: str = "",
        location: Location = Location("", 0),
    ) -> int:
        """Adds an instruction; its target, new if none is given."""
        target = self.new() if target is None else target
        name = frame.function.name if frame else ""
        if event:
            text, location = event.text, event.location
        self.instructions.append(
            Instruction(source, target, act, variable, value, guard, text, name, location)
        )
        if len(self.instructions) > MAX_INSTRUCTIONS:
            raise Uncut(Skip(location.path, location.line, f"{name}() is too large to simulate"))
        return target

    def assign(
        self, at: int, name: str, bits: Mapping[str, Condition | None], event: Event, frame: Frame
    ) -> int:
        """Assigns bits of a local variable; one that is not known gets either value."""
        for token, value in bits.items():
            variable = f"{name}.{token}" if token else name
            to = self.new()
            for each in (TRUE, FALSE) if value is None else (value,):
                self.emit(at, to, Act.ASSIGN, variable, each, event=event, frame=frame)
            at = to
        return at

    # Functions and their graphs.

    def _splice(self, frame: Frame, entry: int) -> int | None:
        """The function's instructions from `entry`; where it returns, None if it never does."""
        function = frame.function
        for skip in self.code.holes(function):
            reason = f"{function.name}() holds a statement that did not parse"
            raise Uncut(replace(skip, reason=reason))
        graph = self.code.events(function)
        heads = self._each_heads(function.cfg.edges)
        starts = [self.new() for _ in graph.blocks]
        self.emit(entry, starts[graph.entry])
        for number, events in enumerate(graph.blocks):
            at: int | None = starts[number]
            for index, event in enumerate(events):
                if at is None:
                    break
                at = self._event(frame, events[: index + 1], event, at)
            if at is None:
                continue
            for edge in graph.out[number]:
                target = edge.target
                if edge.flow is Flow.BACK and target in heads:
                    target = heads[target]
                guard = self._guard(frame, edge, events, number in heads)
                if guard != FALSE:
                    text = shown(edge.guard)
                    self.emit(
                        at,
                        starts[target],
                        guard=guard,
                        frame=frame,
                        text=text,
                        location=Location(function.location.path, edge.line),
                    )
        return starts[graph.exit]

    def _each_heads(self, edges: tuple[Edge, ...]) -> dict[int, int]:
        """Heads of loops over the stop mask, with where each loop ends."""
        return {
            edge.source: edge.target
            for edge in edges
            if edge.flow is Flow.FALSE
            and edge.guard is not None
            and self._named(edge.guard) == "mask-each"
        }

    def _guard(self, frame: Frame, edge: Edge, events: tuple[Event, ...], each: bool) -> Condition:
        """The condition of an edge, TRUE where it is a free choice."""
        if edge.flow is Flow.PRESENCE:
            possible = satisfiable(conjoin((self.code.config, edge.presence)))
            return TRUE if possible else FALSE
        if edge.guard is None or edge.flow not in (Flow.TRUE, Flow.FALSE):
            return TRUE
        if each:
            condition: Condition | None = negate(Atom(MASK_EMPTY)) if self.boot else None
        elif frame.function.language is Language.GAS:
            condition = cut_gas.branch(edge.guard, events, self.values)
        else:
            condition = self.values.bit(edge.guard)
        if condition is None:
            return TRUE
        return condition if edge.flow is Flow.TRUE else negate(condition)

    # Events.

    def _event(self, frame: Frame, before: tuple[Event, ...], event: Event, at: int) -> int | None:
        action = self._action(event.names)
        if action == "jump":
            return self._enter_assembly(frame, event, at, hands_over=True)
        if action:
            to: int | None = self._act(frame, event, action, at)
        elif event.op.operation is Operation.CALL and not event.known:
            to = self._call(frame, before, event, at)
        elif event.op.operation is Operation.STORE:
            to = self._store(frame, event, at)
        elif event.op.operation is Operation.INSTRUCTION:
            effect = cut_gas.effect(event.op.expr, self.values, self.tokens)
            to = self.assign(at, effect[0], effect[1], event, frame) if effect else at
        elif event.op.operation is Operation.RETURN:
            to = self._return(frame, before, event, at)
        else:
            to = at
        return None if event.terminal else to

    def _act(self, frame: Frame, event: Event, action: str, at: int) -> int:
        bound = dict(event.bindings)
        if action == "flush":
            at = self.emit(at, act=Act.FLUSH_BEGIN, event=event, frame=frame)
            return self.emit(at, act=Act.FLUSH_END, event=event, frame=frame)
        if action in PLAIN:
            return self.emit(at, act=PLAIN[action], event=event, frame=frame)
        if action == "percpu-write":
            at = self.emit(at, act=Act.PER_CPU, event=event, frame=frame)
            if event.subject not in self.terms.flags:
                return at
            return self._set(frame, event, self.terms.flag, bound.get("value"), at)
        if action == "online":
            return self._set(frame, event, ONLINE, bound.get("value"), at)
        if action in STOPPING:
            if not self.boot:
                raise self._uncut(event, "only the CPU that hands over is modelled to do this")
            act, vector = STOPPING[action]
            return self.emit(at, act=act, variable=vector, event=event, frame=frame)
        if action in TESTS:
            return at
        raise self._uncut(event, f"the simulator has no action {action!r}")

    def _set(self, frame: Frame, event: Event, name: str, value: Expr | None, at: int) -> int:
        known = self.values.bit(value) if value else None
        return self.assign(at, name, {TRUTH: known}, event, frame)

    def _enter_assembly(
        self, frame: Frame, event: Event, at: int, *, hands_over: bool
    ) -> int | None:
        """The assembly that a call enters; a hand-over is in it, or is the instant itself."""
        name = self._callee(event)
        assembly = [
            item
            for item in self.code.functions(name, frame.function.location.path)
            if item.language is Language.GAS
        ]
        if frame.function.language is Language.GAS:
            self.jumps += 1
            at = self.emit(at, act=Act.JUMP, event=event, frame=frame)
            return self._enter(frame, assembly[0], {}, "", at) if assembly else at
        jumps = self.jumps
        to: int | None = at
        if assembly:
            to = self._with_arguments(frame, event, at)
            to = self._enter(frame, assembly[0], {}, "", to)
        if to is not None and self.jumps == jumps and hands_over:
            self.jumps += 1
            to = self.emit(to, act=Act.JUMP, event=event, frame=frame)
        if self.jumps == jumps:
            return to
        if to is None or self.terms.returns == FALSE:
            return None
        return self.emit(to, guard=self.terms.returns, event=event, frame=frame)

    def _with_arguments(self, frame: Frame, event: Event, at: int) -> int:
        for register, argument in zip(ARGUMENTS, event.op.expr.args[1:], strict=False):
            bits = {token: self.values.bit(argument, token) for token in sorted(self.tokens)}
            at = self.assign(at, f"%{register}", bits, event, frame)
        return at

    def _call(self, frame: Frame, before: tuple[Event, ...], event: Event, at: int) -> int | None:
        if frame.function.language is Language.GAS:
            return self._gas_call(frame, before, event, at)
        if Plain.INDIRECT in event.names and not self._callee(event):
            return self._unknown(frame, event, at)
        return self._splice_call(frame, event.op.expr, at, event.location, event.text, event)

    def _splice_call(
        self,
        frame: Frame,
        call: Expr,
        at: int,
        location: Location,
        text: str,
        event: Event | None = None,
    ) -> int | None:
        name = self._resolved(call)
        found = self.code.functions(name, frame.function.location.path)
        if not found:
            if event is None:
                raise Uncut(Skip("", 0, f"no file of the scenario defines {name}()"))
            return self._unknown(frame, event, at)
        if len(found) > 1:
            places = ", ".join(f"{each.location.path}:{each.location.line}" for each in found)
            reason = f"{name}() has several definitions: {places}"
            raise Uncut(Skip(location.path, location.line, reason))
        if event is not None and found[0].language is Language.GAS:
            return self._enter_assembly(frame, event, at, hands_over=False)
        if name in frame.stack or len(frame.stack) > MAX_DEPTH:
            reason = f"{text}: {name}() calls itself or too deep"
            raise Uncut(Skip(location.path, location.line, reason))
        values: dict[str, Expr] = {}
        changed = written(found[0])
        self.instances[name] += 1
        suffix = f"#{self.instances[name]}" if self.instances[name] > 1 else ""
        for local in sorted(found[0].locals):
            values[local] = Expr(Kind.IDENTIFIER, f"{LOCAL_PREFIX}{name}{suffix}.{local}")
        for parameter, argument in zip(found[0].parameters, call.args[1:], strict=False):
            if parameter.name and parameter.name not in changed:
                values[parameter.name] = argument
            elif parameter.name and event is not None:
                bits = {token: self.values.bit(argument, token) for token in sorted(self.tokens)}
                at = self.assign(at, values[parameter.name].name, bits, event, frame)
        result = f"{LOCAL_PREFIX}{name}{suffix}()"
        to = self._enter(frame, found[0], values, result, at)
        self.values.results[call] = result
        return to

    def _enter(
        self, frame: Frame, function: Function, values: Mapping[str, Expr], result: str, at: int
    ) -> int | None:
        inner = substituted(function, values) if values else function
        return self._splice(Frame(inner, result, (*frame.stack, function.name)), at)

    def _gas_call(
        self, frame: Frame, before: tuple[Event, ...], event: Event, at: int
    ) -> int | None:
        name = cut_gas.target(before, self._defined)
        if not name:
            if event.text.startswith("j"):
                raise self._uncut(event, "where this jump leads is not known")
            return self.emit(at, act=Act.STORE, event=event, frame=frame)
        found = self.code.functions(name, frame.function.location.path)
        if name in frame.stack:
            raise self._uncut(event, "assembly that calls itself")
        return self._enter(frame, found[0], {}, "", at)

    def _defined(self, name: str) -> bool:
        return any(item.language is Language.GAS for item in self.code.functions(name))

    def _unknown(self, frame: Frame, event: Event, at: int) -> int:
        """A call of code that is not shown: it counts as a call and may store anywhere."""
        at = self.emit(at, act=Act.CALL, event=event, frame=frame)
        return self.emit(at, act=Act.STORE, event=event, frame=frame)

    def _store(self, frame: Frame, event: Event, at: int) -> int:
        target = stored(event.op.expr)
        if Plain.LOCAL not in event.names:
            return self.emit(at, act=Act.STORE, event=event, frame=frame)
        if target.kind is not Kind.IDENTIFIER:
            return at
        bits = {token: self._stored_bit(event.op.expr, token) for token in sorted(self.tokens)}
        return self.assign(at, target.name, bits, event, frame)

    def _stored_bit(self, expr: Expr, token: str) -> Condition | None:
        """A bit of a variable after an assignment to it."""
        if expr.kind is not Kind.ASSIGN:
            return None
        target, value = expr.args
        match expr.name:
            case "=":
                return self.values.bit(value, token)
            case "|=":
                return self.values.bit(Expr(Kind.BINARY, "|", (target, value)), token)
            case "&=":
                value = stripped(value)
                if value.kind is Kind.UNARY and value.name == "~" and token != TRUTH:
                    cleared = self.values.mask(value.args[0])
                    if cleared is not None:
                        return FALSE if token in cleared else self.values.bit(target, token)
                return self.values.bit(Expr(Kind.BINARY, "&", (target, value)), token)
            case _:
                return None

    def _return(self, frame: Frame, before: tuple[Event, ...], event: Event, at: int) -> int | None:
        if frame.function.language is Language.GAS:
            name = cut_gas.pushed(before, self._defined)
            if name and name not in frame.stack:
                return self._gas_tail(frame, name, at)
            return at
        if not frame.result:
            return at
        bits = {token: self.values.bit(event.op.expr, token) for token in sorted(self.tokens)}
        return self.assign(at, frame.result, bits, event, frame)

    def _gas_tail(self, frame: Frame, name: str, at: int) -> int | None:
        found = self.code.functions(name, frame.function.location.path)
        return self._enter(frame, found[0], {}, "", at)

    # Names.

    def _action(self, names: tuple[str, ...]) -> str:
        return next(
            (self.terms.actions[name] for name in names if self.terms.actions.get(name)), ""
        )

    def _named(self, expr: Expr) -> str:
        """The action of an expression that the vocabulary names."""
        return self._action(tuple(event.name for event, _ in self.code.matcher.c.matches(expr)))

    def _test(self, expr: Expr) -> Expr | Condition | None:
        """What a call that the vocabulary names says, or stands for."""
        for event, bound in self.code.matcher.c.matches(expr):
            match self.terms.actions.get(event.name):
                case "percpu-read" if spell(bound.get("subject", expr)) in self.terms.flags:
                    return Atom(self.terms.flag)
                case "mask-is-empty" if self.boot:
                    return Atom(MASK_EMPTY)
                case "mask-test" if not self.boot:
                    return Atom(IN_MASK)
                case "value" if len(expr.args) > 1:
                    return expr.args[1]
                case _:
                    continue
        return None

    def _callee(self, event: Event) -> str:
        return self._resolved(event.op.expr)

    def _resolved(self, call: Expr) -> str:
        """The name of the function that a call reaches, `""` if that is not known."""
        target = stripped(call.args[0])
        if target.kind is Kind.IDENTIFIER:
            name = self.terms.calls.get(target.name.rpartition(".")[2], target.name)
            return "" if name.startswith(LOCAL_PREFIX) else name
        if target.kind in (Kind.MEMBER, Kind.ARROW):
            return self.terms.calls.get(target.name) or self.code.member(target.name)
        return ""

    def _uncut(self, event: Event, reason: str) -> Uncut:
        place = event.location
        return Uncut(Skip(place.path, place.line, f"{event.text}: {reason}"))
