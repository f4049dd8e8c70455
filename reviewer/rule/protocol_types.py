"""A protocol as a whole, beside the rules that follow from it: its flag and its invariants."""

from __future__ import annotations

from msgspec import Struct

from reviewer.rule.types import Flag, Scope


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
