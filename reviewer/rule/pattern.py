"""Patterns: how an event is spelled, written as the source text they match.

`_` is any one operand, `...` any further arguments, `@name` any operand under a name (the same
name twice must be the same text; `@subject` is what a finding speaks of), `*` inside a word any
letters. C patterns are calls, members, `&x`, `!x` and assignments: `wrmsr*(MSR_GS_BASE, ...)`,
`this_cpu_read(@subject)`, `@subject->online = 0`. Instruction patterns are a mnemonic and its
operands in AT&T order: `mov* _, %gs`, `* %gs:_, _`. Binary operators and casts are not spelled;
casts and parentheses in the source are looked through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import translate
from functools import lru_cache

from msgspec import Struct


class Wildcard(Struct, frozen=True):
    """Any one operand, under a name or none (`""`)."""

    binding: str = ""


class Rest(Struct, frozen=True):
    """Any number of further arguments; only ever the last."""


class Word(Struct, frozen=True):
    """An identifier, `*` standing for any letters."""

    glob: str


class Number(Struct, frozen=True):
    """A number by its value, however it is written."""

    value: int


class Text(Struct, frozen=True):
    """A string literal."""

    value: str


class Call(Struct, frozen=True):
    """`callee(args)`."""

    callee: Pattern
    args: tuple[Pattern, ...]


class Member(Struct, frozen=True):
    """`owner.field`, or `owner->field` with `arrow`."""

    owner: Pattern
    field: str
    arrow: bool


class Address(Struct, frozen=True):
    """`&operand`."""

    operand: Pattern


class Not(Struct, frozen=True):
    """`!operand`."""

    operand: Pattern


class Assign(Struct, frozen=True):
    """`target = value`, or with another assignment operator."""

    operator: str
    target: Pattern
    value: Pattern


class Register(Struct, frozen=True):
    """A register without its `%`, `*` standing for any letters."""

    glob: str


class Memory(Struct, frozen=True):
    """A memory operand under a segment override; what it addresses is `operand`."""

    segment: str
    operand: Pattern


class Instruction(Struct, frozen=True):
    """One machine instruction, operands in AT&T order."""

    mnemonic: str
    operands: tuple[Pattern, ...]


Pattern = (
    Wildcard
    | Rest
    | Word
    | Number
    | Text
    | Call
    | Member
    | Address
    | Not
    | Assign
    | Register
    | Memory
    | Instruction
)


class PatternError(ValueError):
    """A pattern that cannot be read; `column` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} at column {column}")
        self.column = column


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<rest>\.\.\.) | (?P<number>0[xX][0-9a-fA-F]+|\d+) | (?P<string>"[^"]*")
      | (?P<binding>@[A-Za-z_]\w*) | (?P<register>%[A-Za-z*][\w*]*)
      | (?P<word>[A-Za-z_*][\w*]*) | (?P<operator>->|[-+|&^]=|[().,&!=:$])
    )""",
    re.VERBOSE,
)


class _Token(Struct, frozen=True):
    kind: str
    text: str
    column: int


def parse_c(source: str) -> Pattern:
    """The pattern that C source text spells.

    Raises PatternError with the column of what cannot be read.
    """
    return _Reader(source).whole()


def parse_instruction(source: str) -> Pattern:
    """The pattern that one instruction spells: mnemonic, then operands between commas.

    A data directive is one too: an instruction may be spelled as bytes.

    Raises PatternError with the column of what cannot be read.
    """
    head, _, tail = source.strip().partition(" ")
    if not re.fullmatch(r"[A-Za-z*.][\w*.]*", head):
        raise PatternError("an instruction pattern starts with its mnemonic", 1)
    if not tail.strip():
        return Instruction(head, ())
    reader = _Reader(source, start=source.index(head) + len(head))
    return Instruction(head, reader.operands())


class _Reader:
    """Recursive descent over one pattern; patterns are a line of a rule file, so depth is small."""

    def __init__(self, source: str, start: int = 0) -> None:
        self._end = len(source) + 1
        self._tokens = list(_tokens(source, start))
        self._next = 0

    def whole(self) -> Pattern:
        target = self._operand()
        token = self._peek()
        if token.text.endswith("="):
            self._next += 1
            target = Assign(token.text, target, self._operand())
        self._finish()
        return target

    def operands(self) -> tuple[Pattern, ...]:
        found = [self._machine_operand()]
        while self._accept(","):
            found.append(self._machine_operand())
        self._finish()
        _reject_early_rest(found, self._end)
        return tuple(found)

    def _machine_operand(self) -> Pattern:
        token = self._peek()
        if token.kind == "rest":
            self._next += 1
            return Rest()
        if token.kind != "register":
            self._accept("$")
            return self._operand()
        self._next += 1
        if self._accept(":"):
            return Memory(token.text[1:], self._operand())
        return Register(token.text[1:])

    def _operand(self) -> Pattern:
        if self._accept("&"):
            return Address(self._operand())
        if self._accept("!"):
            return Not(self._operand())
        return self._postfix(self._primary())

    def _primary(self) -> Pattern:
        token = self._peek()
        self._next += 1
        match token.kind:
            case "number":
                return Number(int(token.text, 0))
            case "string":
                return Text(token.text[1:-1])
            case "binding":
                return Wildcard(token.text[1:])
            case "word":
                return Wildcard() if token.text == "_" else Word(token.text)
        if token.text == "(":
            inner = self._operand()
            self._expect(")")
            return inner
        raise PatternError(
            f"cannot read {token.text!r}" if token.text else "ends too early", token.column
        )

    def _postfix(self, pattern: Pattern) -> Pattern:
        while True:
            if self._accept("("):
                pattern = Call(pattern, self._arguments())
            elif (arrow := self._accept("->")) or self._accept("."):
                field = self._peek()
                if field.kind != "word":
                    raise PatternError("a member's name is missing", field.column)
                self._next += 1
                pattern = Member(pattern, field.text, arrow)
            else:
                return pattern

    def _arguments(self) -> tuple[Pattern, ...]:
        found: list[Pattern] = []
        if self._accept(")"):
            return ()
        while True:
            if self._peek().kind == "rest":
                self._next += 1
                found.append(Rest())
            else:
                found.append(self._operand())
            if self._accept(")"):
                _reject_early_rest(found, self._peek().column)
                return tuple(found)
            self._expect(",")

    def _peek(self) -> _Token:
        if self._next < len(self._tokens):
            return self._tokens[self._next]
        return _Token("end", "", self._end)

    def _accept(self, text: str) -> bool:
        if self._peek().text == text:
            self._next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise PatternError(f"{text!r} is missing", self._peek().column)

    def _finish(self) -> None:
        token = self._peek()
        if token.kind != "end":
            raise PatternError(f"{token.text!r} is too much", token.column)


def _tokens(source: str, start: int) -> Iterator[_Token]:
    end = len(source.rstrip())
    while start < end:
        found = _TOKEN.match(source, start)
        if found is None or found.lastgroup is None:
            column = start + 1 + len(source[start:]) - len(source[start:].lstrip())
            raise PatternError(f"cannot read {source[column - 1]!r}", column)
        yield _Token(
            found.lastgroup, found.group(found.lastgroup), found.start(found.lastgroup) + 1
        )
        start = found.end()


def _reject_early_rest(found: list[Pattern], column: int) -> None:
    if any(isinstance(item, Rest) for item in found[:-1]):
        raise PatternError("`...` must be the last argument", column)


def head(pattern: Pattern) -> str:
    """The word every match starts with: callee, mnemonic, identifier or assigned word.

    `""` where the pattern fixes none, so that it has to be tried on everything.
    """
    word = leading(pattern)
    return "" if "*" in word else word


def leading(pattern: Pattern) -> str:
    """The glob of the word a match starts with, `""` where it can start with anything."""
    match pattern:
        case Word(glob) | Instruction(glob, _) | Member(_, glob, _):
            return glob
        case Call(inner, _) | Assign(_, inner, _) | Address(inner) | Not(inner):
            return leading(inner)
        case Wildcard() | Rest() | Number() | Text() | Register() | Memory():
            return ""


def literals(pattern: Pattern) -> frozenset[str]:
    """Texts that source must contain, each of them, for the pattern to match anywhere in it."""
    return frozenset(part for part in _literals(pattern) if part)


def _literals(pattern: Pattern) -> Iterator[str]:
    match pattern:
        case Word(glob):
            yield max(glob.split("*"), key=len)
        case Text(value):
            yield value
        case Register(glob):
            if "*" not in glob:
                yield f"%{glob}"
        case Memory(segment, operand):
            yield f"%{segment}"
            yield from _literals(operand)
        case Member(owner, field, _):
            yield max(field.split("*"), key=len)
            yield from _literals(owner)
        case Address(operand) | Not(operand):
            yield from _literals(operand)
        case Call(callee, args):
            for part in (callee, *args):
                yield from _literals(part)
        case Assign(_, target, value):
            yield from _literals(target)
            yield from _literals(value)
        case Instruction(mnemonic, operands):
            yield max(mnemonic.split("*"), key=len)
            for part in operands:
                yield from _literals(part)
        case Wildcard() | Rest() | Number():
            return


@lru_cache(maxsize=4096)
def _regex(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))


def glob_matches(glob: str, word: str) -> bool:
    """Whether the word is what the glob spells, `*` standing for any letters or none."""
    if "*" not in glob:
        return glob == word
    return _regex(glob).match(word) is not None
