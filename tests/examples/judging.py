"""What a rule says of its examples, held to what they say of themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from msgspec.structs import replace

from reviewer.finding import Finding, Severity
from reviewer.rule.contract_types import ContractRule
from reviewer.rule.ending_types import EndingRule
from reviewer.rule.types import ExampleKind

_R = TypeVar("_R", ContractRule, EndingRule)


def complaint(kind: ExampleKind, guilty: Collection[object], reported: Collection[object]) -> str:
    """What is wrong with the lines that were reported, `""` when they are the expected ones."""
    if kind is ExampleKind.MISS:
        caught = [line for line in reported if line in guilty]
        return f"no longer missed: {caught}; make it a [[bad]]" if caught else ""
    if {*reported} == {*guilty}:
        return ""
    return f"reported {[*reported]}, expected {[*guilty]}"


def places(found: Iterable[Finding]) -> list[tuple[str, int]]:
    """Where there is a finding, in order."""
    return sorted({(each.location.path, each.location.line) for each in found})


def more_than_remarks(found: Iterable[Finding]) -> Iterator[Finding]:
    """The findings that count for an example."""
    return (each for each in found if each.severity is not Severity.INFO)


def without_an_event(rule: _R) -> Iterator[tuple[str, _R]]:
    """The rule without each of its events in turn."""
    body = rule.body
    for part, names in body.words:
        for name in names:
            rest = tuple(item for item in names if item != name)
            words = tuple((key, rest if key == part else value) for key, value in body.words)
            yield f"{part}: {name}", replace(rule, body=replace(body, words=words))
