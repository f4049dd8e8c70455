"""Bare names that only those may use whom a rule permits: every way to what they name.

A name counts wherever it stands: called, handed on, kept, in an initialiser, in an alias, as an
operand of an instruction (inline as well), in a data directive of assembly, told to modules. What a
macro pastes together is a Skip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.check.bodies import Bodies
from reviewer.event.match import Matcher
from reviewer.event.types import Event
from reviewer.finding import Finding, Location, Skip, Step, Trace
from reviewer.rule.pattern import literals
from reviewer.rule.types import Order, Rule, Vocabulary, covers, speaks_of
from reviewer.source.asm_text import executed
from reviewer.source.code_text import code_only
from reviewer.source.conditions import TRUE, Condition, render
from reviewer.source.format import brief
from reviewer.source.types import Expr, Kind, Language, Operation

_PASTED = re.compile(r"(\w+)\s*##|##\s*(\w+)")
_WORD = re.compile(r"[A-Za-z_]\w*")
#: Lines outside of functions that hand a name to everybody.
_TOLD = re.compile(rb"^[ \t]*EXPORT_\w+\(([^)\n]*)\)", re.MULTILINE)
#: Lines of assembly that keep an address, or give what has one another name.
_KEPT = re.compile(
    rb"^[ \t]*(?:\w+:[ \t]*)?(?:\.(?:quad|long|int|[48]byte|set|equ)[ \t]+([^\n;]*)"
    rb"|\w+_ALIAS\w*\(([^)\n]*)\))",
    re.MULTILINE,
)


def mentioned(bodies: Bodies, rule: Rule, order: Order) -> Iterator[Finding]:
    """Names of `mentions` that stand in nothing that the rule permits or finds anyway."""
    if not order.mentions:
        return
    unit = bodies.unit
    yield from _kept(bodies, rule, order)
    seen: set[tuple[int, str]] = set()
    for found in bodies.by_name.values():
        for body in found:
            graph = bodies.graph(body)
            for event in (each for block in (graph.blocks if graph else ()) for each in block):
                if event.op.operation is Operation.LOAD:
                    continue
                for name in _named(event, bodies.matcher, order):
                    if (event.location.line, name) not in seen:
                        seen.add((event.location.line, name))
                        place = event.location.line
                        yield _finding(rule, unit.path, place, body.name, name, event.text,
                                       body.presence)  # fmt: skip
    if unit.language is not Language.C:
        return
    for variable in unit.variables:
        if variable.initializer is not None:
            for name in dict.fromkeys(_bare(variable.initializer, bodies.matcher, order)):
                line = _line(unit.file.text, variable.line, name)
                text = f"{variable.name} = ... {name}"
                yield _finding(rule, unit.path, line, variable.name, name, text, variable.presence)
    for macro in unit.macros:
        if macro.name not in bodies.by_name:
            for name in dict.fromkeys(_WORD.findall(macro.body)):
                if _is_mention(Expr(Kind.IDENTIFIER, name), bodies.matcher, order):
                    yield _finding(
                        rule, unit.path, macro.line, macro.name, name, macro.body, macro.presence
                    )


def _named(event: Event, matcher: Matcher, order: Order) -> Iterator[str]:
    """The names in an event that no event of the rule accounts for."""
    inline = event.op.operation is Operation.ASM
    for expr in executed(event.op.expr) if inline else (event.op.expr,):
        yield from _bare(expr, matcher, order)


def _kept(bodies: Bodies, rule: Rule, order: Order) -> Iterator[Finding]:
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
                yield _finding(rule, unit.path, line, name, name, said, TRUE)


def pasted(bodies: Bodies, order: Order, vocabulary: Vocabulary) -> Iterator[Skip]:
    """Macros that may paste such a name together."""
    words = tuple(
        literal
        for event in vocabulary.events
        if any(covers(entry, event.name) for entry in order.mentions)
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
    names = tuple(event.name for event, _ in matcher.c.matches(expr))
    known = (*order.before, *order.permits)
    if expr.kind is Kind.SIZEOF or speaks_of(known, names):
        return
    for part in expr.args:
        yield from _bare(part, matcher, order)


def _is_mention(expr: Expr, matcher: Matcher, order: Order) -> bool:
    return any(
        covers(entry, event.name)
        for event, _ in matcher.c.matches(expr)
        for entry in order.mentions
    )


def _line(text: bytes, start: int, name: str) -> int:
    """The first line from `start` on that has the name."""
    word = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    lines = enumerate(text.split(b"\n")[start - 1 :], start)
    return next((number for number, line in lines if word.search(line)), start)


def _finding(
    rule: Rule,
    path: str,
    line: int,
    function: str,
    name: str,
    text: str,
    presence: Condition,
) -> Finding:
    place = Location(path, line)
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        message=rule.message.format(subject=name, text=brief(text), opened=name, function=function),
        location=place,
        function=function,
        subject=name,
        text=" ".join(text.split()),
        condition=render(presence),
        trace=Trace((Step(place, function, text, f"{name} is named"),)),
    )
