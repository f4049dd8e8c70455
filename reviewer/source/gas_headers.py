"""Macros of headers as an assembly file uses them.

Only what is executed is borrowed: assembler macros, and preprocessor macros that stand for code or
operands of it. Macros that give a file its structure or annotate it, and those that transfer
control, keep their names, which say more than what they become. A header counts as a whole,
wherever it is included. Not modelled: code that a header spells itself, `#undef` in headers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Protocol

from msgspec.structs import replace

from reviewer.source.conditions import FALSE, TRUE, Atom, Condition, assume, conjoin, negate
from reviewer.source.gas_assemble import Assembler
from reviewer.source.gas_cpp import Preprocessor, Text
from reviewer.source.gas_flow import is_transfer_macro
from reviewer.source.gas_items import SECTION_MACROS, is_note, symbol_kind
from reviewer.source.gas_lines import read_lines
from reviewer.source.gas_macros import Template
from reviewer.source.gas_operands import head
from reviewer.source.instructions import is_known
from reviewer.source.types import Macro

_WORD = re.compile(r"[A-Za-z_]\w*")
_LONG = Atom("CONFIG_X86_64")
_MACRO = re.compile(rb"^\s*\.macro\b", re.MULTILINE)


class Headers(Protocol):
    """What the headers that one assembly file includes define."""

    @property
    def files(self) -> Mapping[str, Condition]:
        """The headers, each under the condition that leads to it."""
        ...

    def text(self, path: str) -> bytes:
        """A header's bytes."""
        ...

    def simplified(self, condition: Condition) -> Condition:
        """The condition in terms of options."""
        ...

    def macros(self, name: str) -> tuple[Macro, ...]:
        """The preprocessor macros of that name, each with all that it depends on."""
        ...


def borrowed(
    headers: Headers, path: str, text: str
) -> tuple[tuple[Macro, ...], tuple[Template, ...]]:
    """The macros that a file of that text needs, those that they need in turn included."""
    built = _built(path)
    known: dict[str, list[Template]] = {}
    for header in headers.files:
        for template in _templates(headers.text(header)):
            presence = headers.simplified(template.presence)
            presence = assume(conjoin((headers.files[header], presence)), built)
            if presence != FALSE and not _keeps_its_name(template.name):
                known.setdefault(template.name, []).append(replace(template, presence=presence))
    macros: dict[str, tuple[Macro, ...]] = {}
    templates: dict[str, list[Template]] = {}
    pending = set(_WORD.findall(text))
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        seen.add(name)
        words: set[str] = set()
        if name in known:
            templates[name] = known[name]
            words.update(word for each in known[name] for word in _words_of(each))
        elif not _keeps_its_name(name) and (found := _macros(headers, name, built)):
            words.update(word for each in found for word in _WORD.findall(each.body))
            macros[name] = found
        pending |= words - seen
    executed = _executed(macros, known.keys())
    wanted = tuple(each for name in sorted(executed) for each in macros[name])
    return wanted, tuple(each for name in sorted(templates) for each in templates[name])


def _built(path: str) -> Condition:
    """The word size that a file is built for, by the name that the build puts it in for."""
    if path.endswith("_32.S"):
        return negate(_LONG)
    return _LONG if path.endswith("_64.S") else TRUE


def _macros(headers: Headers, name: str, built: Condition) -> tuple[Macro, ...]:
    found = (
        replace(macro, presence=assume(macro.presence, built)) for macro in headers.macros(name)
    )
    return tuple(macro for macro in found if macro.presence != FALSE)


def _executed(macros: Mapping[str, tuple[Macro, ...]], templates: Collection[str]) -> set[str]:
    """The names that stand for code, and those that such macros use."""
    begun = {name: {head(each.body)[0] for each in found} for name, found in macros.items()}
    code = {name for name, found in macros.items() if any(_is_code(each.body) for each in found)}
    code |= {name for name, words in begun.items() if not words.isdisjoint(templates)}
    grown = True
    while grown:
        further = {name for name, words in begun.items() if not words.isdisjoint(code)} - code
        code, grown = code | further, bool(further)
    pending = list(code)
    taken: set[str] = set()
    while pending:
        name = pending.pop()
        taken.add(name)
        used = {word for each in macros[name] for word in _WORD.findall(each.body)}
        pending += (used & macros.keys()) - taken
    return taken


@lru_cache(maxsize=1 << 12)
def _is_code(body: str) -> bool:
    """Whether a replacement list is a register or memory, or begins with an instruction."""
    word, _ = head(body)
    return body.startswith("%") or word.startswith("ALTERNATIVE") or is_known(word)


@lru_cache(maxsize=1 << 12)
def _keeps_its_name(name: str) -> bool:
    return (
        symbol_kind(name) is not None
        or is_note(name)
        or name in SECTION_MACROS
        or name.startswith("ALTERNATIVE")
        or is_transfer_macro(name)
    )


def _words_of(template: Template) -> Iterator[str]:
    for piece in template.body:
        if isinstance(piece, Text):
            yield from _WORD.findall(piece.text)


@lru_cache(maxsize=1 << 10)
def _templates(text: bytes) -> tuple[Template, ...]:
    """The assembler macros that a header defines."""
    if not _MACRO.search(text):
        return ()
    preprocessor = Preprocessor()
    assembler = Assembler(preprocessor.table)
    lines, _ = read_lines(text.decode("utf-8", "replace").replace("\r", ""))
    assembler.run(preprocessor.pieces(lines))
    return assembler.templates.every()
