"""A protocol as a whole, beside the rules that follow from it: its flag and its invariants."""

from __future__ import annotations

from msgspec import Struct

from reviewer.rule.types import Scope

#: The kind of a file that holds events and several rules on them.
KIND = "protocol"


class Flag(Struct, frozen=True):
    """The variable that a rule's protocol is about, and the files one of which declares it.

    Where neither they nor the series name it, the protocol does not exist and has no rules.
    """

    variable: str
    declared_in: tuple[str, ...]


class Invariant(Struct, frozen=True):
    """What has to hold: the rules that look after it, or why none does (`left`)."""

    name: str
    title: str
    rules: tuple[str, ...]
    left: str = ""


class Promise(Struct, frozen=True):
    """A flag and what it promises; `id` is also the first word of the events of its accesses."""

    id: str
    title: str
    flag: Flag
    scope: Scope
    invariants: tuple[Invariant, ...] = ()
