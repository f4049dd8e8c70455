"""Files as they stand, under the rules: every finding exists already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from reviewer.finding import Finding, Skip, Status
from reviewer.patch.types import SourceFile
from reviewer.review.analysis import analyse
from reviewer.review.order import order
from reviewer.review.pipeline import remainder
from reviewer.review.relevance import RuleBook, open_book
from reviewer.review.scope import in_order
from reviewer.review.types import Report
from reviewer.rule.types import RuleSet

if TYPE_CHECKING:
    from reviewer.source.index.index import Index


class Scanned(Struct, frozen=True):
    """Findings and skips of one file."""

    findings: tuple[Finding, ...]
    skips: tuple[Skip, ...]


def scan_file(file: SourceFile, book: RuleBook, index: Index | None = None) -> Scanned:
    """The findings of a file; unparsed ranges that no rule met are counted in one Skip.

    `index` is the tree it stands in, None where there is none.
    """
    analysis = analyse(file, book, index)
    findings = tuple(replace(each, status=Status.EXISTING) for each in analysis.findings)
    rest = remainder(file.path, analysis, analysis.obscured)
    return Scanned(findings, (*analysis.obscured, *rest))


def gather(files: Iterable[Scanned], rules: RuleSet, *, base: str = "") -> Report:
    """One report of files scanned one by one, in whatever order."""
    findings: list[Finding] = []
    skips: list[Skip] = []
    count = 0
    for scanned in files:
        findings += scanned.findings
        skips += scanned.skips
        count += 1
    return Report(
        None,
        tuple(sorted(findings, key=order)),
        in_order(skips),
        base=base,
        rules=tuple(rule.id for rule in rules.rules),
        scanned=count,
    )


def scan(files: Iterable[SourceFile], rules: RuleSet) -> Report:
    """The report of files as they stand."""
    book = open_book(rules)
    return gather((scan_file(file, book) for file in files), rules)
