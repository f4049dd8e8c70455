"""What rules of every kind have, out of their tables: each problem is reported at its table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import Formatter

from reviewer.errors import RuleErrors
from reviewer.finding import Severity
from reviewer.rule.table import Table
from reviewer.rule.types import Example, ExampleKind, Rank, Scope

MARKER = "/* bad */"
_OPTIONS = re.compile(r"!?CONFIG_\w+( && !?CONFIG_\w+)*")
_EXAMPLE_PATH = "arch/x86/kernel/example.c"


def severity(table: Table) -> Severity:
    """How bad it is."""
    text = table.text("severity", required=True)
    if text in set(Severity):
        return Severity(text)
    if text:
        table.report(
            f"unknown severity `{text}`", "severity", remedy=f"one of {', '.join(Severity)}"
        )
    return Severity.ERROR


def message(table: Table, fields: frozenset[str]) -> str:
    """The template of what a finding says, with no fields but those."""
    text = table.text("message", required=True)
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        table.report(f"`message` is no template: {error}", "message")
        return text
    for name in names:
        if name not in fields:
            table.report(
                f"`{{{name}}}` is no field of a message",
                "message",
                remedy=f"one of {', '.join(sorted(fields))}",
            )
    return text


def scope(table: Table | None) -> Scope:
    """The files and the configuration that the rule looks at."""
    if table is None:
        return Scope()
    table.allow("paths", "exclude", "condition")
    return Scope(
        paths=table.texts("paths") or Scope().paths,
        exclude=table.texts("exclude"),
        condition=_options(table),
    )


def _options(table: Table) -> str:
    text = table.text("condition")
    if text and not _OPTIONS.fullmatch(text):
        table.report(
            f"cannot read condition `{text}`",
            "condition",
            remedy="options joined by &&: CONFIG_A && !CONFIG_B",
        )
    return text


def rank(table: Table) -> Rank:
    """Another severity for some findings."""
    table.allow("event", "option", "severity", "condition", "reason")
    option = table.text("option")
    return Rank(
        event=table.text("event", required=not option),
        option=option,
        severity=severity(table),
        condition=_options(table),
        reason=table.text("reason", required=True),
    )


def example(table: Table, kind: ExampleKind) -> Example:
    """Code with its guilty lines."""
    table.allow("title", "code", "path")
    code = table.text("code", required=True)
    guilty = tuple(number for number, line in enumerate(code.split("\n"), 1) if MARKER in line)
    if kind is ExampleKind.GOOD and guilty:
        table.report(f"a good example marks a line with {MARKER}", "code")
    elif kind is not ExampleKind.GOOD and code and not guilty:
        table.report(f"example without a guilty line: mark it with {MARKER}", "code")
    return Example(
        kind=kind,
        title=table.text("title", required=True),
        code=code + "\n",
        path=table.text("path") or _EXAMPLE_PATH,
        guilty=guilty,
    )


def raise_problems(tables: Iterable[Table]) -> None:
    """Raises RuleErrors with the problems of all files, in the order of files and lines."""
    problems = tuple(
        problem
        for top in tables
        for problem in sorted(top.source.problems, key=lambda item: item.line)
    )
    if problems:
        raise RuleErrors(problems)
