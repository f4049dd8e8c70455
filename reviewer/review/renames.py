"""Renames inside a series: what a rule or scenario names keeps its meaning under a new name.

A patch that renames a variable or function everywhere it touches changes no behaviour, but rules
spell names. So the sides that carry a new name are analysed under the old one, line for line, and
the report gives the new name back.

A name is only renamed where it is declared: who calls another function instead changes behaviour.

Not seen: a rename that leaves the old name somewhere in the files it touches, takes a name that
stands in them already, or adds a use of the new name in the same patch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reviewer.finding import Finding, Status, Step, Trace
from reviewer.patch.rebuild import Rebuilt
from reviewer.patch.types import FileReview, Hunk, LineKind, Patch, Series, SourceFile
from reviewer.source.code_text import code_only

_WORD = re.compile(r"[A-Za-z_]\w*")
_WORD_BYTES = re.compile(rb"[A-Za-z_]\w*")
#: How declarations of a name look: at the start of a line, after a type, after other names, as a
#: pointer to functions, in a macro that is written as a declaration, among enumerators. A word in
#: front of another one is a type, or an attribute.
_DECLARATIONS = (
    rb"^NAME\b(?!\s+\w)",
    rb"\bdefine[ \t]+NAME\b",
    rb"\w(?<!\breturn)(?<!\belse)(?<!\bgoto)(?<!\bcase)(?<!\bdo)(?<!\bsizeof)[\s*]+NAME\b"
    rb"(?!\s*\**\s*(?!__)\w)",
    rb"\}\s*NAME\s*;|,[\s*]*NAME\s*;",
    rb"\(\s*\*\s*NAME\s*\)",
    rb"^\w*PER_CPU\w*\([^()\n]*,\s*NAME\b",
    rb"^(?!\w*PER_CPU)[A-Z_]+\(\s*NAME\s*[,)]",
    rb"\benum\b[^;{}]*\{[^}]*\bNAME\b",
)


class Names(Struct, frozen=True):
    """Per patch number, the names it and earlier patches gave: new name to first name."""

    by_patch: tuple[tuple[int, tuple[tuple[str, str], ...]], ...]

    def given(self, finding: Finding) -> Finding:
        """The finding in the words of the patch it is told of."""
        if finding.patch is None or finding.status is Status.FIXED:
            return finding
        said = {old: new for new, old in dict(self.by_patch).get(finding.patch, ())}
        return _reworded(finding, said) if said else finding


def under_old_names(series: Series, rebuilt: Rebuilt) -> tuple[Rebuilt, Names]:
    """The files of the series with every rename undone, and the names to give back."""
    known: dict[str, str] = {}
    patches: list[tuple[FileReview, ...]] = []
    names = []
    for patch, reviews in zip(series.patches, rebuilt.patches, strict=True):
        before = dict(known)
        for new, old in renames(patch, reviews).items():
            first = known.pop(old, old)
            if first != new:
                known[new] = first
        patches.append(tuple(_restored(each, before, known) for each in reviews))
        names.append((patch.number, tuple(sorted(known.items()))))
    if not any(given for _, given in names):
        return rebuilt, Names(())
    return replace(rebuilt, patches=tuple(patches)), Names(tuple(names))


def renames(patch: Patch, reviews: Sequence[FileReview]) -> dict[str, str]:
    """New name to old name, for each identifier that the patch renames in all of its files."""
    pairs = dict.fromkeys(
        pair for diff in patch.files for hunk in diff.hunks for pair in _substitutions(hunk)
    )
    if not pairs:
        return {}
    before = [_count(each.before) for each in reviews]
    after = [_count(each.after) for each in reviews]
    texts = [code_only(each.before.text) if each.before else b"" for each in reviews]
    found: dict[str, str] = {}
    taken: set[str] = set()
    for old, new in pairs:
        whole = all(
            was.get(old, 0) == now.get(new, 0) and not was.get(new) and not now.get(old)
            for was, now in zip(before, after, strict=True)
        )
        if not whole or new in found or old in taken:
            continue
        speaking = (text for text, was in zip(texts, before, strict=True) if old in was)
        if any(_declares(text, old) for text in speaking):
            found[new] = old
            taken.add(old)
    return found


def _declares(text: bytes, name: str) -> bool:
    """Whether the code reads as a declaration of the name somewhere."""
    word = re.escape(name.encode())
    forms = (form.replace(b"NAME", word) for form in _DECLARATIONS)
    return re.search(b"|".join(forms), text, re.MULTILINE) is not None


def _substitutions(hunk: Hunk) -> Iterator[tuple[str, str]]:
    """Pairs of identifiers in which a removed line and the added line for it differ alone."""
    removed: list[str] = []
    added: list[str] = []
    for line in (*hunk.lines, None):
        if line is not None and line.kind is LineKind.REMOVED and not added:
            removed.append(line.text)
        elif line is not None and line.kind is LineKind.ADDED:
            added.append(line.text)
        else:
            if len(removed) == len(added):
                for old, new in zip(removed, added, strict=True):
                    yield from _substitution(old, new)
            removed = [line.text] if line and line.kind is LineKind.REMOVED else []
            added = []


def _substitution(old: str, new: str) -> Iterator[tuple[str, str]]:
    if " ".join(_WORD.sub("_", old).split()) != " ".join(_WORD.sub("_", new).split()):
        return
    pairs = {
        pair
        for pair in zip(_WORD.findall(old), _WORD.findall(new), strict=True)
        if len(set(pair)) > 1
    }
    if len(pairs) == 1:
        yield pairs.pop()


def _count(side: SourceFile | None) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in _WORD_BYTES.findall(side.text) if side else ():
        name = word.decode()
        counts[name] = counts.get(name, 0) + 1
    return counts


def _restored(each: FileReview, before: Mapping[str, str], after: Mapping[str, str]) -> FileReview:
    return replace(each, before=_respelt(each.before, before), after=_respelt(each.after, after))


def _respelt(side: SourceFile | None, names: Mapping[str, str]) -> SourceFile | None:
    if side is None or not names:
        return side
    table = {new.encode(): old.encode() for new, old in names.items()}
    text = _WORD_BYTES.sub(lambda match: table.get(match[0], match[0]), side.text)
    return side if text == side.text else replace(side, text=text)


def _reworded(finding: Finding, said: Mapping[str, str]) -> Finding:
    def words(text: str) -> str:
        return _WORD.sub(lambda match: said.get(match[0], match[0]), text)

    steps = tuple(
        _step(step, words(step.text), words(step.function)) for step in finding.trace.steps
    )
    return replace(
        finding,
        message=words(finding.message),
        function=words(finding.function),
        subject=words(finding.subject),
        text=words(finding.text),
        trace=Trace(steps),
    )


def _step(step: Step, text: str, function: str) -> Step:
    return replace(step, text=text, function=function)
