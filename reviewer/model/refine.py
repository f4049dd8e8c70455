"""Local bisimulation: which pairs (boot state, remote state) nothing can tell apart.

Pairs of one boot state start out equal if every invariant says the same of them and if they
answer the boot CPU's questions alike, and are split until equal pairs have equal next pairs,
under each step of the remote CPU and under each step of the boot CPU. That is dead-variable
elimination and more, and it keeps verdicts: a run of classes is a run of states.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from reviewer.model.invariants import Judge
from reviewer.model.machine import Machine
from reviewer.model.state import BootMove

Pair = tuple[int, int]


class Classes(Struct):
    """The classes of pairs, numbered from 0 over all boot states, with their steps."""

    machine: Machine
    numbers: dict[Pair, int]
    members: list[Pair]
    broken: list[frozenset[str]]
    _remote: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _after: dict[tuple[int, int], int] = field(default_factory=dict)

    def of(self, boot: int, state: int) -> int:
        """The class of a pair."""
        return self.numbers[boot, state]

    def remote_moves(self, number: int) -> tuple[int, ...]:
        """The classes that a remote CPU's own steps lead to, other than staying."""
        found = self._remote.get(number)
        if found is None:
            boot, state = self.members[number]
            targets = {
                self.numbers[boot, target] for target, _ in self.machine.remote_moves(boot, state)
            }
            found = self._remote[number] = tuple(sorted(targets - {number}))
        return found

    def successors(self, state: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Next states up to class and renaming."""
        boot, remotes = state[0], state[1:]
        moves = self.machine.boot_moves(boot)
        if moves and all(move.private for move in moves):
            for move in moves:
                yield self._boot_step(boot, move, remotes)
            return
        bits = [self.machine.bits(self.members[remote][1]) for remote in remotes]
        for move in moves:
            if any(each & move.every for each in bits):
                continue
            if all(any(each & fact for each in bits) for fact in move.some):
                yield self._boot_step(boot, move, remotes)
        for position, remote in enumerate(remotes):
            if position and remote == remotes[position - 1]:
                continue
            rest = remotes[:position] + remotes[position + 1 :]
            for target in self.remote_moves(remote):
                yield (boot, *sorted((*rest, target)))

    def _boot_step(self, boot: int, move: BootMove, remotes: tuple[int, ...]) -> tuple[int, ...]:
        after: list[int] = []
        index = self.machine.boot_moves(boot).index(move)
        for remote in remotes:
            key = (remote, index)
            found = self._after.get(key)
            if found is None:
                state = self.members[remote][1]
                changed = state if move.each is None else move.each(state)
                found = self._after[key] = self.numbers[move.target, changed]
            after.append(found)
        return (move.target, *sorted(after))


def refine(machine: Machine, pairs: frozenset[Pair], invariants: tuple[str, ...]) -> Classes:
    """The coarsest such classes of the pairs."""
    judge = Judge(machine, invariants)
    order = sorted(pairs)
    numbers = _number([(pair[0], *_seen(machine, pair), judge.broken(*pair)) for pair in order])
    current = dict(zip(order, numbers, strict=True))
    remote = {
        pair: tuple({(pair[0], to) for to, _ in machine.remote_moves(*pair)}) for pair in order
    }
    boot = {
        pair: tuple(
            (move.target, pair[1] if move.each is None else move.each(pair[1]))
            for move in machine.boot_moves(pair[0])
            if not machine.bits(pair[1]) & move.every
        )
        for pair in order
    }
    count = len(set(numbers))
    while True:
        numbers = _number(
            [
                (
                    current[pair],
                    frozenset(current[to] for to in remote[pair]) - {current[pair]},
                    tuple(current[to] for to in boot[pair]),
                )
                for pair in order
            ]
        )
        current = dict(zip(order, numbers, strict=True))
        if len(set(numbers)) == count:
            break
        count = len(set(numbers))
    members: list[Pair] = [(-1, -1)] * count
    for pair in reversed(order):
        members[current[pair]] = pair
    return Classes(machine, current, members, [judge.broken(*pair) for pair in members])


def _seen(machine: Machine, pair: Pair) -> tuple[int, ...]:
    """What the boot CPU's questions see of the remote CPU."""
    bits = machine.bits(pair[1])
    return tuple(
        bits & fact for move in machine.boot_moves(pair[0]) for fact in (move.every, *move.some)
    )


def _number(keys: list[object]) -> list[int]:
    known: dict[object, int] = {}
    return [known.setdefault(key, len(known)) for key in keys]
