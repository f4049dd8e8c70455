"""What can be seen of a system from outside, each with a shortest run that ends in it.

Seen are, of each role: how the CPU that hands over does so, how a handler halts or returns, with
a WBINVD before it or without, where a task runs WBINVD and where lines may become dirty. The runs
are of two CPUs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from reviewer.model.machine import Machine
from reviewer.model.search import Event, Run, State, successors
from reviewer.model.state import Label, Local
from reviewer.model.types import NMI, Act, System

#: Levels of a CPU: its task, an interrupt, an NMI.
_TASK, _IRQ, _NMI = range(3)
#: States after which the search gives up.
BOUND = 100_000


class Sight(Struct, frozen=True, order=True):
    """`role` does `what`, if there are several ways to do it in the manner of `how`."""

    role: str
    what: str
    how: str = ""


FLUSHED, UNFLUSHED = "after WBINVD", "without WBINVD"


class _Seen(Struct, frozen=True):
    """Whether the boot CPU, and each level of the other, has run WBINVD."""

    boot: bool = False
    levels: tuple[bool, bool, bool] = (False, False, False)


Node = tuple[State, _Seen]


def sights(system: System) -> Mapping[Sight, Run]:
    """Everything that is seen, in the order of the sights."""
    return _Watch(system).sights()


class _Watch:
    def __init__(self, system: System) -> None:
        self.system = system
        self.machine = Machine(system)
        programs = (system.task, *(program for _, program in system.handlers))
        self.names = ("task", *(name for name, _ in system.handlers))
        self.halts = [
            {item.source for item in program.instructions if item.act is Act.HALT}
            for program in programs
        ]

    def sights(self) -> Mapping[Sight, Run]:
        boot, remote = self.machine.start()
        start: Node = ((boot, remote), _Seen())
        came: dict[Node, tuple[Node, Event] | None] = {start: None}
        found: dict[Sight, tuple[Node, Event]] = {}
        layer = [start]
        while layer and len(came) <= BOUND:
            following: list[Node] = []
            for node in layer:
                for target, cpu, label in successors(self.machine, node[0]):
                    after, shown = self._step(node, target, cpu, label)
                    event = Event(cpu, label)
                    for sight in shown:
                        found.setdefault(sight, (node, event))
                    if after not in came:
                        came[after] = (node, event)
                        following.append(after)
            layer = following
        return {sight: _run(came, *found[sight]) for sight in sorted(found)}

    def _step(self, node: Node, target: State, cpu: int, label: Label) -> tuple[Node, list[Sight]]:
        """Where a step leads, and what is seen in it."""
        state, seen = node
        if cpu == 0:
            shown = list(self._shown("kexec CPU", label, seen.boot))
            if label.act is Act.FLUSH_END:
                seen = _Seen(True, seen.levels)
            return (target, seen), shown
        before, after = (self.machine.local(each[1]) for each in (state, target))
        level, now = _level(before), _level(after)
        role = self._role(before)
        levels = list(seen.levels)
        shown = []
        if now > level:
            levels[now] = False
        else:
            shown += self._shown(self.names[role], label, levels[level])
            if label.act is Act.FLUSH_END:
                levels[level] = True
            if now < level:
                shown.append(_ending(self.names[role], "returns", levels[level]))
        if _at(after) in self.halts[self._role(after)]:
            shown.append(_ending(self.names[self._role(after)], "halts", levels[now]))
        first, second, third = levels
        return (target, _Seen(seen.boot, (first, second, third))), shown

    def _shown(self, role: str, label: Label, flushed: bool) -> Iterator[Sight]:
        match label.act:
            case Act.JUMP:
                yield _ending(role, "hands over", flushed)
            case Act.FLUSH_BEGIN if role == "task":
                yield Sight(role, "runs WBINVD")
            case Act.DIRTY:
                yield Sight(role, "may dirty lines")
            case _:
                return

    def _role(self, local: Local) -> int:
        """0 for the task, else 1 more than the place of the handler that runs."""
        if local.nmi >= 0:
            return 1 + self.machine.vectors[NMI]
        return 1 + local.vector if local.irq >= 0 else 0


def _ending(role: str, what: str, flushed: bool) -> Sight:
    return Sight(role, what, FLUSHED if flushed else UNFLUSHED)


def _level(local: Local) -> int:
    if local.nmi >= 0:
        return _NMI
    return _IRQ if local.irq >= 0 else _TASK


def _at(local: Local) -> int:
    return (local.task, local.irq, local.nmi)[_level(local)]


def _run(came: Mapping[Node, tuple[Node, Event] | None], node: Node, last: Event) -> Run:
    states: list[State] = [node[0]]
    events: list[Event] = [last]
    step = came[node]
    while step is not None:
        node, event = step
        states.append(node[0])
        events.append(event)
        step = came[node]
    return Run("", tuple(reversed(states)), tuple(reversed(events)))
