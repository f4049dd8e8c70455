"""What a patch to a Makefile does to the objects beside it.

The files themselves are the same before and after; what the compiler puts into them is not. The
cause of such a finding is a line of the Makefile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from reviewer.finding import Finding, Location, Status
from reviewer.patch.types import Context, FileReview, LineKind, SourceFile
from reviewer.review.compare import Change
from reviewer.rule.types import PHRASES, Plain
from reviewer.source.inserted.causes import CAUSES, concerned, instruments
from reviewer.source.inserted.makefile import Assignment, assignments, object_of

if TYPE_CHECKING:
    from reviewer.source.index.index import Index

_C = ".c"
#: How the step of a proof begins that the compiler put in.
_INSERTED = (PHRASES[Plain.INSERTED], PHRASES[Plain.CANARY])


def recompiled(makefiles: Sequence[FileReview], index: Index | None) -> Iterator[SourceFile]:
    """The C files of the tree that a patch to Makefiles compiles in another way."""
    if index is None:
        return
    for each in makefiles:
        for path in _objects(each.diff.path, instrumenting(each), index):
            text = index.text(path)
            if text is not None:
                yield SourceFile(path, text, Context.FULL)


def instrumenting(makefile: FileReview) -> list[Assignment]:
    """The settings a patch changes that say what the compiler puts into objects."""
    changed = [*_changed(makefile, LineKind.REMOVED), *_changed(makefile, LineKind.ADDED)]
    return [item for item in changed if any(instruments(cause, item) for cause in CAUSES)]


def _objects(makefile: str, settings: Sequence[Assignment], index: Index) -> Iterable[str]:
    """The C files that the settings of a Makefile are about: those named, or all beside it."""
    folder = makefile.rpartition("/")[0]
    stems = [object_of(item) for item in settings]
    if all(stems):
        return sorted({f"{folder}/{stem}{_C}".lstrip("/") for stem in stems})
    paths = index.tree.paths(folder)
    return (path for path in paths if path.endswith(_C) and path.rpartition("/")[0] == folder)


def attributed(change: Change, makefiles: Sequence[FileReview]) -> Change:
    """The change with the line of a Makefile as its cause, where one decided about it."""
    finding = change.finding
    if not makefiles or not any(step.note.startswith(_INSERTED) for step in finding.trace.steps):
        return change
    match finding.status:
        case Status.INTRODUCED:
            kinds = (LineKind.ADDED, LineKind.REMOVED)
        case Status.FIXED:
            kinds = (LineKind.REMOVED, LineKind.ADDED)
        case _:
            return change
    found = _deciding(finding, makefiles, kinds)
    if found is None:
        return change
    return replace(change, finding=replace(finding, cause=found[0], cause_text=found[1]))


def _deciding(
    finding: Finding, makefiles: Sequence[FileReview], kinds: tuple[LineKind, LineKind]
) -> tuple[Location, str] | None:
    """The changed line that bears most on what is inserted, those of the first kind before."""
    folder, _, name = finding.location.path.rpartition("/")
    stem = name.rpartition(".")[0]
    cause = next(each for each in CAUSES if each.name == finding.text)
    for kind in kinds:
        for each in makefiles:
            if each.diff.path.rpartition("/")[0] != folder:
                continue
            for line in _changed(each, kind):
                if concerned(cause, line, stem):
                    return _quote(each, kind, line)
    return None


def _changed(each: FileReview, kind: LineKind) -> tuple[Assignment, ...]:
    """The settings that only the side with the lines of that kind has."""
    before, after = (
        {(item.variable, item.value, item.presence): item for item in assignments(side.text)}
        if side
        else {}
        for side in (each.before, each.after)
    )
    own, other = (after, before) if kind is LineKind.ADDED else (before, after)
    return tuple(item for key, item in own.items() if key not in other)


def _quote(each: FileReview, kind: LineKind, line: Assignment) -> tuple[Location, str] | None:
    """The line, or the changed one above it that puts it under another condition."""
    side = each.after if kind is LineKind.ADDED else each.before
    if side is None:
        return None
    number = max((item for item in side.changed if item <= line.line), default=line.line)
    text = side.text.split(b"\n")[number - 1].decode("utf-8", "surrogateescape")
    return Location(side.path, number), f"{kind}{text}"
