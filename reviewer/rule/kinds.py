"""Bodies of rules out of their TOML tables, one constructor a kind."""

from __future__ import annotations

from typing import assert_never

from reviewer.rule.table import Table
from reviewer.rule.types import (
    WRONG,
    Body,
    Context,
    Coverage,
    Move,
    Order,
    Pairing,
    Protection,
    RuleKind,
    Typestate,
    Window,
)


def body_of(kind: RuleKind, table: Table) -> Body:
    """The body that the table of that kind holds; problems are reported at the table."""
    match kind:
        case RuleKind.WINDOW:
            return _window(table)
        case RuleKind.ORDER:
            return _order(table)
        case RuleKind.PAIRING:
            return _pairing(table)
        case RuleKind.TYPESTATE:
            return _typestate(table)
        case RuleKind.COVERAGE:
            return _coverage(table)
        case RuleKind.CONTEXT:
            return _context(table)
        case _:
            assert_never(kind)


def _window(table: Table) -> Window:
    table.allow("opens", "forbids", "permits", "closes", "until", "beneath", "into")
    return Window(
        opens=table.texts("opens", required=True),
        forbids=table.texts("forbids", required=True),
        permits=table.texts("permits"),
        closes=table.texts("closes"),
        until=table.texts("until"),
        beneath=table.texts("beneath"),
        into=table.texts("into"),
    )


def _order(table: Table) -> Order:
    table.allow("require", "before", "voided_by", "permits", "until", "starts", "same", "mentions")
    return Order(
        require=table.texts("require"),
        before=table.texts("before", required=True),
        voided_by=table.texts("voided_by"),
        permits=table.texts("permits"),
        until=table.texts("until"),
        starts=table.texts("starts"),
        same=table.text("same"),
        mentions=table.texts("mentions"),
    )


def _pairing(table: Table) -> Pairing:
    table.allow("acquire", "release", "same")
    return Pairing(
        acquire=table.texts("acquire", required=True),
        release=table.texts("release", required=True),
        same=table.text("same"),
    )


def _typestate(table: Table) -> Typestate:
    table.allow("states", "same", "move")
    states = table.texts("states", required=True)
    moves: list[Move] = []
    for item in table.tables("move"):
        item.allow("source", "on", "to")
        source, to = item.text("source", required=True), item.text("to", required=True)
        for state in (source, to):
            if state not in (*states, WRONG):
                item.report(f"`{state}` is none of the states", "to")
        moves.append(Move(source, item.texts("on", required=True), to))
    if not moves:
        table.report("no [[typestate.move]]")
    return Typestate(states or ("",), tuple(moves), table.text("same"))


def _coverage(table: Table) -> Coverage:
    table.allow("of", "by", "needs", "where", "unless")
    return Coverage(
        of=table.texts("of", required=True),
        by=table.texts("by", required=True),
        needs=table.texts("needs"),
        unless=table.texts("unless"),
        where=table.texts("where"),
    )


def _context(table: Table) -> Context:
    table.allow("before", "roots", "bare", "unclear", "permits", "abroad", "clear", "protection")
    protections: list[Protection] = []
    for item in table.tables("protection"):
        item.allow("off", "on", "by")
        off, on = item.texts("off", required=True), item.texts("on", required=True)
        protections.append(Protection(off, on, item.texts("by", required="roots" in table.values)))
    if not protections:
        table.report("no [[context.protection]]")
    found = Context(
        before=table.texts("before", required=True),
        protections=tuple(protections),
        roots=table.texts("roots"),
        bare=table.texts("bare"),
        unclear=table.texts("unclear"),
        permits=table.texts("permits"),
        abroad=table.flag("abroad"),
        clear=table.texts("clear"),
    )
    if not (found.roots or found.bare):
        table.report("no `roots` and no `bare`: nothing is ever known to be in force")
    return found
