"""What one translation unit sees: a name's definitions, and each of them as a function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from reviewer.patch.types import SourceFile
from reviewer.source.c_asm import template
from reviewer.source.conditions import FALSE, TRUE, Condition, conjoin, disjoin, negate, satisfiable
from reviewer.source.format import render
from reviewer.source.index.index import Index
from reviewer.source.index.places import Places
from reviewer.source.index.scope import Scope
from reviewer.source.index.types import FoundFunction, FoundMacro
from reviewer.source.read import read
from reviewer.source.resolve.computed import computed
from reviewer.source.resolve.expand import alias, expand
from reviewer.source.resolve.replacement import macro_function, parsed, surveyed
from reviewer.source.types import (
    Expr,
    Flow,
    Function,
    Kind,
    Macro,
    Op,
    Operation,
)
from reviewer.source.unit import Unit

_MACRO = re.compile(r"(?<![%.\w])[A-Z_][A-Z0-9_]{3,}\b")
_USED = re.compile(r"(?<![%.\w])[A-Z_][A-Z0-9_]{3,}\(\w+\)")
_LITERAL = re.compile(r'"[\w.]+"')

#: Object-like macros that stand for each other, followed this far.
MAX_ALIASES = 8
#: Operators and macros around the name of a function that is called, taken off this far.
MAX_UNWRAPPED = 20
#: Macros inside each other in the template of an asm statement.
MAX_TEMPLATE = 4


class Form(StrEnum):
    """What a use of a definition is to the compiler."""

    MACRO = "macro"
    ALWAYS_INLINE = "always-inline"
    INLINE = "inline"
    FUNCTION = "function"
    EXTERN = "extern"


class Meaning(Struct, frozen=True):
    """One thing that a name stands for, and under which condition.

    `source` is None for an external function, whose body is in another file.
    """

    name: str
    form: Form
    path: str
    line: int
    presence: Condition
    source: FoundFunction | Macro | None = None


class Sight:
    """The names that a unit does not define itself, resolved through what it includes.

    `places` says where else in the tree a function is defined. Of a `whole` file, which is read as
    the tree has it, its own definitions are seen as well.
    """

    def __init__(
        self, index: Index, unit: Unit, places: Places | None = None, *, whole: bool = False
    ) -> None:
        text = (index.text(unit.path) or b"") if whole else unit.file.text
        self._scope: Scope = index.scope(unit.path, text, whole=whole)
        self._places = places or Places(index)
        self._explained: dict[str, bool] = {}
        self._meanings: dict[tuple[str, bool], tuple[Meaning, ...]] = {}

    def defining(self, name: str, *, headers: bool = False) -> tuple[str, ...]:
        """Other C files of the tree that define the function, the nearest ones.

        With `headers` the headers that do, where the file includes any.
        """
        if headers:
            meanings = self.meanings(name, called=True)
            found = [item.path for item in meanings if isinstance(item.source, FoundFunction)]
            if found:
                return tuple(dict.fromkeys(found))
        return self._places.defining(name, self._scope.path)

    def of_file(self, path: str, *, shown: bool = False) -> tuple[Unit, Sight]:
        """Another file, and the names that it sees.

        Unless it is `shown` the unit has nothing in it, and its own names are among those seen.
        """
        text = (self._scope.index.text(path) or b"") if shown else b""
        unit = read(SourceFile(path, text))
        return unit, Sight(self._scope.index, unit, self._places, whole=not shown)

    def speaking(self, word: str) -> Iterator[dict[str, str]]:
        """The C files with the word in them, by their paths: this one, then the others around.

        One folder at a time, the nearest first.
        """
        own = self._scope.path
        yield {own: self._scope.own_text.decode("utf-8", "replace")}
        for paths in self._places.around(word.encode(), own):
            yield {
                path: self._scope.text(path).decode("utf-8", "replace")
                for path in paths
                if path != own
            }

    def is_function(self, name: str, path: str = "") -> bool:
        """Whether the name is that of a function where it is used in this file or that one."""
        if self._scope.declaration(name):
            return True
        return self._places.speaks_of(path or self._scope.path, name)

    @property
    def compiled(self) -> Condition:
        """Where the file is part of the kernel, as far as the Makefile beside it says."""
        return self._scope.index.part(self._scope.path)

    def simplified(self, condition: Condition) -> Condition:
        """The condition in terms of options."""
        return self._scope.simplified(condition)

    def meanings(self, name: str, *, called: bool) -> tuple[Meaning, ...]:
        """What the name stands for where it is called, or where it is read.

        Together they cover every configuration in which something of the name is declared. Nothing
        for a name that no header that the file includes defines.
        """
        key = (name, called)
        found = self._meanings.get(key)
        if found is None:
            found = self._meanings[key] = tuple(self._resolve(name, called, MAX_ALIASES))
        return found

    def explains(self, name: str) -> bool:
        """Whether the file, or a header that it includes, speaks of the function."""
        if name not in self._explained:
            known = self.meanings(name, called=True) or self._scope.declaration(name)
            self._explained[name] = bool(known)
        return self._explained[name]

    def _resolve(self, name: str, called: bool, left: int) -> list[Meaning]:
        found: list[Meaning] = []
        for item in self._scope.definitions(name):
            match item:
                case FoundMacro(path, macro) if (
                    macro.parameters is not None
                ) is called or _is_constraint(macro):
                    found.append(Meaning(name, Form.MACRO, path, macro.line, macro.presence, macro))
                case FoundMacro(_, macro) if called and left and alias(macro):
                    for inner in self._aliased(alias(macro), left - 1):
                        presence = conjoin((macro.presence, inner.presence))
                        if satisfiable(presence):
                            found.append(
                                Meaning(
                                    inner.name,
                                    inner.form,
                                    inner.path,
                                    inner.line,
                                    presence,
                                    inner.source,
                                )
                            )
                case FoundFunction() if called:
                    found.append(
                        Meaning(name, _form(item), item.path, item.line, item.presence, item)
                    )
        if not called or not found:
            return found
        rest = negate(disjoin(item.presence for item in found))
        where = self._scope.declaration(name) if satisfiable(rest) else None
        if where is not None:
            found.append(Meaning(name, Form.EXTERN, where.path, where.line, rest))
        return found

    def _aliased(self, name: str, left: int) -> list[Meaning]:
        found = self._resolve(name, True, left)
        where = None if found else self._scope.declaration(name)
        return [Meaning(name, Form.EXTERN, where.path, where.line, TRUE)] if where else found

    def function(self, meaning: Meaning, arguments: tuple[Expr, ...]) -> Function | None:
        """The body as a function, the arguments put into a macro; None where it does not read."""
        match meaning.source:
            case FoundFunction(path, _, line, text):
                return parsed(path, line, text)
            case Macro():
                expansion = expand(meaning.source, arguments, self._plain)
                if expansion is None:
                    return None
                found = macro_function(
                    meaning.path, meaning.source, expansion.text, expansion.locals
                )
                return found or surveyed(meaning.path, meaning.source, expansion.text)
            case None:
                return None

    def made(self, macro: str, name: str) -> Iterator[str]:
        """What macros that define functions stand for, before the body, with the name in it."""
        for meaning in self.meanings(macro, called=True):
            if isinstance(meaning.source, Macro) and "{" in meaning.source.body:
                expansion = expand(meaning.source, (Expr(Kind.IDENTIFIER, name),))
                if expansion is not None:
                    yield expansion.text

    def settled(self, function: Function) -> Function:
        """The function with its `#if`s in terms of options.

        Macros of strings stand in its asm, and names that macros compute where they are called.
        """
        edges = tuple(
            replace(edge, presence=self.simplified(edge.presence))
            if edge.flow is Flow.PRESENCE
            else edge
            for edge in function.cfg.edges
        )
        blocks = tuple(
            replace(block, ops=tuple(self._called(self._assembled(op)) for op in block.ops))
            for block in function.cfg.blocks
        )
        kept = tuple(edge for edge in edges if edge.presence != FALSE)
        return replace(function, cfg=replace(function.cfg, blocks=blocks, edges=kept))

    def _assembled(self, op: Op) -> Op:
        if op.operation is not Operation.ASM:
            return op
        text = _USED.sub(self._made, op.expr.name)
        lines = "\n".join((text, *self._strings(text, MAX_TEMPLATE)))
        return op if lines == op.expr.name else replace(op, expr=replace(op.expr, name=lines))

    def _made(self, use: re.Match[str]) -> str:
        """The string that the use of a macro in a template makes, itself where it makes none."""
        made = computed(use[0], self._replacing)
        return made[1:-1] if _LITERAL.fullmatch(made) else use[0]

    def _called(self, op: Op) -> Op:
        """The call of what a macro makes as one of the function that it names."""
        match op.expr:
            case Expr(Kind.CALL, _, (Expr(Kind.CALL) as callee, *given)) if (
                op.operation is Operation.CALL
            ):
                name = computed(render(callee), self._replacing)
                if name.isidentifier():
                    called = (Expr(Kind.IDENTIFIER, name), *given)
                    return replace(op, expr=replace(op.expr, args=called), indirect=False)
        return op

    def _replacing(self, word: str) -> tuple[Macro, ...]:
        """The macros of a name that headers define."""
        found = (*self.meanings(word, called=True), *self.meanings(word, called=False))
        macros = (each.source for each in found if isinstance(each.source, Macro))
        return tuple(dict.fromkeys(macro for macro in macros if macro.name == word))

    def _strings(self, text: str, left: int) -> list[str]:
        """The templates that macros named in a template stand for."""
        found: list[str] = []
        for word in dict.fromkeys(_MACRO.findall(text)):
            for meaning in (
                *self.meanings(word, called=False),
                *self.meanings(word, called=True),
            ):
                if isinstance(meaning.source, Macro) and '"' in meaning.source.body:
                    inner = template(meaning.source.body)
                    found.append(inner)
                    if left:
                        found += self._strings(inner, left - 1)
        return found

    def _plain(self, name: str) -> str:
        """The word that an object-like macro stands for, the name itself where it is none."""
        for _ in range(MAX_ALIASES):
            words = [
                alias(meaning.source)
                for meaning in self.meanings(name, called=False)
                if isinstance(meaning.source, Macro)
            ]
            if len(words) != 1 or not words[0]:
                break
            name = words[0]
        return name

    def callee(self, expr: Expr) -> str:
        """The function that is called where what a macro makes is called, `""` for a pointer."""
        for _ in range(MAX_UNWRAPPED):
            match expr:
                case Expr(Kind.IDENTIFIER, name) if self._scope.declaration(name):
                    return name
                case Expr(Kind.UNARY, "&", (Expr(Kind.IDENTIFIER, name),)):
                    return name
                case Expr(Kind.UNARY, "&" | "*", (inner,)) | Expr(Kind.STATEMENT, _, (inner,)):
                    expr = inner
                case Expr(Kind.CALL, _, (Expr(Kind.IDENTIFIER, name), *arguments)):
                    values = [
                        self._value(meaning, tuple(arguments))
                        for meaning in self.meanings(name, called=True)
                        if isinstance(meaning.source, Macro)
                    ]
                    if not values or values[0] is None:
                        return ""
                    expr = values[0]
                case _:
                    return ""
        return ""

    def _value(self, meaning: Meaning, arguments: tuple[Expr, ...]) -> Expr | None:
        """The value of a macro that is an expression."""
        if not isinstance(meaning.source, Macro):
            return None
        expansion = expand(meaning.source, arguments, self._plain)
        if expansion is None:
            return None
        if expansion.text.isidentifier():
            return Expr(Kind.UNARY, "&", (Expr(Kind.IDENTIFIER, expansion.text),))
        code = f"void value(void) {{ value = {expansion.text}; }}"
        function = parsed(meaning.path, 1, code.encode("utf-8", "surrogateescape"))
        stores = [
            op.expr
            for block in (function.cfg.blocks if function else ())
            for op in block.ops
            if op.operation is Operation.STORE and op.text.startswith("value =")
        ]
        return stores[-1].args[-1] if stores and stores[-1].args else None


def _is_constraint(macro: Macro) -> bool:
    """Whether it is a string, before the operand of an asm statement: no call of it."""
    return macro.parameters is None and macro.body.startswith('"')


def _form(function: FoundFunction) -> Form:
    if function.attributes & {"__always_inline", "__inline_always"}:
        return Form.ALWAYS_INLINE
    if function.attributes & {"inline", "__inline", "__inline__"}:
        return Form.INLINE
    return Form.FUNCTION
