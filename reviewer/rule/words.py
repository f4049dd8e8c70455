"""Rules on the words of a patch out of TOML tables."""

from __future__ import annotations

from pathlib import PurePosixPath

from reviewer.finding import Severity
from reviewer.rule.fields import message, raise_problems, severity
from reviewer.rule.files import rule_files
from reviewer.rule.table import Table, read_table
from reviewer.rule.types import ExampleKind, RuleSet, Vocabulary
from reviewer.rule.words_types import MailExample, Words, WordsRule

KIND = "words"
MESSAGE_FIELDS = frozenset({"subject", "text", "detail"})


def load_words() -> RuleSet:
    """The shipped rules on words alone, which are all that a patch without code is checked for.

    Raises RuleErrors with every problem of their files.
    """
    files = [file for file in rule_files() if f'\nkind = "{KIND}"\n' in f"\n{file.text}"]
    tables = [read_table(file.text, file.path) for file in files]
    rules = [words_rule(top, file.relative) for top, file in zip(tables, files, strict=True)]
    raise_problems(tables)
    return RuleSet((), Vocabulary(()), "", tuple(sorted(rules, key=lambda rule: rule.id)))


def words_rule(top: Table, relative: str) -> WordsRule:
    """The rule that the table of a file holds; problems are reported at the table."""
    top.allow(
        "kind", "title", "severity", "message", "rationale", "limits", "references", "words",
        *ExampleKind,
    )  # fmt: skip
    grade = severity(top)
    if grade is Severity.ERROR:
        top.report("words are no more than a warning", "severity", remedy="warning or info")
    body = top.table(KIND)
    if body is None:
        top.report(f"the table [{KIND}] is missing")
    rule = WordsRule(
        id=PurePosixPath(relative).stem,
        title=top.text("title", required=True),
        severity=grade,
        message=message(top, MESSAGE_FIELDS),
        body=_body(body) if body else Words(""),
        rationale=top.text("rationale", required=True),
        limits=top.texts("limits", required=True),
        references=top.texts("references", required=True),
        examples=tuple(_example(table, kind) for kind in ExampleKind for table in top.tables(kind)),
        source=relative,
    )
    for kind in (ExampleKind.BAD, ExampleKind.GOOD):
        if not any(example.kind is kind for example in rule.examples):
            top.report(f"no [[{kind}]] example")
    return rule


def _body(table: Table) -> Words:
    table.allow("check", "words", "pedantic", "right", "alarms")
    right, alarms = _count(table, "right"), _count(table, "alarms")
    if right > alarms:
        table.report("more alarms right than raised", "right")
    return Words(
        check=table.text("check", required=True),
        words=table.texts("words"),
        pedantic=table.flag("pedantic"),
        right=right,
        alarms=alarms,
    )


def _count(table: Table, key: str) -> int:
    value = table.values.get(key, 0)
    if isinstance(value, int) and value >= 0:
        return value
    table.report(f"`{key}` must be a count", key)
    return 0


def _example(table: Table, kind: ExampleKind) -> MailExample:
    table.allow("title", "code", "guilty")
    code = table.text("code", required=True)
    named = table.texts("guilty")
    lines = code.split("\n")
    guilty: list[int] = []
    for text in named:
        found = [number for number, line in enumerate(lines, 1) if text in line]
        if len(found) != 1:
            table.report(f"`{text}` stands on {len(found)} lines of the mail", "guilty", text)
        guilty += found[:1]
    if kind is ExampleKind.GOOD and named:
        table.report("a good example names a guilty line", "guilty")
    elif kind is not ExampleKind.GOOD and not named:
        table.report("example without a guilty line: name it in `guilty`", "code")
    return MailExample(kind, table.text("title", required=True), code + "\n", tuple(sorted(guilty)))
