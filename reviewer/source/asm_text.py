"""The instructions in the template of an inline asm statement.

Reads what `c_asm.template` makes: `%%gs` is a register, `%0`, `%k1`, `%[name]`, `%l[label]` are
operands of the statement, as IDENTIFIER `%0`, `%1`, `%[name]`, `%[label]` (modifiers dropped). A
template without operands spells registers `%gs`. Not modelled: dialects in braces (`{att|intel}`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from reviewer.source.gas_operands import ABSENT, labels, statement, statements
from reviewer.source.instructions import IMPLICIT
from reviewer.source.types import Expr, Kind

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_EXTENDED = re.compile(r"%%|%[acpP]?\d|%[A-Za-z]?\[")
_REFERENCE = re.compile(r"%(?:(%)|(=)|[A-Za-z]?(?:(\d+)|\[\s*(\w+)\s*\]))")
_DISPLACEMENT = re.compile(r"(?<=[:+-])%\[(\w+)\]|%\[(\w+)\](?=[(+-])")
_SYMBOL = ".operand."
#: Constraints that name a register.
_IN_REGISTER = {"a": "rax", "b": "rbx", "c": "rcx", "d": "rdx", "S": "rsi", "D": "rdi"}
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


def executed(statement_: Expr) -> tuple[Expr, ...]:
    """The instructions of an ASM expression: references to memory as the memory that is meant.

    Operands that an instruction takes without naming them are added where a constraint says what
    is in the register.
    """
    operands = _operands(statement_.args)
    return tuple(_meant(item, operands) for item in instructions(statement_.name))


def operand(statement_: Expr, reference: Expr) -> Expr:
    """What a reference `%0` or `%[name]`, or `*%0`, of an ASM expression's template stands for.

    Anything else, and what the statement has no operand for, stands for itself.
    """
    inner = reference.args[0] if reference.kind is Kind.UNARY else reference
    if statement_.kind is not Kind.ASM or inner.kind is not Kind.IDENTIFIER:
        return reference
    found = _operands(statement_.args).get(inner.name)
    return found.args[0] if found and found.args else reference


def _operands(args: tuple[Expr, ...]) -> dict[str, Expr]:
    """The constraint and value of each operand, by its number and its name in the template."""
    found: dict[str, Expr] = {}
    for number, item in enumerate(args):
        if item.name in ("clobber", "label"):
            break
        found[f"%{number}"] = item
        if len(item.args) > 1:
            found[f"%[{item.args[1].name}]"] = item
    return found


def _meant(instruction: Expr, operands: dict[str, Expr]) -> Expr:
    if not operands:
        return instruction
    args = tuple(_memory(arg, operands) for arg in instruction.args)
    if instruction.name in IMPLICIT and not args:
        held = {
            _IN_REGISTER.get(item.name.lstrip("+=&")): item.args[0] for item in operands.values()
        }
        args = tuple(held.get(name, ABSENT) for name in IMPLICIT[instruction.name])
    return Expr(instruction.kind, instruction.name, args)


def _memory(arg: Expr, operands: dict[str, Expr]) -> Expr:
    operand = operands.get(arg.name) if arg.kind is Kind.IDENTIFIER else None
    if operand is None or operand.name.lstrip("+=&") != "m":
        return arg
    return Expr(Kind.MEMORY, "", (operand.args[0], ABSENT, ABSENT, ABSENT))


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
