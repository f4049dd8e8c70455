"""Comments in added lines: cut off, or where they mislead; and variables without one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.check.words.text import MAX_LINE, Comment, PatchText, TextLine, folded
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.late import late
from reviewer.patch.types import FileDiff, Hunk, Line, LineKind

_PERCPU = late(r"(?:static )?DEFINE_PER_CPU\w*\((.+), *(\w+)\)")
_GLOBAL = late(
    r"(?!return\b|goto\b|typedef\b|extern\b|static\b|else\b|case\b|break\b)"
    r"(?:[a-z]\w*[ *]+)+(\w+)(?:\[[^]]*\])*(?: __\w+)*(?: *= *[^(){}]*)?;"
)
_HEAD = late(r"\s*(?:\} )?(?:else )?(?:if|while|for) ?\(.*\)\s*$|\s*(?:\} )?else\s*$")
_ENUMERATION = late(r"^\s*\(?(?:\d{1,2}|[a-z]|[ivx]+)\)|(?<=\s)[:;]-?[()](?=\s|$)|'[()]'|\"[()]\"")


def cut_off(question: Question) -> Iterator[Hit]:
    """A comment that the patch ends before its parenthesis closes, or on one of the rule's words.

    The hunk must show the end of the comment and the beginning of the paragraph.
    """
    patch = question.patch
    for comment in patch.comments:
        if not comment.ended:
            continue
        yield from _unclosed(comment, patch)
        last = next((line for line in reversed(comment.lines) if line.text.strip()), None)
        if last is not None and last.added and folded(last.text) not in patch.removed:
            words = last.text.split()
            if words[-1] in question.words and len(words) > 1:
                yield _hit(last, f"... {words[-1]}", "the sentence does not end")


def _unclosed(comment: Comment, patch: PatchText) -> Iterator[Hit]:
    """Parentheses that no later line of the comment closes."""
    paragraphs = comment.paragraphs
    for number, lines in enumerate(paragraphs):
        if number == 0 and not comment.begun:
            continue
        opened: list[TextLine] = []
        for line in lines:
            # What reads like "93)" at the start of a line may close what is open.
            text = line.text if opened else _ENUMERATION.sub(" ", line.text)
            for sign in re.findall(r"[()]", text):
                if sign == "(":
                    opened.append(line)
                elif opened:
                    opened.pop()
        later = "".join(line.text for rest in paragraphs[number + 1 :] for line in rest)
        closed_later = later.count(")") > later.count("(")
        for line in opened[:1]:
            if line.added and folded(line.text) not in patch.removed and not closed_later:
                yield _hit(line, "(", "the parenthesis is never closed")


def _hit(line: TextLine, subject: str, detail: str) -> Hit:
    return Hit(subject, line.text.strip(), line.location, line.mail, detail)


def under_condition(question: Question) -> Iterator[Hit]:
    """A comment of several lines between a condition without braces and its statement."""
    patch = question.patch
    for diff in patch.code:
        for hunk in diff.hunks:
            shown = _new_side(hunk)
            for at in range(1, len(shown) - 1):
                line = shown[at]
                text = line.text.strip()
                if not text.startswith("/*") or "*/" in text or line.kind is not LineKind.ADDED:
                    continue
                if _HEAD.fullmatch(shown[at - 1].text) and _whole(shown[at - 1].text):
                    place = Location(diff.path, line.new or 0)
                    head = shown[at - 1].text.strip()
                    yield Hit(head, text, place, patch.mail(line))


def _whole(head: str) -> bool:
    return head.count("(") == head.count(")")


def uncommented_percpu(question: Question) -> Iterator[Hit]:
    """A new per-CPU variable that no comment explains, neither here nor at its declaration."""
    yield from _uncommented(question.patch, _PERCPU, 2)


def uncommented_global(question: Question) -> Iterator[Hit]:
    """A new global variable without a comment."""
    yield from _uncommented(question.patch, _GLOBAL, 1)


def _uncommented(patch: PatchText, pattern: re.Pattern[str], group: int) -> Iterator[Hit]:
    gone = {
        match[group]
        for line in patch.lines(LineKind.REMOVED)
        if (match := pattern.match(line.text.removeprefix("static "))) is not None
    }
    explained = _explained(patch)
    for diff, hunk in _hunks(patch):
        if not diff.path.endswith(".c"):
            continue
        shown = _new_side(hunk)
        for at, line in enumerate(shown):
            match = pattern.match(line.text) if line.kind is LineKind.ADDED else None
            if not match or match[group] in gone or match[group] in explained:
                continue
            if at and not _has_comment(shown, at) and not _type_has_comment(shown, line.text):
                place = Location(diff.path, line.new or 0)
                yield Hit(match[group], line.text.strip(), place, patch.mail(line))


def _explained(patch: PatchText) -> frozenset[str]:
    """Names that a declaration in the patch declares with a comment beside it."""
    found: set[str] = set()
    for diff, hunk in _hunks(patch):
        if diff.path.endswith(".h"):
            shown = _new_side(hunk)
            for at, line in enumerate(shown):
                if line.text.startswith(("DECLARE_PER_CPU", "extern ")) and _has_comment(shown, at):
                    found.update(re.findall(r"\w+", line.text))
    return frozenset(found)


def _has_comment(shown: list[Line], at: int) -> bool:
    """Whether the line or the block of lines it stands in has a comment at its top or end."""
    if "/*" in shown[at].text or "//" in shown[at].text:
        return True
    while at > 0 and shown[at - 1].text.strip():
        at -= 1
        text = shown[at].text
        if "*/" in text or "//" in text or "/*" in text:
            return True
        if text.startswith("}"):
            return False
    return at == 0


def _type_has_comment(shown: list[Line], variable: str) -> bool:
    """Whether the structure that the variable is one of stands in the hunk with a comment."""
    for at, line in enumerate(shown):
        match = re.match(r"(struct \w+) \{", line.text)
        if match is None or match[1] not in variable:
            continue
        end = next((end for end in range(at, len(shown)) if shown[end].text.startswith("}")), at)
        return _has_comment(shown, at) or any("/*" in each.text for each in shown[at:end])
    return False


def _new_side(hunk: Hunk) -> list[Line]:
    return [
        line
        for line in hunk.lines
        if line.kind is not LineKind.REMOVED and len(line.text) < MAX_LINE
    ]


def _hunks(patch: PatchText) -> Iterator[tuple[FileDiff, Hunk]]:
    for diff in patch.code:
        yield from ((diff, hunk) for hunk in diff.hunks)
