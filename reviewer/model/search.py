"""Three searches of one machine.

`views` decides every invariant for every number of CPUs at once: the least set of pairs (boot
state, one remote state) closed under the steps of either and of any other remote CPU (view
abstraction: Abdulla, Haziza, Holik, "Parameterized verification through view abstraction", 2013).
It over-approximates, so what it does not break holds for any number; what it breaks is searched
again by `breadth_first` at a number of CPUs, whose runs are shortest. `quotient` visits states up
to a renaming of the remote CPUs and up to what no step and no invariant can tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

from msgspec import Struct

from reviewer.model.invariants import Judge
from reviewer.model.machine import Machine
from reviewer.model.refine import refine
from reviewer.model.state import BootMove, Label

State = tuple[int, ...]
#: States between two looks at what a search has used.
_LOOK = 1024


class Budget(Struct, frozen=True):
    """What a search may use: a number of states and, where `used` tells it, of megabytes.

    `tell` is given the states and transitions now and then.
    """

    states: int = 1_000_000
    megabytes: int = 0
    used: Callable[[], int] | None = None
    tell: Callable[[int, int], None] | None = None

    def lasts(self, states: int, transitions: int) -> bool:
        """Whether the search may go on."""
        if self.tell:
            self.tell(states, transitions)
        full = self.megabytes and self.used and self.used() > self.megabytes
        return states <= self.states and not full


PLENTY = Budget()


class Event(Struct, frozen=True):
    """One step of a run: `cpu` 0 is the boot CPU, 1.. the others."""

    cpu: int
    label: Label


class Run(Struct, frozen=True):
    """A run to a broken invariant: its states (boot, remotes...) and the steps between them."""

    invariant: str
    states: tuple[State, ...]
    events: tuple[Event, ...]

    @property
    def switches(self) -> int:
        """How often another CPU goes on than the one that made the step before."""
        cpus = [event.cpu for event in self.events]
        return sum(first != second for first, second in pairwise(cpus))


class Explored(Struct, frozen=True):
    """What a search saw. `complete` is False when it stopped at its bound.

    `lengths` maps a broken invariant to the number of steps of a shortest run to it (0 from
    `views`, which has no runs).
    """

    states: int
    transitions: int
    complete: bool
    lengths: tuple[tuple[str, int], ...]

    @property
    def broken(self) -> frozenset[str]:
        """Names of the broken invariants."""
        return frozenset(name for name, _ in self.lengths)


def reachable(machine: Machine) -> tuple[frozenset[tuple[int, int]], int]:
    """Every pair (boot state, remote state) some number of CPUs may reach, and the steps taken."""
    start = machine.start()
    seen = {start}
    pending = [start]
    transitions = 0
    while pending:
        boot, state = pending.pop()
        bits = machine.bits(state)
        targets = [(boot, target) for target, _ in machine.remote_moves(boot, state)]
        # What `some` asks may be true of another CPU: an over-approximation.
        targets += [
            (move.target, state if move.each is None else move.each(state))
            for move in machine.boot_moves(boot)
            if not bits & move.every
        ]
        transitions += len(targets)
        for pair in targets:
            if pair not in seen:
                seen.add(pair)
                pending.append(pair)
    return frozenset(seen), transitions


def views(machine: Machine, invariants: tuple[str, ...]) -> Explored:
    """Which invariants may break for some number of CPUs; those not named hold for every one."""
    judge = Judge(machine, invariants)
    pairs, transitions = reachable(machine)
    broken = {name: 0 for pair in pairs for name in judge.broken(*pair)}
    return Explored(len(pairs), transitions, True, tuple(sorted(broken.items())))


def enabled(machine: Machine, move: BootMove, remotes: State) -> bool:
    """Whether the other CPUs let the boot CPU make the step."""
    bits = [machine.bits(remote) for remote in remotes]
    return not any(each & move.every for each in bits) and all(
        any(each & fact for each in bits) for fact in move.some
    )


def successors(machine: Machine, state: State) -> Iterator[tuple[State, int, Label]]:
    """Every next state, with the CPU that moves and what it does."""
    boot, remotes = state[0], state[1:]
    for move in machine.boot_moves(boot):
        if (move.every or move.some) and not enabled(machine, move, remotes):
            continue
        after = remotes if move.each is None else tuple(map(move.each, remotes))
        yield (move.target, *after), 0, move.label
    for position, remote in enumerate(remotes, 1):
        for target, label in machine.remote_moves(boot, remote):
            yield (*state[:position], target, *state[position + 1 :]), position, label


def full(
    machine: Machine, cpus: int, invariants: tuple[str, ...], *, budget: Budget = PLENTY
) -> Explored:
    """Every state of `cpus` CPUs (one of them the boot CPU), without any reduction."""
    return _full(machine, cpus, Judge(machine, invariants), budget)[0]


def breadth_first(
    machine: Machine, cpus: int, invariants: tuple[str, ...], *, budget: Budget = PLENTY
) -> tuple[Explored, tuple[Run, ...]]:
    """As `full`, with a shortest run to each invariant that breaks.

    Of the shortest runs it is one with the fewest context switches.
    """
    judge = Judge(machine, invariants)
    explored, depths = _full(machine, cpus, judge, budget)
    runs = tuple(
        _fewest_switches(machine, name, partial(_breaks, judge, name), depths, length)
        for name, length in explored.lengths
    )
    return explored, runs


def _full(
    machine: Machine, cpus: int, judge: Judge, budget: Budget
) -> tuple[Explored, dict[State, int]]:
    lengths: dict[str, int] = {}

    def look(state: State, depth: int) -> bool:
        for other in set(state[1:]):
            for name in judge.broken(state[0], other):
                lengths.setdefault(name, depth)
        return False

    depths, transitions, complete = _layers(machine, cpus, look, budget)
    found = tuple(sorted(lengths.items()))
    return Explored(len(depths), transitions, complete, found), depths


def _breaks(judge: Judge, name: str, state: State) -> bool:
    return any(name in judge.broken(state[0], other) for other in state[1:])


def example(machine: Machine, cpus: int, *, budget: Budget = PLENTY) -> Run | None:
    """A shortest run to where the CPU that hands over has nothing left to do; None if none is."""

    def done(state: State) -> bool:
        boot = machine.boot(state[0])
        return boot.jumped and not machine.goes_on(boot)

    ends: list[int] = []

    def look(state: State, depth: int) -> bool:
        if done(state):
            ends.append(depth)
        return bool(ends)

    depths, _, _ = _layers(machine, cpus, look, budget)
    return _fewest_switches(machine, "", done, depths, ends[0]) if ends else None


def _layers(
    machine: Machine, cpus: int, look: Callable[[State, int], bool], budget: Budget
) -> tuple[dict[State, int], int, bool]:
    """States with their depths, transitions, and whether these are all that `look` let it see.

    `look` is shown every state in the order of the depths and says whether to stop.
    """
    boot, remote = machine.start()
    start = (boot, *[remote] * (cpus - 1))
    depths = {start: 0}
    layer = [start]
    transitions = depth = 0
    while layer:
        following: list[State] = []
        for place, state in enumerate(layer, 1):
            if look(state, depth):
                return depths, transitions, True
            for target, _, _ in successors(machine, state):
                transitions += 1
                if target not in depths:
                    depths[target] = depth + 1
                    following.append(target)
            if place % _LOOK == 0 and not budget.lasts(len(depths), transitions):
                return depths, transitions, False
        layer = following
        depth += 1
        if not budget.lasts(len(depths), transitions):
            return depths, transitions, not layer
    return depths, transitions, True


def _fewest_switches(
    machine: Machine,
    name: str,
    ends_in: Callable[[State], bool],
    depths: dict[State, int],
    length: int,
) -> Run:
    """Dynamic programming over the layers: the best way to each state by the CPU that led there."""
    Key = tuple[State, int]
    start = next(iter(depths))
    ways: list[dict[Key, tuple[int, Key | None, Event | None]]] = [{(start, -1): (0, None, None)}]
    for depth in range(length):
        following: dict[Key, tuple[int, Key | None, Event | None]] = {}
        for (state, last), (switches, _, _) in ways[-1].items():
            for target, cpu, label in successors(machine, state):
                if depths.get(target) != depth + 1:
                    continue
                cost = switches + (last not in (-1, cpu))
                known = following.get((target, cpu))
                if known is None or cost < known[0]:
                    following[target, cpu] = cost, (state, last), Event(cpu, label)
        ways.append(following)
    ends = [(cost, key) for key, (cost, _, _) in ways[-1].items() if ends_in(key[0])]
    key: Key | None = min(ends)[1]
    states: list[State] = []
    events: list[Event] = []
    for layer in reversed(ways):
        assert key is not None
        _, before, event = layer[key]
        states.append(key[0])
        if event is not None:
            events.append(event)
        key = before
    return Run(name, tuple(reversed(states)), tuple(reversed(events)))


def quotient(
    machine: Machine, cpus: int, invariants: tuple[str, ...], *, budget: Budget = PLENTY
) -> Explored:
    """As `breadth_first`, over classes of states; no runs.

    A state is the boot state and the sorted classes of the remote CPUs under `refine`. Steps of
    the boot CPU that neither see nor change another CPU and lead forward go alone (an ample set:
    they commute with every remote step, and nothing the invariants see of a remote CPU hangs on
    them), so lengths may exceed those of `breadth_first`.
    """
    classes = refine(machine, reachable(machine)[0], invariants)
    boot, remote = machine.start()
    start = (boot, *[classes.of(boot, remote)] * (cpus - 1))
    seen = {start}
    layer = [start]
    lengths: dict[str, int] = {}
    transitions = depth = 0
    complete = True
    while layer and complete:
        following: list[State] = []
        for place, state in enumerate(layer, 1):
            for name in {name for other in set(state[1:]) for name in classes.broken[other]}:
                lengths.setdefault(name, depth)
            for target in classes.successors(state):
                transitions += 1
                if target not in seen:
                    seen.add(target)
                    following.append(target)
            if place % _LOOK == 0 and not budget.lasts(len(seen), transitions):
                complete = False
                break
        layer = following
        depth += 1
        complete = complete and (budget.lasts(len(seen), transitions) or not layer)
    return Explored(len(seen), transitions, complete, tuple(sorted(lengths.items())))
