"""What must hold in every state, each a named function over one CPU's state.

Numbers in brackets are those of the protocol's ordering invariants as README lists them.
"""

from __future__ import annotations

from collections.abc import Callable

from reviewer.model.machine import Machine
from reviewer.model.state import DIRTY, FLUSHING, GS_INVALID, GS_USED, LATE_NMI, STALE, Boot, Local


def no_flush_after_hand_over(machine: Machine, boot: Boot, local: Local) -> bool:
    """No other CPU is inside WBINVD once the new kernel owns memory.

    The hang that commit 1f5e7eb7868e ("x86/smp: Make stop_other_cpus() more robust") set out to
    prevent and whose changelog says that it cannot plug all holes.
    """
    return not (boot.jumped and local.bits & machine.bit(FLUSHING))


def no_late_nmi(machine: Machine, boot: Boot, local: Local) -> bool:
    """No other CPU enters the old kernel's NMI code once the new kernel owns memory."""
    del boot
    return not local.bits & machine.bit(LATE_NMI)


def no_stale_write_back(machine: Machine, boot: Boot, local: Local) -> bool:
    """No line dirty under another alias reaches memory that the new kernel owns."""
    return not (local.bits | boot.bits) & machine.bit(STALE)


def flag_is_conservative(machine: Machine, boot: Boot, local: Local) -> bool:
    """A CPU that may hold dirty private lines has its flag set wherever an NMI can stop it."""
    del boot
    interruptible = local.nmi < 0 and not local.bits & machine.bit(FLUSHING)
    interruptible = interruptible and bool(local.bits & machine.stoppable)
    return not (interruptible and local.bits & machine.bit(DIRTY)) or bool(
        local.bits & machine.flag_bit
    )


def gs_is_valid_when_used(machine: Machine, boot: Boot, local: Local) -> bool:
    """No per-CPU access and no counted call while GS holds no per-CPU base."""
    return not (local.bits | boot.bits) & machine.bit(GS_USED)


Invariant = Callable[[Machine, Boot, Local], bool]

INVARIANTS: dict[str, Invariant] = {
    "no-flush-after-hand-over": no_flush_after_hand_over,
    "no-late-nmi": no_late_nmi,
    "no-stale-write-back": no_stale_write_back,
    "flag-is-conservative": flag_is_conservative,
    "gs-valid-when-used": gs_is_valid_when_used,
}

#: Those that speak of one CPU's own steps, whatever the others do.
LOCAL = frozenset({"gs-valid-when-used"})


#: For each invariant, when it says anything of a state: never to be reached makes it vacuous.
PREMISES: dict[str, Invariant] = {
    "no-flush-after-hand-over": lambda machine, boot, local: bool(
        local.bits & machine.bit(FLUSHING)
    ),
    "no-late-nmi": lambda machine, boot, local: local.nmi >= 0,
    "no-stale-write-back": lambda machine, boot, local: bool(
        (local.bits | boot.bits) & machine.bit(DIRTY)
    ),
    "flag-is-conservative": lambda machine, boot, local: bool(local.bits & machine.bit(DIRTY)),
    "gs-valid-when-used": lambda machine, boot, local: bool(boot.bits & machine.bit(GS_INVALID)),
}


class Judge:
    """Which invariants a pair of boot and remote state breaks, remembered per pair."""

    def __init__(self, machine: Machine, names: tuple[str, ...]) -> None:
        self._machine = machine
        self._names = names
        self._broken: dict[tuple[int, int], frozenset[str]] = {}

    def broken(self, boot: int, state: int) -> frozenset[str]:
        """Names of the invariants that do not hold of this pair."""
        key = (boot, state)
        found = self._broken.get(key)
        if found is None:
            machine = self._machine
            values = machine.boot(boot), machine.local(state)
            found = frozenset(
                name for name in self._names if not INVARIANTS[name](machine, *values)
            )
            self._broken[key] = found
        return found
