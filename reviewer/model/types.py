"""The simulator's words: programs of small steps, scenarios, verdicts.

A program is an automaton cut from code: its instructions assign booleans, test them, or perform
a machine action. Everything it does not say is not modelled: values other than booleans, memory
other than the lines that the scenario watches, store buffers (interleaving is sequentially
consistent, which is enough where a flag is written and read by one CPU and masks are changed by
locked instructions).
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reviewer.finding import Location, Trace
from reviewer.source.conditions import TRUE, Condition


class Act(StrEnum):
    """What an instruction does to the machine; each is documented where it is executed."""

    NONE = "none"
    ASSIGN = "assign"
    FLUSH_BEGIN = "flush.begin"
    FLUSH_END = "flush.end"
    STORE = "store"
    DIRTY = "dirty"
    IRQ_OFF = "irq.off"
    IRQ_ON = "irq.on"
    GS_INVALID = "gs.invalid"
    GS_VALID = "gs.valid"
    CALL = "call"
    PER_CPU = "percpu"
    HALT = "halt"
    MASK_FILL = "mask.fill"
    MASK_CLEAR = "mask.clear"
    MASK_EMPTY = "mask.empty"
    SEND = "send"
    SEND_ALL = "send.all"
    CALL_ALL = "call.all"
    KICK = "kick"
    REST = "rest"
    JUMP = "jump"


class Instruction(Struct, frozen=True):
    """One step from location `source` to location `target` of a program.

    It is enabled where `guard` holds. ASSIGN gives `variable` the truth of `value`; for the other
    actions `variable` is their argument where they take one, else "".
    """

    source: int
    target: int
    act: Act = Act.NONE
    variable: str = ""
    value: Condition = TRUE
    guard: Condition = TRUE
    text: str = ""
    function: str = ""
    location: Location = Location("", 0)


class Program(Struct, frozen=True):
    """Locations are 0..size-1; `exit` is where the program has returned."""

    name: str
    size: int
    entry: int
    exit: int
    instructions: tuple[Instruction, ...]


class Outcome(StrEnum):
    """What a search says of an invariant or a scenario."""

    HOLDS = "holds"
    VACUOUS = "vacuous"
    VIOLATED = "violated"
    BOUND_REACHED = "bound reached"


#: The vector that is not masked and not nested.
NMI = "nmi"


class System(Struct, frozen=True):
    """The programs of a scenario and the world they run in.

    `boot` runs on the CPU that hands over, `task` on every other one, and there one of `handlers`
    for each vector that arrives. `inputs` are the platform's facts with their values. `flag`
    names the per-CPU boolean. `starts` are facts that are true on every CPU at the start.
    """

    boot: Program
    task: Program
    handlers: tuple[tuple[str, Program], ...]
    inputs: tuple[tuple[str, bool], ...] = ()
    flag: str = "flag"
    starts: tuple[str, ...] = ("online",)


class Violation(Struct, frozen=True):
    """A broken invariant with a shortest run to it on `cpus` CPUs.

    `judgement` is what the scenario's author has found out about runs like this one, "" if nobody
    has judged it.
    """

    invariant: str
    cpus: int
    trace: Trace
    judgement: str = ""


class Need(Struct, frozen=True):
    """An assumption that carries weight: without it the invariants of `breaks` break too."""

    name: str
    doc: str
    breaks: tuple[str, ...]


class Verdict(Struct, frozen=True):
    """The answer of one scenario on one platform.

    HOLDS is for every number of CPUs, or for the number `cpus`. `states` and `transitions` are
    those of the search that decided. `assumes` are the assumptions in force, `needs` those of them
    that were tried without and carry weight. `idle` are the invariants whose premise no run
    reached, `unfired` the places of instructions that no run executed. `example` is a run to the
    end of the hand-over, where one was asked for and nothing is violated.
    """

    scenario: str
    platform: str
    outcome: Outcome
    states: int
    transitions: int
    violations: tuple[Violation, ...] = ()
    assumes: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    unfired: tuple[Location, ...] = ()
    cpus: int = 0
    needs: tuple[Need, ...] = ()
    example: Trace | None = None
