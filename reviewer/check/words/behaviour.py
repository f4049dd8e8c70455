"""The claim that nothing changes, held against the events that the two sides of a patch have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from reviewer.check.bodies import Bodies
from reviewer.check.words.claims import nothing_changes
from reviewer.check.words.text import CODE_SUFFIXES, PatchText, TextLine
from reviewer.check.words.types import Hit, Question
from reviewer.event.match import Matcher, compile_vocabulary
from reviewer.event.types import Event
from reviewer.patch.types import Context, FileReview, SourceFile
from reviewer.rule.pattern import literals
from reviewer.rule.types import Vocabulary, speaks_of
from reviewer.source.read import read

Spellings = tuple[frozenset[bytes], ...]


def unchanged(question: Question) -> Iterator[Hit]:
    """A claim of no functional change by a patch that brings or removes an event of the rule.

    The events of all files whose spellings of them change count together, so moving one between
    files is no change; files of which only hunks are known say nothing.
    """
    patch = question.patch
    claim = nothing_changes(patch)
    if claim is None or not _whole(patch):
        return
    vocabulary = _only(question.vocabulary, question.words)
    spellings = _spellings(vocabulary)
    changed = [each for each in patch.reviews if _differ(each, spellings)]
    if not changed:
        return
    look = _Look(compile_vocabulary(vocabulary), spellings, question.words)
    before = look.events(each.before for each in changed)
    after = look.events(each.after for each in changed)
    for entry in question.words:
        if (entry in before) != (entry in after):
            gone = entry in before
            witness = before[entry] if gone else after[entry]
            yield _hit(claim, entry, f"{witness} is {'gone' if gone else 'new'}")


def _hit(claim: TextLine, entry: str, detail: str) -> Hit:
    return Hit(entry, claim.text.strip(), claim.location, claim.mail, detail)


def _whole(patch: PatchText) -> bool:
    return bool(patch.reviews) and all(each.context is not Context.HUNK for each in patch.reviews)


def _spellings(vocabulary: Vocabulary) -> Spellings:
    """The literals of each way in which an event is spelled."""
    return tuple(
        frozenset(literal.encode() for literal in literals(form))
        for event in vocabulary.events
        for form in (*event.c, *event.asm)
    )


def _differ(each: FileReview, spellings: Spellings) -> bool:
    """Whether the sides of a file hold the literals of some spelling differently often."""
    old = each.before.text if each.before else b""
    new = each.after.text if each.after else b""
    return any(
        all(literal in old or literal in new for literal in spelling)
        and any(old.count(literal) != new.count(literal) for literal in spelling)
        for spelling in spellings
    )


class _Look(Struct, frozen=True):
    """What is looked for in files."""

    matcher: Matcher
    spellings: Spellings
    entries: tuple[str, ...]

    def events(self, files: Iterable[SourceFile | None]) -> dict[str, str]:
        """For each entry that the files have an event of, the first as a witness."""
        found: dict[str, str] = {}
        code = (file for file in files if file and file.path.endswith(CODE_SUFFIXES))
        for event in (event for file in code for event in self._named(file)):
            place = f"{event.location.path}:{event.location.line}"
            for entry in self.entries:
                if speaks_of((entry,), event.names):
                    found.setdefault(entry, f"`{event.text}` ({place})")
        return found

    def _named(self, file: SourceFile) -> Iterator[Event]:
        """The events of the file that the vocabulary names."""
        bodies = Bodies(read(file), self.matcher)
        for body in (body for named in bodies.by_name.values() for body in named):
            if any(all(word in body.text for word in spelling) for spelling in self.spellings):
                yield from (event for event in bodies.events(body) if event.known)


def _only(vocabulary: Vocabulary, entries: tuple[str, ...]) -> Vocabulary:
    return Vocabulary(
        tuple(event for event in vocabulary.events if speaks_of(entries, (event.name,)))
    )
