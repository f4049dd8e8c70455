"""The `#if` nest of a C file: which condition each byte stands under, which arms split a construct.

A group whose arms are whole statements or declarations can stay in a parse as it is. One whose
arms are pieces (`if (a) #ifdef X && b #endif`, two headings over one body) cannot: of those one
arm at a time is kept.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from reviewer.source import presence
from reviewer.source.c_lex import Directive
from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, conjoin, negate

_OPENING = frozenset({"if", "ifdef", "ifndef"})
_MIDDLE = frozenset({"elif", "elifdef", "elifndef", "else"})
CONDITIONAL = _OPENING | _MIDDLE | {"endif"}

#: Known of every C file: what assembly and C++ see is not code here.
_KNOWN = {
    "defined(__ASSEMBLY__)": FALSE,
    "defined(__ASSEMBLER__)": FALSE,
    "defined(__cplusplus)": FALSE,
    "defined(__GENKSYMS__)": FALSE,
    "defined(__CHECKER__)": FALSE,
}


#: Groups nested deeper, and arms beyond so many of one group, are left without a condition.
MAX_DEPTH = 40
MAX_ARMS = 24


class Shape(StrEnum):
    """How the arms of a group fit what stands around them."""

    WHOLE = "whole"  # statements, labels, declarations
    LIST = "list"  # entries of a list, each with its comma
    SPLIT = "split"  # pieces of a construct


class Arm(Struct, frozen=True):
    """The bytes between two directives of a group, and the condition of the choice."""

    condition: Condition
    start: int
    end: int


class Group(Struct, frozen=True):
    """`#if` to `#endif`: `start` and `end` include the directives, `arms` the ones that can be.

    `directives` are the byte ranges of the directive lines. `constant` groups have an arm that
    is chosen whatever the configuration. `complete` says that the arms exhaust all conditions.
    """

    start: int
    end: int
    arms: tuple[Arm, ...]
    directives: tuple[tuple[int, int], ...]
    complete: bool
    constant: bool


class Nest(Struct, frozen=True):
    """All groups of a file, inner before outer, and the condition of every byte."""

    groups: tuple[Group, ...]
    dead: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    conditions: tuple[Condition, ...]

    def at(self, offset: int) -> Condition:
        """The presence condition of the byte."""
        return self.conditions[bisect_right(self.starts, offset) - 1]


class _Open:
    """A group while its `#endif` has not come yet."""

    def __init__(self, directive: Directive, outer: Condition) -> None:
        self.start = directive.start
        self.outer = outer
        self.directives: list[tuple[int, int]] = []
        self.arms: list[Arm] = []
        self.before: list[Condition] = []
        self.choice: Condition = TRUE
        self.body = directive.end

    def arm(self, test: Condition, directive: Directive) -> Condition:
        """Start an arm; the condition of its bytes."""
        self.choice = test
        if len(self.before) < MAX_ARMS:
            self.choice = conjoin((*self.before, test))
            self.before.append(negate(test))
        self.body = directive.end
        self.directives.append((directive.start, directive.end))
        return conjoin((self.outer, self.choice))

    def close(self, end: int) -> None:
        self.arms.append(Arm(self.choice, self.body, end))


def nest(directives: Sequence[Directive], size: int) -> Nest:
    """The groups of the directives. Include guards are no condition; lone `#endif`s are nothing."""
    guard = _include_guard(directives)
    groups: list[Group] = []
    dead: list[tuple[int, int]] = []
    starts: list[int] = [0]
    conditions: list[Condition] = [TRUE]
    stack: list[_Open] = []
    known: Condition = TRUE

    def finish(end_of_arm: int, end: int) -> Condition:
        last = stack.pop()
        last.close(end_of_arm)
        if len(stack) < MAX_DEPTH:
            groups.append(_group(last, end, dead))
        return last.outer

    for directive in directives:
        keyword = directive.keyword
        if keyword in _OPENING:
            stack.append(_Open(directive, known))
            ignored = directive is guard or len(stack) > MAX_DEPTH
            test = TRUE if ignored else _test(directive)
        elif keyword in _MIDDLE and stack:
            stack[-1].close(directive.start)
            ignored = keyword == "else" or len(stack) > MAX_DEPTH
            test = TRUE if ignored else _test(directive)
        elif keyword == "endif" and stack:
            stack[-1].directives.append((directive.start, directive.end))
            known = finish(directive.start, directive.end)
            starts.append(directive.start)
            conditions.append(known)
            continue
        else:
            continue
        known = stack[-1].arm(test, directive)
        starts.append(directive.start)
        conditions.append(known)
    while stack:
        finish(size, size)
    return Nest(tuple(groups), tuple(dead), tuple(starts), tuple(conditions))


def _group(opened: _Open, end: int, dead: list[tuple[int, int]]) -> Group:
    arms = []
    for arm in opened.arms:
        if conjoin((opened.outer, arm.condition)) == FALSE:
            dead.append((arm.start, arm.end))
        else:
            arms.append(arm)
    complete = conjoin(opened.before) == FALSE
    constant = any(arm.condition == TRUE for arm in arms) or not arms
    return Group(opened.start, end, tuple(arms), tuple(opened.directives), complete, constant)


def _test(directive: Directive) -> Condition:
    keyword, text = directive.keyword, directive.text
    if keyword in ("if", "elif"):
        return _settle(presence.parse(text))
    name = text.split()[0] if text else ""
    test = _settle(presence.defined(name))
    return negate(test) if keyword in ("ifndef", "elifndef") else test


def _settle(condition: Condition) -> Condition:
    """The condition with what is known of C files put in, for plain and negated atoms."""
    if isinstance(condition, Atom):
        return _KNOWN.get(condition.name, condition)
    opposite = negate(condition)
    if isinstance(opposite, Atom) and opposite.name in _KNOWN:
        return negate(_KNOWN[opposite.name])
    return condition


def _include_guard(directives: Sequence[Directive]) -> Directive | None:
    """The `#ifndef X` that, with `#define X` after it, starts the file and ends with it."""
    if len(directives) < 3 or directives[-1].keyword != "endif":
        return None
    first, second = directives[0], directives[1]
    name = guarded_name(first)
    if not name or second.keyword != "define" or second.text.split()[:1] != [name]:
        return None
    depth = 0
    for directive in directives[1:-1]:
        depth += (directive.keyword in _OPENING) - (directive.keyword == "endif")
        if depth < 0 or (depth == 0 and directive.keyword in _MIDDLE):
            return None
    return first


def guarded_name(directive: Directive) -> str:
    """X of `#ifndef X` and `#if !defined(X)`, else nothing."""
    if directive.keyword == "ifndef":
        return directive.text.split()[0] if directive.text else ""
    match = re.fullmatch(r"!\s*defined\s*\(?\s*(\w+)\s*\)?", directive.text)
    return match[1] if directive.keyword == "if" and match else ""


def shape(code: bytearray, group: Group) -> Shape:
    """How the group's arms fit, inner groups already resolved in `code`."""
    bodies = [body for arm in group.arms if (body := code[arm.start : arm.end].strip())]
    if not bodies:
        return Shape.WHOLE
    before, prefix = _before(code, group.start)
    if not all(map(_balanced, bodies)) or prefix.count(b"(") != prefix.count(b")"):
        return Shape.SPLIT
    if _starts_else(code, group.end) or any(_ELSE.match(body) for body in bodies):
        return Shape.SPLIT
    lasts = {body[-1] for body in bodies}
    if any(map(_LABEL.search, (*bodies, prefix))):
        return Shape.SPLIT
    if lasts <= set(b";}:") and (not before or before in b";{}:"):
        return Shape.WHOLE
    after = code[group.end : group.end + 200].lstrip()[:1]
    if before and before in b",{}" and (lasts <= set(b",}") or after == b"}"):
        return Shape.LIST
    return Shape.SPLIT


_ELSE = re.compile(rb"else\b")
_LABEL = re.compile(rb"(?:\A|[;{}])\s*+(?!default\b)[A-Za-z_]\w*+\s*+:\s*+\Z")
_BRACKETS = re.compile(rb"[{}()]")


def _before(code: bytearray, offset: int) -> tuple[bytes, bytearray]:
    """The last character before the offset, and the text since the last statement's end."""
    width = 256
    while True:
        start = max(0, offset - width)
        window = code[start:offset].rstrip()
        if window or not start:
            break
        width *= 8
    cut = max(window.rfind(b";"), window.rfind(b"{"), window.rfind(b"}"))
    return bytes(window[-1:]), window[cut + 1 :]


def _starts_else(code: bytearray, offset: int) -> bool:
    after = re.compile(rb"\s*+(\w*)").match(code, offset)
    return after is not None and after[1] == b"else"


def _balanced(body: bytearray) -> bool:
    depth = parentheses = 0
    for match in _BRACKETS.finditer(body):
        char = match[0]
        depth += (char == b"{") - (char == b"}")
        parentheses += (char == b"(") - (char == b")")
        if depth < 0 or parentheses < 0:
            return False
    return depth == 0 == parentheses


def choices(groups: Sequence[Group], limit: int) -> Iterator[tuple[int | None, ...]]:
    """Choices of one arm a group (None: none of them), bounded by `limit`.

    All combinations where they are few; else as many choices as cover every arm once.
    """
    options = [[*range(len(group.arms)), *([] if group.complete else [None])] for group in groups]
    total = 1
    for option in options:
        total *= len(option)
        if total > limit:
            break
    if total <= limit:
        yield from _product(options)
        return
    for index in range(max(map(len, options))):
        yield tuple(option[min(index, len(option) - 1)] for option in options)


def _product(options: Sequence[list[int | None]]) -> Iterator[tuple[int | None, ...]]:
    if not options:
        yield ()
        return
    for rest in _product(options[1:]):
        for first in options[0]:
            yield (first, *rest)
