"""Rules on whole series out of TOML: one file, several checks, and words of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from reviewer.rule import vocabulary
from reviewer.rule.checks import examples_of, parts, suffix
from reviewer.rule.ending_types import Ending, EndingExample, EndingRule, Platform
from reviewer.rule.fields import message, scope, severity
from reviewer.rule.table import Table
from reviewer.rule.types import ExampleKind

KIND = "series"
MESSAGE_FIELDS = frozenset({"subject", "text", "detail", "function"})
#: A line of an example that begins another of its files, before the series (`--`) or after it.
_FILE = re.compile(r"^(==|--) (\S+)$", re.MULTILINE)
_OWN = ("name", "as", "title", "severity", "message", "pedantic")


def ending_rules(top: Table, relative: str) -> tuple[EndingRule, ...]:
    """The rules that a file holds, one a check; problems are reported at its tables.

    In [[check]] every further key is a part that events have, with their names.
    """
    top.allow(
        "kind", "title", "rationale", "limits", "references", KIND, "scope", "event", "platform",
        "check", *ExampleKind,
    )  # fmt: skip
    top.text("title", required=True)
    shared = top.table(KIND)
    if shared:
        shared.allow("types", "members", "masks", "flag")
    stem = PurePosixPath(relative).stem
    examples = examples_of(top, _example)
    events = tuple(event for _, event in vocabulary.events(top))
    platforms = tuple(_platform(table) for table in top.tables("platform"))
    return tuple(
        EndingRule(
            id=f"{stem}-{suffix(table)}",
            title=table.text("title", required=True),
            severity=severity(table),
            message=message(table, MESSAGE_FIELDS),
            body=Ending(
                table.text("name", required=True),
                parts(table, _OWN),
                shared.texts("types") if shared else (),
                shared.texts("masks") if shared else (),
                shared.text("flag") if shared else "",
                platforms,
                table.flag("pedantic"),
                shared.texts("members") if shared else (),
            ),
            events=events,
            scope=scope(top.table("scope")),
            rationale=top.text("rationale", required=True),
            limits=top.texts("limits", required=True),
            references=top.texts("references", required=True),
            examples=examples.get(suffix(table), ()),
            source=relative,
        )
        for table in top.tables("check")
    )


def _platform(table: Table) -> Platform:
    table.allow("name", "holds", "condition", "elsewhere", "known_by")
    return Platform(
        table.text("name", required=True),
        table.texts("holds", required=True),
        table.text("condition"),
        table.texts("elsewhere"),
        table.text("known_by"),
    )


def _example(table: Table, kind: ExampleKind) -> EndingExample:
    code = table.text("code", required=True)
    texts = _FILE.split(code)
    named = list(zip(texts[1::3], texts[2::3], texts[3::3], strict=True))
    if not named or texts[0].strip():
        table.report("an example begins with the line `== PATH` of its first file", "code")
    after = tuple((path, _text(body)) for sign, path, body in named if sign == "==")
    before = tuple((path, _text(body)) for sign, path, body in named if sign == "--")
    guilty = tuple(_guilty(table, after))
    if (kind is ExampleKind.GOOD) == bool(guilty):
        table.report(f"a {kind} example with{'' if guilty else 'out'} guilty lines", "guilty")
    return EndingExample(
        kind, table.text("title", required=True), code + "\n", before, after, guilty
    )


def _text(body: str) -> str:
    return f"{body.strip(chr(10))}\n"


def _guilty(table: Table, after: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, int]]:
    """The lines that `guilty` names, each by the file's name and a text that no other has."""
    for text in table.texts("guilty"):
        name, _, words = text.partition(": ")
        places = [
            (path, number)
            for path, body in after
            if path.rpartition("/")[2] == name
            for number, line in enumerate(body.split("\n"), 1)
            if words in line
        ]
        if len(places) != 1:
            table.report(
                f"`{text}` names {len(places)} lines of the files",
                "guilty",
                text,
                remedy="NAME: TEXT",
            )
        yield from places[:1]
