"""What each action does, a named function each: to the CPU that acts, and to all the others.

An action is made for a machine's facts once, and gives a function from the facts of a CPU before
it to those after it; facts are the bits of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from reviewer.model.state import (
    AWAITED,
    DIRTY,
    FLUSHING,
    GS_INVALID,
    GS_USED,
    IN_MASK,
    IRQS_OFF,
    KICKED,
    MASK_LINE,
    ONLINE,
)
from reviewer.model.types import Act, Instruction
from reviewer.source.conditions import And, Atom, Condition, Constant, Not, Or

Effect = Callable[[int], int]
Test = Callable[[int], bool]


class Facts(Struct, frozen=True, eq=False):
    """Which bit each fact is, what the platform's inputs are, whether any store has an alias."""

    index: Mapping[str, int]
    inputs: Mapping[str, bool]
    aliases: bool

    def bit(self, name: str) -> int:
        """The mask of a fact."""
        return 1 << self.index[name]

    def mask(self, names: Iterable[str]) -> int:
        """The mask of those facts that a CPU has."""
        return sum({self.bit(name) for name in names if name in self.index})

    def test(self, condition: Condition) -> Test:
        """Whether a condition holds of a CPU."""
        match condition:
            case Constant(value):
                return lambda bits: value
            case Atom(name) if name in self.inputs:
                given = self.inputs[name]
                return lambda bits: given
            case Atom(name):
                mask = self.bit(name)
                return lambda bits: bits & mask != 0
            case Not(operand):
                inner = self.test(operand)
                return lambda bits: not inner(bits)
            case And(operands):
                parts = [self.test(each) for each in operands]
                return lambda bits: all(part(bits) for part in parts)
            case Or(operands):
                parts = [self.test(each) for each in operands]
                return lambda bits: any(part(bits) for part in parts)


class Change(Struct, frozen=True):
    """What happens to every other CPU that has the facts `where`."""

    where: int = 0
    sets: int = 0
    clears: int = 0


def _sets(mask: int) -> Effect:
    return lambda bits: bits | mask


def _clears(mask: int) -> Effect:
    return lambda bits: bits & ~mask


def nothing(facts: Facts, item: Instruction) -> Effect:
    """A step that only leads on."""
    return lambda bits: bits


def assign(facts: Facts, item: Instruction) -> Effect:
    """A boolean takes the truth of a condition."""
    mask, value = facts.bit(item.variable), facts.test(item.value)
    return lambda bits: bits | mask if value(bits) else bits & ~mask


def flush_begin(facts: Facts, item: Instruction) -> Effect:
    """WBINVD begins; it may take long, and takes no interrupt (Intel SDM vol. 2, WBINVD)."""
    return _sets(facts.bit(FLUSHING))


def flush_end(facts: Facts, item: Instruction) -> Effect:
    """WBINVD ends: this CPU's own caches are empty, nobody else's (Intel SDM vol. 2, WBINVD)."""
    return _clears(facts.mask((FLUSHING, DIRTY, MASK_LINE)))


def store(facts: Facts, item: Instruction) -> Effect:
    """Any store dirties a line under the C-bit's alias (AMD64 APM vol. 2, 7.10.6)."""
    return _sets(facts.bit(DIRTY) if facts.aliases else 0)


def dirty(facts: Facts, item: Instruction) -> Effect:
    """A SEAMCALL may leave lines of private memory: any leaf (commit 10df8607bf1a)."""
    return _sets(facts.bit(DIRTY))


def irq_off(facts: Facts, item: Instruction) -> Effect:
    """CLI (Intel SDM vol. 2, CLI)."""
    return _sets(facts.bit(IRQS_OFF))


def irq_on(facts: Facts, item: Instruction) -> Effect:
    """STI (Intel SDM vol. 2, STI)."""
    return _clears(facts.bit(IRQS_OFF))


def gs_invalid(facts: Facts, item: Instruction) -> Effect:
    """A selector is loaded, which takes its descriptor's base (Intel SDM vol. 3, 3.4.4.1)."""
    return _sets(facts.bit(GS_INVALID))


def gs_valid(facts: Facts, item: Instruction) -> Effect:
    """The base is this CPU's per-CPU area again (arch/x86/power/cpu.c)."""
    return _clears(facts.bit(GS_INVALID))


def use_gs(facts: Facts, item: Instruction) -> Effect:
    """Per-CPU data, or a call that counts in it (commit 80e4c1cd42ff: call depth tracking)."""
    invalid, used = facts.bit(GS_INVALID), facts.bit(GS_USED)
    return lambda bits: bits | used if bits & invalid else bits


def mask_clear(facts: Facts, item: Instruction) -> Effect:
    """This CPU reports; its cache holds the mask's line from now on (commit 1f5e7eb7868e)."""
    gone, line = facts.bit(IN_MASK), facts.bit(MASK_LINE)
    return lambda bits: bits & ~gone | line


def rest(facts: Facts, item: Instruction) -> Effect:
    """MWAIT is reached: whoever waited for this CPU to come to rest goes on."""
    return _clears(facts.bit(AWAITED))


#: What an action does to the CPU that acts; any other does nothing to it.
OWN: Mapping[Act, Callable[[Facts, Instruction], Effect]] = {
    Act.ASSIGN: assign,
    Act.FLUSH_BEGIN: flush_begin,
    Act.FLUSH_END: flush_end,
    Act.STORE: store,
    Act.DIRTY: dirty,
    Act.IRQ_OFF: irq_off,
    Act.IRQ_ON: irq_on,
    Act.GS_INVALID: gs_invalid,
    Act.GS_VALID: gs_valid,
    Act.CALL: use_gs,
    Act.PER_CPU: use_gs,
    Act.MASK_CLEAR: mask_clear,
    Act.REST: rest,
}


def pending(vector: str) -> str:
    """The fact that an interrupt is on its way."""
    return f"pending.{vector}"


def mask_fill(facts: Facts, item: Instruction) -> Change:
    """Who is online is to stop (arch/x86/kernel/smp.c, native_stop_other_cpus())."""
    return Change(facts.bit(ONLINE), facts.bit(IN_MASK))


def mask_empty(facts: Facts, item: Instruction) -> Change:
    """The mask is written, which takes its line from the others (commit 1f5e7eb7868e)."""
    return Change(clears=facts.mask((IN_MASK, MASK_LINE)))


def send(facts: Facts, item: Instruction) -> Change:
    """An interrupt is on its way to each CPU of the mask (Intel SDM vol. 3, 10.6)."""
    return Change(facts.bit(IN_MASK), facts.bit(pending(item.variable)))


def send_all(facts: Facts, item: Instruction) -> Change:
    """An interrupt is on its way to each CPU that is online (Intel SDM vol. 3, 10.6)."""
    return Change(facts.bit(ONLINE), facts.bit(pending(item.variable)))


def call_all(facts: Facts, item: Instruction) -> Change:
    """Each CPU that is online is asked to run a function, and waited for (kernel/smp.c)."""
    return Change(facts.bit(ONLINE), facts.mask((pending(item.variable), AWAITED)))


def kick(facts: Facts, item: Instruction) -> Change:
    """The lines on which CPUs wait are written to (arch/x86/kernel/smpboot.c)."""
    return Change(sets=facts.bit(KICKED))


#: What an action of the CPU that hands over does to the others.
OTHERS: Mapping[Act, Callable[[Facts, Instruction], Change]] = {
    Act.MASK_FILL: mask_fill,
    Act.MASK_EMPTY: mask_empty,
    Act.SEND: send,
    Act.SEND_ALL: send_all,
    Act.CALL_ALL: call_all,
    Act.KICK: kick,
}
#: Actions whose argument is the vector that is sent.
SENDS = (Act.SEND, Act.SEND_ALL, Act.CALL_ALL)
