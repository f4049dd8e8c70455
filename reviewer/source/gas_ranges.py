"""Functions of an assembly file: the ranges of its items that its symbols bound.

A range begins at an annotation macro (`SYM_FUNC_START`, `ENTRY`) and ends at its counterpart.
Outside such ranges, a label that is global, typed as a function, or the first of its section
begins one that the next such label ends. A label inside a range that is called, jumped to or
taken the address of from outside it, or declared as an entry, is an inner range: the same code
entered later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from reviewer.source.conditions import FALSE, TRUE, Condition, conjoin
from reviewer.source.gas_cpp import Step, inside
from reviewer.source.gas_items import Item, ItemKind, Stream

#: The attribute of a definition that shares its code with the one it stands in.
INNER = "inner"

_SYMBOL = re.compile(r"[A-Za-z_.$][\w.$]*")


class Range(Struct):
    """Items from `start` up to `end` as the function `name`; `inside` is the range it is part of.

    An alias has the items of what it stands for.
    """

    name: str
    start: int
    end: int
    line: int
    end_line: int
    section: str
    presence: Condition
    attributes: set[str] = field(default_factory=set)
    inside: Range | None = None


def ranges(
    items: Sequence[Stream], globals_: set[str], functions: set[str]
) -> tuple[list[Range], list[Range]]:
    """The functions of a file and its further names for code: inner entries and aliases."""
    scan = _Scan(items, globals_ | functions)
    scan.run()
    outer = sorted(scan.found, key=lambda item: (item.start, item.end))
    return outer, [*_inner(items, outer, scan, globals_), *_aliases(items, outer, scan)]


def in_contexts(items: Sequence[Stream]) -> Iterator[tuple[int, Item, Condition]]:
    """Each item with its place and the condition of the nest around it."""
    contexts: list[Condition] = []
    context: Condition = TRUE
    for index, item in enumerate(items):
        if isinstance(item, Item):
            yield index, item, context
            continue
        if item.step is not Step.IF and contexts:
            context = contexts.pop()
        if item.step is not Step.END:
            contexts.append(context)
            context = inside(context, item.condition)


class _Scan:
    """One pass over the items, the conditions and the open ranges kept."""

    def __init__(self, items: Sequence[Stream], entries: set[str]) -> None:
        self._items = items
        self._entries = entries
        self.found: list[Range] = []
        self.presence: dict[int, Condition] = {}
        self.labels: dict[str, int] = {}
        self._annotated: dict[str, Range] = {}
        self._labelled: dict[str, Range] = {}

    def run(self) -> None:
        last = 0
        for index, item, context in in_contexts(self._items):
            last = max(last, item.line)
            match item.kind:
                case ItemKind.START:
                    self._begin(item, index, context)
                case ItemKind.LABEL | ItemKind.INNER:
                    self._label(item, index, context)
                case ItemKind.END:
                    self._end(item, index)
                case ItemKind.NOTE:
                    self._note(item)
                case ItemKind.ALIAS | ItemKind.VARIABLE:
                    self.presence[index] = context
                case _:
                    pass
        for left in (*self._annotated.values(), *self._labelled.values()):
            left.end, left.end_line = len(self._items), last

    def _begin(self, item: Item, index: int, context: Condition) -> None:
        self.presence[index] = context
        self._close(self._labelled, item.section, index)
        self._annotated[item.text] = self._open(item, index, context, item.by)

    def _open(self, item: Item, index: int, context: Condition, by: str) -> Range:
        opened = Range(item.text, index, index, item.line, item.line, item.section, context)
        if by:
            opened.attributes.add(by)
        self.labels.setdefault(item.text, index)
        self.found.append(opened)
        return opened

    def _label(self, item: Item, index: int, context: Condition) -> None:
        self.presence[index] = context
        if item.text[0].isdigit():
            return
        inside = any(item.section == opened.section for opened in self._annotated.values())
        begins = item.text in self._entries or item.kind is ItemKind.INNER
        begins = (begins or item.section not in self._labelled) and not item.text.startswith(".L")
        if begins and not inside:
            self._close(self._labelled, item.section, index)
            self._labelled[item.section] = self._open(item, index, context, item.by)
        else:
            self.labels.setdefault(item.text, index)

    def _end(self, item: Item, index: int) -> None:
        opened = self._annotated.pop(item.text, None)
        if opened is not None:
            opened.end, opened.end_line = index, max(item.line, opened.line)
        elif (labelled := self._labelled.get(item.section)) and labelled.name == item.text:
            self._close(self._labelled, item.section, index)

    def _close(self, opened: dict[str, Range], section: str, index: int) -> None:
        closed = opened.pop(section, None)
        if closed is not None:
            closed.end = index
            body = [item for item in self._items[closed.start : index] if isinstance(item, Item)]
            closed.end_line = max(item.line for item in body)
            if not any(item.kind in (ItemKind.CODE, ItemKind.DATA) for item in body):
                self.found.remove(closed)

    def _note(self, item: Item) -> None:
        """An annotation belongs to the function begun last."""
        for opened in reversed(self._annotated.values()):
            if opened.section == item.section:
                opened.attributes.add(item.by)
                return


def _inner(
    items: Sequence[Stream], outer: list[Range], scan: _Scan, globals_: set[str]
) -> Iterator[Range]:
    """Further entries of the functions."""
    starts = {item.start for item in outer}
    owners = _owners(outer, len(items))
    wanted = _referenced(items, owners, scan.labels)
    for name, index in sorted(scan.labels.items(), key=lambda pair: pair[1]):
        item = items[index]
        owner = owners[index]
        if index in starts or owner is None or not isinstance(item, Item):
            continue
        if item.kind is ItemKind.INNER or name in wanted or name in globals_:
            yield Range(
                name,
                index,
                owner.end,
                item.line,
                owner.end_line,
                item.section,
                scan.presence.get(index, owner.presence),
                {INNER, item.by} - {""},
                owner,
            )


def _owners(outer: list[Range], count: int) -> list[Range | None]:
    """For each item the innermost range it is in."""
    owners: list[Range | None] = [None] * count
    for item in outer:
        owners[item.start : item.end] = [item] * (item.end - item.start)
    return owners


def _referenced(
    items: Sequence[Stream], owners: list[Range | None], labels: dict[str, int]
) -> set[str]:
    """Labels that code of another function names."""
    found: set[str] = set()
    names = labels.keys()
    for index, item in enumerate(items):
        if not isinstance(item, Item) or item.kind is not ItemKind.CODE:
            continue
        text = item.text
        if text[0] not in "jcl" and "$" not in text and "%rip" not in text:
            continue
        for word in names & set(_SYMBOL.findall(text)):
            if owners[labels[word]] is not owners[index] or _takes_address(text):
                found.add(word)
    return found


def _takes_address(text: str) -> bool:
    return text.startswith("lea") or "$" in text


def _aliases(items: Sequence[Stream], outer: list[Range], scan: _Scan) -> Iterator[Range]:
    """Further names of the functions."""
    by_name = {item.name: item for item in outer}
    for index, item in enumerate(items):
        if not isinstance(item, Item) or item.kind is not ItemKind.ALIAS:
            continue
        meant = by_name.get(item.by)
        if meant is None or item.text in by_name:
            continue
        presence = conjoin((meant.presence, scan.presence.get(index, TRUE)))
        if presence != FALSE:
            yield Range(
                item.text,
                meant.start,
                meant.end,
                meant.line,
                meant.end_line,
                meant.section,
                presence,
                {*meant.attributes, INNER},
                meant,
            )
