"""Files as they stand, under the rules: every finding exists already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.finding import Finding, Skip, Status
from reviewer.patch.types import SourceFile
from reviewer.review.analysis import NOTHING, analyse
from reviewer.review.order import order
from reviewer.review.pipeline import remainder
from reviewer.review.relevance import RuleBook, open_book
from reviewer.review.scope import in_order
from reviewer.review.suppress import judged
from reviewer.review.types import Idle, Report, Suppressed
from reviewer.rule.types import RuleSet

if TYPE_CHECKING:
    from reviewer.check.flags.invariants import Access, Audit
    from reviewer.source.index.index import Index


class Scanned(Struct, frozen=True):
    """Findings and skips of one file, and what comments in it have to do with the findings."""

    findings: tuple[Finding, ...]
    skips: tuple[Skip, ...]
    suppressed: tuple[Suppressed, ...] = ()
    idle: tuple[Idle, ...] = ()
    accesses: tuple[Access, ...] = ()
    spoken: frozenset[str] = frozenset()


def scan_file(
    file: SourceFile, book: RuleBook, index: Index | None = None, *, time_budget: float = 0
) -> Scanned:
    """The findings of a file; unparsed ranges that no rule met are counted in one Skip.

    `index` is the tree it stands in, None where there is none. After `time_budget` seconds, where
    that is not 0, the file is given up. Comments in a file that no rule has to do with are not
    looked for.
    """
    analysis = analyse(file, book, index, time_budget=time_budget)
    if analysis is NOTHING:
        return Scanned((), ())
    found = judged(
        [replace(each, status=Status.EXISTING) for each in analysis.findings], file.path, file.text
    )
    rest = remainder(file.path, analysis, analysis.obscured)
    idle = found.idle if analysis.finished else ()
    skips = (*analysis.obscured, *rest)
    return Scanned(found.kept, skips, found.apart, idle, *_of_protocols(file, book.rules))


def _of_protocols(file: SourceFile, rules: RuleSet) -> tuple[tuple[Access, ...], frozenset[str]]:
    """The lines of the file that have to do with a protocol's flag, and the rules that look."""
    from reviewer.check.flags.invariants import accesses
    from reviewer.check.run import prepare, speaking

    matcher = prepare(rules).matcher
    found = (each for promise in rules.promises for each in accesses(file, promise, matcher))
    return tuple(found), speaking(file, rules)


def gather(files: Iterable[Scanned], rules: RuleSet, *, base: str = "") -> Report:
    """One report of files scanned one by one, in whatever order."""
    findings: list[Finding] = []
    skips: list[Skip] = []
    suppressed: list[Suppressed] = []
    idle: list[Idle] = []
    met: list[Access] = []
    spoken: set[str] = set()
    count = 0
    for scanned in files:
        findings += scanned.findings
        skips += scanned.skips
        suppressed += scanned.suppressed
        idle += scanned.idle
        met += scanned.accesses
        spoken |= scanned.spoken
        count += 1
    return Report(
        None,
        tuple(sorted(findings, key=order)),
        in_order(skips),
        base=base,
        rules=tuple(rule.id for rule in rules.rules),
        scanned=count,
        suppressed=tuple(suppressed),
        idle=tuple(idle),
        audits=_audits(rules, met, findings, frozenset(spoken)),
    )


def _audits(
    rules: RuleSet, met: list[Access], findings: list[Finding], spoken: frozenset[str]
) -> tuple[Audit, ...]:
    """The protocols whose flag some file has."""
    if not met:
        return ()
    from reviewer.check.flags.invariants import audits

    return audits(rules.promises, met, findings, spoken)


def scan(files: Iterable[SourceFile], rules: RuleSet) -> Report:
    """The report of files as they stand."""
    book = open_book(rules)
    return gather((scan_file(file, book) for file in files), rules)
