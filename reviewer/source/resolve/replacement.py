"""A macro's replacement list as a function."""

from __future__ import annotations

import re

from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.source.read import read
from reviewer.source.straight import straight
from reviewer.source.types import (
    Expr,
    Function,
    Kind,
    Macro,
    Op,
    Operation,
)

_CALLED = re.compile(r"(?<![\w.>\"])([A-Za-z_]\w*)\s*\(")
_NOT_CALLED_WORDS = """
    if for while switch return sizeof typeof __typeof__ __typeof _Alignof __alignof__ asm __asm__
    volatile __volatile__ goto __attribute__ _Generic static_assert _Static_assert offsetof defined
    __builtin_choose_expr __builtin_types_compatible_p __builtin_constant_p __builtin_offsetof
"""
_NOT_CALLED = frozenset(_NOT_CALLED_WORDS.split())


def surveyed(path: str, macro: Macro, text: str) -> Function:
    """A replacement list that is no statement: the calls in it, in the order they are written."""
    ops: list[Op] = []
    for match in _CALLED.finditer(text):
        if match[1] in _NOT_CALLED:
            continue
        inside = arguments(text, match.end())
        callee = Expr(Kind.IDENTIFIER, match[1])
        call = Expr(Kind.CALL, "", (callee, *map(_argument, inside)))
        ops.append(Op(Operation.CALL, call, macro.line, f"{match[1]}({', '.join(inside)})"))
    return straight(macro.name, Location(path, macro.line), macro.presence, *ops)


def arguments(text: str, start: int) -> list[str]:
    """The arguments of a call that opens right before `start`."""
    found, depth = [""], 0
    for char in text[start:]:
        if char in ")]}" and depth == 0:
            break
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth == 0:
            found.append("")
        else:
            found[-1] += char
    parts = [part.strip() for part in found]
    return [] if parts == [""] else parts


def _argument(text: str) -> Expr:
    return Expr(Kind.IDENTIFIER if text.isidentifier() else Kind.UNKNOWN, text)


def macro_function(path: str, macro: Macro, text: str, local: tuple[str, ...]) -> Function | None:
    """A replacement list as the body of a function."""
    words = [name for name in dict.fromkeys(local) if name.isidentifier()]
    parameters = ", ".join(f"int {name}" for name in words)
    code = f"void {macro.name}({parameters}) {{ {text}; }}\n"
    return parsed(path, macro.line, code.encode("utf-8", "surrogateescape"))


def parsed(path: str, line: int, code: bytes) -> Function | None:
    """The one function that the code at that line is, None where it does not read so."""
    unit = read(SourceFile(path, b"\n" * (line - 1) + code + b"\n"))
    if unit.skips or len(unit.definitions) != 1:
        return None
    return unit.lower(unit.definitions[0])
