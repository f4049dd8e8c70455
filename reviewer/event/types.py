"""Code in the rules' words: a function as a graph of events."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reviewer.finding import Location
from reviewer.source.types import Edge, Expr, Function, Op


class Event(Struct, frozen=True):
    """One operation or instruction as the vocabulary names it.

    `names` are those of the matching event types, most specific first, then the plain ones; a
    use of a body that is certainly expanded in place has no plain name, so possibly none at all.
    `known` says that the vocabulary names it. `subject` is what a finding speaks of: what the
    pattern bound as `@subject`, else the callee, the variable, the mnemonic. `callee` is the
    function or macro used by its name, `""` otherwise. Control does not come back from a
    `terminal` event.
    """

    names: tuple[str, ...]
    location: Location
    text: str
    subject: str
    op: Op
    callee: str = ""
    known: bool = False
    terminal: bool = False
    bindings: tuple[tuple[str, Expr], ...] = ()


class EventGraph(Struct, frozen=True, eq=False):
    """A function's events by block id, and the edges out of each block."""

    function: Function
    blocks: tuple[tuple[Event, ...], ...]
    out: tuple[tuple[Edge, ...], ...]

    @property
    def events(self) -> Iterator[Event]:
        """The events of its blocks, one after the other."""
        return (event for block in self.blocks for event in block)

    @property
    def entry(self) -> int:
        """The block that control enters by."""
        return self.function.cfg.entry

    @property
    def exit(self) -> int:
        """The block that every return leads to."""
        return self.function.cfg.exit
