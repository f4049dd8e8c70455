"""What the rules and the parser say of one file, each file once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.errors import OutOfTime
from reviewer.finding import Finding, Skip, fingerprint
from reviewer.patch.types import SourceFile
from reviewer.review.budget import given_up, limited
from reviewer.review.lines import ruler
from reviewer.review.match import Side
from reviewer.review.relevance import RuleBook, open_book
from reviewer.source.inserted.makefile import is_makefile

if TYPE_CHECKING:
    from reviewer.source.index.index import Index
    from reviewer.source.unit import Definition, Unit


class Analysis(Struct, frozen=True):
    """Findings, holes and functions of one file.

    `obscured` is what stands in the way of a rule that has to do with the file: what its search
    left open, unparsed ranges in functions that it speaks of. `unparsed` is every line range that
    is no code to the parser. Without `finished` some rules did not run, which `obscured` says.
    """

    findings: tuple[Finding, ...] = ()
    obscured: tuple[Skip, ...] = ()
    unparsed: tuple[Skip, ...] = ()
    definitions: tuple[Definition, ...] = ()
    finished: bool = True

    def elsewhere(self, told: Iterable[Skip]) -> int:
        """How many unparsed ranges are not among those told."""
        return len(set(self.unparsed) - set(told))


NOTHING = Analysis()


def analyse(
    file: SourceFile, book: RuleBook, index: Index | None = None, *, time_budget: float = 0
) -> Analysis:
    """The file under the rules; a file with no word of any rule in it is not parsed.

    `index` is the tree it stands in, None where there is none to look calls up in. What is not
    done after `time_budget` seconds, where that is not 0, is given up and becomes a Skip.
    """
    if not _concerned(file, book, index):
        return NOTHING
    try:
        with limited(time_budget):
            return _analysed(file, book, index, time_budget)
    except OutOfTime:
        if index:
            index.forget()
        skip = given_up(file.path, time_budget, "before any rule was done")
        return Analysis(obscured=(skip,), finished=False)


def _concerned(file: SourceFile, book: RuleBook, index: Index | None) -> bool:
    """Whether a rule can have anything to say of the file where it stands."""
    if book.relevant(file.path, file.text):
        return True
    if index is None or not book.relevant(file.path, file.text, in_tree=True):
        return False
    from reviewer.check.run import reached

    return reached(file, book.rules, index)


def _analysed(
    file: SourceFile, book: RuleBook, index: Index | None, time_budget: float
) -> Analysis:
    from reviewer.check.run import check_unit
    from reviewer.source.read import read

    unit = read(file, index=index)
    checked = check_unit(unit, book.rules, index)
    overdue: tuple[Skip, ...] = ()
    if checked.unfinished:
        overdue = (given_up(file.path, time_budget, f"at the rule {checked.unfinished}"),)
        if index:
            index.forget()
    findings = tuple(
        replace(finding, fingerprint=fingerprint(finding, file.path))
        for finding in checked.findings
    )
    skips = (*checked.skips, *overdue, *_holes(unit, book), *_nowhere(unit, book))
    obscured = dict.fromkeys(skips)
    return Analysis(findings, tuple(obscured), unit.skips, unit.definitions, finished=not overdue)


def _holes(unit: Unit, book: RuleBook) -> Iterator[Skip]:
    """What is in no graph of functions that hold words of a rule: unparsed, or nested too deep."""
    for definition in unit.definitions:
        inside = [
            skip for skip in unit.skips if definition.line <= skip.line <= definition.end_line
        ]
        function = unit.lowered.get(definition.start_byte)
        if function and function.flattened:
            reason = f"nested too deep to follow, in {definition.name}()"
            inside.append(Skip(unit.path, function.flattened[0], reason))
        if inside and book.relevant(unit.path, unit.text_of(definition)):
            yield from inside


def _nowhere(unit: Unit, book: RuleBook) -> Iterator[Skip]:
    """Hunks with words of a rule in them that stand in no function that the hunk names."""
    lines = unit.file.text.split(b"\n") if unit.file.known else []
    for start, end in unit.file.known:
        text = b"\n".join(lines[start - 1 : end])
        placed = any(each.line <= end and start <= each.end_line for each in unit.definitions)
        if not placed and book.relevant(unit.path, text):
            yield Skip(unit.path, start, "the hunk does not say in which function it stands", end)


class Analyser(Struct):
    """Analyses files under one set of rules and remembers each by path and content.

    `index` is the tree as it stands where the files do; `headers` and `sources` name the texts in
    it that the series has changed, the latter for files whose callers matter. No file gets more
    than `time_budget` seconds.
    """

    book: RuleBook
    index: Index | None = None
    headers: bytes = b""
    sources: bytes = b""
    time_budget: float = 0
    known: dict[tuple[str, bytes, tuple[tuple[int, int], ...], bytes], Analysis] = field(
        default_factory=dict
    )

    def standing_in(self, index: Index | None) -> Analyser:
        """The analyser of files in another state of the tree, with the same memory."""
        headers, sources = blake2b(digest_size=16), blake2b(digest_size=16)
        for path, text in sorted(index.overlay.items() if index else ()):
            if path.endswith(".c"):
                sources.update(path.encode("utf-8", "surrogateescape") + b"\0" + text + b"\0")
            if path.endswith(".h") or is_makefile(path):
                headers.update(path.encode("utf-8", "surrogateescape") + b"\0" + text + b"\0")
        book = self._with_abroad(index)
        headers.update(
            repr([(rule, sorted(each.ends)) for rule, each in book.rules.abroad]).encode()
        )
        return Analyser(
            book, index, headers.digest(), sources.digest(), self.time_budget, self.known
        )

    def _with_abroad(self, index: Index | None) -> RuleBook:
        """The rules with what functions of the tree in that state do to their windows."""
        if index is None:
            return self.book
        from reviewer.check.abroad import with_abroad

        rules = with_abroad(self.book.rules, index)
        return self.book if rules.abroad == self.book.rules.abroad else open_book(rules)

    def analyse(self, file: SourceFile | None) -> Analysis:
        """The analysis of one side of a file, empty where the side does not exist."""
        if file is None:
            return NOTHING
        called = self.index and self.book.crosses(file.path, file.text)
        key = (file.path, file.text, file.known, self.headers + self.sources * bool(called))
        if key not in self.known:
            self.known[key] = analyse(file, self.book, self.index, time_budget=self.time_budget)
        return self.known[key]

    def side(self, file: SourceFile | None) -> Side:
        """One side of a file with its findings."""
        found = self.analyse(file)
        return Side(file, ruler(file), found.findings, found.definitions)
