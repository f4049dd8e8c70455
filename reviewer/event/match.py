"""Patterns against expressions, through an index by the word a match starts with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct, field

from reviewer.rule.pattern import (
    Address,
    Assign,
    Call,
    Instruction,
    Member,
    Memory,
    Not,
    Number,
    Pattern,
    Register,
    Rest,
    Text,
    Wildcard,
    Word,
    glob_matches,
    head,
    leading,
)
from reviewer.rule.types import PHRASES, EventType, Vocabulary
from reviewer.source.literals import number
from reviewer.source.types import Expr, Kind

Bindings = dict[str, Expr]


class Spelling(Struct, frozen=True):
    """One pattern of an event type; `order` is the type's place in the vocabulary.

    `starts` is the glob of the word that a match starts with, `""` for any.
    """

    order: int
    type: EventType
    pattern: Pattern
    starts: str

    def may_be(self, kind: Kind, word: str) -> bool:
        """Whether it can match an expression of the kind when `word`, if any, is its first."""
        kinds = _KINDS.get(type(self.pattern))
        return (kinds is None or kind in kinds) and (
            not word or not self.starts or glob_matches(self.starts, word)
        )


class Index(Struct, frozen=True):
    """Spellings by the word they start with, and those that start with no certain word.

    `tried` remembers which of them can be what an expression of that kind and word is.
    """

    by_head: Mapping[str, tuple[Spelling, ...]]
    free: tuple[Spelling, ...]
    tried: dict[tuple[Kind, str], tuple[Spelling, ...]] = field(default_factory=dict)

    def matches(
        self, expr: Expr, attributes: frozenset[str] = frozenset()
    ) -> tuple[tuple[EventType, Bindings], ...]:
        """The event types that the expression spells, in vocabulary order, each once.

        `attributes` are those of the function it stands in.
        """
        candidates = self._candidates(stripped(expr).kind, first_word(expr))
        if not candidates:
            return ()
        found: dict[int, tuple[EventType, Bindings]] = {}
        for spelling in candidates:
            if spelling.order in found or not spelling.type.stands_in(attributes):
                continue
            bindings: Bindings = {}
            if _matches(spelling.pattern, expr, bindings):
                found[spelling.order] = (spelling.type, bindings)
        names = {event.name for event, _ in found.values()}
        return tuple(
            found[order] for order in sorted(found) if found[order][0].yields_to not in names
        )

    def _candidates(self, kind: Kind, word: str) -> tuple[Spelling, ...]:
        """The spellings that can match an expression of the kind that starts with the word."""
        found = self.tried.get((kind, word))
        if found is None:
            found = self.tried[kind, word] = tuple(
                spelling
                for spelling in (*self.by_head.get(word, ()), *self.free)
                if spelling.may_be(kind, word)
            )
        return found


class Matcher(Struct, frozen=True, eq=False):
    """A vocabulary made ready: spellings of C, of instructions, and types of what calls use.

    Equal only to itself, so that what was found with it can be remembered.
    """

    c: Index
    asm: Index
    through: tuple[EventType, ...]
    carried: tuple[EventType, ...]
    vocabulary: Vocabulary
    phrases: Mapping[str, str]

    def spoken(self, name: str) -> str:
        """What a reader is told that an event of the name is."""
        return self.phrases.get(name, name)

    def called_through(self, type_name: str) -> tuple[EventType, ...]:
        """The event types that a call through a pointer of that type is."""
        return tuple(
            event
            for event in self.through
            if any(glob_matches(glob, type_name) for glob in event.through)
        )

    def carrying(self, types: Iterable[str]) -> tuple[EventType, ...]:
        """The event types that a call through or with a parameter of these types is."""
        named = tuple(types)
        return tuple(
            event
            for event in self.carried
            if any(glob_matches(glob, name) for glob in event.carries for name in named)
        )


def compile_vocabulary(vocabulary: Vocabulary) -> Matcher:
    """The vocabulary's spellings, indexed."""
    events = vocabulary.events
    return Matcher(
        _index(
            Spelling(i, event, item, leading(item))
            for i, event in enumerate(events)
            for item in event.c
        ),
        _index(
            Spelling(i, event, item, leading(item))
            for i, event in enumerate(events)
            for item in event.asm
        ),
        tuple(event for event in events if event.through),
        tuple(event for event in events if event.carries),
        vocabulary,
        {**PHRASES, **{event.name: event.phrase for event in events if event.phrase}},
    )


def _index(spellings: Iterable[Spelling]) -> Index:
    by_head: dict[str, list[Spelling]] = {}
    for spelling in spellings:
        by_head.setdefault(head(spelling.pattern), []).append(spelling)
    free = tuple(by_head.pop("", ()))
    return Index({word: tuple(found) for word, found in by_head.items()}, free)


@lru_cache(maxsize=65536)
def names_of(matcher: Matcher, expr: Expr) -> tuple[str, ...]:
    """What the vocabulary calls an expression in C; asked again for every rule and platform."""
    return tuple(event.name for event, _ in matcher.c.matches(expr))


def first_word(expr: Expr) -> str:
    """The word an expression starts with, as `pattern.head` means it; `""` for none."""
    while True:
        match expr.kind:
            case Kind.IDENTIFIER | Kind.MEMBER | Kind.ARROW | Kind.INSTRUCTION:
                return expr.name
            case Kind.CALL | Kind.ASSIGN | Kind.UNARY | Kind.CAST if expr.args:
                expr = expr.args[0]
            case _:
                return ""


def stripped(expr: Expr) -> Expr:
    """The expression under its casts."""
    while expr.kind is Kind.CAST and expr.args:
        expr = expr.args[0]
    return expr


_ANY = Wildcard()
#: `true` and `false` are numbers to the grammar and words to a pattern.
_WORDS = (Kind.IDENTIFIER, Kind.TYPE, Kind.NUMBER)
#: What an expression must be to match a pattern of the type; of other types it can be anything.
_KINDS: Mapping[type[Pattern], tuple[Kind, ...]] = {
    Word: _WORDS,
    Call: (Kind.CALL,),
    Member: (Kind.MEMBER, Kind.ARROW),
    Address: (Kind.UNARY,),
    Not: (Kind.UNARY,),
    Assign: (Kind.ASSIGN,),
    Instruction: (Kind.INSTRUCTION,),
}


def _matches(pattern: Pattern, expr: Expr, bindings: Bindings) -> bool:
    expr = stripped(expr)
    match pattern:
        case Wildcard(name):
            return not name or bindings.setdefault(name, expr) == expr
        case Rest():
            return True
        case Word(glob):
            return expr.kind in _WORDS and glob_matches(glob, expr.name)
        case Number(value):
            return expr.kind is Kind.NUMBER and number(expr.name) == value
        case Text(value):
            return expr.kind is Kind.STRING and expr.name == value
        case Call(callee, args):
            if expr.kind is Kind.MEMORY and expr.args:
                expr = expr.args[0]  # a macro's use as what an instruction addresses
            return (
                expr.kind is Kind.CALL
                and _matches(callee, expr.args[0], bindings)
                and _all_match(args, expr.args[1:], bindings)
            )
        case Member(owner, name, arrow):
            return (
                expr.kind is (Kind.ARROW if arrow else Kind.MEMBER)
                and glob_matches(name, expr.name)
                and _matches(owner, expr.args[0], bindings)
            )
        case Address(operand):
            return (
                expr.kind is Kind.UNARY
                and expr.name == "&"
                and _matches(operand, expr.args[0], bindings)
            )
        case Not(operand):
            return (
                expr.kind is Kind.UNARY
                and expr.name == "!"
                and _matches(operand, expr.args[0], bindings)
            )
        case Assign(operator, target, value):
            return (
                expr.kind is Kind.ASSIGN
                and expr.name == operator
                and _all_match((target, value), expr.args, bindings)
            )
        case Register(glob):
            return expr.kind is Kind.REGISTER and glob_matches(glob, expr.name)
        case Memory(segment, operand):
            return (
                expr.kind is Kind.MEMORY
                and expr.name == segment
                and (operand == _ANY or _addresses(operand, expr, bindings))
            )
        case Instruction(mnemonic, operands):
            return (
                expr.kind is Kind.INSTRUCTION
                and glob_matches(mnemonic, expr.name)
                and _all_match(operands, expr.args, bindings)
            )


def _addresses(operand: Pattern, memory: Expr, bindings: Bindings) -> bool:
    return bool(memory.args) and _matches(operand, memory.args[0], bindings)


def _all_match(patterns: tuple[Pattern, ...], exprs: tuple[Expr, ...], bindings: Bindings) -> bool:
    if patterns and isinstance(patterns[-1], Rest):
        patterns = patterns[:-1]
        exprs = exprs[: len(patterns)]
    return len(patterns) == len(exprs) and all(
        _matches(pattern, expr, bindings) for pattern, expr in zip(patterns, exprs, strict=True)
    )
