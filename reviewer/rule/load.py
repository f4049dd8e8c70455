"""Rules and vocabulary out of TOML files, every problem of every file reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from string import Formatter
from typing import TYPE_CHECKING

from reviewer.errors import RuleErrors
from reviewer.finding import Severity
from reviewer.rule.contract import KIND as CONTRACT
from reviewer.rule.contract import contract_rules
from reviewer.rule.ending import KIND as ENDING
from reviewer.rule.ending import Readers, ending_rules
from reviewer.rule.ending_types import EndingRule
from reviewer.rule.files import RuleFile, digest_of, rule_files
from reviewer.rule.table import Table, read_table
from reviewer.rule.types import (
    PROTOCOL,
    ContractRule,
    EventType,
    Example,
    ExampleKind,
    Plain,
    Rank,
    Rule,
    RuleKind,
    RuleSet,
    Scope,
    Vocabulary,
    Window,
    WordsRule,
    covers,
    entries,
)
from reviewer.rule.words import KIND as WORDS
from reviewer.rule.words import words_rule

if TYPE_CHECKING:
    from reviewer.rule.pattern import Pattern
    from reviewer.rule.protocol_types import Promise

MARKER = "/* bad */"
_NAME = re.compile(r"[a-z][a-z0-9]*([.-][a-z0-9]+)*")
_OPTIONS = re.compile(r"!?CONFIG_\w+( && !?CONFIG_\w+)*")
_ON_WORDS = re.compile(rf"""^kind *= *["']{WORDS}["']""", re.MULTILINE)
#: Keys of a rule's tables that name no events.
_NO_EVENTS = frozenset(
    {"severity", "condition", "reason", "option", "same", "states", "source", "to", "defined_by"}
)
_MESSAGE_FIELDS = frozenset({"subject", "text", "opened", "function"})
_EXAMPLE_PATH = "arch/x86/kernel/example.c"


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The shipped rules and those of the extra files and folders.

    Raises RuleErrors with every problem of every file.
    """
    return parse_rules(rule_files(extra))


def load_words(extra: Sequence[Path] = ()) -> RuleSet:
    """The rules on words alone, which are all that a patch without code is checked for.

    Raises RuleErrors with every problem of their files.
    """
    return parse_rules(file for file in rule_files(extra) if _ON_WORDS.search(file.text))


def parse_rules(files: Iterable[RuleFile]) -> RuleSet:
    """The rules and events that the files hold.

    Raises RuleErrors with every problem of every file, in the order of files and lines.
    """
    found = tuple(files)
    tables = [(file, read_table(file.text, file.path)) for file in found]
    events = [
        (table, event)
        for _, top in tables
        if "event" in top.values
        if "kind" not in top.values
        for table, event in _vocabulary(top)
    ]
    rules = [
        (top, _rule(top, file.relative))
        for file, top in tables
        if top.values and ("kind" in top.values or "event" not in top.values)
        if top.values.get("kind") not in (WORDS, PROTOCOL, CONTRACT, ENDING)
    ]
    promises: list[Promise] = []
    for file, top in tables:
        if top.values.get("kind") == PROTOCOL:
            from reviewer.rule.protocol import read_protocol

            protocol = read_protocol(top, file.relative, _scope(top.table("scope")), _example)
            events += [(top, event) for event in protocol.events]
            rules += [(top, rule) for rule in protocol.rules]
            promises += protocol.promises
    words = [
        (top, words_rule(top, file.relative, _severity(top), partial(_message, top)))
        for file, top in tables
        if top.values.get("kind") == WORDS
    ]
    contracts = [
        (top, rule)
        for file, top in tables
        if top.values.get("kind") == CONTRACT
        for rule in contract_rules(top, file.relative, _severity, _message)
    ]
    readers = Readers(_severity, _message, _scope, _events)
    endings = [
        (top, rule)
        for file, top in tables
        if top.values.get("kind") == ENDING
        for rule in ending_rules(top, file.relative, readers)
    ]
    _check_names_once(events)
    _check_rules(rules, frozenset(event.name for _, event in events))
    _check_ids_once([*rules, *words, *contracts, *endings])
    _raise_problems(tables)
    others: list[ContractRule | EndingRule] = [rule for _, rule in contracts]
    others += [rule for _, rule in endings]
    _check_use(events, [rule for _, rule in rules], others)
    _raise_problems(tables)
    return RuleSet(
        tuple(sorted((rule for _, rule in rules), key=lambda rule: rule.id)),
        Vocabulary(tuple(event for _, event in events)),
        digest_of(found),
        tuple(sorted((rule for _, rule in words), key=lambda rule: rule.id)),
        tuple(sorted((rule for _, rule in contracts), key=lambda rule: rule.id)),
        tuple(sorted((rule for _, rule in endings), key=lambda rule: rule.id)),
        tuple(promises),
    )


def _vocabulary(top: Table) -> Iterator[tuple[Table, EventType]]:
    top.allow("event")
    yield from _events(top)


def _events(top: Table) -> Iterator[tuple[Table, EventType]]:
    for table in top.tables("event"):
        table.allow(
            "name", "phrase", "doc", "action", "noreturn", "guess", "c", "asm", "through",
            "references", "yields_to", "within",
        )  # fmt: skip
        name = table.text("name", required=True)
        if name and not _NAME.fullmatch(name):
            table.report(f"`{name}` is no event name", "name", remedy="lower case, dotted")
        c = _patterns(table, "c")
        asm = _patterns(table, "asm")
        if "c" not in table.values and "asm" not in table.values:
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
                through=table.texts("through"),
                phrase=table.text("phrase"),
                yields_to=table.text("yields_to"),
                within=table.texts("within"),
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


def _rule(top: Table, relative: str) -> Rule:
    from reviewer.rule.kinds import body_of

    kind = RuleKind.WINDOW
    if top.text("kind", required=True) in set(RuleKind):
        kind = RuleKind(top.text("kind"))
    else:
        top.report(
            f"unknown kind `{top.values.get('kind')}`",
            "kind",
            remedy=f"one of {', '.join((*RuleKind, CONTRACT, ENDING, PROTOCOL, WORDS))}",
        )
    top.allow(
        "kind", "title", "severity", "message", "rationale", "limits", "references", "scope",
        kind.value, "rank", *ExampleKind,
    )  # fmt: skip
    body = top.table(kind.value)
    if body is None:
        top.report(f"the table [{kind.value}] is missing")
    return Rule(
        id=PurePosixPath(relative).stem,
        kind=kind,
        title=top.text("title", required=True),
        severity=_severity(top),
        message=_message(top, _MESSAGE_FIELDS),
        scope=_scope(top.table("scope")),
        body=body_of(kind, body) if body else Window((), ()),
        rationale=top.text("rationale", required=True),
        limits=top.texts("limits", required=True),
        references=top.texts("references", required=True),
        ranks=tuple(_rank(table) for table in top.tables("rank")),
        examples=tuple(
            _example(table, example) for example in ExampleKind for table in top.tables(example)
        ),
        source=relative,
    )


def _severity(table: Table) -> Severity:
    text = table.text("severity", required=True)
    if text in set(Severity):
        return Severity(text)
    if text:
        table.report(
            f"unknown severity `{text}`", "severity", remedy=f"one of {', '.join(Severity)}"
        )
    return Severity.ERROR


def _message(table: Table, fields: frozenset[str]) -> str:
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


def _scope(table: Table | None) -> Scope:
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


def _rank(table: Table) -> Rank:
    table.allow("event", "option", "severity", "condition", "reason")
    option = table.text("option")
    return Rank(
        event=table.text("event", required=not option),
        option=option,
        severity=_severity(table),
        condition=_options(table),
        reason=table.text("reason", required=True),
    )


def _example(table: Table, kind: ExampleKind) -> Example:
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


def _raise_problems(tables: list[tuple[RuleFile, Table]]) -> None:
    problems = tuple(
        problem
        for _, top in tables
        for problem in sorted(top.source.problems, key=lambda item: item.line)
    )
    if problems:
        raise RuleErrors(problems)


def _check_names_once(events: list[tuple[Table, EventType]]) -> None:
    seen: set[str] = set(Plain)
    for table, event in events:
        if event.name in seen:
            table.report(f"event `{event.name}` is defined twice", "name")
        seen.add(event.name)


def _check_use(
    events: list[tuple[Table, EventType]],
    rules: list[Rule],
    others: list[ContractRule | EndingRule],
) -> None:
    """Only when all else is right, since a broken rule speaks of nothing."""
    spoken = [entry for rule in rules for entry in _entries(rule)]
    spoken += [entry for rule in others for _, names in rule.body.words for entry in names]
    spoken += [
        entry
        for rule in others
        if isinstance(rule, EndingRule)
        for platform in rule.body.platforms
        for entry in platform.holds
    ]
    for table, event in events:
        used = event.action or event.noreturn or any(covers(item, event.name) for item in spoken)
        if not used:
            table.report(f"no rule speaks of event `{event.name}`", "name")


def _entries(rule: Rule) -> Iterator[str]:
    for names in entries(rule.body).values():
        yield from names
    yield from (rank.event for rank in rule.ranks if rank.event)


def _check_rules(rules: list[tuple[Table, Rule]], events: frozenset[str]) -> None:
    known = events | frozenset(Plain)
    for top, rule in rules:
        if not any(example.kind is ExampleKind.BAD for example in rule.examples):
            top.report("no [[bad]] example")
        if not any(example.kind is ExampleKind.GOOD for example in rule.examples):
            top.report("no [[good]] example")
        if rule.flag:
            for name in dict.fromkeys(_entries(rule)):
                if not any(covers(name, event) for event in known):
                    top.report(f"unknown event `{name}`", "", name)
            continue
        tables = [top.table(rule.kind.value), *top.tables("rank"), *top.tables("move")]
        for table in (table for table in tables if table is not None):
            _check_names(table, known)


def _check_ids_once(
    rules: Sequence[
        tuple[Table, Rule]
        | tuple[Table, WordsRule]
        | tuple[Table, ContractRule]
        | tuple[Table, EndingRule]
    ],
) -> None:
    seen: dict[str, str] = {}
    for top, rule in rules:
        if rule.id in seen:
            top.report(f"rule `{rule.id}` is defined twice", remedy=f"see {seen[rule.id]}")
        seen.setdefault(rule.id, top.source.path)


def _check_names(table: Table, known: frozenset[str]) -> None:
    for key, value in table.values.items():
        if key in _NO_EVENTS:
            continue
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            for inner in table.tables(key):
                _check_names(inner, known)
            continue
        for name in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            if isinstance(name, str) and not any(covers(name, event) for event in known):
                table.report(f"unknown event `{name}`", key, name)
