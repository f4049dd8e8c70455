"""What the rules of a protocol come to on files as they stand, invariant by invariant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from reviewer.check.flags.uses import ESCAPE, uses
from reviewer.check.prefilter import in_places
from reviewer.event.match import Matcher
from reviewer.finding import Finding, Location, Severity
from reviewer.patch.types import SourceFile
from reviewer.rule.protocol_types import Invariant, Promise

DEFINED, DECLARED = "defined", "declared"


class Access(Struct, frozen=True, order=True):
    """A line that has to do with a protocol's flag; `kind` is what it does with it."""

    protocol: str
    location: Location
    kind: str
    function: str
    text: str


class Standing(StrEnum):
    """What is known of an invariant."""

    HOLDS = "holds"
    VIOLATED = "violated"
    UNCHECKED = "not checked"


class Judgement(Struct, frozen=True):
    """An invariant, what is known of it, and on what grounds."""

    invariant: Invariant
    standing: Standing
    grounds: str


class Audit(Struct, frozen=True):
    """A protocol in a tree: who has to do with its flag, and its invariants."""

    promise: Promise
    accesses: tuple[Access, ...]
    judgements: tuple[Judgement, ...]


def accesses(file: SourceFile, promise: Promise, matcher: Matcher) -> Iterator[Access]:
    """The lines of the file that have to do with the flag, each once for what it does."""
    name = promise.flag.variable
    if name.encode() not in file.text or not in_places(promise.scope, file.path):
        return
    found = uses(file, name, matcher, promise.id)
    for each in found.declarations:
        kind = DEFINED if each.definition else DECLARED
        place = Location(file.path, each.line)
        yield Access(promise.id, place, kind, "", f"{each.type} {name}")
    shortest: dict[tuple[str, Location, str], str] = {}
    for use in found.uses:
        kind = "named" if use.kind == ESCAPE else use.kind.rpartition(".")[2]
        key = (kind, use.location, use.function)
        shortest[key] = min(shortest.get(key, use.text), use.text, key=len)
    for (kind, place, function), text in shortest.items():
        yield Access(promise.id, place, kind, function, text)


def audits(
    promises: Iterable[Promise],
    found: Iterable[Access],
    findings: Iterable[Finding],
    spoken: frozenset[str],
) -> tuple[Audit, ...]:
    """The protocols whose flag is in the files, with the findings of all rules.

    `spoken` are the rules that had something to speak of in some file.
    """
    accesses, every = sorted(found), tuple(findings)
    return tuple(
        Audit(promise, mine, tuple(_judge(each, every, spoken) for each in promise.invariants))
        for promise in promises
        if (mine := tuple(each for each in accesses if each.protocol == promise.id))
    )


def _judge(
    invariant: Invariant, findings: tuple[Finding, ...], spoken: frozenset[str]
) -> Judgement:
    """What the findings say of the invariant."""
    if invariant.left:
        return Judgement(invariant, Standing.UNCHECKED, invariant.left)
    against = [
        f"{each.location.path}:{each.location.line}"
        for each in findings
        if each.rule in invariant.rules and each.severity is Severity.ERROR
    ]
    if against:
        return Judgement(invariant, Standing.VIOLATED, ", ".join(dict.fromkeys(against)))
    idle = [rule for rule in invariant.rules if rule not in spoken]
    if len(idle) == len(invariant.rules):
        grounds = f"no file has anything that {', '.join(idle)} could speak of"
        return Judgement(invariant, Standing.UNCHECKED, grounds)
    said = ", ".join(rule for rule in invariant.rules if rule in spoken)
    return Judgement(invariant, Standing.HOLDS, f"as far as {said} can see")
