"""The instructions in the template of an inline asm statement.

Reads what `c_asm.template` makes: `%%gs` is a register, `%0`, `%k1`, `%[name]`, `%l[label]` are
operands of the statement, as IDENTIFIER `%0`, `%1`, `%[name]`, `%[label]` (modifiers dropped). A
template without operands spells registers `%gs`. Not modelled: dialects in braces (`{att|intel}`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.source.gas_operands import labels, statement, statements
from reviewer.source.types import Expr, Kind

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_EXTENDED = re.compile(r"%%|%\d|%[A-Za-z]?\[")
_REFERENCE = re.compile(r"%(?:(%)|(=)|[A-Za-z]?(?:(\d+)|\[\s*(\w+)\s*\]))")
_DISPLACEMENT = re.compile(r"(?<=[:+-])%\[(\w+)\]|%\[(\w+)\](?=[(+-])")
_SYMBOL = ".operand."
_DATA = frozenset({".byte", ".word", ".short", ".hword", ".long", ".int", ".quad", ".insn"})
_AWAY = frozenset({".pushsection", ".section"})
_BACK = frozenset({".popsection", ".previous", ".text"})


@lru_cache(maxsize=1 << 12)
def instructions(template: str) -> tuple[Expr, ...]:
    """The instructions of a template, in order; macros between them count as instructions.

    Labels and directives are left out, but for data (`.byte 0x0f, 0x01`) in the stream of
    instructions, since it may be one.
    """
    text = _COMMENT.sub(" ", template)
    if _EXTENDED.search(text):
        text = _REFERENCE.sub(_reference, text)
        text = _DISPLACEMENT.sub(lambda match: _SYMBOL + (match[1] or match[2]), text)
    found: list[Expr] = []
    away = False
    for piece in statements(text):
        _, rest = labels(piece)
        if not rest:
            continue
        word = rest.split(maxsplit=1)[0]
        away = word in _AWAY or (away and word not in _BACK)
        if word.startswith(".") and (away or word not in _DATA):
            continue
        found.append(_placed(statement(rest)))
    return tuple(found)


def _reference(match: re.Match[str]) -> str:
    percent, unique, number, name = match.groups()
    if percent:
        return "%"
    return "0" if unique else f"%[{number or name}]"


def _placed(expr: Expr) -> Expr:
    """References to operands as identifiers."""
    name = ""
    if expr.kind is Kind.UNKNOWN and expr.name.startswith("%[") and expr.name.endswith("]"):
        name = expr.name[2:-1]
    elif expr.kind is Kind.IDENTIFIER:
        name = expr.name.removeprefix(_SYMBOL) if expr.name.startswith(_SYMBOL) else ""
    if name:
        return Expr(Kind.IDENTIFIER, f"%{name}" if name.isdigit() else f"%[{name}]")
    if not expr.args:
        return expr
    return Expr(expr.kind, expr.name, tuple(_placed(arg) for arg in expr.args))
