"""Rules on the contract between C and assembly out of TOML: one file, several checks."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from reviewer.rule.checks import examples_of, parts, suffix
from reviewer.rule.contract_types import Contract, ContractExample, ContractRule
from reviewer.rule.fields import message, severity
from reviewer.rule.table import Table
from reviewer.rule.types import ExampleKind

KIND = "contract"
MESSAGE_FIELDS = frozenset({"subject", "text", "detail"})
#: A line of an example that begins another of its files.
_FILE = re.compile(r"^== (\S+)$", re.MULTILINE)
_OWN = ("name", "as", "title", "severity", "message", "by")


def contract_rules(top: Table, relative: str) -> tuple[ContractRule, ...]:
    """The rules that a file holds, one a check; problems are reported at its tables.

    In [[check]] every further key is a part that events have, with their names.
    """
    top.allow(
        "kind", "title", "rationale", "limits", "references", "contract", "check", *ExampleKind
    )
    top.text("title", required=True)
    shared = top.table(KIND)
    if shared is None:
        top.report(f"the table [{KIND}] is missing")
        return ()
    shared.allow("entries", "files", "exclude", "touched", "condition")
    entries, files = shared.texts("entries", required=True), shared.texts("files", required=True)
    stem = PurePosixPath(relative).stem
    examples = examples_of(top, _example)
    return tuple(
        ContractRule(
            id=f"{stem}-{suffix(table)}",
            title=table.text("title", required=True),
            severity=severity(table),
            message=message(table, MESSAGE_FIELDS),
            body=Contract(
                table.text("name", required=True),
                entries,
                files,
                parts(table, _OWN),
                table.texts("by"),
                shared.texts("exclude"),
                shared.texts("touched"),
            ),
            condition=shared.text("condition"),
            rationale=top.text("rationale", required=True),
            limits=top.texts("limits", required=True),
            references=top.texts("references", required=True),
            examples=examples.get(suffix(table), ()),
            source=relative,
        )
        for table in top.tables("check")
    )


def _example(table: Table, kind: ExampleKind) -> ContractExample:
    code = table.text("code", required=True)
    texts = _FILE.split(code)
    files = tuple(
        (path, text.removeprefix("\n")) for path, text in zip(texts[1::2], texts[2::2], strict=True)
    )
    if not files or texts[0].strip():
        table.report("an example begins with the line `== PATH` of its first file", "code")
    guilty: list[tuple[str, int]] = []
    for text in table.texts("guilty"):
        name, _, line = text.rpartition(":")
        places = [
            (path, int(line))
            for path, body in files
            if path.rpartition("/")[2] == name and line.isdigit()
            if 0 < int(line) <= body.count("\n") + 1
        ]
        if len(places) != 1:
            table.report(f"`{text}` names no line of the files", "guilty", text, remedy="NAME:LINE")
        guilty += places
    if (kind is ExampleKind.GOOD) == bool(guilty):
        table.report(f"a {kind} example with{'' if guilty else 'out'} guilty lines", "guilty")
    return ContractExample(
        kind, table.text("title", required=True), code + "\n", files, tuple(guilty)
    )
