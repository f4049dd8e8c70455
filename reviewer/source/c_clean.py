"""C of the kernel made fit for tree-sitter-c, byte for byte in place.

`clean` rewrites what only the preprocessor could make into C, without moving a byte: comments and
directives become blanks, attribute macros too, an iterator macro becomes `while`, and so on. What
a rewritten construct was stands in `Cleaned.notes`.

Arms of an `#if` whose pieces split a construct cannot stand side by side: `clean` keeps the first
of each such group, and `Prepared.regions` lists the stretches to be parsed again with the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from reviewer.source.c_attributes import blank_attributes
from reviewer.source.c_conditional import (
    CONDITIONAL,
    Arm,
    Group,
    Nest,
    Shape,
    choices,
    nest,
    shape,
)
from reviewer.source.c_edit import Notes
from reviewer.source.c_heading import rewrite_file_scope, rewrite_headings
from reviewer.source.c_layout import Layout, layout
from reviewer.source.c_lex import Directive, blank, lex, without_comments
from reviewer.source.c_notes import Cleaned, Note, Rewrite, Variant
from reviewer.source.c_operand import (
    blank_string_macros,
    rewrite_arguments,
    rewrite_asm,
    rewrite_statement_arguments,
    rewrite_type_arguments,
    rewrite_typeof,
)
from reviewer.source.c_statement import (
    rewrite_declarations,
    rewrite_jumps,
    rewrite_loop_ends,
    rewrite_statement_macros,
    terminate_words,
)
from reviewer.source.conditions import FALSE, Condition, conjoin, negate

__all__ = ["Cleaned", "Note", "Prepared", "Region", "Rewrite", "Variant", "clean", "prepare"]

#: In the order they run: later ones rely on what earlier ones made of the text.
PASSES = (
    rewrite_file_scope,
    rewrite_headings,
    rewrite_typeof,
    rewrite_asm,
    rewrite_loop_ends,
    rewrite_statement_macros,
    terminate_words,
    rewrite_declarations,
    rewrite_statement_arguments,
    rewrite_type_arguments,
    rewrite_jumps,
    blank_string_macros,
    rewrite_arguments,
)

#: Choices of arms parsed for one region before only every arm once is.
MAX_CHOICES = 16


class Choice(Struct, frozen=True):
    """The condition under which one arm, or none, of the group from `start` to `end` is there."""

    start: int
    end: int
    condition: Condition


class Region(Struct, frozen=True):
    """A stretch of whole top-level items with the groups in it that split a construct."""

    start: int
    end: int
    groups: tuple[Group, ...]


class Prepared(Struct, frozen=True):
    """A file cleaned with the first arm of each splitting group, and what the others need."""

    cleaned: Cleaned
    directives: tuple[Directive, ...]
    nest: Nest
    layout: Layout
    regions: tuple[Region, ...]
    code: bytes
    plain: bytes

    def alternatives(self, region: Region) -> Iterator[tuple[tuple[Choice, ...], Cleaned]]:
        """The file with each choice of arms in the region that some configuration can make.

        Two choices that leave the same text come once.
        """
        outer_first = [
            _moved(group, -region.start)
            for group in sorted(region.groups, key=lambda group: group.start)
        ]
        seen: set[bytes] = set()
        for choice in choices(outer_first, MAX_CHOICES):
            code = bytearray(self.code[region.start : region.end])
            plain = bytearray(self.plain[region.start : region.end])
            chosen = _choose(code, plain, outer_first, choice, region.start)
            possible = conjoin(item.condition for item in chosen) != FALSE
            if possible and bytes(code) not in seen:
                seen.add(bytes(code))
                yield chosen, self._with(region, code, plain)

    def _with(self, region: Region, code: bytearray, plain: bytearray) -> Cleaned:
        split = {group.start for group in region.groups}
        inner = [
            _moved(group, -region.start)
            for group in self.nest.groups
            if region.start <= group.start < region.end and group.start not in split
        ]
        notes: Notes = {}
        _, restored, blocks = _resolve(code, plain, inner)
        _rewrite(code, notes, blocks)
        base = region.start
        for start, end in restored:
            code[start:end] = without_comments(self.cleaned.original[base + start : base + end])
        kept = {
            offset: note
            for offset, note in self.cleaned.notes.items()
            if not region.start <= offset < region.end or note.rewrite is Rewrite.CLEANUP
        }
        kept.update((offset + base, _moved_note(note, base)) for offset, note in notes.items())
        first = self.cleaned
        return Cleaned(
            first.text[:base] + bytes(code) + first.text[region.end :],
            first.plain[:base] + bytes(plain) + first.plain[region.end :],
            first.original,
            kept,
        )


def clean(text: bytes, attributes: frozenset[bytes] = frozenset()) -> Cleaned:
    """The text made fit for tree-sitter-c, with the first arm of every group that splits code.

    `attributes` are further attribute macros, such as those learnt from headers. Linear in the
    text; nothing is raised.
    """
    return prepare(text, attributes).cleaned


def prepare(text: bytes, attributes: frozenset[bytes] = frozenset()) -> Prepared:
    """`clean`, and what is needed to clean again with other arms."""
    lexed = lex(text)
    conditionals = [item for item in lexed.directives if item.keyword in CONDITIONAL]
    tree = nest(lexed.directives, len(text))
    notes: Notes = {}
    code, plain = bytearray(lexed.code), bytearray(lexed.plain)
    blank_attributes(code, attributes, notes)
    for start, end in tree.dead:
        code[start:end] = blank(code[start:end])
        plain[start:end] = blank(plain[start:end])
    all_code, all_plain = (bytes(code), bytes(plain)) if conditionals else (b"", b"")
    splits, restored, blocks = _resolve(code, plain, tree.groups)
    _rewrite(code, notes, blocks)
    for start, end in restored:
        code[start:end] = without_comments(text[start:end])
    cleaned = Cleaned(bytes(code), bytes(plain), text, notes)
    regions = _regions(splits, blocks, all_code)
    return Prepared(cleaned, lexed.directives, tree, blocks, regions, all_code, all_plain)


def _resolve(
    code: bytearray, plain: bytearray, groups: Sequence[Group]
) -> tuple[list[Group], list[tuple[int, int]], Layout]:
    """Keep the first arm of the groups that split code, blank the other arms.

    Returns those groups, the ranges of the directives that can stand in the parse, and the layout
    of what is left.
    """
    splits, lists, wholes = [], [], []
    for group in groups:
        if group.constant:
            continue
        match shape(code, group):
            case Shape.SPLIT:
                splits.append(group)
                _keep(code, plain, group.arms, 0)
            case Shape.LIST:
                lists.append(group)
            case Shape.WHOLE:
                wholes.append(group)
    blocks = layout(code)
    for group in lists:
        if blocks.in_function(group.start):
            splits.append(group)
            _keep(code, plain, group.arms, 0)
    restored = [
        span
        for group in wholes
        if blocks.in_function(group.start) and code[group.start : group.end].strip()
        for span in group.directives
    ]
    return splits, restored, blocks


def _keep(code: bytearray, plain: bytearray, arms: Sequence[Arm], kept: int | None) -> None:
    for index, arm in enumerate(arms):
        if index != kept:
            code[arm.start : arm.end] = blank(code[arm.start : arm.end])
            plain[arm.start : arm.end] = blank(plain[arm.start : arm.end])


def _rewrite(code: bytearray, notes: Notes, blocks: Layout) -> None:
    for rewrite in PASSES:
        rewrite(code, blocks, notes)


def _choose(
    code: bytearray,
    plain: bytearray,
    groups: Sequence[Group],
    choice: Sequence[int | None],
    base: int,
) -> tuple[Choice, ...]:
    """Blank all arms but the chosen; the choices that are in force, offsets moved by `base`."""
    gone = bytearray(len(code))
    chosen = []
    for group, kept in zip(groups, choice, strict=True):
        if gone[group.start]:
            continue
        _keep(code, plain, group.arms, kept)
        for index, arm in enumerate(group.arms):
            if index != kept:
                gone[arm.start : arm.end] = b"\1" * (arm.end - arm.start)
        if kept is None:
            condition = conjoin(negate(arm.condition) for arm in group.arms)
        else:
            condition = group.arms[kept].condition
        chosen.append(Choice(group.start + base, group.end + base, condition))
    return tuple(chosen)


def _regions(splits: Sequence[Group], blocks: Layout, code: bytes) -> tuple[Region, ...]:
    """The stretches of whole items around the groups, those that have a function in some arm."""
    spans: list[tuple[int, int, list[Group]]] = []
    for group in sorted(splits, key=lambda item: item.start):
        start, end = blocks.items(group.start, group.end)
        if spans and start < spans[-1][1]:
            first, last, groups = spans.pop()
            groups.append(group)
            spans.append((min(first, start), max(last, end), groups))
        else:
            spans.append((start, end, [group]))
    return tuple(
        Region(start, end, tuple(groups))
        for start, end, groups in spans
        if _FUNCTION_BODY.search(code, start, end)
    )


_FUNCTION_BODY = re.compile(rb"\)\s*+\{")


def _moved(group: Group, by: int) -> Group:
    return Group(
        group.start + by,
        group.end + by,
        tuple(Arm(arm.condition, arm.start + by, arm.end + by) for arm in group.arms),
        tuple((start + by, end + by) for start, end in group.directives),
        group.complete,
        group.constant,
    )


def _moved_note(note: Note, by: int) -> Note:
    parts = tuple(part + by for part in note.parts)
    return replace(note, start=note.start + by, end=note.end + by, parts=parts)
