"""Rule files that hold several checks: a [[check]] is a rule, an example names those it is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from reviewer.errors import RuleError
from reviewer.rule.table import Table
from reviewer.rule.types import ExampleKind

_E = TypeVar("_E")
_C = TypeVar("_C")


def check_named(checks: Mapping[str, _C], name: str, source: str) -> _C:
    """The check of that name, which a rule of the file asks for.

    Raises:
        RuleError: there is none.
    """
    if name not in checks:
        remedy = f"one of {', '.join(checks)}"
        raise RuleError(f"no check `{name}`", path=source, remedy=remedy)
    return checks[name]


def suffix(table: Table) -> str:
    """What the id of the rule of a [[check]] ends in, after the file's stem."""
    return table.text("as") or table.text("name")


def parts(table: Table, own: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The keys of a [[check]] that are parts which events have, with the names of the events."""
    return tuple((key, table.texts(key)) for key in table.values if key not in own)


def examples_of(
    top: Table, example: Callable[[Table, ExampleKind], _E]
) -> dict[str, tuple[_E, ...]]:
    """The examples of a file by the checks they are of; what is amiss is reported."""
    found: dict[str, list[_E]] = {}
    kinds: set[tuple[str, ExampleKind]] = set()
    for kind in ExampleKind:
        for table in top.tables(kind):
            table.allow("check", "title", "code", "guilty")
            read = example(table, kind)
            for name in table.texts("check", required=True):
                found.setdefault(name, []).append(read)
                kinds.add((name, kind))
    names = [suffix(table) for table in top.tables("check")]
    for name in names:
        for kind in (ExampleKind.BAD, ExampleKind.GOOD):
            if (name, kind) not in kinds:
                top.report(f"no [[{kind}]] example of `{name}`")
    for name in sorted(found.keys() - {*names}):
        top.report(f"examples of `{name}`, which is no check here")
    return {name: tuple(examples) for name, examples in found.items()}
