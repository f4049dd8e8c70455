"""Programs cut from code: a function's graph with its callees spliced in, as instructions.

What the vocabulary gives an action becomes an instruction, what it names without one is nothing.
A call of a function that the scenario's files define is spliced; any other is a call that may
store anywhere. A local variable becomes booleans, as many as are tested; what is not understood
gives it either value. A loop over the CPUs of the stop mask is one pass for all of them at once.

Not modelled: what is passed through memory, what inline assembly without a name stores,
recursion, and what runs after a HLT that an interrupt has ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from itertools import combinations

from reviewer.event.extract import stored
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Location, Skip
from reviewer.model import cut_gas
from reviewer.model.code import Code
from reviewer.model.draft import Draft
from reviewer.model.meaning import Meaning
from reviewer.model.state import COUNTS_CALLS, LOCAL_PREFIX, MASK_EMPTY, ONLINE
from reviewer.model.terms import (
    MAX_DEPTH,
    NO_FUNCTION,
    PLAIN,
    STOPPING,
    TESTS,
    Absent,
    Frame,
    Terms,
    Uncut,
    shown,
    written,
)
from reviewer.model.types import Act, Program
from reviewer.model.value import Values
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
from reviewer.source.gas_meaning import results
from reviewer.source.instructions import effects
from reviewer.source.registers import ARGUMENTS
from reviewer.source.types import Edge, Expr, Flow, Function, Kind, Language, Operation


class Cutter:
    """Cuts programs for one role; `boot` may do what only the CPU that hands over does."""

    def __init__(self, code: Code, terms: Terms, boot: bool) -> None:
        self.code = code
        self.terms = terms
        self.boot = boot
        self.jumps = 0
        self.instances: Counter[str] = Counter()
        self.meaning = Meaning(code, terms, boot)
        self.values = Values(code, terms.inputs, self.meaning.test)
        self.draft = Draft(self.values)

    def program(self, name: str, start: Expr) -> Program:
        """The program of a call as an expression; raises Uncut naming what stands in the way.

        A cutter cuts one program.
        """
        entry, leave = self.draft.new(), self.draft.new()
        to = self._splice_call(Frame(NO_FUNCTION, "", ()), start, entry, Location("", 0), "")
        if to is not None:
            self.draft.emit(to, leave)
        return self.draft.finished(name, entry, leave)

    def _emit(
        self,
        at: int,
        act: Act,
        event: Event,
        frame: Frame,
        variable: str = "",
        guard: Condition = TRUE,
    ) -> int:
        """Adds what an event does; where that leads."""
        return self.draft.emit(
            at, None, act, variable, guard=guard, event=event, function=frame.function.name
        )

    def _assign(self, at: int, name: str, value: Expr | None, event: Event, frame: Frame) -> int:
        """Assigns a value to a local variable; one that is not known gets either."""

        def bits(token: str) -> Condition | None:
            return None if value is None else self.values.bit(value, token)

        return self.draft.assign(at, name, bits, event, frame.function.name)

    # Functions and their graphs.

    def _splice(self, frame: Frame, graph: EventGraph, entry: int) -> int | None:
        """The function's instructions from `entry`; where it returns, None if it never does."""
        function = frame.function
        heads = self._each_heads(function.cfg.edges)
        starts = [self.draft.new() for _ in graph.blocks]
        self.draft.emit(entry, starts[graph.entry])
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
                    self.draft.emit(
                        at,
                        starts[target],
                        guard=guard,
                        function=function.name,
                        text=shown(edge.guard),
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
            and self.meaning.named(edge.guard) == "mask-each"
        }

    def _guard(self, frame: Frame, edge: Edge, events: tuple[Event, ...], each: bool) -> Condition:
        """The condition of an edge, TRUE where it is a free choice."""
        if edge.flow is Flow.PRESENCE:
            return TRUE if self.code.present(edge.presence) else FALSE
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
        action = self.meaning.action(event.names)
        if action == "jump":
            return self._enter_assembly(frame, event, at, hands_over=True)
        if action:
            to: int | None = self._act(frame, event, action, at)
        elif event.op.operation is Operation.CALL and not event.known:
            to = self._call(frame, before, event, at)
        elif event.op.operation is Operation.STORE:
            to = self._store(frame, event, at)
        elif event.op.operation is Operation.INSTRUCTION:
            to = self._instruction(frame, event, at)
        elif event.op.operation is Operation.RETURN:
            to = self._return(frame, before, event, at)
        else:
            to = at
        return None if event.terminal else to

    def _instruction(self, frame: Frame, event: Event, at: int) -> int:
        """What an instruction without an action leaves in the registers."""
        if not event.known and effects(event.op.expr).unknown:
            raise self._uncut(event, "what this instruction does is not known")
        for register, value in results(event.op.expr):
            at = self._assign(at, f"%{register}", value, event, frame)
        return at

    def _act(self, frame: Frame, event: Event, action: str, at: int) -> int:
        bound = dict(event.bindings)
        if action == "flush":
            at = self._emit(at, Act.FLUSH_BEGIN, event, frame)
            return self._emit(at, Act.FLUSH_END, event, frame)
        if action in PLAIN:
            return self._emit(at, PLAIN[action], event, frame)
        if action == "percpu-write":
            at = self._emit(at, Act.PER_CPU, event, frame)
            if event.subject not in self.terms.flags:
                return at
            return self._set(frame, event, self.terms.flag, bound.get("value"), at)
        if action == "online":
            return self._set(frame, event, ONLINE, bound.get("value"), at)
        if action in STOPPING:
            if not self.boot:
                raise self._uncut(event, "only the CPU that hands over is modelled to do this")
            act, vector = STOPPING[action]
            return self._emit(at, act, event, frame, vector)
        if action in TESTS:
            return at
        raise self._uncut(event, f"the simulator has no action {action!r}")

    def _set(self, frame: Frame, event: Event, name: str, value: Expr | None, at: int) -> int:
        known = self.values.bit(value) if value else None
        return self.draft.put(at, name, known, event, frame.function.name)

    def _enter_assembly(
        self, frame: Frame, event: Event, at: int, *, hands_over: bool
    ) -> int | None:
        """The assembly that a call enters; a hand-over is in it, or is the instant itself."""
        name = self.meaning.reached(event.op.expr)
        assembly = [
            item
            for item in self.code.functions(name, frame.function.location.path)
            if item.language is Language.GAS
        ]
        if frame.function.language is Language.GAS:
            self.jumps += 1
            at = self._emit(at, Act.JUMP, event, frame)
            return self._enter(frame, assembly[0], {}, "", at) if assembly else at
        jumps = self.jumps
        to: int | None = at
        if assembly:
            to = self._with_arguments(frame, event, at)
            to = self._enter(frame, assembly[0], {}, "", to)
        if to is not None and self.jumps == jumps and hands_over:
            self.jumps += 1
            to = self._emit(to, Act.JUMP, event, frame)
        if self.jumps == jumps:
            return to
        if to is None or self.terms.returns == FALSE:
            return None
        return self._emit(to, Act.NONE, event, frame, guard=self.terms.returns)

    def _with_arguments(self, frame: Frame, event: Event, at: int) -> int:
        for register, argument in zip(ARGUMENTS, event.op.expr.args[1:], strict=False):
            at = self._assign(at, f"%{register}", argument, event, frame)
        return at

    def _call(self, frame: Frame, before: tuple[Event, ...], event: Event, at: int) -> int | None:
        if frame.function.language is Language.GAS:
            return self._gas_call(frame, before, event, at)
        if Plain.INDIRECT in event.names and not self.meaning.reached(event.op.expr):
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
        name = self.meaning.reached(call)
        found = self.code.functions(name, frame.function.location.path)
        if not found:
            if event is None:
                raise Absent(Skip("", 0, f"no file of the scenario defines {name}()"))
            return self._unknown(frame, event, at)
        if len(found) > 1 and not _alternatives(found):
            places = ", ".join(f"{each.location.path}:{each.location.line}" for each in found)
            reason = f"{name}() has several definitions: {places}"
            raise Uncut(Skip(location.path, location.line, reason))
        if event is not None and found[0].language is Language.GAS:
            return self._enter_assembly(frame, event, at, hands_over=False)
        if name in frame.stack or len(frame.stack) > MAX_DEPTH:
            reason = f"{text}: {name}() calls itself or too deep"
            raise Uncut(Skip(location.path, location.line, reason))
        self.instances[name] += 1
        suffix = f"#{self.instances[name]}" if self.instances[name] > 1 else ""
        result = f"{LOCAL_PREFIX}{name}{suffix}()"
        # Which of several definitions the configuration takes is a free choice.
        ways = [self._inside(frame, each, call, at, result, event) for each in found]
        self.values.results = {**self.values.results, call: result}
        back = [way for way in ways if way is not None]
        if len(back) < 2:
            return back[0] if back else None
        to = self.draft.new()
        for way in back:
            self.draft.emit(way, to)
        return to

    def _inside(
        self,
        frame: Frame,
        function: Function,
        call: Expr,
        at: int,
        result: str,
        event: Event | None,
    ) -> int | None:
        """The function's instructions with the call's arguments for its parameters."""
        if event is not None and self.code.emits(function):
            at = self._counted(frame, event, at)
        values: dict[str, Expr] = {}
        changed = written(function)
        for local in sorted(function.locals):
            values[local] = Expr(Kind.IDENTIFIER, f"{result.removesuffix('()')}.{local}")
        for parameter, argument in zip(function.parameters, call.args[1:], strict=False):
            if parameter.name and parameter.name not in changed:
                values[parameter.name] = argument
            elif parameter.name and event is not None:
                at = self._assign(at, values[parameter.name].name, argument, event, frame)
        return self._enter(frame, function, values, result, at)

    def _counted(self, frame: Frame, event: Event, at: int) -> int:
        """The call instruction before the function: it counts where the platform counts calls."""
        counts = Atom(COUNTS_CALLS)
        to = self._emit(at, Act.CALL, event, frame, guard=counts)
        self.draft.emit(at, to, guard=negate(counts))
        return to

    def _enter(
        self, frame: Frame, function: Function, values: Mapping[str, Expr], result: str, at: int
    ) -> int | None:
        for skip in self.code.holes(function):
            raise Uncut(skip)
        inner, graph = self.code.shelf.spliced(function, values)
        return self._splice(Frame(inner, result, (*frame.stack, function.name)), graph, at)

    def _gas_call(
        self, frame: Frame, before: tuple[Event, ...], event: Event, at: int
    ) -> int | None:
        name = cut_gas.target(before, self._defined)
        if not name:
            if event.text.startswith("j"):
                raise self._uncut(event, "where this jump leads is not known")
            return self._emit(at, Act.STORE, event, frame)
        found = self.code.functions(name, frame.function.location.path)
        if name in frame.stack:
            raise self._uncut(event, "assembly that calls itself")
        return self._enter(frame, found[0], {}, "", at)

    def _defined(self, name: str) -> bool:
        return any(item.language is Language.GAS for item in self.code.functions(name))

    def _unknown(self, frame: Frame, event: Event, at: int) -> int:
        """A call of code that is not shown: it counts as a call and may store anywhere."""
        at = self._emit(at, Act.CALL, event, frame)
        return self._emit(at, Act.STORE, event, frame)

    def _store(self, frame: Frame, event: Event, at: int) -> int:
        target = stored(event.op.expr)
        if Plain.LOCAL not in event.names:
            return self._emit(at, Act.STORE, event, frame)
        if target.kind is not Kind.IDENTIFIER:
            return at
        bits = partial(self.values.stored, event.op.expr)
        return self.draft.assign(at, target.name, bits, event, frame.function.name)

    def _return(self, frame: Frame, before: tuple[Event, ...], event: Event, at: int) -> int | None:
        if frame.function.language is Language.GAS:
            name = cut_gas.pushed(before, self._defined)
            if name and name not in frame.stack:
                return self._gas_tail(frame, name, at)
            return at
        if not frame.result:
            return at
        return self._assign(at, frame.result, event.op.expr, event, frame)

    def _gas_tail(self, frame: Frame, name: str, at: int) -> int | None:
        found = self.code.functions(name, frame.function.location.path)
        return self._enter(frame, found[0], {}, "", at)

    def _uncut(self, event: Event, reason: str) -> Uncut:
        place = event.location
        return Uncut(Skip(place.path, place.line, f"{event.text}: {reason}"))


def _alternatives(found: tuple[Function, ...]) -> bool:
    """Whether no configuration takes two of the definitions, and all are C of the same file."""
    return len({each.location.path for each in found}) == 1 and not any(
        one.language is Language.GAS or satisfiable(conjoin((one.presence, other.presence)))
        for one, other in combinations(found, 2)
    )
