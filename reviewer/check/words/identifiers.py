"""Functions and other names that words have and the code does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from msgspec import Struct

from reviewer.check.words.text import PatchText, TextLine, code_of
from reviewer.check.words.types import Hit, Question
from reviewer.patch.late import late
from reviewer.patch.types import LineKind

_CALL = late(r"(?<![\w.>/\"-])([a-z_]\w*_\w+|[a-z]\w{5,})\(\)")
_FUNCTION = late(r"\b([A-Za-z_]\w*)\(")
_NAME = late(r"[A-Za-z_]\w+")
_PLANNED = late(r"\b(?:TODO|FIXME|XXX)\b")
_PLACEHOLDER = late(r"xx|foo|bar|(?:^|_)x(?:_|$)")
#: How alike a name must be to one that the patch has before the one is held for the other.
ALIKE = 0.75
#: The same for the word in which the two names differ.
ALIKE_WORD = 0.4
#: In shorter names another letter is another name.
SLIP_LENGTH = 9


_SYMBOL = late(
    r"(?<![\w.>/\"'`$@#%&*:=<+~-])([a-z]\w*_\w*[a-z0-9])(?![\w(*/\"'`=<>\[%@{-]|\.\w|:\w|->|\(\))"
)
_RENAMED = late(r"\b(?:re-?nam\w+|former\w*|used to be|previous\w*|old\w*|was called)\b")


def unknown_function(question: Question) -> Iterator[Hit]:
    """`name()` of which patch, series and tree know nothing, while the patch has a near name.

    Without a tree only slips of one letter count, and names that one of the rule's sentences (NAME
    in the place of the name) says something of that the patch must show.
    """
    patch = question.patch
    sentences = tuple(entry for entry in question.words if "NAME" in entry)
    opposites = frozenset(entry for entry in question.words if "NAME" not in entry)
    candidates = tuple(_candidates(patch, opposites))
    if not candidates:
        return
    asked = frozenset(name for each in candidates for name in (each.name, each.stem))
    found = question.names.known(asked, [diff.path for diff in patch.patch.files])
    there = _shown(patch, asked) | (found or frozenset())
    told: set[str] = set()
    for each in candidates:
        sure = found is not None or is_slip(each.name, each.near) or _is_claim(each, sentences)
        if sure and not told & {each.name} and not there & {each.name, each.stem}:
            told.add(each.name)
            line = each.line
            yield Hit(
                f"{each.name}()", line.text.strip(), line.location, line.mail, f"{each.near}()"
            )


def unknown_symbol(question: Question) -> Iterator[Hit]:
    """A name with an underscore of which patch, series and tree know nothing, near to a known one.

    Near is a slip of one letter from a name on the lines that the patch changes. Sentences on
    renames are left out: they name what was.
    """
    patch = question.patch
    known = patch.around.words
    touched: frozenset[str] | None = None
    found: dict[str, tuple[TextLine, str]] = {}
    for spoken in patch.spoken:
        if _RENAMED.search(spoken.words):
            continue
        for match in _SYMBOL.finditer(spoken.words):
            name = match[1]
            if name not in known and name not in found and not _PLACEHOLDER.search(name):
                touched = _touched_names(patch) if touched is None else touched
                near = next((one for one in sorted(touched) if is_slip(name, one)), "")
                if near:
                    found[name] = (spoken.line, near)
    if not found:
        return
    asked = frozenset(found)
    there = question.names.known(asked, [diff.path for diff in patch.patch.files]) or frozenset()
    there |= _shown(patch, asked)
    for name, (line, near) in found.items():
        if name not in there:
            yield Hit(name, line.text.strip(), line.location, line.mail, near)


def _touched_names(patch: PatchText) -> frozenset[str]:
    """Names with an underscore on the lines that the patch changes, comments apart."""
    lines = [*patch.lines(LineKind.ADDED), *patch.lines(LineKind.REMOVED)]
    return frozenset(
        name for line in lines for name in _NAME.findall(code_of(line.text)) if "_" in name
    )


class _Candidate(Struct, frozen=True):
    """A name that the series does not have, with the near one of the patch and its place."""

    name: str
    near: str
    line: TextLine

    @property
    def stem(self) -> str:
        """The name without the ending of a plural or a tense."""
        return re.sub(r"[ds]$", "", self.name)


def _candidates(patch: PatchText, opposites: frozenset[str]) -> Iterator[_Candidate]:
    known = patch.around.words
    touched: frozenset[str] | None = None
    for spoken in patch.spoken:
        line = spoken.line
        if _PLANNED.search(spoken.words):
            continue
        for match in _CALL.finditer(spoken.words):
            name = match[1]
            if name in known or _PLACEHOLDER.search(name):
                continue
            touched = _touched(patch) if touched is None else touched
            if near := nearest(name, touched, opposites):
                candidate = _Candidate(name, near, line)
                if candidate.stem not in known:
                    yield candidate


def _shown(patch: PatchText, names: frozenset[str]) -> frozenset[str]:
    """The names that a file of the patch had before: what the patch adds itself is known."""
    texts = [each.before.text for each in patch.reviews if each.before is not None]
    return frozenset(name for name in names if any(_has(text, name) for text in texts))


def _is_claim(candidate: _Candidate, sentences: tuple[str, ...]) -> bool:
    name, text = re.escape(candidate.name), candidate.line.text
    return any(re.search(sentence.replace("NAME", name), text) for sentence in sentences)


def is_slip(name: str, near: str) -> bool:
    """Whether one letter inside the name is missing, too many or another, which is no ending.

    The letters that tell a plural or a tense come last in a word; digits tell variants.
    """
    if len(name) < SLIP_LENGTH or abs(len(name) - len(near)) > 1:
        return False
    start = 0
    while start < min(len(name), len(near)) and name[start] == near[start]:
        start += 1
    rest = 0
    while rest < min(len(name), len(near)) - start and name[-1 - rest] == near[-1 - rest]:
        rest += 1
    mine, theirs = name[start : len(name) - rest], near[start : len(near) - rest]
    inside = start > 0 and rest > 0 and near[len(near) - rest] != "_" and name[-rest] != "_"
    return inside and len(mine) <= 1 and len(theirs) <= 1 and not (mine + theirs).isdigit()


def _has(text: bytes, name: str) -> bool:
    return name.encode() in text and re.search(rb"\b" + name.encode() + rb"\b", text) is not None


def _touched(patch: PatchText) -> frozenset[str]:
    """Functions that the hunks stand in, and those on lines that they change."""
    found: set[str] = set()
    for diff in patch.code:
        for hunk in diff.hunks:
            found.update(_FUNCTION.findall(hunk.section))
            for line in hunk.lines:
                if line.kind is not LineKind.CONTEXT:
                    found.update(_FUNCTION.findall(code_of(line.text)))
    return frozenset(name for name in found if len(name) > 5)


def nearest(name: str, names: frozenset[str], opposites: frozenset[str]) -> str:
    """The one of the names that is most like it, if it is like it and built like it.

    Of two names built of the same number of words, all but one word must be the same, and these
    two like each other and no opposites (`read/write`).
    """
    best = max(
        ((_alike(name, other), other) for other in names if built_alike(name, other, opposites)),
        default=(0.0, ""),
    )
    return best[1] if best[0] >= ALIKE else ""


def near_name(name: str, names: Iterable[str]) -> str:
    """The one of the names that is a slip from it, else the most alike one that is built alike."""
    listed = sorted(names)
    slip = next((other for other in listed if is_slip(name, other)), "")
    return slip or nearest(name, frozenset(listed), frozenset())


def _alike(name: str, other: str) -> float:
    return SequenceMatcher(None, name, other, autojunk=False).ratio()


def built_alike(name: str, other: str, opposites: frozenset[str]) -> bool:
    """Whether two names are built of as many words and differ in one, or only in underscores."""
    mine, theirs = name.strip("_").split("_"), other.strip("_").split("_")
    if len(mine) != len(theirs):
        return name.replace("_", "") == other.replace("_", "")
    differing = [(one, two) for one, two in zip(mine, theirs, strict=True) if one != two]
    if len(differing) != 1 or mine[0] != theirs[0]:
        return False
    one, two = sorted(differing[0])
    return f"{one}/{two}" not in opposites and _alike(one, two) >= ALIKE_WORD
