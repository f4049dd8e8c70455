"""Rules and vocabulary out of TOML files, every problem of every file reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from string import Formatter

from reviewer.errors import RuleError, RuleErrors
from reviewer.finding import Severity
from reviewer.rule.pattern import Pattern, PatternError, parse_c, parse_instruction
from reviewer.rule.table import Table, read_table
from reviewer.rule.types import (
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
    covers,
)

MARKER = "/* bad */"
_NAME = re.compile(r"[a-z][a-z0-9]*([.-][a-z0-9]+)*")
_OPTIONS = re.compile(r"!?CONFIG_\w+( && !?CONFIG_\w+)*")
_MESSAGE_FIELDS = frozenset({"subject", "text", "opened", "function"})
_EXAMPLE_PATH = "arch/x86/kernel/example.c"
#: Folders of rules/ whose files other loaders read.
_FOREIGN = frozenset({"scenarios"})


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One TOML file: `path` as a person knows it, `relative` to the folder it was found in."""

    path: str
    relative: str
    text: str


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The shipped rules and those of the extra files and folders.

    Raises RuleErrors with every problem of every file.
    """
    found = [*_files_of(shipped_folder(), "rules")]
    for path in extra:
        found.extend(_files_of(path, path.as_posix()))
    return parse_rules(found)


def shipped_folder() -> Path:
    """Where the shipped rules are: in the package (wheel) or beside it (checkout)."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def _files_of(root: Path, shown: str) -> Iterator[RuleFile]:
    paths = sorted(root.rglob("*.toml")) if root.is_dir() else [root]
    for path in paths:
        relative = path.relative_to(root).as_posix() if root.is_dir() else path.name
        name = f"{shown}/{relative}" if root.is_dir() else shown
        if PurePosixPath(relative).parts[0] in _FOREIGN:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise RuleErrors((RuleError(f"cannot be read: {reason}", path=name),)) from error
        yield RuleFile(name, relative, text)


def parse_rules(files: Iterable[RuleFile]) -> RuleSet:
    """The rules and events that the files hold.

    Raises RuleErrors with every problem of every file, in the order of files and lines.
    """
    digest = sha256()
    tables: list[tuple[RuleFile, Table]] = []
    for file in files:
        digest.update(f"{file.relative}\0{file.text}\0".encode())
        tables.append((file, read_table(file.text, file.path)))
    events = [
        (table, event)
        for _, top in tables
        if "event" in top.values
        for table, event in _events(top)
    ]
    rules = [
        (top, _rule(top, file.relative))
        for file, top in tables
        if top.values and "event" not in top.values
    ]
    _check_names_once(events)
    _check_rules(rules, frozenset(event.name for _, event in events))
    _raise_problems(tables)
    _check_use(events, [rule for _, rule in rules])
    _raise_problems(tables)
    return RuleSet(
        tuple(sorted((rule for _, rule in rules), key=lambda rule: rule.id)),
        Vocabulary(tuple(event for _, event in events)),
        digest.hexdigest()[:12],
    )


def _events(top: Table) -> Iterator[tuple[Table, EventType]]:
    top.allow("event")
    for table in top.tables("event"):
        table.allow("name", "doc", "action", "noreturn", "c", "asm", "references")
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
            ),
        )


def _patterns(table: Table, key: str) -> tuple[Pattern, ...]:
    parse = parse_c if key == "c" else parse_instruction
    found: list[Pattern] = []
    for source in table.texts(key):
        try:
            found.append(parse(source))
        except PatternError as error:
            table.report(f"pattern `{source}`: {error}", key, source)
    return tuple(found)


def _rule(top: Table, relative: str) -> Rule:
    bodies = {RuleKind.WINDOW: _window}
    top.allow(
        "kind", "title", "severity", "message", "rationale", "limits", "references", "scope",
        "window", "rank", *ExampleKind,
    )  # fmt: skip
    kind = RuleKind.WINDOW
    if top.text("kind", required=True) not in set(RuleKind):
        top.report(
            f"unknown kind `{top.values.get('kind')}`",
            "kind",
            remedy=f"one of {', '.join(RuleKind)}",
        )
    body = top.table(kind.value)
    if body is None:
        top.report(f"the table [{kind.value}] is missing")
    return Rule(
        id=PurePosixPath(relative).stem,
        kind=kind,
        title=top.text("title", required=True),
        severity=_severity(top),
        message=_message(top),
        scope=_scope(top.table("scope")),
        body=bodies[kind](body) if body else Window((), ()),
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


def _message(table: Table) -> str:
    text = table.text("message", required=True)
    try:
        names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        table.report(f"`message` is no template: {error}", "message")
        return text
    for name in names:
        if name not in _MESSAGE_FIELDS:
            table.report(
                f"`{{{name}}}` is no field of a message",
                "message",
                remedy=f"one of {', '.join(sorted(_MESSAGE_FIELDS))}",
            )
    return text


def _window(table: Table) -> Window:
    table.allow("opens", "forbids", "permits", "closes", "until")
    return Window(
        opens=table.texts("opens", required=True),
        forbids=table.texts("forbids", required=True),
        permits=table.texts("permits"),
        closes=table.texts("closes"),
        until=table.texts("until"),
    )


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
    table.allow("event", "severity", "condition", "reason")
    return Rank(
        event=table.text("event", required=True),
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


def _check_use(events: list[tuple[Table, EventType]], rules: list[Rule]) -> None:
    """Only when all else is right, since a broken rule speaks of nothing."""
    entries = [entry for rule in rules for entry in _entries(rule)]
    for table, event in events:
        used = event.action or event.noreturn or any(covers(item, event.name) for item in entries)
        if not used:
            table.report(f"no rule speaks of event `{event.name}`", "name")


def _entries(rule: Rule) -> Iterator[str]:
    body = rule.body
    yield from (*body.opens, *body.forbids, *body.permits, *body.closes, *body.until)
    yield from (rank.event for rank in rule.ranks)


def _check_rules(rules: list[tuple[Table, Rule]], events: frozenset[str]) -> None:
    known = events | frozenset(Plain)
    seen: dict[str, str] = {}
    for top, rule in rules:
        if rule.id in seen:
            top.report(f"rule `{rule.id}` is defined twice", remedy=f"see {seen[rule.id]}")
        seen.setdefault(rule.id, top.source.path)
        if not any(example.kind is ExampleKind.BAD for example in rule.examples):
            top.report("no [[bad]] example")
        if not any(example.kind is ExampleKind.GOOD for example in rule.examples):
            top.report("no [[good]] example")
        tables = [top.table(rule.kind.value), *top.tables("rank")]
        for table in (table for table in tables if table is not None):
            _check_names(table, known)


def _check_names(table: Table, known: frozenset[str]) -> None:
    for key, value in table.values.items():
        if key in ("severity", "condition", "reason"):
            continue
        for name in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
            if isinstance(name, str) and not any(covers(name, event) for event in known):
                table.report(f"unknown event `{name}`", key, name)
