"""What the ways through a function of assembly do to its arguments, its flags and the machine."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from reviewer.check.contract_border import Border
from reviewer.check.contract_hit import Hit, arguments, hit
from reviewer.check.contract_way import Sight, Test
from reviewer.check.contract_words import unused
from reviewer.finding import Step
from reviewer.rule.contract_types import Contract
from reviewer.rule.types import covers, speaks_of
from reviewer.source.instructions import effects
from reviewer.source.registers import ARGUMENTS, CALLEE_SAVED, GENERAL, REGISTERS
from reviewer.source.types import Expr, Kind, Op, Operation

_SCRATCH = ("rax", "r10", "r11")


def too_wide(border: Border, body: Contract) -> Iterator[Hit]:
    """Tests of more bits of an argument than are passed."""
    for sight in border.ways.sights:
        test = sight.test
        if test is None or test.value is None or test.value.source.kind is not Kind.REGISTER:
            continue
        argument = border.argument(test.value.source.name)
        if argument and min(test.width, test.value.width) > max(argument.width, 8):
            name = argument.name or test.value.source.name
            detail = f"{test.width} bits of {name}, of which {argument.width} are passed"
            number = ARGUMENTS.index(test.value.source.name) + 1
            steps = border.flow(test.bits, test.value.source.name)
            yield _at(border, sight, f"argument {number}", detail, steps)


def not_passed(border: Border, body: Contract) -> Iterator[Hit]:
    """Registers read as they came, in which nothing comes."""
    if not border.prototypes:
        return
    count = len(border.arguments)
    empty = {*ARGUMENTS[count:], *_SCRATCH}
    for sight in border.ways.sights:
        for name in sorted(_used(sight) & empty):
            yield _at(border, sight, f"%{name}", f"{arguments(count)} passed", ())


def not_read(border: Border, body: Contract) -> Iterator[Hit]:
    """Arguments that no way through the function uses."""
    if not border.ways.complete:
        return
    used: set[str] = set()
    for sight in border.ways.sights:
        used |= _used(sight)
    for number, argument in enumerate(border.arguments):
        register = ARGUMENTS[number]
        if register not in used and not unused(border, register):
            line = border.definition.line
            yield hit(
                border.unit.path, line, border.definition.name, f"argument {number + 1}",
                border.text(line), f"{argument.name or register} in %{register} is never used",
                border.flow((), register),
            )  # fmt: skip


def _used(sight: Sight) -> frozenset[str]:
    """Registers whose value at the entry the operation makes use of: not a mere copy or save."""
    op, machine = sight.op, sight.machine
    if op.operation is Operation.CALL:
        args = op.expr.args[:1]
        reads = {REGISTERS[arg.name].family for arg in args if arg.name in REGISTERS}
    elif op.expr.kind is not Kind.INSTRUCTION or _copies(op) or sight.leaves:
        return frozenset()
    else:
        reads = set(effects(op.expr).reads) & GENERAL
    if op.expr.name.startswith("push"):
        reads -= CALLEE_SAVED
    found: set[str] = set()
    for name in reads - {"rsp"}:
        value = machine.registers.get(name)
        if value is not None and value.source.kind is Kind.REGISTER:
            found.add(value.source.name)
    return frozenset(found - CALLEE_SAVED)


def _copies(op: Op) -> bool:
    args = op.expr.args
    return (
        op.expr.name.startswith("mov")
        and len(args) == 2
        and all(arg.kind is Kind.REGISTER for arg in args)
        and args[1].name in REGISTERS
        and REGISTERS[args[1].name].family in GENERAL
    )


def bits_apart(border: Border, body: Contract) -> Iterator[Hit]:
    """Flag bits defined twice, tested but set by nobody, or set but tested by nobody."""
    sent = border.flags()
    tested: dict[str, Sight] = {}
    for sight in border.ways.sights:
        for name in sorted(sight.test.bits if sight.test else ()):
            tested.setdefault(name, sight)
    flags = sorted(
        {*sent, *tested} & border.bits.keys(), key=lambda name: border.bits[name][0].location
    )
    values: dict[int, str] = {}
    for name in flags:
        defined = border.bits[name]
        for bit in defined[1:]:
            if bit.value != defined[0].value:
                yield hit(
                    bit.location.path, bit.location.line, border.definition.name, name, bit.text,
                    f"`{defined[0].text}` is there too",
                )  # fmt: skip
        value = defined[0].value
        if value and value & (value - 1) == 0:
            other = values.setdefault(value, name)
            if other != name:
                bit = defined[0]
                yield hit(
                    bit.location.path, bit.location.line, border.definition.name, name, bit.text,
                    f"is the bit of {other} as well",
                )  # fmt: skip
    for name, sight in tested.items():
        if name in border.bits and border.calls and name not in sent:
            yield _at(border, sight, name, "no caller sets it", ())
    for name, register in sorted(sent.items()):
        # A name for no flag at all (0) has no bit to be tested.
        if name in border.bits and name not in tested and border.bits[name][0].value != 0:
            steps = border.flow((name,), register)
            setting = steps[-2] if len(steps) > 1 else steps[0]
            yield hit(
                setting.location.path, setting.location.line, setting.function, name, setting.text,
                f"{border.definition.name} never tests it", steps,
            )  # fmt: skip


def out_of_reach(border: Border, body: Contract) -> Iterator[Hit]:
    """Tests of a flag bit that is beyond the part of the register that they look at."""
    for sight in border.ways.sights:
        test = sight.test
        if test is None or not test.op.expr.name.startswith("test"):
            continue
        for name in sorted(test.bits & border.bits.keys()):
            value = border.bits[name][0].value
            if value is not None and value >> test.width:
                detail = f"looks at {test.width} bits, and `{border.bits[name][0].text}` is beyond"
                yield _at(border, sight, name, detail, ())


def flags_lost(border: Border, body: Contract) -> Iterator[Hit]:
    """Tests of a flag bit in a register that does not hold the flags on some way."""
    sent = border.flags()
    for sight in border.ways.sights:
        test = sight.test
        if test is None:
            continue
        for bit in sorted(test.bits & set(sent)):
            fault = _fault(border, test, bit, sent[bit])
            if fault:
                yield _at(border, sight, bit, fault, border.flow((bit,), sent[bit]))


def _fault(border: Border, test: Test, bit: str, register: str) -> str:
    """What the register holds in place of the bit, `""` if it holds the bit."""
    if test.value is None:
        return f"%{test.register} no longer holds the flags on this way"
    source = test.value.source
    if source.kind is Kind.REGISTER:
        if source.name == register:
            return ""
        argument = border.argument(source.name)
        holds = argument.name if argument and argument.name else f"what %{source.name} held"
        return f"%{test.register} holds {holds}"
    return "" if bit in _words(source) else f"%{test.register} was rebuilt without it"


def _words(expr: Expr) -> frozenset[str]:
    found = {expr.name}
    for part in expr.args:
        found |= _words(part)
    return frozenset(found)


def rebuilt_against(border: Border, body: Contract) -> Iterator[Hit]:
    """Bits put into a register by name on a way on which a test found them clear."""
    sent = border.flags()
    for sight in border.ways.sights:
        args = sight.op.expr.args
        if not sight.op.expr.name.startswith("mov") or len(args) != 2:
            continue
        for bit in sorted(_words(args[0]) & set(sent)):
            if (f"{sent[bit]} {bit}", False) in sight.known.settled:
                detail = "a test on this way has found it clear"
                yield _at(border, sight, bit, detail, border.flow((bit,), sent[bit]))


def guarded_otherwise(border: Border, body: Contract) -> Iterator[Hit]:
    """Events that happen on ways on which the tests do not say that the bit is set."""
    for sight in border.ways.sights:
        if not _is_guarded(sight, body):
            continue
        subjects = _subjects(border, body)
        if not subjects or any((subject, True) in sight.known.settled for subject in subjects):
            continue
        clear = any((subject, False) in sight.known.settled for subject in subjects)
        detail = "is found clear on this way" if clear else "is not tested on this way"
        name = _present(border, body)
        yield _at(border, sight, name, detail, border.flow((name,), subjects[0].split()[0]))


def _is_guarded(sight: Sight, body: Contract) -> bool:
    if speaks_of(body.named("events"), sight.names):
        return True
    return "return" in body.named("events") and sight.leaves and sight.restores


def _subjects(border: Border, body: Contract) -> tuple[str, ...]:
    """The tests, as ways know them, of the arguments and bits that decide."""
    sent = border.flags()
    found = [f"{sent[name]} {name}" for name in body.by if name in sent]
    for register, argument in zip(ARGUMENTS, border.arguments, strict=False):
        if argument.name in body.by:
            found.append(register)
    return tuple(found)


def _present(border: Border, body: Contract) -> str:
    """The deciding name that this side of the border has."""
    names = {*border.flags(), *(argument.name for argument in border.arguments)}
    return next((name for name in body.by if name in names), body.by[0])


def out_of_order(border: Border, body: Contract) -> Iterator[Hit]:
    """Events before what must have happened, unless a test said that it need not."""
    require = body.named("require")
    subjects = _subjects(border, body) or _asked_for(border, require)
    for sight in border.ways.sights:
        if not speaks_of(body.named("before"), sight.names):
            continue
        done = speaks_of(require, sight.known.passed)
        free = any((subject, False) in sight.known.settled for subject in subjects)
        if not done and not free:
            asked = " or ".join(f"any {border.spoken(each)}" for each in require)
            detail = f"comes without {asked} before it on this way"
            yield _at(border, sight, sight.op.expr.name, detail, ())


def _asked_for(border: Border, events: tuple[str, ...]) -> tuple[str, ...]:
    """What every way to one of the events has found set: its flag, whatever that is called."""
    found = [
        {subject for subject, truth in sight.known.settled if truth}
        for sight in border.ways.sights
        if speaks_of(events, sight.names)
    ]
    return tuple(sorted(set.intersection(*found))) if found else ()


def machine_not_ready(border: Border, body: Contract) -> Iterator[Hit]:
    """Events in a state of the machine that some earlier event has left."""
    for sight in border.ways.sights:
        leaves = "return" in body.named("events") and sight.leaves and sight.restores
        if not (leaves or speaks_of(body.named("events"), sight.names)):
            continue
        after = body.named("after")
        happened = (
            name
            for name in sorted(sight.known.passed)
            if any(covers(entry, name) for entry in after)
        )
        for name in islice(happened, 1):
            detail = f"comes after the {border.spoken(name)}, which nothing on this way has undone"
            yield _at(border, sight, sight.op.expr.name, detail, border.flow(()))


def _at(border: Border, sight: Sight, subject: str, detail: str, steps: tuple[Step, ...]) -> Hit:
    marks = tuple(mark for mark in sight.marks if mark.location.line != sight.op.line)
    return hit(
        border.unit.path, sight.op.line, sight.function, subject, sight.op.text, detail,
        (*steps, *marks),
    )  # fmt: skip
