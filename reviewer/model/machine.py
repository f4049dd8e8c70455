"""The machine: what each action does to a CPU, compiled to tables while the search asks for them.

One CPU hands over (boot); every other is like its fellows (remote). A remote CPU's step depends
on its own state and on one fact of the boot CPU, whether the new kernel already owns memory; the
boot CPU's step depends on its own state and on what is true of all or of some remote CPUs. So
both are tables over interned local states, and no guard is evaluated twice.

Facts encoded here:
- WBINVD is not interrupted and empties the caches of the CPU that runs it (Intel SDM vol. 2,
  WBINVD; only that processor's own caches may be counted on).
- An NMI is taken at every instruction boundary, also with interrupts off, in HLT, and with the
  local APIC disabled by software (Intel SDM vol. 3, 6.7 and 10.4.7.2); not inside another NMI.
- An interrupt is taken only with interrupts on; both are delivered after any delay, so a loop
  that sends to the CPUs of a mask one by one has no run that one broadcast to those in the mask
  at its first step does not have: a CPU that left the mask meanwhile keeps its interrupt pending.
- A line dirty under an alias may be written back at any time. Before the hand-over a write-back
  only makes the cache cleaner, which no invariant punishes and no code observes, so it is not a
  step; after it, it is what corrupts the new kernel.
- WBINVD writes back the lines of every alias, by the C-bit (AMD64 APM vol. 2, 7.10.6) or by a KeyID
  (cover letter of the series of commit 10df8607bf1a), no action flushes one alias alone, and no
  invariant spares one: whether a CPU holds any such line is one fact, and a set of aliases in its
  place would differ in no step.
- An interrupt or NMI pushes a frame on the stack, which is a store (Intel SDM vol. 3, 6.14.2);
  a scenario may assume that it leaves no dirty line.
- A CPU that waits in MWAIT goes on when the line is written to, and for no reason at all (Intel
  SDM vol. 2, MWAIT): what it tests next decides.
- A store to the mask leaves its line dirty in the cache of the CPU that cleared its bit, until
  another CPU writes the mask (MESI: a write invalidates the copies of others).

Not modelled: caches shared between CPUs, store buffers, SMI and machine checks.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from msgspec import Struct

from reviewer.model.actions import (
    OTHERS,
    OWN,
    SENDS,
    Change,
    Effect,
    Facts,
    Test,
    nothing,
    pending,
)
from reviewer.model.state import (
    AWAITED,
    CLEAN_FRAMES,
    DENIED_BY,
    DIRTY,
    FACTS,
    FLUSHING,
    IN_MASK,
    IRQS_OFF,
    LATE_NMI,
    LOCAL_PREFIX,
    MASK_LINE,
    NMI_KEPT_IRQS_OFF,
    ONLINE,
    STALE,
    STORES_ALIAS,
    WRITE_BACK,
    Boot,
    BootMove,
    Label,
    Local,
)
from reviewer.model.types import NMI, Act, Instruction, Program, System
from reviewer.source.conditions import Condition, atoms, given


class _Step(Struct, frozen=True, eq=False):
    """An instruction with what it asks and does, ready to be run."""

    item: Instruction
    enabled: Test
    effect: Effect
    label: Label


class Machine:
    """Tables of a system's steps over interned states; states are small integers from 0."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.inputs = dict(system.inputs)
        self.vectors = {name: index for index, (name, _) in enumerate(system.handlers)}
        programs = (system.boot, system.task, *(program for _, program in system.handlers))
        sent = [item.variable for item in system.boot.instructions if item.act in SENDS]
        names = [*FACTS, system.flag, *map(pending, (*self.vectors, *sent))]
        used = {id(program): variables(program) for program in programs}
        for found in used.values():
            names += found
        self.index = {
            name: bit
            for bit, name in enumerate(dict.fromkeys(names))
            if name not in self.inputs and name not in DENIED_BY
        }
        self.facts = Facts(self.index, self.inputs, self.inputs.get(STORES_ALIAS, False))
        self._outgoing = {id(program): _by_source(program) for program in programs}
        self._steps: dict[tuple[int, int], tuple[_Step, ...]] = {}
        self._returns = {id(program): returns(program) for program in programs}
        self._forget = {
            id(program): ~self.facts.mask(
                name for name in used[id(program)] if name.startswith(LOCAL_PREFIX)
            )
            for program in programs
        }
        self.flagged = any(system.flag in found for found in used.values())
        self.flag_bit = self.bit(system.flag)
        self.stoppable = self.bit(ONLINE) | self.bit(IN_MASK)
        self._irqs_off = self.bit(IRQS_OFF)
        self._nmi_kept = self.bit(NMI_KEPT_IRQS_OFF)
        self._flushing, self._late = self.bit(FLUSHING), self.bit(LATE_NMI)
        self._ends_irq = ~(self._irqs_off | self.bit(AWAITED))
        unclean = self.facts.aliases and not self.inputs.get(CLEAN_FRAMES, False)
        self._pushed = self._irqs_off | (self.bit(DIRTY) if unclean else 0)
        self._lines = self.bit(DIRTY) | (self.bit(MASK_LINE) if self.facts.aliases else 0)
        self._vectors = [
            (self.bit(pending(vector)), vector, program) for vector, program in system.handlers
        ]
        self._tests: dict[Condition, Test] = {}
        self._locals: list[Local] = []
        self._local_ids: dict[Local, int] = {}
        self._boots: list[Boot] = []
        self._boot_ids: dict[Boot, int] = {}
        self._remote_moves: dict[tuple[bool, int], tuple[tuple[int, Label], ...]] = {}
        self._boot_moves: dict[int, tuple[BootMove, ...]] = {}
        self.fired: set[Instruction] = set()

    def bit(self, name: str) -> int:
        """The mask of a fact or variable."""
        return self.facts.bit(name)

    def start(self) -> tuple[int, int]:
        """The initial boot state and the initial state of each remote CPU."""
        bits = self.facts.mask(self.system.starts)
        boot = self._boot_id(Boot(self.system.boot.entry, bits, jumped=False))
        return boot, self._local_id(Local(self.system.task.entry, -1, -1, -1, bits))

    def local(self, state: int) -> Local:
        """A remote CPU's state by its number."""
        return self._locals[state]

    def bits(self, state: int) -> int:
        """The facts of a remote CPU's state."""
        return self._locals[state].bits

    def boot(self, state: int) -> Boot:
        """The boot CPU's state by its number."""
        return self._boots[state]

    def goes_on(self, boot: Boot) -> bool:
        """Whether the boot CPU's program has a step from here."""
        return bool(self._outgoing[id(self.system.boot)].get(boot.at))

    def steps_at(self, state: int) -> tuple[tuple[Instruction, ...], int]:
        """The instructions a remote CPU stands before, whatever their guards; its facts."""
        local = self._locals[state]
        program, at = self._running(local)
        return self._outgoing[id(program)].get(at, ()), local.bits

    def boot_steps_at(self, state: int) -> tuple[tuple[Instruction, ...], int]:
        """The same of the boot CPU."""
        boot = self._boots[state]
        return self._outgoing[id(self.system.boot)].get(boot.at, ()), boot.bits

    # The remote CPUs.

    def remote_moves(self, boot: int, state: int) -> tuple[tuple[int, Label], ...]:
        """The steps of a remote CPU: its next states and what happened."""
        key = (self._boots[boot].jumped, state)
        found = self._remote_moves.get(key)
        if found is None:
            moves = self._remote_steps(self._locals[state], jumped=key[0])
            found = tuple((self._local_id(local), label) for local, label in moves)
            self._remote_moves[key] = found
        return found

    def _remote_steps(self, local: Local, *, jumped: bool) -> list[tuple[Local, Label]]:
        moves = self._interrupts(local, jumped=jumped)
        if jumped and local.bits & self._lines:
            moves.append((_with(local, self._written_back(local.bits)), WRITE_BACK))
        program, at = self._running(local)
        for step in self._from(program, at):
            if step.item.act is Act.HALT:
                self.fired.add(step.item)
            elif step.enabled(local.bits):
                self.fired.add(step.item)
                bits = step.effect(local.bits)
                moves.append((self._advance(program, local, bits, step.item.target), step.label))
        return moves

    def _from(self, program: Program, at: int) -> tuple[_Step, ...]:
        """The steps from a location of a program, put together when it is first reached."""
        key = (id(program), at)
        found = self._steps.get(key)
        if found is None:
            items = self._outgoing[id(program)].get(at, ())
            found = self._steps[key] = tuple(
                _Step(
                    item,
                    self.facts.test(item.guard) if program is not self.system.boot else _always,
                    OWN.get(item.act, nothing)(self.facts, item),
                    label(item),
                )
                for item in items
            )
        return found

    def _written_back(self, bits: int) -> int:
        """The facts after a line that the new kernel's memory must not get is written to it."""
        return bits & ~self._lines | self.bit(STALE)

    def _interrupts(self, local: Local, *, jumped: bool) -> list[tuple[Local, Label]]:
        bits = local.bits
        moves: list[tuple[Local, Label]] = []
        if bits & self._flushing or local.nmi >= 0:
            return moves
        for waiting, vector, program in self._vectors:
            if not bits & waiting:
                continue
            entered = bits & ~waiting | self._pushed
            saved = local if self._returns[id(program)] else _NOWHERE
            if vector == NMI:
                if bits & self._irqs_off:
                    entered |= self._nmi_kept
                if jumped:
                    entered |= self._late
                to = Local(saved.task, saved.irq, saved.vector, program.entry, entered)
                moves.append((to, Label("<NMI>")))
            elif local.irq < 0 and not bits & self._irqs_off:
                to = Local(saved.task, program.entry, self.vectors[vector], -1, entered)
                moves.append((to, Label(f"<{vector} interrupt>")))
        return moves

    def _running(self, local: Local) -> tuple[Program, int]:
        if local.nmi >= 0:
            return self.system.handlers[self.vectors[NMI]][1], local.nmi
        if local.irq >= 0:
            return self.system.handlers[local.vector][1], local.irq
        return self.system.task, local.task

    def _advance(self, program: Program, local: Local, bits: int, to: int) -> Local:
        """The state after an instruction; at a program's exit its level ends."""
        over = to == program.exit
        if over:
            bits &= self._forget[id(program)]
        if local.nmi >= 0:
            if not over:
                return Local(local.task, local.irq, local.vector, to, bits)
            if not bits & self._nmi_kept:
                bits &= ~self._irqs_off
            return Local(local.task, local.irq, local.vector, -1, bits & ~self._nmi_kept)
        if local.irq >= 0:
            if not over:
                return Local(local.task, to, local.vector, -1, bits)
            return Local(local.task, -1, -1, -1, bits & self._ends_irq)
        return Local(to, -1, -1, -1, bits)

    # The boot CPU.

    def boot_moves(self, state: int) -> tuple[BootMove, ...]:
        """The steps of the boot CPU, with what they ask of and do to the others."""
        found = self._boot_moves.get(state)
        if found is None:
            found = self._boot_moves[state] = tuple(self._boot_steps(self._boots[state]))
        return found

    def _boot_steps(self, boot: Boot) -> list[BootMove]:
        moves: list[BootMove] = []
        if boot.jumped and boot.bits & self._lines:
            written = Boot(boot.at, self._written_back(boot.bits), jumped=True)
            moves.append(BootMove(self._boot_id(written), WRITE_BACK))
        for step in self._from(self.system.boot, boot.at):
            guard = step.item.guard
            asked = [name for name in DENIED_BY if name in set(atoms(guard))]
            for values in product((True, False), repeat=len(asked)):
                answers = dict(zip(asked, values, strict=True))
                if self.true(given(guard, answers) if answers else guard, boot.bits):
                    moves.append(self._boot_move(boot, step, answers))
        return moves

    def _boot_move(self, boot: Boot, step: _Step, answers: dict[str, bool]) -> BootMove:
        item = step.item
        self.fired.add(item)
        jumped = boot.jumped or item.act is Act.JUMP
        each = self._changer(OTHERS[item.act](self.facts, item)) if item.act in OTHERS else None
        return BootMove(
            target=self._boot_id(Boot(item.target, step.effect(boot.bits), jumped)),
            label=step.label,
            every=self.facts.mask(DENIED_BY[name] for name, true in answers.items() if true),
            some=tuple(self.bit(DENIED_BY[name]) for name, true in answers.items() if not true),
            each=each,
            private=not answers
            and each is None
            and item.act is not Act.JUMP
            and item.target > item.source,
        )

    def _changer(self, made: Change) -> Callable[[int], int]:
        def change(state: int) -> int:
            local = self._locals[state]
            if local.bits & made.where != made.where:
                return state
            return self._local_id(_with(local, local.bits & ~made.clears | made.sets))

        return change

    # What both share.

    def true(self, condition: Condition, bits: int) -> bool:
        """Whether a condition holds of a CPU with these facts."""
        test = self._tests.get(condition)
        if test is None:
            test = self._tests[condition] = self.facts.test(condition)
        return test(bits)

    def _local_id(self, local: Local) -> int:
        found = self._local_ids.get(local)
        if found is None:
            found = self._local_ids[local] = len(self._locals)
            self._locals.append(local)
        return found

    def _boot_id(self, boot: Boot) -> int:
        found = self._boot_ids.get(boot)
        if found is None:
            found = self._boot_ids[boot] = len(self._boots)
            self._boots.append(boot)
        return found


#: What an interrupt leaves behind that never returns.
_NOWHERE = Local(-1, -1, -1, -1, 0)


def _always(bits: int) -> bool:
    return True


def _with(local: Local, bits: int) -> Local:
    return Local(local.task, local.irq, local.vector, local.nmi, bits)


def _by_source(program: Program) -> dict[int, tuple[Instruction, ...]]:
    found: dict[int, list[Instruction]] = {}
    for item in program.instructions:
        found.setdefault(item.source, []).append(item)
    return {source: tuple(items) for source, items in found.items()}


def returns(program: Program) -> bool:
    """Whether control can reach the program's exit."""
    outgoing = _by_source(program)
    seen, pending = {program.entry}, [program.entry]
    while pending:
        for item in outgoing.get(pending.pop(), ()):
            if item.target not in seen and item.act is not Act.HALT:
                seen.add(item.target)
                pending.append(item.target)
    return program.exit in seen


def variables(program: Program) -> list[str]:
    """Names that the program assigns or tests, each once."""
    names: list[str] = []
    for item in program.instructions:
        names += atoms(item.guard)
        if item.act is Act.ASSIGN:
            names += [item.variable, *atoms(item.value)]
    return list(dict.fromkeys(names))


#: What a reader is told of steps that a scenario takes and no line of code.
_UNWRITTEN = {Act.IRQ_OFF: "<interrupts off>", Act.IRQ_ON: "<interrupts on>"}


def label(instruction: Instruction) -> Label:
    """What a reader is told of an instruction."""
    return Label(
        instruction.text or _UNWRITTEN.get(instruction.act, str(instruction.act)),
        instruction.act,
        instruction.variable,
        instruction.location,
        instruction.function,
    )
