"""What the comments and names of a border say, against what is declared and what is held.

A register comment is a line `%reg text`; a text that names an argument says that the register
holds it. Other texts say nothing that can be checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.contract_border import Border
from reviewer.check.contract_hit import Hit, hit
from reviewer.check.contract_way import copied
from reviewer.finding import Location
from reviewer.rule.contract_types import Contract
from reviewer.source.format import render
from reviewer.source.gas_lines import Comment
from reviewer.source.registers import ARGUMENTS, REGISTERS
from reviewer.source.unit import Definition

_LINE = re.compile(r"%(\w+)[\s:=,-]+(\S.*)")
_WORD = re.compile(r"[a-z0-9]+")
_UNUSED = ("unused", "ignored", "not used", "reserved")
#: A label that is jumped to where something is not so.
_NEGATIVE = re.compile(r"\.?L?_*(?:no|not|skip)(?!d|te|p\b|rm|w\b)_?\w+|\.?L?\w+_off")


class Said(Struct, frozen=True):
    """One line of a register comment."""

    register: str
    text: str
    line: int

    @property
    def name(self) -> str:
        """What the line calls the value."""
        return folded(self.text.split(":")[0].split(" - ")[0])


def folded(name: str) -> str:
    """A name's words, however they are joined."""
    return " ".join(_WORD.findall(name.lower()))


def said(border: Border, definition: Definition) -> tuple[Said, ...]:
    """The register comment at the begin of a function, or right above it."""
    function = border.ways.functions.get(definition.name)
    ops = [op.line for op in function.cfg.blocks[function.cfg.entry].ops] if function else []
    first = min(ops, default=definition.line + 12)
    for comment in border.comments:
        inside = definition.line <= comment.line and comment.end_line < first
        above = definition.line - 2 <= comment.end_line < definition.line
        if not comment.trailing and (inside or above) and (found := said_in(comment)):
            return found
    return ()


def said_in(comment: Comment) -> tuple[Said, ...]:
    """The lines of a register comment, none for any other comment."""
    return tuple(
        Said(REGISTERS[match[1]].family, match[2].strip(), comment.line + number)
        for number, text in enumerate(comment.lines)
        if (match := _LINE.fullmatch(text)) and match[1] in REGISTERS
    )


def named_otherwise(border: Border, body: Contract) -> Iterator[Hit]:
    """Lines of the register comments that name another argument than the register holds."""
    arguments = {
        folded(argument.name): register
        for register, argument in zip(ARGUMENTS, border.arguments, strict=False)
        if argument.name
    }
    own = said(border, border.definition)
    by_register = {each.register: each for each in own}
    agreeing = sum(arguments.get(each.name) == each.register for each in own)
    for each in own:
        argument = border.argument(each.register)
        if each.name in arguments and arguments[each.name] != each.register:
            place = arguments[each.name]
            yield _says(border, border.definition, each, f"that argument comes in %{place}")
        elif (
            argument
            and argument.name
            and agreeing * 2 >= len(own)
            and not _alike(each.name, folded(argument.name))
        ):
            detail = f"the prototype calls it {argument.name}"
            yield _says(border, border.definition, each, detail)
    for register, argument in zip(ARGUMENTS, border.arguments, strict=False):
        if register not in by_register and own and agreeing * 2 >= len(own):
            detail = f"nothing is said of %{register}, in which {argument.name} comes"
            yield _says(border, border.definition, own[0], detail)
    for definition in border.unit.definitions:
        if definition.name != border.definition.name:
            yield from _held_otherwise(border, definition, arguments)


def _held_otherwise(
    border: Border, definition: Definition, arguments: dict[str, str]
) -> Iterator[Hit]:
    """The same for a function inside, by what its registers hold when it is entered."""
    machines = border.ways.entered.get(definition.name, ())
    for each in said(border, definition):
        source = arguments.get(each.name)
        if source is None:
            continue
        holders = [set(copied(machine, source)) for machine in machines]
        if holders and all(each.register not in found for found in holders) and any(holders):
            there = " and ".join(f"%{name}" for name in sorted(set().union(*holders)))
            yield _says(border, definition, each, f"that argument is in {there} by then")


def _says(border: Border, definition: Definition, each: Said, detail: str) -> Hit:
    return hit(
        border.unit.path, each.line, definition.name, f"%{each.register}", each.text, detail,
        tuple(
            step
            for step in (border.declared(),)
            if step is not None
        ),
    )  # fmt: skip


def _alike(one: str, other: str) -> bool:
    """Whether every word of the shorter name is in the longer one."""
    first, second = set(one.split()), set(other.split())
    return first <= second or second <= first


def unused(border: Border, register: str) -> bool:
    """Whether the comment says that the argument in the register is not used."""
    return any(
        each.register == register and any(word in each.text.lower() for word in _UNUSED)
        for each in said(border, border.definition)
    )


def passed_otherwise(border: Border, body: Contract) -> Iterator[Hit]:
    """Calls with another number of arguments than declared, or with two of them exchanged."""
    for call in border.calls:
        arguments = border.arguments
        if arguments and len(call.arguments) != len(arguments):
            detail = f"{len(call.arguments)} passed, {len(arguments)} declared"
            yield hit(
                call.location.path, call.location.line, call.function, border.definition.name,
                call.op.text, detail,
            )  # fmt: skip
            continue
        texts = [folded(render(item)) for item in call.arguments]
        names = [folded(argument.name) for argument in arguments]
        for one in range(len(names)):
            for other in range(one + 1, len(names)):
                straight = _share(names[one], texts[one]) + _share(names[other], texts[other])
                first = _share(names[one], texts[other])
                second = _share(names[other], texts[one])
                if first + second > straight and max(first, second) >= 0.5:
                    detail = f"{arguments[one].name} and {arguments[other].name} look exchanged"
                    yield hit(
                        call.location.path, call.location.line, call.function,
                        border.definition.name, call.op.text, detail,
                    )  # fmt: skip


def _share(name: str, text: str) -> float:
    """How much of the name's words the text of an argument has."""
    words = set(name.split())
    return len(words & set(text.split())) / len(words) if words else 0.0


def declared_otherwise(border: Border, body: Contract) -> Iterator[Hit]:
    """Declarations that differ in the number, the width or the names of the arguments."""
    for other in border.prototypes[1:]:
        first = border.prototypes[0]
        if [item.width for item in first.arguments] != [item.width for item in other.arguments]:
            detail = f"differs from {first.location.path}:{first.location.line}"
            yield hit(
                other.location.path, other.location.line, border.definition.name,
                border.definition.name, other.text, detail,
            )  # fmt: skip


def jumps_the_other_way(border: Border, body: Contract) -> Iterator[Hit]:
    """Jumps to a label that says no, taken where the tested bits are set."""
    for jump in border.ways.jumps:
        target = jump.guard.args[0].name if jump.guard.args else ""
        sense = jump.guard.name in ("jnz", "jne")
        if sense and jump.test.value is not None and _NEGATIVE.fullmatch(target):
            line = jump.edge.line or jump.test.op.line
            text = f"{jump.guard.name} {target}"
            place = Location(border.unit.path, line)
            yield hit(
                place.path, place.line, jump.function, target, text,
                f"is taken where `{jump.test.op.text}` finds a bit set",
            )  # fmt: skip
