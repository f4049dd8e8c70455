"""Bare names that only those may use whom a rule permits: every way to what they name.

A name counts wherever it stands: called, handed on, kept, in an initialiser, in an alias, as an
operand of an instruction (inline as well), in a data directive of assembly, told to modules. What a
macro pastes together is a Skip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.bodies import Bodies
from reviewer.event.match import Matcher, names_of
from reviewer.event.types import Event
from reviewer.finding import Finding, Location, Skip, Step, Trace
from reviewer.rule.pattern import literals
from reviewer.rule.types import Order, Rule, Vocabulary, speaks_of
from reviewer.source.asm_text import executed
from reviewer.source.code_text import code_only
from reviewer.source.conditions import TRUE, Condition, render
from reviewer.source.format import brief
from reviewer.source.types import Expr, Kind, Language, Operation

_PASTED = re.compile(r"(\w+)\s*##|##\s*(\w+)")
_WORD = re.compile(r"[A-Za-z_]\w*")
#: Lines outside of functions that hand a name to everybody, or define what goes there.
_TOLD = re.compile(rb"^[ \t]*(?:EXPORT|DEFINE)_\w+\(([^)\n]*)\)", re.MULTILINE)
#: Lines of assembly that keep an address, or give what has one another name.
_KEPT = re.compile(
    rb"^[ \t]*(?:\w+:[ \t]*)?(?:\.(?:quad|long|int|[48]byte|set|equ)[ \t]+([^\n;]*)"
    rb"|\w+_ALIAS\w*\(([^)\n]*)\))",
    re.MULTILINE,
)


class _Mention(Struct, frozen=True):
    """A name that stands in something, or in the code of something, without being used there."""

    line: int
    holder: str
    name: str
    text: str
    presence: Condition


def mentioned(bodies: Bodies, rule: Rule, order: Order) -> Iterator[Finding]:
    """Names of `mentions` that stand in nothing that the rule permits or finds anyway."""
    if not order.mentions:
        return
    yield from (_finding(rule, bodies.unit.path, each) for each in _mentions(bodies, order))


def _mentions(bodies: Bodies, order: Order) -> Iterator[_Mention]:
    yield from _kept(bodies, order)
    yield from _in_bodies(bodies, order)
    if bodies.unit.language is Language.C:
        yield from _in_initialisers(bodies, order)
        yield from _in_macros(bodies, order)


def _in_bodies(bodies: Bodies, order: Order) -> Iterator[_Mention]:
    """The names in functions and macros, each once a line."""
    seen: set[tuple[int, str]] = set()
    for body in (body for found in bodies.by_name.values() for body in found):
        for event in bodies.events(body):
            line = event.location.line
            named = (
                () if event.op.operation is Operation.LOAD else _named(event, bodies.matcher, order)
            )
            for name in named:
                if (line, name) not in seen:
                    seen.add((line, name))
                    yield _Mention(line, body.name, name, event.text, body.presence)


def _in_initialisers(bodies: Bodies, order: Order) -> Iterator[_Mention]:
    for variable in bodies.unit.variables:
        if variable.initializer is None:
            continue
        for name in dict.fromkeys(_bare(variable.initializer, bodies.matcher, order)):
            line = _line(bodies.unit.file.text, variable.line, name)
            text = f"{variable.name} = ... {name}"
            yield _Mention(line, variable.name, name, text, variable.presence)


def _in_macros(bodies: Bodies, order: Order) -> Iterator[_Mention]:
    """The names in macros that have no body of their own to look into."""
    for macro in bodies.unit.macros:
        for name in dict.fromkeys(_WORD.findall(macro.body)):
            if macro.name not in bodies.by_name and _is_mention(
                Expr(Kind.IDENTIFIER, name), bodies.matcher, order
            ):
                yield _Mention(macro.line, macro.name, name, macro.body, macro.presence)


def _named(event: Event, matcher: Matcher, order: Order) -> Iterator[str]:
    """The names in an event that no event of the rule accounts for."""
    inline = event.op.operation is Operation.ASM
    for expr in executed(event.op.expr) if inline else (event.op.expr,):
        yield from _bare(expr, matcher, order)


def _kept(bodies: Bodies, order: Order) -> Iterator[_Mention]:
    """Names in lines that are no code and keep them, or tell them to others."""
    unit = bodies.unit
    text = code_only(unit.file.text)
    forms = (_TOLD, _KEPT) if unit.language is Language.GAS else (_TOLD,)
    for match in (match for form in forms for match in form.finditer(text)):
        operands = next((each for each in match.groups() if each), b"").decode("utf-8", "replace")
        for name in dict.fromkeys(_WORD.findall(operands)):
            if _is_mention(Expr(Kind.IDENTIFIER, name), bodies.matcher, order):
                line = text.count(b"\n", 0, match.start()) + 1
                said = match[0].decode("utf-8", "replace")
                yield _Mention(line, name, name, said, TRUE)


def pasted(bodies: Bodies, order: Order, vocabulary: Vocabulary) -> Iterator[Skip]:
    """Macros that may paste such a name together."""
    words = tuple(
        literal
        for event in vocabulary.events
        if speaks_of(order.mentions, (event.name,))
        for form in event.c
        for literal in literals(form)
    )
    for macro in bodies.unit.macros if words else ():
        parts = {part for pair in _PASTED.findall(macro.body) for part in pair if part}
        parts -= set(macro.parameters or ())
        for word in words:
            if any(word.startswith(part) or part.startswith(word) for part in parts):
                reason = f"{macro.name} pastes names together, which may be `{word}...`"
                yield Skip(bodies.unit.path, macro.line, reason)
                break


def _bare(expr: Expr, matcher: Matcher, order: Order) -> Iterator[str]:
    """The names in an expression that no event of the rule accounts for."""
    if expr.kind is Kind.IDENTIFIER:
        if _is_mention(expr, matcher, order):
            yield expr.name
        return
    known = (*order.before, *order.permits)
    if expr.kind is Kind.SIZEOF or speaks_of(known, names_of(matcher, expr)):
        return
    for part in expr.args:
        yield from _bare(part, matcher, order)


def _is_mention(expr: Expr, matcher: Matcher, order: Order) -> bool:
    return speaks_of(order.mentions, names_of(matcher, expr))


def _line(text: bytes, start: int, name: str) -> int:
    """The first line from `start` on that has the name."""
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    lines = enumerate(text.split(b"\n")[start - 1 :], start)
    return next((number for number, line in lines if word.search(line)), start)


def _finding(rule: Rule, path: str, each: _Mention) -> Finding:
    place = Location(path, each.line)
    message = rule.message.format(
        subject=each.name, text=brief(each.text), opened=each.name, function=each.holder
    )
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=message,
        location=place,
        function=each.holder,
        subject=each.name,
        text=" ".join(each.text.split()),
        condition=render(each.presence),
        trace=Trace((Step(place, each.holder, each.text, f"{each.name} is named"),)),
    )
