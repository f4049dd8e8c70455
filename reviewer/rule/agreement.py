"""What the rules and events of all files have to be to each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from reviewer.rule.contract_types import ContractRule
from reviewer.rule.ending_types import EndingRule
from reviewer.rule.table import Table
from reviewer.rule.types import Context, EventType, ExampleKind, Plain, Root, Rule, covers, entries
from reviewer.rule.words_types import WordsRule

#: Keys of a rule's tables that name no events.
_NO_EVENTS = frozenset({
    "severity", "condition", "reason", "option", "same", "states", "source", "to", "roots", "by",
    "abroad",
})  # fmt: skip


def check_names_once(events: list[tuple[Table, EventType]]) -> None:
    """Reports every event that has the name of another."""
    seen: set[str] = set(Plain)
    for table, event in events:
        if event.name in seen:
            table.report(f"event `{event.name}` is defined twice", "name")
        seen.add(event.name)


def check_ids_once(
    rules: Sequence[
        tuple[Table, Rule]
        | tuple[Table, WordsRule]
        | tuple[Table, ContractRule]
        | tuple[Table, EndingRule]
    ],
) -> None:
    """Reports every rule that has the id of another."""
    seen: dict[str, str] = {}
    for top, rule in rules:
        if rule.id in seen:
            top.report(f"rule `{rule.id}` is defined twice", remedy=f"see {seen[rule.id]}")
        seen.setdefault(rule.id, top.source.path)


def check_rules(rules: list[tuple[Table, Rule]], events: frozenset[str]) -> None:
    """Reports what the rules lack, and names in them that no event has."""
    known = frozenset(entry for event in (*events, *Plain) for entry in _covering(event))
    for top, rule in rules:
        if not any(example.kind is ExampleKind.BAD for example in rule.examples):
            top.report("no [[bad]] example")
        if not any(example.kind is ExampleKind.GOOD for example in rule.examples):
            top.report("no [[good]] example")
        if rule.flag:
            for name in dict.fromkeys(_entries(rule)):
                if name not in known:
                    top.report(f"unknown event `{name}`", "", name)
            continue
        tables = [top.table(rule.kind.value), *top.tables("rank"), *top.tables("move")]
        for table in (table for table in tables if table is not None):
            _check_names(table, known)


def check_roots(rules: list[tuple[Table, Rule]], roots: tuple[Root, ...]) -> None:
    """Reports names of roots that there are not."""
    for top, rule in rules:
        for name in rule.body.roots if isinstance(rule.body, Context) else ():
            if not any(covers(name, root.name) for root in roots):
                top.report(f"unknown root `{name}`", "", name)


def check_use(
    events: list[tuple[Table, EventType]],
    rules: Collection[Rule],
    others: Collection[ContractRule | EndingRule],
) -> None:
    """Reports events of no use, when all else is right: a broken rule speaks of nothing."""
    spoken = {entry for rule in rules for entry in _entries(rule)}
    spoken |= {entry for rule in others for _, names in rule.body.words for entry in names}
    spoken |= {
        entry
        for rule in others
        if isinstance(rule, EndingRule)
        for platform in rule.body.platforms
        for entry in platform.holds
    }
    for table, event in events:
        if not (event.action or event.noreturn or not spoken.isdisjoint(_covering(event.name))):
            table.report(f"no rule speaks of event `{event.name}`", "name")


def _check_names(table: Table, known: frozenset[str]) -> None:
    for key, value in table.values.items():
        if key in _NO_EVENTS:
            continue
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            for inner in table.tables(key):
                _check_names(inner, known)
            continue
        for name in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            if isinstance(name, str) and name not in known:
                table.report(f"unknown event `{name}`", key, name)


def _covering(event: str) -> Iterator[str]:
    """The entries that cover the event: of `percpu.read` that and `percpu`."""
    parts = event.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _entries(rule: Rule) -> Iterator[str]:
    for names in entries(rule.body).values():
        yield from names
    yield from (rank.event for rank in rule.ranks if rank.event)
