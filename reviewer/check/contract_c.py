"""The C side of a contract: what is declared, what is passed, which flag bits there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from reviewer.finding import Location, Step
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import FALSE, Condition, assume, conjoin, negate
from reviewer.source.format import render
from reviewer.source.gas_values import evaluate
from reviewer.source.presence import defined, parse
from reviewer.source.types import Expr, Function, Kind, Op, Operation
from reviewer.source.unit import Unit

_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", re.DOTALL)
_DIRECTIVE = re.compile(rb"[ \t]*#[ \t]*(\w+)[ \t]*([^\n]*)")
_ALIAS = rb"\bextern\s+(\w+)\s+%s\s*;"
#: The arguments of a declaration, and what stands before its name.
_TAKES = re.compile(rb"\s*\(([^()]*)\)[\w\s]*;")
_DECLARES = re.compile(rb"(?!\s*(?:return|else)\b)[^;{}#()=]*[\w*]\s*[\s*]")
_MARKS = (b";", b"{", b"}", b"#", b"(", b")", b"=")
_DEFINE = re.compile(rb"[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+(\S[^\n]*)")
_MACRO_NAME = re.compile(r"[A-Z][A-Z0-9_]+")
#: Bits of an argument, by the words of its type. Wider, unknown and pointer types: 64.
_NARROW = {
    "bool": 8, "_Bool": 8, "char": 8, "u8": 8, "s8": 8, "short": 16, "u16": 16, "s16": 16,
    "int": 32, "unsigned": 32, "u32": 32, "s32": 32, "__u32": 32, "uint32_t": 32, "uint": 32,
}  # fmt: skip


class Argument(Struct, frozen=True):
    """A parameter of a prototype: its name, `""` for none, and how many bits are passed."""

    name: str
    type: str
    width: int


class Prototype(Struct, frozen=True):
    """A declaration of a function with the arguments it takes."""

    location: Location
    arguments: tuple[Argument, ...]
    text: str


class Bit(Struct, frozen=True):
    """A `#define` of a flag bit; `value` is None where it is no constant expression."""

    name: str
    value: int | None
    location: Location
    text: str


class Passed(Struct, frozen=True):
    """One call: the arguments as written, and for each the macros that may be in it.

    `flow` are the C lines on which a bit gets into an argument, by the name of the bit; `before`
    are the operations of the caller before the call, in source order.
    """

    op: Op
    location: Location
    function: str
    arguments: tuple[Expr, ...]
    bits: tuple[frozenset[str], ...]
    flow: tuple[tuple[str, tuple[Step, ...]], ...]
    before: tuple[Op, ...]


def present(text: bytes, condition: Condition) -> bytes:
    """The text without comments, strings and what the condition rules out; lines stay."""
    plain = _COMMENT.sub(lambda match: b" " + b"\n" * match[0].count(b"\n"), text)
    taken: list[bytes] = []
    nest: list[tuple[Condition, Condition]] = []
    for line in plain.replace(b"\\\n", b" \0").split(b"\n"):
        match = _DIRECTIVE.match(line)
        word = match[1] if match else b""
        if match and word in (b"if", b"ifdef", b"ifndef"):
            found = _condition(word, match[2], condition)
            nest.append((found, negate(found)))
        elif match and nest and word in (b"elif", b"else"):
            rest = nest[-1][1]
            found = _condition(b"if", match[2], condition) if word == b"elif" else rest
            nest[-1] = (conjoin((rest, found)), conjoin((rest, negate(found))))
        elif nest and word == b"endif":
            nest.pop()
        elif any(here == FALSE for here, _ in nest):
            line = b"\0" * line.count(b"\0")
        taken.append(line.replace(b"\0", b"\n") if word != b"define" else line)
    lines = b"\n".join(taken)
    return re.sub(rb"[^\n]*\0[^\n]*", _spread, lines)


def _spread(match: re.Match[bytes]) -> bytes:
    """A `#define` of several lines on its first, with its other lines empty."""
    return match[0].replace(b"\0", b" ") + b"\n" * match[0].count(b"\0")


def _condition(word: bytes, text: bytes, given: Condition) -> Condition:
    spelled = text.decode("utf-8", "replace").strip()
    if word == b"if":
        return assume(parse(spelled), given)
    found = defined(spelled.split()[0] if spelled else "")
    return assume(found if word == b"ifdef" else negate(found), given)


def prototypes(path: str, text: bytes, name: str) -> Iterator[Prototype]:
    """The declarations of the function in a text of C, those through a typedef among them."""
    word = name.encode()
    aliases = re.findall(_ALIAS % re.escape(word), text) if b"extern" in text else []
    for alias in (word, *aliases):
        start = text.find(alias)
        while start >= 0:
            end = start + len(alias)
            match = _TAKES.match(text, end)
            if match and _DECLARES.fullmatch(_before(text, start)):
                line = text.count(b"\n", 0, match.start(1)) + 1
                items = [" ".join(item.decode("utf-8", "replace").split())
                         for item in match[1].split(b",")]  # fmt: skip
                arguments = tuple(_argument(item) for item in items if item not in ("", "void"))
                yield Prototype(Location(path, line), arguments, f"{name}({', '.join(items)})")
            start = text.find(alias, end)


def _before(text: bytes, end: int) -> bytes:
    """What stands before a place: from the end of the statement or directive before it."""
    start = max(text.rfind(mark, 0, end) for mark in _MARKS) + 1
    if start and text[start - 1 : start] not in (b";", b"}"):
        line = text.find(b"\n", start, end)
        return text[line + 1 : end] if line >= 0 else b""
    return text[start:end]


def _argument(text: str) -> Argument:
    words = re.findall(r"\w+|\*", text.partition("[")[0])
    name = words[-1] if len(words) > 1 and words[-1] not in (*_NARROW, "*", "long") else ""
    kind = words[: len(words) - bool(name)]
    narrow = [_NARROW[word] for word in kind if word in _NARROW]
    wide = "*" in kind or "long" in kind or "[" in text or not narrow
    return Argument(name, " ".join(kind), 64 if wide else min(narrow))


def bits(path: str, text: bytes) -> Iterator[Bit]:
    """The object-like macros in upper case that a text defines."""
    for number, line in enumerate(text.split(b"\n"), 1):
        match = _DEFINE.match(line)
        if match:
            name, value = match[1].decode(), match[2].decode("utf-8", "replace").strip()
            if _MACRO_NAME.fullmatch(name):
                yield Bit(name, _value(value), Location(path, number), f"{name} {value}")


def _value(text: str) -> int | None:
    from reviewer.source.gas_operands import expression

    match = re.fullmatch(r"_?(?:BIT|BITUL|BIT_ULL)\(\s*(\d+)\s*\)", text)
    if match:
        return 1 << int(match[1])
    return evaluate(expression(text), lambda name: None)


def calls(unit: Unit, name: str) -> Iterator[Passed]:
    """The calls of the function, also through a local that its address was put in."""
    wanted = name.encode()
    for definition in unit.definitions:
        if wanted in unit.text_of(definition):
            yield from _calls_in(unit.lower(definition), unit, name)


def _calls_in(function: Function, unit: Unit, name: str) -> Iterator[Passed]:
    file = unit.file
    ops = _ordered(function)
    callees = {name}
    for op in ops:
        target = _stored(op)
        if target and name in _identifiers(op.expr.args[1:]):
            callees.add(target)
    for op in ops:
        callee = op.expr.args[0] if op.operation is Operation.CALL and op.expr.args else None
        if callee is None or _place(callee) not in callees:
            continue
        arguments = op.expr.args[1:]
        before = tuple(item for item in ops if item.line < op.line)
        flow: dict[str, tuple[Step, ...]] = {}
        macros = tuple(
            frozenset(_bits(argument, op, before, function, unit, flow)) for argument in arguments
        )
        place = Location(file.path, op.line)
        done = tuple(_with_helpers(before, unit, frozenset((function.name,))))
        yield Passed(op, place, function.name, arguments, macros, tuple(flow.items()), done)


def _with_helpers(ops: Iterable[Op], unit: Unit, inside: frozenset[str]) -> Iterator[Op]:
    """The operations, and after a call of a function of the file what that does."""
    for op in ops:
        yield op
        name = _place(op.expr.args[0]) if op.operation is Operation.CALL and op.expr.args else ""
        for definition in unit.named(name) if name and name not in inside else ():
            yield from _with_helpers(_ordered(unit.lower(definition)), unit, inside | {name})


def _bits(
    argument: Expr,
    call: Op,
    before: Iterable[Op],
    function: Function,
    unit: Unit,
    flow: dict[str, tuple[Step, ...]],
) -> Iterator[str]:
    """The macros that an argument is made of, or the local was that is passed."""
    path = unit.path
    passing = Step(Location(path, call.line), function.name, call.text, "passes it")
    for name in _identifiers((argument,)):
        if _MACRO_NAME.fullmatch(name):
            flow.setdefault(name, (passing,))
            yield name
        if name.partition(".")[0].partition("->")[0] not in function.locals:
            continue
        for op in before:
            if _stored(op) != name:
                continue
            step = Step(Location(path, op.line), function.name, op.text, "sets the bit")
            for macro in _identifiers(op.expr.args[1:]):
                if _MACRO_NAME.fullmatch(macro):
                    flow.setdefault(macro, (*_reasons(op, function, unit.file), step, passing))
                    yield macro
                for within, steps in _returned(macro, unit):
                    flow.setdefault(within, (*steps, step, passing))
                    yield within
            flow.setdefault(render(argument), (step, passing))


def _returned(name: str, unit: Unit) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """The macros of which a function of the file makes what it returns, each with where."""
    for definition in unit.named(name):
        function = unit.lower(definition)
        ops = _ordered(function)
        told = {
            part
            for op in ops
            if op.operation is Operation.RETURN
            for part in _identifiers((op.expr,))
        }
        for op in ops:
            if op.operation is Operation.RETURN or _stored(op) in told:
                step = Step(Location(unit.path, op.line), function.name, op.text, "sets the bit")
                for macro in filter(_MACRO_NAME.fullmatch, _identifiers((op.expr,))):
                    yield macro, (*_reasons(op, function, unit.file), step)


def _ordered(function: Function) -> list[Op]:
    """The operations as they stand in the file."""
    return sorted((op for block in function.cfg.blocks for op in block.ops), key=lambda op: op.line)


def _reasons(op: Op, function: Function, file: SourceFile) -> Iterator[Step]:
    """The test that the operation hangs on directly."""
    block = next(item.id for item in function.cfg.blocks if op in item.ops)
    for edge in function.cfg.edges:
        if edge.target == block and edge.guard is not None:
            place = Location(file.path, edge.line or op.line)
            yield Step(place, function.name, render(edge.guard), "decides on it")


def _stored(op: Op) -> str:
    """The variable or member that the operation assigns, `""` for none."""
    if op.operation is Operation.STORE and op.expr.kind is Kind.ASSIGN:
        return _place(op.expr.args[0])
    return ""


def _place(expr: Expr) -> str:
    """The name of a variable, or of a member of one, `""` for another expression."""
    if expr.kind is Kind.IDENTIFIER:
        return expr.name
    if expr.kind in (Kind.MEMBER, Kind.ARROW) and _place(expr.args[0]):
        return render(expr)
    return ""


def _identifiers(exprs: Iterable[Expr]) -> Iterator[str]:
    """The names in the expressions, of variables and of members of them."""
    pending = list(exprs)
    while pending:
        expr = pending.pop()
        if _place(expr):
            yield _place(expr)
        pending.extend(expr.args)
