"""The assembler's pass over a file: directives obeyed, macros expanded, sections followed.

What comes out is a flat stream of items, with the conditionals that could not be decided as
branches. Not modelled: the location counter (`. = x`, `.org`), symbols set differently in the
arms of a conditional (the last one counts), subsections.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from reviewer.source.conditions import FALSE, TRUE, Condition
from reviewer.source.gas_cpp import Branch, Conditional, Piece, Step, Text, inside
from reviewer.source.gas_expand import MacroTable
from reviewer.source.gas_items import (
    SECTION_MACROS,
    Item,
    ItemKind,
    Stream,
    is_note,
    symbol_kind,
)
from reviewer.source.gas_macros import (
    Template,
    Templates,
    alternative,
    parameters,
    repeat,
    split_arguments,
)
from reviewer.source.gas_operands import head, is_prefix, labels, split_operands
from reviewer.source.gas_sections import Sections
from reviewer.source.gas_symbols import Symbols

#: A file is read up to so many pieces; macros nested deeper stay as they are written.
MAX_PIECES = 250_000
MAX_FRAMES = 64
MAX_REPEAT = 4096

_DATA = re.compile(
    r"\.(?:[248]?byte|word|short|h?value|hword|long|int|quad|octa|ascii|asciz|string|float|single|"
    r"double|fill|skip|space|zero|[us]leb128|incbin|nops|insn|dc\.[blqw])"
)
_IGNORED = re.compile(
    r"\.(?:align|balign[wl]?|p2align[wl]?|org|code(?:16|16gcc|32|64)|file|loc\w*|cfi_\w+|ident|arch|"
    r"extern|hidden|protected|internal|local|l?comm|error|warning|print|err|end|att_\w+|symver|reloc|"
    r"include|sbttl|title|version|attribute|addrsig\w*|bundle\w*|abort|line|linkonce|desc|subsection)"
)
_ASSIGNED = re.compile(r"([A-Za-z_.$][\w.$]*)\s*==?(?!=)\s*(.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_.$][\w.$]*\Z")
_FUNCTION_TYPE = re.compile(r"[@%]function|STT_FUNC|SYM_T_FUNC")
_REPEATS = frozenset({".rept", ".rep", ".irp", ".irpc"})
_ENDS = {".macro": (".endm", ".endmacro"), ".rept": (".endr",)}


class _If(Struct):
    """A `.if` being followed: whether its arm counts, and whether one surely did already."""

    active: bool
    done: bool
    branch: Conditional | None = None


class _Frame(Struct):
    """Pieces being read; `ifs` is the depth of `.if` when a macro's body was entered, else -1."""

    pieces: Iterator[Piece]
    ifs: int = -1


class Assembler:
    """Reads pieces into items.

    `globals` and `functions` are the names declared as such, `templates` the macros known so far.
    """

    def __init__(self, macros: MacroTable, limit: int = MAX_PIECES) -> None:
        self.items: list[Stream] = []
        self.problems: list[tuple[int, str]] = []
        self.globals: set[str] = set()
        self.functions: set[str] = set()
        self.templates = Templates()
        self._symbols = Symbols(macros)
        self._frames: list[_Frame] = []
        self._contexts: list[Condition] = []
        self._ifs: list[_If] = []
        self._sections = Sections()
        self._object = ("", 0)
        self._prefixes: list[Item] = []
        self._count = 0
        self._left = limit

    def run(self, pieces: Iterable[Piece]) -> None:
        """Reads all pieces; the results are in the attributes."""
        frames = self._frames
        frames.append(_Frame(iter(pieces)))
        while frames:
            frame = frames[-1]
            for piece in frame.pieces:
                self._left -= 1
                if self._left < 0:
                    self._give_up(piece)
                    break
                if self._ifs and not self._ifs[-1].active:
                    self._skipped(piece)
                elif isinstance(piece, Branch):
                    self._branch(piece)
                else:
                    self._statement(piece)
                if not frames or frames[-1] is not frame:
                    break  # a macro was entered or left
            else:
                frames.pop()

    def _give_up(self, piece: Piece) -> None:
        self.problems.append((piece.line, "not read from here on: macros expand too far"))
        self._frames.clear()

    def _next(self) -> Piece | None:
        while self._frames:
            piece = next(self._frames[-1].pieces, None)
            if piece is not None:
                self._left -= 1
                if self._left >= 0:
                    return piece
                self._give_up(piece)
                return None
            self._frames.pop()
        return None

    @property
    def _context(self) -> Condition:
        return self._contexts[-1] if self._contexts else TRUE

    def _branch(self, branch: Branch) -> None:
        if branch.step is not Step.IF and not self._contexts:
            return
        self.items.append(branch)
        if branch.step is not Step.IF:
            self._contexts.pop()
        if branch.step is not Step.END:
            self._contexts.append(inside(self._context, branch.condition))

    def _statement(self, piece: Text) -> None:
        names, word, rest, text, is_prefix = _parts(piece.text)
        if names:
            for name in names:
                self._label(name, piece)
            if not text:
                return
        if is_prefix:
            self._prefix(text, piece)
        elif word in self.templates:
            self._use(piece, word, rest)
        elif word.startswith("."):
            self._directive(piece, word, rest, text)
        elif rest[:1] == "=" and (match := _ASSIGNED.match(text)):
            self._assign(match[1], match[2])
        elif word.islower():
            self._emit(ItemKind.CODE, text, piece)
        elif not word:
            self.problems.append((piece.line, f"no statement: {text[:60]}"))
            self._emit(ItemKind.CODE, text, piece)
        else:
            self._named(piece, word, rest, text)

    def _named(self, piece: Text, word: str, rest: str, text: str) -> None:
        """A use of a macro of the kernel's headers, or of one nobody knows."""
        if word.startswith("ALTERNATIVE") and (arms := alternative(word, rest, piece)):
            self._push(arms)
        elif (kind := symbol_kind(word)) is not None:
            self._symbol(kind, word, rest, piece)
        elif word in SECTION_MACROS:
            self._sections.enter(SECTION_MACROS[word])
            self._object = ("", 0)
        elif is_note(word):
            self._emit(ItemKind.NOTE, text, piece, word)
        else:
            self._emit(ItemKind.CODE, text, piece)

    def _emit(self, kind: ItemKind, text: str, piece: Text, by: str = "") -> None:
        if not self._sections.executable:
            return
        line = piece.line
        if kind is ItemKind.CODE:
            text = self._symbols.renamed(text)
            if self._prefixes and self.items[-1] is self._prefixes[-1]:
                last = self._prefixes.pop()
                self.items.pop()
                text, line = f"{last.text} {text}", last.line
        self.items.append(Item(kind, text, line, piece.macro_line, self._sections.name, by))

    def _prefix(self, text: str, piece: Text) -> None:
        """A prefix on a line of its own belongs to the instruction that follows at once."""
        if self._sections.executable:
            self._emit(ItemKind.CODE, text, piece)
            last = self.items[-1]
            if isinstance(last, Item):
                self._prefixes.append(last)

    def _label(self, name: str, piece: Text) -> None:
        self._symbols.labels.add(name)
        if self._sections.executable:
            self._emit(ItemKind.LABEL, name, piece)
        elif not name[0].isdigit():
            self._object = (name, piece.line)

    def _symbol(self, kind: ItemKind, word: str, rest: str, piece: Text) -> None:
        arguments = split_operands(rest.strip().removeprefix("(").removesuffix(")"))
        name = arguments[0] if arguments else ""
        if not _NAME.match(name):
            self.problems.append((piece.line, f"{word} names no symbol: {rest[:60]}"))
            return
        by = word
        if kind is ItemKind.START and ("CODE" in word or "FUNC" in word):
            self._sections.executable = True
        if kind is ItemKind.ALIAS:
            by = arguments[1] if len(arguments) > 1 else name
            name = name if len(arguments) > 1 else f"__pi_{name}"
        elif kind is ItemKind.VARIABLE or not self._sections.executable:
            self._variable(word, name, arguments, piece)
            return
        if "LOCAL" not in word:
            self.globals.add(name)
        self._symbols.labels.add(name)
        self.items.append(Item(kind, name, piece.line, piece.macro_line, self._sections.name, by))
        if kind is ItemKind.END:
            self._sections.resume()

    def _variable(self, word: str, name: str, arguments: tuple[str, ...], piece: Text) -> None:
        self._symbols.labels.add(name)
        if word in ("SYM_DATA", "SYM_DATA_LOCAL"):
            value = ", ".join(arguments[1:])
            item = Item(
                ItemKind.VARIABLE, name, piece.line, piece.macro_line, self._sections.name, value
            )
            self.items.append(item)
        elif "END" not in word:
            self._object = (name, piece.line)

    def _use(self, piece: Text, name: str, arguments: str) -> None:
        if len(self._frames) >= MAX_FRAMES:
            self.problems.append((piece.line, f"not expanded, nested too deep: {name}"))
            self._emit(ItemKind.CODE, piece.text, piece)
            return
        if "%" in arguments:
            arguments = self._symbols.computed(arguments)
        pieces = self.templates.expand(piece, name, arguments, self._context, self._count)
        self._count += 1
        self._push(pieces, ifs=len(self._ifs))

    def _push(self, pieces: Iterable[Piece], ifs: int = -1) -> None:
        self._frames.append(_Frame(iter(pieces), ifs))

    def _directive(self, piece: Text, word: str, rest: str, text: str) -> None:
        match word:
            case ".if" | ".else" | ".elseif" | ".endif":
                self._conditional(word, rest, piece)
            case ".set" | ".equ" | ".equiv":
                name, _, value = rest.partition(",")
                self._assign(name.strip(), value.strip())
            case ".macro":
                self._define(rest, piece)
            case ".rept" | ".rep" | ".irp" | ".irpc":
                self._repeat(word, rest, piece)
            case ".purgem":
                self.templates.purge(rest.strip(), self._context)
            case ".exitm":
                self._leave_macro()
            case ".globl" | ".global" | ".weak":
                self.globals.update(split_operands(rest))
            case ".type":
                if _FUNCTION_TYPE.search(rest):
                    self.functions.add(rest.replace(",", " ").split()[0])
            case ".size":
                self._emit(ItemKind.END, rest.split(",", maxsplit=1)[0].strip(), piece, word)
            case _ if word.startswith(".if"):
                self._conditional(word, rest, piece)
            case _ if _DATA.fullmatch(word):
                self._data(text, piece)
            case _ if self._sections.directive(word, rest):
                if word != ".popsection":
                    self._object = ("", 0)
            case _ if match := _ASSIGNED.match(text):
                self._assign(match[1], match[2])
            case ".altmacro" | ".noaltmacro" | ".endm" | ".endr":
                pass
            case _:
                if not _IGNORED.fullmatch(word):
                    self.problems.append((piece.line, f"unknown directive: {word}"))

    def _data(self, text: str, piece: Text) -> None:
        if self._sections.executable:
            self._emit(ItemKind.DATA, text, piece)
        elif self._object[0]:
            name, line = self._object
            self._object = ("", 0)
            item = Item(ItemKind.VARIABLE, name, line, piece.macro_line, self._sections.name, text)
            self.items.append(item)

    def _collect(self, opening: str, piece: Text) -> tuple[tuple[Piece, ...], bool]:
        """The pieces up to the end of what an opening directive began, and if there is an end."""
        ends = _ENDS[opening]
        opens = (".macro",) if opening == ".macro" else _REPEATS
        found: list[Piece] = []
        depth = 1
        while (inner := self._next()) is not None:
            if isinstance(inner, Text) and "." in inner.text:
                word = _parts(inner.text)[1]
                depth += (word in opens) - (word in ends)
                if depth == 0:
                    return tuple(found), True
            found.append(inner)
        self.problems.append((piece.line, f"{opening} without {ends[0]}"))
        return tuple(found), False

    def _define(self, rest: str, piece: Text) -> None:
        name, formal = parameters(rest)
        body, closed = self._collect(".macro", piece)
        if closed:
            self.templates.define(Template(name, formal, body, piece.line, self._context))

    def _repeat(self, word: str, rest: str, piece: Text) -> None:
        body, closed = self._collect(".rept", piece)
        if word in (".rept", ".rep") or not closed:
            times = self._symbols.evaluate(rest) if closed else None
            times = 1 if times is None else max(0, min(times, MAX_REPEAT))
            self._push(inner for _ in range(times) for inner in body)
            return
        name, _, values = rest.strip().partition(",")
        if word == ".irp":
            choices = [item for _, item in split_arguments(values.strip())]
        else:
            choices = list(values.strip().strip('"'))
        self._push(repeat(body, name.strip(), choices, self._count))

    def _leave_macro(self) -> None:
        while len(self._frames) > 1:
            frame = self._frames.pop()
            if frame.ifs >= 0:
                while len(self._ifs) > frame.ifs:
                    self._end_if(0)
                return

    def _conditional(self, word: str, rest: str, piece: Text) -> None:
        if word == ".endif":
            self._end_if(piece.line)
        elif word in (".else", ".elseif"):
            if self._ifs:
                self._next_arm(
                    TRUE if word == ".else" else self._symbols.test(".if", rest), piece.line
                )
        else:
            self._ifs.append(_If(active=False, done=False))
            self._next_arm(self._symbols.test(word, rest), piece.line)

    def _next_arm(self, condition: Condition, line: int) -> None:
        """Enters the arm if it can hold, as a branch unless that is certain."""
        current = self._ifs[-1]
        current.active = not current.done and condition != FALSE
        if not current.active:
            return
        current.done = condition == TRUE
        if current.branch is not None:
            self._branch(Branch(Step.ELSE, current.branch.arm(condition), line))
        elif not current.done:
            current.branch = Conditional(self._context, condition)
            self._branch(Branch(Step.IF, condition, line))

    def _end_if(self, line: int) -> None:
        if self._ifs:
            ended = self._ifs.pop()
            if ended.branch is not None:
                self._branch(Branch(Step.END, ended.branch.rest, line))

    def _skipped(self, piece: Piece) -> None:
        """A piece in an arm that is not assembled: only the nest of `.if` is followed."""
        if isinstance(piece, Branch) or "." not in piece.text:
            return
        _, word, rest, _, _ = _parts(piece.text)
        if word in (".else", ".elseif", ".endif"):
            self._conditional(word, rest, piece)
        elif word.startswith(".if"):
            self._ifs.append(_If(active=False, done=True))

    def _assign(self, name: str, text: str) -> None:
        target = self._symbols.assign(name, text)
        if target and self._sections.executable and name != ".":
            self._emit(ItemKind.ALIAS, name, Text(text, 0), target)


@lru_cache(maxsize=1 << 15)
def _parts(text: str) -> tuple[tuple[str, ...], str, str, str, bool]:
    """Labels, first word, what follows it, the statement without labels, if it is a prefix."""
    names, rest = labels(text) if ":" in text else ((), text)
    return names, *head(rest), rest, is_prefix(rest)
