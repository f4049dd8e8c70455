"""What the words of a scenario say of the code: actions, tests, and what a call reaches."""

from __future__ import annotations

from msgspec import Struct

from reviewer.event.match import stripped
from reviewer.model.code import Code
from reviewer.model.state import IN_MASK, LOCAL_PREFIX, MASK_EMPTY
from reviewer.model.terms import Terms
from reviewer.source.conditions import Atom, Condition
from reviewer.source.format import render as spell
from reviewer.source.types import Expr, Kind


class Meaning(Struct, frozen=True, eq=False):
    """What names stand for on the CPU that hands over (`boot`) or on any other."""

    code: Code
    terms: Terms
    boot: bool

    def action(self, names: tuple[str, ...]) -> str:
        """The action of an event, `""` if the vocabulary gives it none."""
        found = (self.terms.actions.get(name) for name in names)
        return next((each for each in found if each), "")

    def named(self, expr: Expr) -> str:
        """The action of an expression that the vocabulary names."""
        matches = self.code.shelf.matcher.c.matches(expr)
        return self.action(tuple(event.name for event, _ in matches))

    def test(self, expr: Expr) -> Expr | Condition | None:
        """What a call that the vocabulary names says, or stands for."""
        for event, bound in self.code.shelf.matcher.c.matches(expr):
            match self.terms.actions.get(event.name):
                case "percpu-read" if spell(bound.get("subject", expr)) in self.terms.flags:
                    return Atom(self.terms.flag)
                case "mask-is-empty" if self.boot:
                    return Atom(MASK_EMPTY)
                case "mask-test" if not self.boot:
                    return Atom(IN_MASK)
                case "value" if len(expr.args) > 1:
                    return expr.args[1]
                case _:
                    continue
        return None

    def reached(self, call: Expr) -> str:
        """The name of the function that a call reaches, `""` if that is not known."""
        target = stripped(call.args[0])
        if target.kind is Kind.IDENTIFIER:
            name = self.terms.calls.get(target.name.rpartition(".")[2], target.name)
            return "" if name.startswith(LOCAL_PREFIX) else name
        if target.kind in (Kind.MEMBER, Kind.ARROW):
            return self.terms.calls.get(target.name) or self.code.member(target.name)
        return ""
