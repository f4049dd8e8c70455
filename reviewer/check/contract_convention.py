"""What the calling convention alone asks of a function of assembly that C declares.

No rule names the function, so only what is certain is told: a register is read as it came only
where every way to the instruction has left it alone, and a register is lost only where nothing on
the way may have loaded it again. Not modelled: arguments on the stack, in vector registers or by
value; what a jump out of the function leads to.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewer.check.contract_border import Border
from reviewer.check.contract_hit import Hit, arguments, hit
from reviewer.check.contract_way import tested
from reviewer.check.contract_words import folded, said, unused
from reviewer.finding import Step
from reviewer.rule.contract_types import Contract
from reviewer.source.gas_flow import mnemonic
from reviewer.source.instructions import effects
from reviewer.source.liveness import live_in
from reviewer.source.register_loss import losses
from reviewer.source.registers import ARGUMENTS, GENERAL, family
from reviewer.source.types import Kind, Op, Operation

#: Registers that are neither arguments nor kept: what they hold at the entry is nobody's.
_UNPASSED = ("r10", "r11")


def reads_unpassed(border: Border, body: Contract) -> Iterator[Hit]:
    """Registers read as they came, in which no argument comes."""
    count = min(len(each.arguments) for each in border.prototypes)
    if not count:
        return  # declared for its name alone: its callers are no compiled C
    empty = {*ARGUMENTS[count:], *_UNPASSED}
    for _, op, machine in border.walked:
        came = {
            value.source.name
            for name in _made_use_of(op)
            if (value := machine.registers.get(name)) and value.source.kind is Kind.REGISTER
        }
        for name in sorted(came & empty):
            yield _at(border, op, f"%{name}", f"{arguments(count)} declared")


def _made_use_of(op: Op) -> frozenset[str]:
    """Registers that the operation reads for more than to keep or copy them."""
    word, args = mnemonic(op.expr.name), op.expr.args
    if op.expr.kind is not Kind.INSTRUCTION or word.startswith("push"):
        return frozenset()
    reads = effects(op.expr).reads & GENERAL
    if word.startswith("mov") and args and args[0].kind is Kind.REGISTER:
        reads -= {family(args[0].name)}
    return reads


def never_reads(border: Border, body: Contract) -> Iterator[Hit]:
    """Arguments in registers that no way through the function makes any use of."""
    if any(_may_do_anything(op) for _, op, _ in border.walked):
        return
    reads = live_in(border.function)
    for number, argument in enumerate(border.arguments):
        register = ARGUMENTS[number]
        if register not in reads and not unused(border, register):
            line = border.definition.line
            yield hit(
                border.unit.path, line, border.definition.name, f"argument {number + 1}",
                border.text(line), f"{argument.name or register} in %{register} is never used",
                _declared(border),
            )  # fmt: skip


def _may_do_anything(op: Op) -> bool:
    """Whether the operation is a macro nobody defined, or code spelled as data."""
    return op.operation is Operation.INSTRUCTION and effects(op.expr).unknown


def tests_too_much(border: Border, body: Contract) -> Iterator[Hit]:
    """Tests of more bits of an argument than are passed."""
    for _, op, machine in border.walked:
        test = tested(op, border.definition.name, machine)
        if test is None or test.value is None or test.value.source.kind is not Kind.REGISTER:
            continue
        if test.bits and not mnemonic(op.expr.name).startswith("cmp"):
            continue  # the mask says which bits count
        argument = border.argument(test.value.source.name)
        if argument and min(test.width, test.value.width) > max(argument.width, 8):
            name = argument.name or test.value.source.name
            detail = f"{test.width} bits of {name}, of which {argument.width} are passed"
            number = ARGUMENTS.index(test.value.source.name) + 1
            yield _at(border, op, f"argument {number}", detail)


def not_kept(border: Border, body: Contract) -> Iterator[Hit]:
    """Registers that a function of C must keep and that are surely lost at a return."""
    for loss in losses(border.function, border.walked):
        detail = f"nothing restores before the return in line {loss.end.line}"
        yield _at(border, loss.by, f"%{loss.register}", detail)


def names_another(border: Border, body: Contract) -> Iterator[Hit]:
    """Lines of the register comment with the name of an argument that comes in another register."""
    places = {
        folded(argument.name): register
        for register, argument in zip(ARGUMENTS, border.arguments, strict=False)
        if argument.name
    }
    for each in said(border, border.definition):
        place = places.get(each.name, each.register)
        if place != each.register and each.register in ARGUMENTS:
            yield hit(
                border.unit.path, each.line, border.definition.name, f"%{each.register}", each.text,
                f"that argument comes in %{place}", _declared(border),
            )  # fmt: skip


def _at(border: Border, op: Op, subject: str, detail: str) -> Hit:
    return hit(
        border.unit.path, op.line, border.definition.name, subject, op.text, detail,
        _declared(border),
    )  # fmt: skip


def _declared(border: Border) -> tuple[Step, ...]:
    step = border.declared()
    return (step,) if step else ()
