"""The vocabulary out of its tables: events, and how each is spelled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reviewer.rule.table import Table
from reviewer.rule.types import EventType

if TYPE_CHECKING:
    from reviewer.rule.pattern import Pattern

_NAME = re.compile(r"[a-z][a-z0-9]*([.-][a-z0-9]+)*")


def is_vocabulary(top: Table) -> bool:
    """Whether the file holds words of the vocabulary and no rule."""
    return "kind" not in top.values and not top.values.keys().isdisjoint(("event", "root"))


def vocabulary(top: Table) -> Iterator[tuple[Table, EventType]]:
    """The events of a file of the vocabulary, each with its table."""
    top.allow("event", "root", "asks")
    yield from events(top)


def events(top: Table) -> Iterator[tuple[Table, EventType]]:
    """The events that the file has among other things, each with its table."""
    for table in top.tables("event"):
        table.allow(
            "name", "phrase", "doc", "action", "noreturn", "guess", "aside", "c", "asm", "through",
            "references", "yields_to", "within", "without", "carries",
        )  # fmt: skip
        name = table.text("name", required=True)
        if name and not _NAME.fullmatch(name):
            table.report(f"`{name}` is no event name", "name", remedy="lower case, dotted")
        c = _patterns(table, "c")
        asm = _patterns(table, "asm")
        if not {"c", "asm", "carries"} & table.values.keys():
            table.report(f"event `{name}` has no spelling", "name", remedy="give it `c` or `asm`")
        yield (
            table,
            EventType(
                name=name,
                doc=table.text("doc", required=True),
                c=c,
                asm=asm,
                action=table.text("action"),
                references=table.texts("references"),
                noreturn=table.flag("noreturn"),
                guess=table.flag("guess"),
                aside=table.flag("aside"),
                through=table.texts("through"),
                phrase=table.text("phrase"),
                yields_to=table.text("yields_to"),
                within=table.texts("within"),
                without=table.texts("without"),
                carries=table.texts("carries"),
            ),
        )


def _patterns(table: Table, key: str) -> tuple[Pattern, ...]:
    from reviewer.rule.pattern import PatternError, parse_c, parse_instruction

    parse = parse_c if key == "c" else parse_instruction
    found: list[Pattern] = []
    for source in table.texts(key):
        try:
            found.append(parse(source))
        except PatternError as error:
            table.report(f"pattern `{source}`: {error}", key, source)
    return tuple(found)
