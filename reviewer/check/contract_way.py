"""What happens on every way through a function of assembly, its callees and tail calls included.

Values are followed through registers as `source.register_flow` does; on top of that a way knows
what events it has passed, and of each argument's bits that a test has settled whether they are
set. Ways that meet with the same knowledge go on as one, with what they agree on. Not modelled:
values in memory, a function that calls itself (taken as a C function), more than DEPTH calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.event.match import Matcher
from reviewer.finding import Location, Step
from reviewer.source.conditions import FALSE, Condition, assume
from reviewer.source.gas_flow import mnemonic
from reviewer.source.instructions import effects, width
from reviewer.source.register_flow import Machine, Value, entry, step
from reviewer.source.registers import CALLEE_SAVED, FLAGS, REGISTERS
from reviewer.source.types import Edge, Expr, Function, Kind, Op, Operation
from reviewer.source.unit import Unit

DEPTH = 6
#: Steps over blocks before a search gives up.
MAX_STEPS = 20_000
_TESTS = ("test", "bt", "cmp", "and")
_ZERO = ("jz", "je")
_NOT_ZERO = ("jnz", "jne")
_STACK_EMPTY, _STACK_TABLE = "stack.empty", "stack.table"
#: What a reader is told of events that only the state of the machine tells.
SEEN = {
    _STACK_EMPTY: "load of an empty descriptor table",
    _STACK_TABLE: "load of a descriptor table from the stack",
}
_COMPARED = Expr(Kind.NUMBER, "0")


class Test(Struct, frozen=True):
    """A test of a register: of what value, which named bits (none: all), how many bits wide."""

    op: Op
    function: str
    register: str
    value: Value | None
    bits: frozenset[str]
    width: int

    @property
    def subjects(self) -> frozenset[str]:
        """What is tested, as ways know it: the register entered with, and each of the bits."""
        if self.value is None or self.value.source.kind is not Kind.REGISTER:
            return frozenset()
        name = self.value.source.name
        return frozenset(f"{name} {bit}" for bit in self.bits) or frozenset((name,))


class Known(Struct, frozen=True):
    """What a way has passed, and what tests on it have settled (subject, whether set)."""

    passed: frozenset[str] = frozenset()
    settled: frozenset[tuple[str, bool]] = frozenset()


class Sight(Struct, frozen=True):
    """An operation as one way meets it."""

    op: Op
    function: str
    names: tuple[str, ...]
    machine: Machine
    known: Known
    marks: tuple[Step, ...]
    test: Test | None = None
    leaves: bool = False
    restores: bool = False


class Jump(Struct, frozen=True):
    """A branch on the outcome of a test: whether the bits are set where it jumps."""

    test: Test
    edge: Edge
    guard: Expr
    function: str


class Ways(Struct, frozen=True):
    """Everything met, in the order of the search; entries of functions by their name."""

    sights: tuple[Sight, ...]
    jumps: tuple[Jump, ...]
    entered: Mapping[str, tuple[Machine, ...]]
    functions: Mapping[str, Function]
    complete: bool


Return = tuple[str, int, int]


class _Place(Struct, frozen=True):
    stack: tuple[Return, ...]
    function: str
    block: int
    index: int
    known: Known


class _Search(Struct):
    unit: Unit
    matcher: Matcher
    condition: Condition
    voids: Mapping[str, tuple[str, ...]]
    functions: dict[str, Function] = field(default_factory=dict)
    out: dict[str, dict[int, list[Edge]]] = field(default_factory=dict)
    sights: dict[tuple[object, ...], Sight] = field(default_factory=dict)
    jumps: dict[tuple[int, str, str], Jump] = field(default_factory=dict)
    entered: dict[str, list[Machine]] = field(default_factory=dict)
    seen: dict[_Place, Machine] = field(default_factory=dict)
    pending: list[tuple[_Place, Machine, tuple[Step, ...]]] = field(default_factory=list)

    def function(self, name: str) -> Function | None:
        """The function of that name, lowered once; None where the file has none."""
        if name not in self.functions:
            found = [item for item in self.unit.named(name) if self._present(item.presence)]
            if not found:
                return None
            function = self.unit.lower(found[0])
            self.functions[name] = function
            edges: dict[int, list[Edge]] = {}
            for edge in function.cfg.edges:
                if self._present(edge.presence):
                    edges.setdefault(edge.source, []).append(edge)
            self.out[name] = edges
        return self.functions[name]

    def _present(self, presence: Condition) -> bool:
        return assume(presence, self.condition) != FALSE

    def go(self, place: _Place, machine: Machine, marks: tuple[Step, ...]) -> None:
        """Continues at a place, unless nothing new is known there."""
        before = self.seen.get(place)
        if before is not None:
            machine = _meet(before, machine)
            if machine == before:
                return
        self.seen[place] = machine
        self.pending.append((place, machine, marks))

    def run(self, name: str, known: Known) -> Ways:
        """The ways from the entry of the function."""
        function = self.function(name)
        steps = 0
        if function is not None:
            self.entered[name] = [entry()]
            self.go(_Place((), name, function.cfg.entry, 0, known), _grounded(entry()), ())
        while self.pending and steps < MAX_STEPS:
            steps += 1
            self._block(*self.pending.pop())
        return Ways(
            tuple(self.sights.values()),
            tuple(self.jumps.values()),
            {name: tuple(found) for name, found in self.entered.items()},
            self.functions,
            not self.pending,
        )

    def _block(self, place: _Place, machine: Machine, marks: tuple[Step, ...]) -> None:
        function = self.functions[place.function]
        ops = function.cfg.blocks[place.block].ops
        known, last = place.known, None
        for index in range(place.index, len(ops)):
            op = ops[index]
            names = tuple(event.name for event, _ in self.matcher.asm.matches(op.expr))
            test = tested(op, place.function, machine)
            step_ = Step(Location(self.unit.path, op.line), place.function, op.text)
            sight = Sight(op, place.function, names, machine, known, marks, test)
            if op.operation is Operation.RETURN:
                if place.stack:
                    self._return(place, known, machine, marks)
                else:
                    restores = any(_restores(item) for item in ops[:index])
                    self._see(replace(sight, leaves=True, restores=restores))
                return
            self._see(sight)
            if op.operation is Operation.CALL:
                following = _Place(place.stack, place.function, place.block, index + 1, known)
                if not self._call(following, op, machine, (*marks, step_)):
                    return
                machine, last = _grounded(step(machine, op)), None
                marks = (*marks, step_)
                continue
            if names or test or _carries(op, machine):
                marks = (*marks, step_)
            if test is not None:
                last = test
            elif FLAGS in effects(op.expr).writes and op.expr.kind is Kind.INSTRUCTION:
                last = None
            passed = _passed(op, names, machine)
            if passed:
                voided = {item for name in passed for item in self.voids.get(name, ())}
                known = replace(known, passed=known.passed - voided | passed)
            machine = _grounded(step(machine, op))
        self._leave(place, known, machine, marks, last)

    def _call(self, after: _Place, op: Op, machine: Machine, marks: tuple[Step, ...]) -> bool:
        """Follows a call or a jump to a function of the file; whether the way goes on after it."""
        target = op.expr.args[0] if op.expr.args else op.expr
        known_name = target.name if target.kind is Kind.IDENTIFIER else ""
        callee = self.function(known_name) if known_name else None
        returns = op.text.startswith(("call", "CALL"))
        inside = {name for name, _, _ in after.stack} | {after.function}
        follow = callee is not None and len(after.stack) < DEPTH
        if callee is None or not follow or (returns and known_name in inside):
            return returns
        stack = after.stack
        if returns:
            stack = (*stack, (after.function, after.block, after.index))
        if not any(machine == known for known in self.entered.setdefault(known_name, [])):
            self.entered[known_name].append(machine)
        self.go(_Place(stack, known_name, callee.cfg.entry, 0, after.known), machine, marks)
        return False

    def _return(
        self, place: _Place, known: Known, machine: Machine, marks: tuple[Step, ...]
    ) -> None:
        *stack, (function, block, index) = place.stack
        self.go(_Place(tuple(stack), function, block, index, known), machine, marks)

    def _leave(
        self,
        place: _Place,
        known: Known,
        machine: Machine,
        marks: tuple[Step, ...],
        last: Test | None,
    ) -> None:
        for edge in self.out[place.function].get(place.block, ()):
            settled = known
            sense = _sense(edge)
            if last is not None and sense is not None and edge.guard is not None:
                if edge.flow.value == "true":
                    key = (last.op.line, last.function, edge.guard.name)
                    self.jumps.setdefault(key, Jump(last, edge, edge.guard, place.function))
                verdict = _verdict(last, known)
                if verdict is not None and verdict != sense:
                    continue
                if not sense or len(last.subjects) == 1:
                    told = {(subject, sense) for subject in last.subjects}
                    settled = replace(known, settled=known.settled | told)
            if edge.target != self.functions[place.function].cfg.exit:
                where = _Place(place.stack, place.function, edge.target, 0, settled)
                self.go(where, machine, marks)

    def _see(self, sight: Sight) -> None:
        value = sight.test.value if sight.test else None
        key = (sight.op.line, sight.op.text, sight.op.macro_line, sight.known, value, sight.leaves)
        self.sights.setdefault(key, sight)


def ways(
    unit: Unit,
    name: str,
    matcher: Matcher,
    condition: Condition,
    passed: Sequence[str] = (),
    voids: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Ways:
    """Every way through the function; `passed` is what has happened before it is entered.

    `voids` says which events undo which others.
    """
    return _Search(unit, matcher, condition, voids).run(name, Known(frozenset(passed)))


def copied(machine: Machine, source: str) -> Iterator[str]:
    """Registers that hold what the register `source` was entered with."""
    for name, value in machine.registers.items():
        if value.source == Expr(Kind.REGISTER, source):
            yield name


def _grounded(machine: Machine) -> Machine:
    """A new stack where the pointer was set to a place nobody knows."""
    return machine if machine.stack is not None else Machine(machine.registers, ())


def _meet(first: Machine, second: Machine) -> Machine:
    registers = {
        name: value
        for name, value in first.registers.items()
        if second.registers.get(name) == value
    }
    stack = first.stack if first.stack == second.stack else ()
    return Machine(registers, stack)


def tested(op: Op, function: str, machine: Machine) -> Test | None:
    """The test that an instruction makes of a register against a mask or against zero."""
    word, args = mnemonic(op.expr.name), op.expr.args
    if op.expr.kind is not Kind.INSTRUCTION or not word.startswith(_TESTS) or len(args) != 2:
        return None
    mask, register = args
    if register.kind is not Kind.REGISTER and mask.kind is Kind.REGISTER:
        mask, register = register, mask
    named = REGISTERS.get(register.name) if register.kind is Kind.REGISTER else None
    if named is None or named.offset:
        return None
    if mask.kind is Kind.REGISTER and (mask != register or word.startswith(("cmp", "bt"))):
        return None
    if mask.kind is Kind.MEMORY or (word.startswith("cmp") and mask != _COMPARED):
        return None
    names = frozenset(_names(mask))
    value = machine.registers.get(named.family)
    return Test(op, function, named.family, value, names, width(op.expr))


def _names(expr: Expr) -> Iterator[str]:
    if expr.kind is Kind.IDENTIFIER or expr.kind is Kind.NUMBER:
        yield expr.name
    for part in expr.args:
        yield from _names(part)


def _sense(edge: Edge) -> bool | None:
    """Whether the tested bits are set where the edge is taken; None if the jump says nothing."""
    if edge.guard is None or edge.guard.kind is not Kind.INSTRUCTION:
        return None
    word = mnemonic(edge.guard.name)
    if word not in (*_ZERO, *_NOT_ZERO) or edge.flow.value not in ("true", "false"):
        return None
    return (word in _NOT_ZERO) == (edge.flow.value == "true")


def _verdict(test: Test, known: Known) -> bool | None:
    """What the test must say on this way, None where it may say either."""
    if any((subject, True) in known.settled for subject in test.subjects):
        return True
    if test.subjects and all((subject, False) in known.settled for subject in test.subjects):
        return False
    source = test.value.source if test.value else None
    if source is None or not test.bits or source.kind not in (Kind.IDENTIFIER, Kind.BINARY):
        return None
    return bool(test.bits & set(_names(source)))


def _carries(op: Op, machine: Machine) -> bool:
    """Whether the instruction copies an argument to another register."""
    args = op.expr.args
    if op.expr.kind is not Kind.INSTRUCTION or not op.expr.name.startswith("mov") or len(args) != 2:
        return False
    value = machine.holds(args[0].name) if args[0].kind is Kind.REGISTER else None
    return value is not None and args[1].kind is Kind.REGISTER


def _passed(op: Op, names: tuple[str, ...], machine: Machine) -> frozenset[str]:
    """The events of an instruction; of a descriptor table taken from the stack, what it is."""
    found = set(names)
    args = op.expr.args
    memory = args[0] if op.expr.name.startswith("lgdt") and args else None
    if memory is not None and memory.kind is Kind.MEMORY:
        base = memory.args[1]
        if base.kind is Kind.REGISTER and base.name == "rsp":
            top = machine.stack[-1] if machine.stack else None
            empty = top is not None and top.source == _COMPARED
            found.add(_STACK_EMPTY if empty else _STACK_TABLE)
    return frozenset(found)


def _restores(op: Op) -> bool:
    """Whether the instruction pops a register that a C function must keep."""
    args = op.expr.args
    return (
        op.expr.kind is Kind.INSTRUCTION
        and op.expr.name.startswith("pop")
        and len(args) == 1
        and args[0].kind is Kind.REGISTER
        and args[0].name in CALLEE_SAVED
    )
