"""An assembly file of the kernel, read: functions, macros, variables, includes, graphs on demand.

Reads the GNU assembler's AT&T syntax for x86 with the C preprocessor around it. Macros of the
file itself are expanded, and those of headers where these are at hand; else they stay as opaque
instructions under their own name. Linker scripts are not assembly.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from reviewer.finding import Location, Skip
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import FALSE
from reviewer.source.gas_assemble import Assembler
from reviewer.source.gas_cfg import Surroundings, Symbol, build, entered_at
from reviewer.source.gas_cpp import Preprocessor
from reviewer.source.gas_headers import Headers, borrowed
from reviewer.source.gas_items import Item, ItemKind, Stream, symbol_kind
from reviewer.source.gas_lines import Comment, Line, read_lines
from reviewer.source.gas_operands import expression, head, statement
from reviewer.source.gas_ranges import Range, in_contexts, ranges
from reviewer.source.types import CFG, Function, Kind, Language, Variable, VariableKind
from reviewer.source.unit import Definition, Unit


def read(
    file: SourceFile,
    *,
    noreturn: frozenset[str] = frozenset(),
    headers: Headers | None = None,
) -> Unit:
    """The file as code; a call of a function in `noreturn` ends its block.

    Definitions are the functions in order, then further entries into them and their aliases with
    the attribute `inner`: those share code with another definition. What of a file with context
    `hunk` lies between its known ranges is not there.
    """
    if file.path.endswith(".lds.S"):
        return _nothing(file, "a linker script, not assembly")
    return _Reading(file, noreturn, headers).unit()


def comments(file: SourceFile) -> tuple[Comment, ...]:
    """The comments of the file, with their lines."""
    return tuple(comment for _, found in _regions(file) for comment in found)


def _nothing(file: SourceFile, reason: str) -> Unit:
    def lowering(definition: Definition) -> Function:
        raise KeyError(definition.name)

    skip = Skip(file.path, 0, reason)
    return Unit(file, Language.GAS, (), (), (), (), (skip,), lowering)


class _Reading:
    """One file's items and ranges, and the graphs made from them so far."""

    def __init__(self, file: SourceFile, noreturn: frozenset[str], headers: Headers | None) -> None:
        self._file = file
        self._noreturn = noreturn
        self._preprocessor = Preprocessor()
        self._assembler = Assembler(self._preprocessor.table)
        if headers is not None:
            self._borrow(headers)
        for lines, _ in _regions(file):
            self._assembler.run(self._preprocessor.pieces(lines))
        self._items: list[Stream] = self._assembler.items
        outer, further = ranges(self._items, self._assembler.globals, self._assembler.functions)
        self._outer = outer
        self._all = [item for item in (*outer, *further) if item.presence != FALSE]
        self._names = {item.name for item in self._all}
        self._ranges: dict[int, Range] = {}
        self._graphs: dict[int, tuple[CFG, dict[str, int]]] = {}

    def _borrow(self, headers: Headers) -> None:
        macros, templates = borrowed(
            headers, self._file.path, self._file.text.decode("utf-8", "replace")
        )
        for macro in macros:
            self._preprocessor.table.define(macro)
        for template in templates:
            body = tuple(self._preprocessor.expanded(template.body))
            self._assembler.templates.define(replace(template, body=body))

    def unit(self) -> Unit:
        return Unit(
            self._file,
            Language.GAS,
            tuple(self._definitions()),
            tuple(self._preprocessor.macros),
            tuple(self._variables()),
            tuple(self._preprocessor.includes),
            tuple(self._skips()),
            self._lower,
        )

    def _definitions(self) -> Iterator[Definition]:
        offsets = _line_offsets(self._file.text)
        for item in self._all:
            start = offsets[min(max(item.line, 1), len(offsets)) - 1]
            while start in self._ranges:
                start += 1
            self._ranges[start] = item
            end = offsets[min(item.end_line, len(offsets) - 1)]
            yield Definition(
                item.name,
                frozenset(item.attributes),
                item.presence,
                item.line,
                item.end_line,
                start,
                end,
            )

    def _lower(self, definition: Definition) -> Function:
        item = self._ranges[definition.start_byte]
        whole = item.inside or item
        if id(whole) not in self._graphs:
            self._graphs[id(whole)] = build(
                self._items, whole.start, whole.end, whole.end_line, self._around(whole)
            )
        graph, entries = self._graphs[id(whole)]
        if item.inside is not None and item.name in entries:
            graph = entered_at(graph, entries[item.name])
        return Function(
            definition.name,
            Language.GAS,
            (),
            definition.attributes | {item.section},
            Location(self._file.path, definition.line),
            definition.end_line,
            definition.presence,
            frozenset(),
            graph,
        )

    def _around(self, item: Range) -> Surroundings:
        nested = {
            other.start: self._symbol(other)
            for other in self._outer
            if item.start < other.start < other.end < item.end
        }
        return Surroundings(self._names.__contains__, self._noreturn, self._follower(item), nested)

    def _follower(self, item: Range) -> Symbol | None:
        """The function that begins where this one ends, if no code stands between."""
        starts = {other.start: other for other in self._outer}
        for index in range(item.end, len(self._items)):
            following = self._items[index]
            if not isinstance(following, Item) or following.section != item.section:
                continue
            if index in starts:
                return self._symbol(starts[index])
            if following.kind in (ItemKind.CODE, ItemKind.DATA):
                return None
        return None

    def _symbol(self, item: Range) -> Symbol:
        first = self._items[item.start]
        by = first.by if isinstance(first, Item) else ""
        text = f"{by}({item.name})" if by else f"{item.name}:"
        return Symbol(item.name, text, item.line, item.end)

    def _variables(self) -> Iterator[Variable]:
        for _, item, context in in_contexts(self._items):
            if item.kind is ItemKind.VARIABLE:
                directive, value = head(item.by)
                yield Variable(
                    item.text,
                    directive,
                    VariableKind.GLOBAL,
                    item.line,
                    True,
                    frozenset({item.section}),
                    context,
                    expression(value.strip()) if value.strip() else None,
                )

    def _skips(self) -> Iterator[Skip]:
        code = [
            item for item in self._items if isinstance(item, Item) and item.kind is ItemKind.CODE
        ]
        unread = {text for text in {item.text for item in code} if not _reads(text)}
        found = set(self._assembler.problems)
        found |= {
            (item.line, f"operand not read: {item.text[:60]}")
            for item in code
            if item.text in unread
        }
        for line, reason in sorted(found):
            yield Skip(self._file.path, line, reason, line)


def _reads(text: str) -> bool:
    """Whether the statement and each of its operands was understood."""
    read = statement(text)
    return read.kind is not Kind.UNKNOWN and not any(
        item.kind is Kind.UNKNOWN for item in read.args
    )


def _line_offsets(text: bytes) -> list[int]:
    offsets = [0]
    for line in text.split(b"\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    return offsets


def _regions(file: SourceFile) -> Iterator[tuple[tuple[Line, ...], tuple[Comment, ...]]]:
    """The lines and comments of each part of the file that is known."""
    text = file.text.decode("utf-8", "replace").replace("\r", "")
    if not file.known:
        yield read_lines(text)
        return
    source = text.split("\n")
    for number, (first, last) in enumerate(file.known):
        heading = file.sections[number] if number < len(file.sections) else ""
        part = "\n".join(source[first - 1 : last])
        if _ends_comment(part):
            part = f"/*{part}"
        lines, found = read_lines(part)
        yield (
            (
                *_heading(heading, first),
                *(
                    Line(x.line + first - 1, x.end_line + first - 1, x.text, x.directive)
                    for x in lines
                ),
            ),
            tuple(
                Comment(x.line + first - 1, x.end_line + first - 1, x.lines, x.trailing)
                for x in found
            ),
        )


def _ends_comment(text: str) -> bool:
    """Whether a part of a file begins inside a block comment."""
    closes = text.find("*/")
    return closes >= 0 and not 0 <= text.find("/*") < closes


def _heading(section: str, line: int) -> Iterator[Line]:
    """The function a hunk's heading names, as the line that begins it."""
    word, rest = head(section.strip())
    kind = symbol_kind(word) if word else None
    if kind in (ItemKind.START, ItemKind.INNER):
        yield Line(line, line, f"{word}{rest[: rest.find(')') + 1]}")
    elif word and rest.startswith(":"):
        yield Line(line, line, f"{word}:")
