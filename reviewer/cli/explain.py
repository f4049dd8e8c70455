"""`reviewer explain` and `reviewer rules`: what the rules are and why, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from reviewer.cli.outcome import Code
from reviewer.cli.settings import Settings
from reviewer.cli.streams import Sink
from reviewer.errors import InputError
from reviewer.report.safe import printable
from reviewer.rule.contract_types import ContractExample, ContractRule
from reviewer.rule.ending_types import EndingExample, EndingRule
from reviewer.rule.types import Example, ExampleKind, Rule, RuleSet
from reviewer.rule.words_types import MailExample, WordsRule

AnyRule = Rule | ContractRule | EndingRule | WordsRule

_FINGERPRINT = re.compile(r"[0-9a-f]{8,64}")
_HEADINGS = {
    ExampleKind.BAD: "Reported",
    ExampleKind.GOOD: "Not reported",
    ExampleKind.MISS: "Not reported, although it should be",
}


def explain(name: str, settings: Settings, report: Path | None) -> Code:
    """Prints the documentation of a rule, or a finding and that of its rule.

    Raises:
        InputError: there is no such rule or finding.
    """
    lines: list[str] = []
    rule_id = name
    rules = _by_id(settings.rules)
    rule = rules.get(name)
    if rule is None and _FINGERPRINT.fullmatch(name):
        rule_id, lines = _look_up(name, report)
        rule = rules.get(rule_id)
    if rule is None:
        scenario = _scenario(rule_id)
        if scenario is None:
            raise _unknown(name, settings.rules)
        _print([*lines, *scenario])
        return Code.CLEAN
    Sink(None).write("".join(f"{line}\n" for line in (*lines, *_documentation(rule))))
    return Code.CLEAN


def _scenario(name: str) -> list[str] | None:
    """The documentation of the simulator's scenario of that name."""
    from reviewer.model.scenario_file import load_scenarios

    for scenario in load_scenarios():
        if scenario.id == name:
            limits = [f"Not modelled: {limit}" for limit in scenario.limits]
            holds = [f"Must hold: {invariant}" for invariant in scenario.invariants]
            return [f"{name}: {scenario.title}", "", *scenario.doc.splitlines(), *holds, *limits]
    return None


def list_rules(settings: Settings) -> Code:
    """Prints one line a rule: id, severity, title, and for words their measured precision."""
    rules = _all(settings.rules)
    width = max((len(rule.id) for rule in rules), default=0)
    _print(
        [f"{rule.id:{width}}  {rule.severity:7}  {rule.title}{_measured(rule)}" for rule in rules]
    )
    return Code.CLEAN


def _measured(rule: AnyRule) -> str:
    """How many of the alarms that were judged were right, and whether the rule is asked for."""
    if not isinstance(rule, WordsRule):
        return ""
    body = rule.body
    measured = f"{body.right} of {body.alarms} right" if body.alarms else "no alarm on real mail"
    return f" [{measured}{'; --pedantic' if body.pedantic else ''}]"


def list_events(settings: Settings) -> Code:
    """Prints one line an event of the vocabulary: name and meaning."""
    events = settings.rules.vocabulary.events
    width = max((len(event.name) for event in events), default=0)
    _print([f"{event.name:{width}}  {' '.join(event.doc.split())}" for event in events])
    return Code.CLEAN


def _by_id(rules: RuleSet) -> dict[str, AnyRule]:
    return {rule.id: rule for rule in _all(rules)}


def _all(rules: RuleSet) -> list[AnyRule]:
    return [*rules.rules, *rules.contracts, *rules.endings, *rules.words]


def _print(lines: list[str]) -> None:
    Sink(None).write("".join(f"{printable(line).rstrip()}\n" for line in lines))


def _unknown(name: str, rules: RuleSet) -> InputError:
    from difflib import get_close_matches

    close = get_close_matches(name, list(_by_id(rules)), n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return InputError(f"no rule {name!r}", remedy=f"{meant}`reviewer rules` lists them")


def _look_up(fingerprint: str, report: Path | None) -> tuple[str, list[str]]:
    """The rule and the words of a finding: of a JSON report, else of those printed last."""
    if report is None:
        from reviewer.cli.memory import recall

        found = recall(fingerprint)
        if found is None:
            raise InputError(
                f"no finding {fingerprint} was printed lately",
                remedy="name its report with --report FILE, as `check --format json` wrote it",
            )
        return found[0], [*map(printable, found[1]), ""]
    for document in _documents(report):
        findings = document.get("findings")
        for finding in findings if isinstance(findings, list) else ():
            if isinstance(finding, dict) and _text(finding, "fingerprint").startswith(fingerprint):
                where = f"{_text(finding, 'path')}:{_text(finding, 'line')}"
                said = f"{where}: {_text(finding, 'severity')}: {_text(finding, 'message')}"
                return _text(finding, "rule"), [printable(said), ""]
    raise InputError(f"no finding {fingerprint} in it", path=str(report))


def _documents(report: Path) -> Iterator[dict[str, object]]:
    """The objects of a JSON report: one document, or one a line."""
    try:
        text = report.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as a report", path=str(report)) from error
    for part in (text, *text.splitlines()):
        try:
            document = json.loads(part)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document
            if part is text:
                return


def _text(finding: dict[str, object], key: str) -> str:
    return str(finding.get(key, ""))


def _documentation(rule: AnyRule) -> Iterator[str]:
    yield f"{rule.id}: {rule.title} [{rule.severity}]"
    yield from _paragraphs(rule.rationale)
    if rule.ranks:
        yield from ("", "Severity differs for:")
        for rank in rule.ranks:
            where = f" where {rank.condition}" if rank.condition else ""
            yield f"  - {rank.event}: {rank.severity}{where}: {' '.join(rank.reason.split())}"
    yield from ("", "What it does not see:")
    yield from (f"  - {' '.join(limit.split())}" for limit in rule.limits)
    yield from ("", "References:")
    yield from (f"  - {reference}" for reference in rule.references)
    for example in rule.examples:
        yield from _example(example)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.strip().split("\n\n"):
        yield ""
        yield from (line.rstrip() for line in paragraph.splitlines())


def _example(example: Example | ContractExample | EndingExample | MailExample) -> Iterator[str]:
    title = f": {example.title}" if example.title else ""
    yield from ("", f"{_HEADINGS[example.kind]}{title}")
    yield from (f"    {line}".rstrip() for line in example.code.strip("\n").splitlines())
