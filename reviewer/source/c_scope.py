"""Scopes of a C function while it is lowered: names that are local, and what runs at their end.

A declaration with `__free()`, a `guard()` and their kin run code wherever control leaves their
scope. Block scopes of names are not kept apart: a name is local from its declaration on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from reviewer.source.types import Expr, Kind

#: Macros of the form `guard(class)(arguments)`, whose object lives to the end of the scope; for
#: those that map to True the second word in the first parentheses is a variable they declare.
GUARDS = {"guard": False, "CLASS": True, "ACQUIRE": True}

#: The callee of the operation at the end of a scope that an acquired object needs.
GUARD_EXIT = "guard exit"

#: Acquired objects at a time whose exits are kept; each is an operation on every way out.
MAX_CLEANUPS = 50


class Cleanup(Struct, frozen=True):
    """What a scope runs at its end: a call of `guard exit` with the words of `text` as args."""

    expr: Expr
    text: str


class _Scope(Struct):
    start: int
    end: int
    cleanups: list[Cleanup] = field(default_factory=list)


class Scopes:
    """The nest of scopes around the place that is being lowered."""

    def __init__(self, names: Iterable[str]) -> None:
        self.locals = set(names)
        self._nest: list[_Scope] = []

    def __len__(self) -> int:
        return len(self._nest)

    def enter(self, start: int, end: int) -> None:
        """Opens the scope of the code between two offsets."""
        self._nest.append(_Scope(start, end))

    def leave(self) -> None:
        """Closes the innermost scope."""
        self._nest.pop()

    def acquire(self, args: tuple[Expr, ...], text: str) -> None:
        """Something was acquired that the innermost scope gives back; `args` say what."""
        if self._nest and sum(len(scope.cleanups) for scope in self._nest) < MAX_CLEANUPS:
            callee = Expr(Kind.IDENTIFIER, GUARD_EXIT)
            cleanup = Cleanup(Expr(Kind.CALL, "", (callee, *args)), f"{GUARD_EXIT}: {text}")
            self._nest[-1].cleanups.append(cleanup)

    @property
    def acquired(self) -> bool:
        """Whether any scope has something to give back."""
        return any(scope.cleanups for scope in self._nest)

    def cleanups(self, depth: int) -> Iterator[Cleanup]:
        """What runs when control leaves all scopes but the outer `depth`, in order."""
        for scope in reversed(self._nest[depth:]):
            yield from reversed(scope.cleanups)

    def around(self, offset: int) -> int:
        """How many of the outer scopes, of those that are open, also hold `offset`."""
        count = 0
        for scope in self._nest:
            if not scope.start <= offset < scope.end:
                break
            count += 1
        return count
