"""Rules and vocabulary out of TOML files, every problem of every file reported at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from reviewer.rule.agreement import (
    check_ids_once,
    check_names_once,
    check_roots,
    check_rules,
    check_use,
)
from reviewer.rule.contract import KIND as CONTRACT
from reviewer.rule.contract import contract_rules
from reviewer.rule.contract_types import ContractRule
from reviewer.rule.ending import KIND as ENDING
from reviewer.rule.ending import ending_rules
from reviewer.rule.ending_types import EndingRule
from reviewer.rule.fields import example, message, raise_problems, rank, scope, severity
from reviewer.rule.files import RuleFile, digest_of, rule_files
from reviewer.rule.kinds import body_of
from reviewer.rule.protocol_types import KIND as PROTOCOL
from reviewer.rule.root import read_roots
from reviewer.rule.table import Table, read_table
from reviewer.rule.types import ExampleKind, Rule, RuleKind, RuleSet, Vocabulary, Window
from reviewer.rule.vocabulary import is_vocabulary, vocabulary
from reviewer.rule.words import KIND as WORDS
from reviewer.rule.words import words_rule
from reviewer.rule.words_types import WordsRule

if TYPE_CHECKING:
    from reviewer.rule.protocol import Protocol

_AnyRule = TypeVar("_AnyRule", Rule, WordsRule, ContractRule, EndingRule)
#: Kinds of files that are read by a module of their own.
_OWN_READER = (WORDS, PROTOCOL, CONTRACT, ENDING)
_MESSAGE_FIELDS = frozenset({"subject", "text", "opened", "function"})


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The shipped rules and those of the extra files and folders.

    Raises RuleErrors with every problem of every file.
    """
    return parse_rules(rule_files(extra))


def parse_rules(files: Iterable[RuleFile]) -> RuleSet:
    """The rules and events that the files hold.

    Raises RuleErrors with every problem of every file, in the order of files and lines.
    """
    found = tuple(files)
    tables = [(file.relative, read_table(file.text, file.path)) for file in found]
    spoken = [top for _, top in tables if is_vocabulary(top)]
    asked = [(name, top) for name, top in tables if top.values and not is_vocabulary(top)]

    def of(kind: str) -> list[tuple[str, Table]]:
        return [(name, top) for name, top in asked if top.values.get("kind") == kind]

    protocols = [(top, _protocol(top, name)) for name, top in of(PROTOCOL)]
    events = [(table, event) for top in spoken for table, event in vocabulary(top)]
    events += [(top, event) for top, protocol in protocols for event in protocol.events]
    roots = tuple(root for top in spoken for root in read_roots(top))
    rules = [
        (top, _rule(top, name)) for name, top in asked if top.values.get("kind") not in _OWN_READER
    ]
    rules += [(top, rule) for top, protocol in protocols for rule in protocol.rules]
    words = [(top, words_rule(top, name)) for name, top in of(WORDS)]
    contracts = [(top, rule) for name, top in of(CONTRACT) for rule in contract_rules(top, name)]
    endings = [(top, rule) for name, top in of(ENDING) for rule in ending_rules(top, name)]
    check_names_once(events)
    check_rules(rules, frozenset(event.name for _, event in events))
    check_roots(rules, roots)
    check_ids_once([*rules, *words, *contracts, *endings])
    raise_problems(top for _, top in tables)
    several: list[ContractRule | EndingRule] = [*_by_id(contracts), *_by_id(endings)]
    check_use(events, _by_id(rules), several)
    raise_problems(top for _, top in tables)
    asks = tuple(word for top in spoken for word in top.texts("asks"))
    return RuleSet(
        _by_id(rules),
        Vocabulary(tuple(event for _, event in events), roots, asks),
        digest_of(found),
        _by_id(words),
        _by_id(contracts),
        _by_id(endings),
        tuple(promise for _, protocol in protocols for promise in protocol.promises),
    )


def _by_id(rules: Iterable[tuple[Table, _AnyRule]]) -> tuple[_AnyRule, ...]:
    return tuple(sorted((rule for _, rule in rules), key=lambda rule: rule.id))


def _protocol(top: Table, relative: str) -> Protocol:
    from reviewer.rule.protocol import read_protocol

    return read_protocol(top, relative, scope(top.table("scope")), example)


def _rule(top: Table, relative: str) -> Rule:
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
        severity=severity(top),
        message=message(top, _MESSAGE_FIELDS),
        scope=scope(top.table("scope")),
        body=body_of(kind, body) if body else Window((), ()),
        rationale=top.text("rationale", required=True),
        limits=top.texts("limits", required=True),
        references=top.texts("references", required=True),
        ranks=tuple(rank(table) for table in top.tables("rank")),
        examples=tuple(example(table, each) for each in ExampleKind for table in top.tables(each)),
        source=relative,
    )
