"""What a cut goes by: the scenario's words for the code, the actions, and where a cut gives up."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from reviewer.errors import ReviewerError
from reviewer.event.extract import stored
from reviewer.finding import Location, Skip
from reviewer.model.types import Act
from reviewer.source.conditions import TRUE, Condition
from reviewer.source.format import render as spell
from reviewer.source.types import CFG, Expr, Function, Kind, Language, Operation

#: Calls nest no deeper, and a program has no more instructions, before the cut gives up.
MAX_DEPTH, MAX_INSTRUCTIONS = 24, 50_000

#: Actions that are one instruction on whatever CPU runs them.
PLAIN = {
    "halt": Act.HALT,
    "irq-off": Act.IRQ_OFF,
    "irq-on": Act.IRQ_ON,
    "gs-invalid": Act.GS_INVALID,
    "gs-valid": Act.GS_VALID,
    "percpu": Act.PER_CPU,
    "percpu-read": Act.PER_CPU,
    "dirty": Act.DIRTY,
    "store": Act.STORE,
    "mask-clear": Act.MASK_CLEAR,
    "rest": Act.REST,
}
#: Actions of the CPU that stops the others, with the vector of those that send one.
STOPPING = {
    "mask-fill": (Act.MASK_FILL, ""),
    "mask-empty": (Act.MASK_EMPTY, ""),
    "send-irq": (Act.SEND, "irq"),
    "send-nmi": (Act.SEND, "nmi"),
    "send-irq-all": (Act.SEND_ALL, "irq"),
    "send-nmi-all": (Act.SEND_ALL, "nmi"),
    "kick": (Act.KICK, ""),
}
TESTS = frozenset({"mask-is-empty", "mask-test", "mask-each", "value", "nothing"})


SPLICED = re.compile(r"%\w+(?:#\d+)?\.")


class Uncut(ReviewerError):
    """Code that no program can be cut from; `skip` names the statement."""

    def __init__(self, skip: Skip) -> None:
        super().__init__(skip.reason)
        self.skip = skip


class Absent(Uncut):
    """The tree has no function that a role of the scenario is to run."""


class Terms(Struct, frozen=True):
    """What a scenario says about the code it is cut from.

    `flags` are the spellings of the per-CPU flag, `flag` its name in programs. `inputs` are globs
    over expressions with what they mean. `calls` says what is called through a pointer. `returns`
    is the condition under which the hand-over comes back. `actions` maps event names to actions.
    """

    flag: str
    flags: frozenset[str]
    inputs: tuple[tuple[str, Condition], ...]
    calls: Mapping[str, str]
    returns: Condition
    actions: Mapping[str, str]


class Frame(Struct, frozen=True, eq=False):
    """A function being spliced: the substituted function, and the calls that led there."""

    function: Function
    result: str
    stack: tuple[str, ...]


def shown(guard: Expr | None) -> str:
    """A condition as its source has it, near enough: without the names that splicing gave."""
    if guard is None:
        return ""
    if guard.kind is Kind.INSTRUCTION:
        return " ".join((guard.name, ", ".join(map(spell, guard.args))))
    return SPLICED.sub("", spell(guard))


def written(function: Function) -> frozenset[str]:
    """Names that the function stores to itself, or takes the address of."""
    names: set[str] = set()
    for block in function.cfg.blocks:
        for op in block.ops:
            if op.operation is Operation.STORE:
                names.add(stored(op.expr).name)
    return frozenset(names)


#: What calls the first function of a program.
NO_FUNCTION = Function(
    "",
    Language.C,
    (),
    frozenset(),
    Location("", 0),
    0,
    TRUE,
    frozenset(),
    CFG((), (), 0, 0),
)
