"""One definition of a name as the checks take it: a function, or a macro made into one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from reviewer.event.extract import Inlining
from reviewer.source.conditions import Condition
from reviewer.source.index.types import FoundFunction
from reviewer.source.resolve.sight import Form, Meaning
from reviewer.source.types import (
    Expr,
    Macro,
)
from reviewer.source.unit import Definition

_WORD = re.compile(rb"[A-Za-z_]\w*")
_CODE = re.compile(r"[(=]|\+\+|--")
#: Longer replacement lists are left alone: a call of such a macro stays a call.
MAX_MACRO = 20_000


class Body(Struct, frozen=True, eq=False):
    """One definition of a name: a function, or a macro made into one; equal only to itself."""

    name: str
    line: int
    presence: Condition
    inlining: Inlining
    noreturn: bool
    words: frozenset[str]
    text: bytes
    source: Definition | Macro | Use

    @property
    def is_external(self) -> bool:
        """Whether all that is known is that it is called."""
        return isinstance(self.source, Use) and self.source.meaning.source is None

    @property
    def foreign(self) -> bool:
        """Whether another file defines it."""
        return isinstance(self.source, Use)

    @property
    def is_macro(self) -> bool:
        """Whether it is a replacement list."""
        source = self.source.meaning.source if isinstance(self.source, Use) else self.source
        return isinstance(source, Macro)

    @property
    def path(self) -> str:
        """The file that a foreign body is defined in, `""` for the file at hand."""
        return self.source.meaning.path if isinstance(self.source, Use) else ""

    @property
    def is_function(self) -> bool:
        """Whether control can start in it: not a macro."""
        return isinstance(self.source, Definition)

    @property
    def is_static(self) -> bool:
        """Whether only its own file can call it by its name."""
        return isinstance(self.source, Definition) and "static" in self.source.attributes

    @property
    def takes_arguments(self) -> bool:
        """Whether a use of it is written as a call."""
        return not isinstance(self.source, Macro) or self.source.parameters is not None


class Use(Struct, frozen=True):
    """A definition of another file, as it is used with these arguments."""

    meaning: Meaning
    arguments: tuple[Expr, ...]


def body_of(source: Definition | Macro, inlining: Inlining, text: bytes) -> Body:
    """A definition of the file, with its own text."""
    return Body(
        name=source.name,
        line=source.line,
        presence=source.presence,
        inlining=inlining,
        noreturn=isinstance(source, Definition) and "__noreturn" in source.attributes,
        words=frozenset(word.decode() for word in _WORD.findall(text)) - {source.name},
        text=text,
        source=source,
    )


_INLINING: Mapping[Form, Inlining] = {
    Form.MACRO: Inlining.ALWAYS,
    Form.ALWAYS_INLINE: Inlining.ALWAYS,
    Form.INLINE: Inlining.PERHAPS,
    Form.FUNCTION: Inlining.NEVER,
    Form.EXTERN: Inlining.NEVER,
}


def used(use: Use) -> Body:
    """A definition of another file as it is used."""
    meaning = use.meaning
    source = meaning.source
    attributes = source.attributes if isinstance(source, FoundFunction) else frozenset()
    return Body(
        name=meaning.name,
        line=meaning.line,
        presence=meaning.presence,
        inlining=_INLINING[meaning.form],
        noreturn="__noreturn" in attributes,
        words=frozenset(),
        text=_written(source),
        source=use,
    )


def _written(source: FoundFunction | Macro | None) -> bytes:
    """The text of a definition of another file."""
    match source:
        case FoundFunction():
            return source.text
        case Macro():
            return source.body.encode("utf-8", "surrogateescape")
        case None:
            return b""


def inlining(definition: Definition) -> Inlining:
    """Whether a call of the function is one to the compiler."""
    attributes = definition.attributes
    if "__always_inline" in attributes:
        return Inlining.ALWAYS
    inline = attributes & {"inline", "__inline", "__inline__"}
    return Inlining.PERHAPS if inline else Inlining.NEVER


def expandable(macro: Macro) -> bool:
    """Whether uses of the macro can be code of their own: it has parameters or does something."""
    if len(macro.body) > MAX_MACRO:
        return False
    return macro.parameters is not None or bool(_CODE.search(macro.body))
