"""What a state of the machine is: the facts of a CPU, where it stands, what a step is called."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from reviewer.finding import Location
from reviewer.model.types import Act

#: Facts every CPU has, beside the flag and the programs' own variables.
IRQS_OFF, GS_INVALID, DIRTY, MASK_LINE = "irqs.off", "gs.invalid", "dirty", "mask.line"
IN_MASK, AWAITED, FLUSHING, ONLINE = "mask", "awaited", "flushing", "online"
NMI_KEPT_IRQS_OFF, STALE, LATE_NMI, GS_USED = "nmi.irqs.off", "stale", "late.nmi", "gs.used"
#: Somebody has written to the line on which a CPU that is offline waits.
KICKED = "kicked"
FACTS = (
    IRQS_OFF, GS_INVALID, DIRTY, MASK_LINE, IN_MASK, AWAITED, FLUSHING, ONLINE,
    NMI_KEPT_IRQS_OFF, STALE, LATE_NMI, GS_USED, KICKED,
)  # fmt: skip

#: Tested by the boot CPU only. No remote CPU's bit is set in the stop mask; no remote CPU still
#: has to run what it was asked to run.
MASK_EMPTY, CALLS_DONE = "mask.empty", "calls.done"
#: For each fact about all remote CPUs, the fact of one of them that contradicts it.
DENIED_BY = {MASK_EMPTY: IN_MASK, CALLS_DONE: AWAITED}
#: True while any store leaves a line dirty under an alias that the new kernel does not use.
STORES_ALIAS = "stores_alias"
#: An assumption: what an NMI pushes on the stack leaves no such line behind.
CLEAN_FRAMES = "clean_frames"
#: True while every call that the compiler emits counts in per-CPU data.
COUNTS_CALLS = "counts_calls"
#: Variables whose names begin so belong to one run of their program and are false at its start.
LOCAL_PREFIX = "%"


class Label(Struct, frozen=True):
    """What a step does, for the reader of a run; `act` is NONE for steps of the environment."""

    text: str
    act: Act = Act.NONE
    variable: str = ""
    location: Location = Location("", 0)
    function: str = ""


WRITE_BACK = Label("<a stale line is written back>")


class Local(Struct, frozen=True):
    """A CPU's own state: where each level of it stands (-1: not running) and what is true of it.

    `vector` is the index of the handler that runs at the interrupt level.
    """

    task: int
    irq: int
    vector: int
    nmi: int
    bits: int


class Boot(Struct, frozen=True):
    """The boot CPU's own state."""

    at: int
    bits: int
    jumped: bool


class BootMove(Struct, frozen=True):
    """A step of the boot CPU to state `target`.

    Enabled where `every` is false of all remote CPUs and each of `some` true of at least one, as
    masks of facts; 0 and () ask nothing. `each` changes all remote CPUs. `private` steps neither
    see nor change a remote CPU and lead forward.
    """

    target: int
    label: Label
    every: int = 0
    some: tuple[int, ...] = ()
    each: Callable[[int], int] | None = None
    private: bool = False
