"""What a call through a pointer may reach: functions that are put into it by their name.

Locals that a function is stored to, parameters that callers hand one to, members by designated
initialisers and assignments, arrays of functions, and the macros by which the kernel keeps a
pointer or patches a call. Only C files near the caller are looked through, and nothing that is
computed: what is found may be called, and more may be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.finding import Location
from reviewer.source.resolve.replacement import arguments
from reviewer.source.resolve.sight import Sight
from reviewer.source.types import Expr, Function, Kind, Operation

#: More functions than this say nothing about one call.
MAX_TARGETS = 8
#: Characters of an initialiser that are looked back over for the name of the object.
MAX_OBJECT = 8000
#: Macros, as they start, among whose arguments are the functions or the pointer that is called.
CALLING = ("alternative_call", "PVOP_", "static_call")
#: Macros that put the function of their second argument into the pointer of their first.
STORING = r"(?:DEFINE_STATIC_CALL\w*|static_call_update)"

_VALUE = r"\s*(?:\(\s*void\s*\*\s*\)\s*)?&?\s*(?:\w+\(\s*)?([A-Za-z_]\w*)\s*\)?\s*[,;}\n]"
_OBJECT = re.compile(r"(?:struct|union)\s+(\w+)\s+(\w+)[^;{}=()]*=\s*\{[^;]*\Z")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NEITHER = frozenset({"NULL", "true", "false", "sizeof", "return"})


class Target(Struct, frozen=True):
    """A function that may be called, and where it is put into the pointer."""

    name: str
    location: Location
    text: str


class _Stored(Struct, frozen=True):
    """A target with the type and the name of the object that it is stored in, `""` unknown.

    `around` is the text from the object's name on.
    """

    target: Target
    type: str = ""
    object: str = ""
    around: str = ""


def targets(sight: Sight, function: Function, callee: Expr) -> tuple[Target, ...]:
    """The functions that a call of the expression in the function may reach; none for too many."""
    found = tuple(dict.fromkeys(_targets(sight, function, callee)))
    return found if len({target.name for target in found}) <= MAX_TARGETS else ()


def _targets(sight: Sight, function: Function, callee: Expr) -> Iterator[Target]:
    match callee:
        case Expr(Kind.CAST | Kind.UNARY | Kind.FIELD, _, (inner, *_)):
            yield from _targets(sight, function, inner)
        case Expr(Kind.CALL, _, (Expr(Kind.IDENTIFIER, macro), *given)) if called_by(macro):
            for each in given:
                yield from _kept(sight, each.name) if macro == "static_call" else ()
                yield from _named(sight, function, each)
        case Expr(Kind.IDENTIFIER, name):
            places = [item.name for item in function.parameters]
            if name in places:
                yield from _handed(sight, function, places.index(name))
            elif name in function.locals:
                yield from _assigned(sight, function, name)
            else:
                pattern = rf"(?<![\w.>]){name}\s*(?:\)\s*\([^;{{}}=]*\))?\s*=" + _VALUE
                yield from (each.target for each in _matches(sight, pattern, name))
        case Expr(Kind.MEMBER | Kind.ARROW, name, (owner,)):
            pattern = rf"(?:\.|->){name}\s*=(?!=)" + _VALUE
            yield from _fitting(tuple(_matches(sight, pattern, name)), function, owner)
        case Expr(Kind.INDEX, _, (Expr(Kind.IDENTIFIER, name), *_)):
            yield from _elements(sight, name)
        case _:
            return


def called_by(name: str) -> bool:
    """Whether a use of the macro is a call of what its arguments name."""
    return name.startswith(CALLING)


def _named(sight: Sight, function: Function, expr: Expr) -> Iterator[Target]:
    """What an argument or a value stands for: a function itself, or what a pointer holds."""
    match expr:
        case Expr(Kind.IDENTIFIER, name) if name not in function.locals:
            if sight.is_function(name):
                yield Target(name, function.location, name)
        case Expr(Kind.UNARY, "&", (inner,)) | Expr(Kind.CAST, _, (inner,)):
            yield from _named(sight, function, inner)
        case Expr(Kind.CONDITIONAL, _, (_, *values)):
            for value in values:
                yield from _named(sight, function, value)
        case Expr(Kind.MEMBER | Kind.ARROW):
            yield from _targets(sight, function, expr)
        case _:
            return


def _assigned(sight: Sight, function: Function, name: str) -> Iterator[Target]:
    """What is stored to a local, in any order."""
    local = Expr(Kind.IDENTIFIER, name)
    for op in (op for block in function.cfg.blocks for op in block.ops):
        if op.operation is not Operation.STORE or op.expr.args[:1] != (local,):
            continue
        at = Location(function.location.path, op.line)
        for value in op.expr.args[1:]:
            for target in _named(sight, function, value):
                yield Target(target.name, at, op.text)


def _handed(sight: Sight, function: Function, place: int) -> Iterator[Target]:
    """What callers hand over as the argument at that place."""
    name = function.name
    called = re.compile(rf"(?<![\w.>]){name}\s*\(")
    for number, files in enumerate(sight.speaking(name)):
        if number and "static" in function.attributes:
            return
        for path, text in files.items():
            for match in called.finditer(text):
                given = arguments(text, match.end())
                word = given[place].lstrip("& ") if place < len(given) else ""
                if word.isidentifier() and sight.is_function(word, path):
                    at = Location(path, _line(text, match.start()))
                    yield Target(word, at, f"{name}({', '.join(given)})")


def _kept(sight: Sight, name: str) -> Iterator[Target]:
    """What the kernel's own macros put into the pointer of that name."""
    pattern = rf"{STORING}\(\s*{name}\s*," + r"\s*&?\s*(\w+)()\s*\)"
    yield from (each.target for each in _matches(sight, pattern, name))


def _elements(sight: Sight, name: str) -> Iterator[Target]:
    """The functions in the initialiser of an array."""
    table = re.compile(rf"(?<!\w){name}\s*\[[^\]=;]*\]\s*\)?[^=;{{}}]*=\s*\{{([^;]*?)\}}\s*;")
    for files in sight.speaking(name):
        found = [
            Target(word[0], Location(path, _line(text, match.start(1) + word.start())), word[0])
            for path, text in files.items()
            for match in table.finditer(text)
            for word in _WORD.finditer(match[1])
            if sight.is_function(word[0], path)
        ]
        if found:
            yield from found
            return


def _matches(sight: Sight, pattern: str, word: str) -> tuple[_Stored, ...]:
    """Where a function is stored in the way that the pattern says, as near as it is anywhere."""
    spelled = re.compile(pattern)
    for files in sight.speaking(word):
        found = tuple(
            _stored(path, text, match)
            for path, text in files.items()
            for match in spelled.finditer(text)
            if match[1] not in _NEITHER and sight.is_function(match[1], path)
        )
        if found:
            return found
    return ()


def _stored(path: str, text: str, match: re.Match[str]) -> _Stored:
    at = Location(path, _line(text, match.start()))
    target = Target(match[1], at, " ".join(match[0].split()).rstrip(",;} "))
    before = text[max(match.start() - MAX_OBJECT, 0) : match.start()]
    if found := _OBJECT.search(before):
        return _Stored(target, found[1], found[2], before[found.start(2) :])
    words = _WORD.findall(before[-80:])
    return _Stored(target, object=words[-1] if words else "")


def _fitting(found: tuple[_Stored, ...], function: Function, owner: Expr) -> Iterator[Target]:
    """Of what is stored in members of that name what can be in this object."""
    members: list[str] = []
    while owner.kind in (Kind.MEMBER, Kind.ARROW, Kind.CAST, Kind.UNARY) and owner.args:
        if owner.kind in (Kind.MEMBER, Kind.ARROW):
            members.append(owner.name)
        owner = owner.args[0]
    name = owner.name
    types = {item.type for item in function.parameters if item.name == name}
    same = [each for each in found if each.object == name and name not in function.locals]
    alike = [each for each in found if any(each.type in kind.split() for kind in types)]
    parts = [re.compile(rf"\.{item}\b") for item in (*members, name)]
    inside = [each for each in found if all(part.search(each.around) for part in parts)]
    yield from (each.target for each in same or alike or inside or found)


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
