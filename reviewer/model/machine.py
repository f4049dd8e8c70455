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
- A store to the mask leaves its line dirty in the cache of the CPU that cleared its bit, until
  another CPU writes the mask (MESI: a write invalidates the copies of others).

Not modelled: caches shared between CPUs, store buffers, SMI and machine checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

from reviewer.model.state import (
    AWAITED,
    DENIED_BY,
    DIRTY,
    FACTS,
    FLUSHING,
    GS_INVALID,
    GS_USED,
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
from reviewer.source.conditions import (
    And,
    Atom,
    Condition,
    Constant,
    Not,
    Or,
    atoms,
    given,
)


class Machine:
    """Tables of a system's steps over interned states; states are small integers from 0."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.inputs = dict(system.inputs)
        self.vectors = {name: index for index, (name, _) in enumerate(system.handlers)}
        programs = (system.boot, system.task, *(program for _, program in system.handlers))
        names = [*FACTS, system.flag, *map(_pending, self.vectors)]
        for program in programs:
            names += variables(program)
        self.index = {
            name: bit
            for bit, name in enumerate(dict.fromkeys(names))
            if name not in self.inputs and name not in DENIED_BY
        }
        self._outgoing = {id(program): _by_source(program) for program in programs}
        self._returns = {id(program): _returns(program) for program in programs}
        self._forget = {
            id(program): ~self._mask(
                name for name in variables(program) if name.startswith(LOCAL_PREFIX)
            )
            for program in programs
        }
        self.flag_bit = self.bit(system.flag)
        self.stoppable = self.bit(ONLINE) | self.bit(IN_MASK)
        self._locals: list[Local] = []
        self._local_ids: dict[Local, int] = {}
        self._boots: list[Boot] = []
        self._boot_ids: dict[Boot, int] = {}
        self._remote_moves: dict[tuple[bool, int], tuple[tuple[int, Label], ...]] = {}
        self._boot_moves: dict[int, tuple[BootMove, ...]] = {}
        self.fired: set[Instruction] = set()

    def bit(self, name: str) -> int:
        """The mask of a fact or variable."""
        return 1 << self.index[name]

    def _mask(self, names: Iterable[str]) -> int:
        return sum({self.bit(name) for name in names if name in self.index})

    def start(self) -> tuple[int, int]:
        """The initial boot state and the initial state of each remote CPU."""
        bits = self._mask(self.system.starts)
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
        if jumped and (written := self._written_back(local.bits)) is not None:
            moves.append((_with(local, written), WRITE_BACK))
        program, at = self._running(local)
        for instruction in self._outgoing[id(program)].get(at, ()):
            if instruction.act is Act.HALT:
                self.fired.add(instruction)
            elif self.true(instruction.guard, local.bits):
                self.fired.add(instruction)
                bits = self._effect(instruction, local.bits)
                moves.append((self._advance(local, bits, instruction.target), label(instruction)))
        return moves

    def _written_back(self, bits: int) -> int | None:
        """The facts after a line that the new kernel's memory must not get is written to it."""
        dirty = bits & self.bit(DIRTY)
        if self.inputs.get(STORES_ALIAS, False):
            dirty |= bits & self.bit(MASK_LINE)
        return bits & ~dirty | self.bit(STALE) if dirty else None

    def _interrupts(self, local: Local, *, jumped: bool) -> list[tuple[Local, Label]]:
        bits = local.bits
        moves: list[tuple[Local, Label]] = []
        if bits & self.bit(FLUSHING) or local.nmi >= 0:
            return moves
        for vector, program in self.system.handlers:
            if not bits & self.bit(_pending(vector)):
                continue
            entered = bits & ~self.bit(_pending(vector)) | self.bit(IRQS_OFF)
            saved = local if self._returns[id(program)] else _NOWHERE
            if vector == NMI:
                if bits & self.bit(IRQS_OFF):
                    entered |= self.bit(NMI_KEPT_IRQS_OFF)
                if jumped:
                    entered |= self.bit(LATE_NMI)
                to = Local(saved.task, saved.irq, saved.vector, program.entry, entered)
                moves.append((to, Label("<NMI>")))
            elif local.irq < 0 and not bits & self.bit(IRQS_OFF):
                to = Local(saved.task, program.entry, self.vectors[vector], -1, entered)
                moves.append((to, Label(f"<{vector} interrupt>")))
        return moves

    def _running(self, local: Local) -> tuple[Program, int]:
        if local.nmi >= 0:
            return self.system.handlers[self.vectors[NMI]][1], local.nmi
        if local.irq >= 0:
            return self.system.handlers[local.vector][1], local.irq
        return self.system.task, local.task

    def _advance(self, local: Local, bits: int, to: int) -> Local:
        """The state after an instruction; at a program's exit its level ends."""
        program, _ = self._running(local)
        over = to == program.exit
        if over:
            bits &= self._forget[id(program)]
        if local.nmi >= 0:
            if not over:
                return Local(local.task, local.irq, local.vector, to, bits)
            if not bits & self.bit(NMI_KEPT_IRQS_OFF):
                bits &= ~self.bit(IRQS_OFF)
            bits &= ~self.bit(NMI_KEPT_IRQS_OFF)
            return Local(local.task, local.irq, local.vector, -1, bits)
        if local.irq >= 0:
            if not over:
                return Local(local.task, to, local.vector, -1, bits)
            bits &= ~self.bit(IRQS_OFF) & ~self.bit(AWAITED)
            return Local(local.task, -1, -1, -1, bits)
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
        if boot.jumped and (written := self._written_back(boot.bits)) is not None:
            moves.append(BootMove(self._boot_id(Boot(boot.at, written, jumped=True)), WRITE_BACK))
        for instruction in self._outgoing[id(self.system.boot)].get(boot.at, ()):
            asked = [name for name in DENIED_BY if name in set(atoms(instruction.guard))]
            for values in product((True, False), repeat=len(asked)):
                answers = dict(zip(asked, values, strict=True))
                if self.true(given(instruction.guard, answers), boot.bits):
                    moves.append(self._boot_move(boot, instruction, answers))
        return moves

    def _boot_move(
        self, boot: Boot, instruction: Instruction, answers: dict[str, bool]
    ) -> BootMove:
        self.fired.add(instruction)
        bits = self._effect(instruction, boot.bits)
        jumped = boot.jumped or instruction.act is Act.JUMP
        each = self._change(instruction)
        return BootMove(
            target=self._boot_id(Boot(instruction.target, bits, jumped)),
            label=label(instruction),
            every=self._mask(DENIED_BY[name] for name, true in answers.items() if true),
            some=tuple(self.bit(DENIED_BY[name]) for name, true in answers.items() if not true),
            each=each,
            private=not answers
            and each is None
            and instruction.act is not Act.JUMP
            and instruction.target > instruction.source,
        )

    def _change(self, instruction: Instruction) -> Callable[[int], int] | None:
        """What an instruction of the boot CPU does to each other CPU."""
        in_mask, online = self.bit(IN_MASK), self.bit(ONLINE)
        match instruction.act:
            case Act.MASK_FILL:
                return self._changer(online, in_mask, 0)
            case Act.MASK_EMPTY:
                return self._changer(0, 0, in_mask | self.bit(MASK_LINE))
            case Act.SEND:
                return self._changer(in_mask, self.bit(_pending(instruction.variable)), 0)
            case Act.SEND_ALL:
                return self._changer(online, self.bit(_pending(instruction.variable)), 0)
            case Act.CALL_ALL:
                called = self.bit(_pending(instruction.variable)) | self.bit(AWAITED)
                return self._changer(online, called, 0)
            case _:
                return None

    def _changer(self, where: int, sets: int, clears: int) -> Callable[[int], int]:
        def change(state: int) -> int:
            local = self._locals[state]
            if local.bits & where != where:
                return state
            return self._local_id(_with(local, local.bits & ~clears | sets))

        return change

    # What both share.

    def _effect(self, instruction: Instruction, bits: int) -> int:
        """The facts of the CPU that runs an instruction, after it."""
        match instruction.act:
            case Act.ASSIGN:
                mask = self.bit(instruction.variable)
                return bits | mask if self.true(instruction.value, bits) else bits & ~mask
            case Act.FLUSH_BEGIN:
                return bits | self.bit(FLUSHING)
            case Act.FLUSH_END:
                clean = self.bit(FLUSHING) | self.bit(DIRTY) | self.bit(MASK_LINE)
                return bits & ~clean
            case Act.DIRTY:
                return bits | self.bit(DIRTY)
            case Act.STORE:
                return bits | self.bit(DIRTY) if self.inputs.get(STORES_ALIAS, False) else bits
            case Act.IRQ_OFF:
                return bits | self.bit(IRQS_OFF)
            case Act.IRQ_ON:
                return bits & ~self.bit(IRQS_OFF)
            case Act.GS_INVALID:
                return bits | self.bit(GS_INVALID)
            case Act.GS_VALID:
                return bits & ~self.bit(GS_INVALID)
            case Act.CALL | Act.PER_CPU:
                return bits | self.bit(GS_USED) if bits & self.bit(GS_INVALID) else bits
            case Act.MASK_CLEAR:
                return bits & ~self.bit(IN_MASK) | self.bit(MASK_LINE)
            case _:
                return bits

    def true(self, condition: Condition, bits: int) -> bool:
        """Whether a condition holds of a CPU with these facts."""
        match condition:
            case Constant(value):
                return value
            case Atom(name):
                if name in self.inputs:
                    return self.inputs[name]
                return bool(bits >> self.index[name] & 1)
            case Not(operand):
                return not self.true(operand, bits)
            case And(operands):
                return all(self.true(operand, bits) for operand in operands)
            case Or(operands):
                return any(self.true(operand, bits) for operand in operands)

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


def _pending(vector: str) -> str:
    return f"pending.{vector}"


def _with(local: Local, bits: int) -> Local:
    return Local(local.task, local.irq, local.vector, local.nmi, bits)


def _by_source(program: Program) -> dict[int, tuple[Instruction, ...]]:
    found: dict[int, list[Instruction]] = {}
    for item in program.instructions:
        found.setdefault(item.source, []).append(item)
    return {source: tuple(items) for source, items in found.items()}


def _returns(program: Program) -> bool:
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


def label(instruction: Instruction) -> Label:
    """What a reader is told of an instruction."""
    return Label(
        instruction.text or str(instruction.act),
        instruction.act,
        instruction.variable,
        instruction.location,
        instruction.function,
    )
