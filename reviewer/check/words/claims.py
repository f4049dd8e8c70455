"""What a changelog claims, and whether it keeps its own order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.check.words.text import PatchText, TextLine
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.late import late
from reviewer.patch.types import FileDiff, LineKind

_NO_CHANGE = late(
    r"\bno (?:other )?(?:intended )?(?:functional|semantic) changes?\b", re.IGNORECASE
)
_REMOVES = late(
    r"(?:.*: )?(?:remove|delete|drop|get rid of) (?:the )?"
    r"(?:unused|unneeded|unnecessary|obsolete|dead) "
    r"(?:function |macro |variable |helper |define |prototype )?`?(\w+_\w+)(?:\(\))?`?\.?",
    re.IGNORECASE,
)
_NOTHING = late(
    r"\bno (?:intended )?(?:functional|semantic|behaviou?ral) changes?\b", re.IGNORECASE
)
#: What limits the claim: it is then none that events can refute.
_LIMIT = late(r"\b(?:other|except|but|apart|further|unless|yet|should)\b", re.IGNORECASE)
#: A shorter paragraph may be said twice on purpose.
_LONG = 60
_FOOTNOTE = late(r"\[|\*|\d+[.)]|-|Link|http")


def nothing_changes(patch: PatchText) -> TextLine | None:
    """The line that claims without limits that nothing changes."""
    for paragraph in patch.prose:
        for line in paragraph.lines:
            if _NOTHING.search(line.text) and not _LIMIT.search(paragraph.text):
                return line
    return None


def misplaced_note(question: Question) -> Iterator[Hit]:
    """A paragraph that begins with a word of the rule after "no functional change".

    Whoever has read that believes that nothing more comes.
    """
    paragraphs = question.patch.paragraphs
    openers = tuple(question.words)
    claim: TextLine | None = None
    for paragraph in paragraphs:
        first = paragraph.lines[0]
        if claim and paragraph.prose and first.text.startswith(openers):
            yield Hit(first.text.split()[0].strip(","), first.text.strip(), first.location,
                      first.mail, claim.text.strip())  # fmt: skip
        if paragraph.prose and _FOOTNOTE.match(first.text) is None:
            spoken = next((line for line in paragraph.lines if _NO_CHANGE.search(line.text)), None)
            claim = spoken if spoken is paragraph.lines[-1] else None


def repeated_paragraph(question: Question) -> Iterator[Hit]:
    """A paragraph that says again what one above says, whole or cut short."""
    said: list[str] = []
    for paragraph in question.patch.prose:
        text = paragraph.text
        first = paragraph.lines[0]
        if len(text) >= _LONG:
            for other in said:
                if text.startswith(other) or other.startswith(text):
                    short = f"{other[:40]}..."
                    yield Hit("paragraph", first.text.strip(), first.location, first.mail, short)
                    break
            said.append(text)


def not_removed(question: Question) -> Iterator[Hit]:
    """A subject that says something unused is removed, and a line of the patch that defines it."""
    patch = question.patch
    match = _REMOVES.fullmatch(patch.patch.subject)
    if match is None:
        return
    name = match[1]
    if not _mentions(patch, name, LineKind.REMOVED):
        return
    for each in patch.reviews:
        if each.after is None or name.encode() not in each.after.text:
            continue
        word = re.compile(rb"(?<![\w.>\"/])" + name.encode() + rb"\b")
        for number, text in enumerate(each.after.text.split(b"\n"), 1):
            if word.search(text) and not text.lstrip().startswith((b"*", b"/*", b"//")):
                shown = text.decode(errors="replace").strip()
                place = Location(each.after.path, number)
                yield Hit(name, shown, place, _in_mail(patch, each.diff, number))
                return


def _in_mail(patch: PatchText, diff: FileDiff, number: int) -> Location | None:
    """Where the diff shows the line of the new side."""
    lines = [line for line in diff.lines if line.new == number]
    return patch.mail(lines[0]) if lines else None


def _mentions(patch: PatchText, name: str, kind: LineKind) -> bool:
    return any(re.search(rf"\b{name}\b", line.text) for line in patch.lines(kind))
