"""A system as Promela, for SPIN: a second opinion by another checker.

Written from the programs, not from the machine's tables, so that it does not share their faults:
every array element `x[i]` is a fact of CPU i, 0 the boot CPU; a level's program counter is one
more than its location, 0 where it does not run. Each step is one `d_step`, after which `check()`
asserts the invariants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reviewer.model.actions import SENDS
from reviewer.model.machine import returns, variables
from reviewer.model.state import (
    CLEAN_FRAMES,
    DENIED_BY,
    FACTS,
    IN_MASK,
    LOCAL_PREFIX,
    MASK_EMPTY,
    STORES_ALIAS,
)
from reviewer.model.types import NMI, Act, Instruction, Program, System
from reviewer.source.conditions import And, Atom, Condition, Constant, Not, Or

_CHECKS = {
    "no-flush-after-hand-over": "!(jumped && flushing[r])",
    "no-late-nmi": "!late_nmi[r]",
    "no-stale-write-back": "!stale[r] && !stale[0]",
    "flag-is-conservative": (
        "!(nmi_pc[r] == 0 && !flushing[r] && (online[r] || in_mask[r]) && dirty[r]) || {flag}[r]"
    ),
    "gs-valid-when-used": "!gs_used[r] && !gs_used[0]",
}


def promela(system: System, cpus: int, invariants: Iterable[str], title: str = "") -> str:
    """The model of `cpus` CPUs with an assertion for each invariant."""
    return "\n".join(_Export(system, cpus).lines(tuple(invariants), title)) + "\n"


def _name(name: str) -> str:
    """A name that C of the generated checker does not have: it has a `mask` of its own."""
    return "in_mask" if name == IN_MASK else re.sub(r"\W", "_", name.replace(LOCAL_PREFIX, "l_"))


class _Export:
    def __init__(self, system: System, cpus: int) -> None:
        self.system = system
        self.cpus = cpus
        self.inputs = dict(system.inputs)
        self.alias = self.inputs.get(STORES_ALIAS, False)
        unclean = self.alias and not self.inputs.get(CLEAN_FRAMES, False)
        self.pushed = ["irqs_off[i] = 1", *["dirty[i] = 1"] * unclean]

    def lines(self, invariants: tuple[str, ...], title: str) -> Iterator[str]:
        system = self.system
        programs = (system.boot, system.task, *(program for _, program in system.handlers))
        sent = [item.variable for item in system.boot.instructions if item.act in SENDS]
        vectors = (*(vector for vector, _ in system.handlers), *sent)
        names = [*FACTS, system.flag, *(f"pending.{vector}" for vector in vectors)]
        names += [name for program in programs for name in variables(program)]
        yield f"/* {_name(title)} */"
        yield f"#define N {self.cpus}"
        for name in dict.fromkeys(names):
            if name not in self.inputs and name not in DENIED_BY:
                yield f"bit {_name(name)}[N];"
        yield "bit jumped; short boot_pc, task_pc[N], irq_pc[N], nmi_pc[N]; byte vector[N];"
        yield "byte r;"
        yield "inline check() { r = 1; do :: r < N ->"
        for name in invariants:
            yield f"  assert({_CHECKS[name].replace('{flag}', _name(system.flag))});"
        yield "  r++ :: else -> break od; r = 0 }"
        yield from self._boot()
        yield from self._remote()
        yield "init { atomic { byte k;"
        for cpu in range(self.cpus):
            yield from (f"  {_name(fact)}[{cpu}] = 1;" for fact in system.starts)
            yield f"  task_pc[{cpu}] = {system.task.entry + 1};"
        yield f"  boot_pc = {system.boot.entry + 1}; run boot();"
        yield "  k = 1; do :: k < N -> run remote(k); k++ :: else -> break od } }"

    def _boot(self) -> Iterator[str]:
        yield "proctype boot() { byte j; do"
        yield from self._write_back("0")
        for item in self.system.boot.instructions:
            guard = f"boot_pc == {item.source + 1} && {self.expression(item.guard, '0')}"
            effect = [*self._effect(item, "0"), *self._broadcast(item)]
            if item.act is Act.JUMP:
                effect.append("jumped = 1")
            effect.append(f"boot_pc = {item.target + 1}")
            yield self._option(guard, effect)
        yield ":: false od }"

    def _remote(self) -> Iterator[str]:
        system = self.system
        yield "proctype remote(byte i) { do"
        yield from self._write_back("i")
        open_to = "!flushing[i] && nmi_pc[i] == 0"
        for index, (vector, program) in enumerate(system.handlers):
            pending = f"pending_{_name(vector)}[i]"
            comes_back = returns(program)
            dead = ["task_pc[i] = 0"] * (not comes_back)
            if vector == NMI:
                effect = [
                    f"{pending} = 0",
                    "nmi_irqs_off[i] = (nmi_irqs_off[i] || irqs_off[i])",
                    *self.pushed,
                    "late_nmi[i] = (late_nmi[i] || jumped)",
                    f"nmi_pc[i] = {program.entry + 1}",
                    *dead,
                    *["irq_pc[i] = 0", "vector[i] = 0"] * (not comes_back),
                ]
                yield self._option(f"{open_to} && {pending}", effect)
            else:
                effect = [
                    f"{pending} = 0",
                    *self.pushed,
                    f"irq_pc[i] = {program.entry + 1}",
                    f"vector[i] = {index}",
                    *dead,
                ]
                ready = f"{open_to} && {pending} && irq_pc[i] == 0 && !irqs_off[i]"
                yield self._option(ready, effect)
        yield from self._level(system.task, "nmi_pc[i] == 0 && irq_pc[i] == 0", "task_pc[i]", ())
        for index, (vector, program) in enumerate(system.handlers):
            if vector == NMI:
                leave = ["irqs_off[i] = nmi_irqs_off[i]", "nmi_irqs_off[i] = 0"]
                yield from self._level(program, "true", "nmi_pc[i]", leave)
            else:
                where = f"nmi_pc[i] == 0 && vector[i] == {index}"
                leave = ["irqs_off[i] = 0", "awaited[i] = 0", "vector[i] = 0"]
                yield from self._level(program, where, "irq_pc[i]", leave)
        yield ":: false od }"

    def _level(
        self, program: Program, where: str, counter: str, leave: Iterable[str]
    ) -> Iterator[str]:
        own = [name for name in variables(program) if name.startswith(LOCAL_PREFIX)]
        for item in program.instructions:
            if item.act is Act.HALT:
                continue
            guard = f"{where} && {counter} == {item.source + 1}"
            effect = self._effect(item, "i")
            if item.target == program.exit:
                effect += [f"{_name(name)}[i] = 0" for name in own]
                over = counter != "task_pc[i]"
                effect.append(f"{counter} = {0 if over else item.target + 1}")
                effect += leave
            else:
                effect.append(f"{counter} = {item.target + 1}")
            yield self._option(f"{guard} && {self.expression(item.guard, 'i')}", effect)

    def _write_back(self, cpu: str) -> Iterator[str]:
        line = f"(dirty[{cpu}] || mask_line[{cpu}])" if self.alias else f"dirty[{cpu}]"
        effect = [f"dirty[{cpu}] = 0", f"stale[{cpu}] = 1"]
        effect += [f"mask_line[{cpu}] = 0"] * self.alias
        yield self._option(f"jumped && {line}", effect)

    def _option(self, guard: str, effect: Iterable[str]) -> str:
        return f":: atomic {{ ({guard}) -> {'; '.join(effect)}; check() }}"

    def _broadcast(self, item: Instruction) -> list[str]:
        """What the boot CPU does to each other CPU, one by one in one step."""
        found = []
        for cpu in range(1, self.cpus):
            vector = f"pending_{_name(item.variable)}[{cpu}]"
            in_mask, online = f"in_mask[{cpu}]", f"online[{cpu}]"
            match item.act:
                case Act.MASK_FILL:
                    found.append(f"{in_mask} = ({in_mask} || {online})")
                case Act.MASK_EMPTY:
                    found += [f"{in_mask} = 0", f"mask_line[{cpu}] = 0"]
                case Act.SEND:
                    found.append(f"{vector} = ({vector} || {in_mask})")
                case Act.SEND_ALL:
                    found.append(f"{vector} = ({vector} || {online})")
                case Act.CALL_ALL:
                    found += [
                        f"{vector} = ({vector} || {online})",
                        f"awaited[{cpu}] = (awaited[{cpu}] || {online})",
                    ]
                case Act.KICK:
                    found.append(f"kicked[{cpu}] = 1")
                case _:
                    pass
        return found

    def _effect(self, item: Instruction, cpu: str) -> list[str]:
        match item.act:
            case Act.ASSIGN:
                value = self.expression(item.value, cpu)
                return [f"{_name(item.variable)}[{cpu}] = ({value})"]
            case Act.FLUSH_BEGIN:
                return [f"flushing[{cpu}] = 1"]
            case Act.FLUSH_END:
                return [f"{fact}[{cpu}] = 0" for fact in ("flushing", "dirty", "mask_line")]
            case Act.DIRTY:
                return [f"dirty[{cpu}] = 1"]
            case Act.STORE if self.alias:
                return [f"dirty[{cpu}] = 1"]
            case Act.IRQ_OFF | Act.IRQ_ON:
                return [f"irqs_off[{cpu}] = {int(item.act is Act.IRQ_OFF)}"]
            case Act.GS_INVALID | Act.GS_VALID:
                return [f"gs_invalid[{cpu}] = {int(item.act is Act.GS_INVALID)}"]
            case Act.CALL | Act.PER_CPU:
                return [f"gs_used[{cpu}] = (gs_used[{cpu}] || gs_invalid[{cpu}])"]
            case Act.MASK_CLEAR:
                return [f"in_mask[{cpu}] = 0", f"mask_line[{cpu}] = 1"]
            case Act.REST:
                return [f"awaited[{cpu}] = 0"]
            case _:
                return []

    def expression(self, condition: Condition, cpu: str) -> str:
        """The condition over the facts of a CPU."""
        match condition:
            case Constant(value):
                return "true" if value else "false"
            case Atom(name) if name in DENIED_BY:
                fact = "in_mask" if name == MASK_EMPTY else "awaited"
                others = [f"!{fact}[{other}]" for other in range(1, self.cpus)]
                return f"({' && '.join(others)})"
            case Atom(name):
                if name in self.inputs:
                    return "true" if self.inputs[name] else "false"
                return f"{_name(name)}[{cpu}]"
            case Not(operand):
                return f"!({self.expression(operand, cpu)})"
            case And(operands):
                return f"({' && '.join(self.expression(each, cpu) for each in operands)})"
            case Or(operands):
                return f"({' || '.join(self.expression(each, cpu) for each in operands)})"
