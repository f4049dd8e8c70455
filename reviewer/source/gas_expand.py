"""C preprocessor macros in assembly text: which are expanded, and to what.

A macro is expanded where it changes what is executed: it stands where an instruction does, or its
body names a register, an operand or another such macro. Macros that stand for plain numbers keep
their name, which says more than the number (`RELOC_KERNEL_PRESERVE_CONTEXT`). A macro that arms
of an `#if` define differently is expanded once for each, under that arm's condition. Macros of
other files are not known here and stay as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from msgspec import Struct

from reviewer.source.conditions import TRUE, Condition, conjoin, negate, satisfiable
from reviewer.source.gas_operands import expression
from reviewer.source.types import Expr, Kind, Macro

#: Macros nested deeper, longer results, more uses in a statement and more variants of it stay
#: as they are.
MAX_DEPTH = 40
MAX_LENGTH = 1 << 18
MAX_USES = 20_000
MAX_VARIANTS = 8

_WORD = re.compile(r"[A-Za-z_]\w*")
_PIECE = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\n])\'?|[.\\][A-Za-z_][\w.$]*|\d[\w.]*|([A-Za-z_]\w*)'
)
_OPENING = re.compile(r"\s*\(")
_PASTED = re.compile(r"\s*\#\#")
_BRACKETS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\n])\'?|[(),]')


#: A macro's name, its arguments, the names not to be expanded in it and its presence condition.
_Key = tuple[str, tuple[str, ...], frozenset[str], Condition]


class _Use(Enum):
    """How a stretch of a macro's body takes part in it."""

    LITERAL = "literal"
    VALUE = "value"
    SPELLED = "spelled"
    STRING = "string"


class Expansion(Struct, frozen=True):
    """What a statement becomes under a condition; `line` is the macro's, 0 where none was used."""

    condition: Condition
    text: str
    line: int


class _Undecided(Exception):
    def __init__(self, variants: tuple[Macro, ...]) -> None:
        self.variants = variants


class MacroTable:
    """The macros alive at a point of the file."""

    def __init__(self) -> None:
        self._live: dict[str, tuple[Macro, ...]] = {}
        self._verdicts: dict[str, bool] = {}
        self._chosen: dict[tuple[str, Condition], tuple[Macro, ...]] = {}
        self._plain: set[str] = set()
        self._results: dict[_Key, str] = {}
        self._line = 0
        self._uses = 0

    def define(self, macro: Macro) -> None:
        """Adds a definition; it hides earlier ones where its presence holds."""
        self.undefine(macro.name, macro.presence)
        self._live[macro.name] = (*self._live.get(macro.name, ()), macro)

    def undefine(self, name: str, presence: Condition) -> None:
        """Removes the definitions of a name where `presence` holds."""
        self._verdicts.clear()
        self._chosen.clear()
        self._plain.clear()
        self._results.clear()
        outside = negate(presence)
        kept = tuple(
            Macro(old.name, old.parameters, old.body, old.line, left)
            for old in self._live.pop(name, ())[-MAX_VARIANTS:]
            if satisfiable(left := conjoin((old.presence, outside)))
        )
        if kept:
            self._live[name] = kept

    def constant(self, name: str) -> str | None:
        """The body of an object-like macro that has one definition."""
        found = self._live.get(name, ())
        return found[0].body if len(found) == 1 and found[0].parameters is None else None

    def mentions(self, text: str) -> bool:
        """Whether any name in the text is a macro's."""
        if text in self._plain:
            return False
        found = not self._live.keys().isdisjoint(_WORD.findall(text))
        if not found:
            self._plain.add(text)
        return found

    def expand(self, text: str, presence: Condition) -> tuple[Expansion, ...]:
        """The text under `presence`, once for each way its macros are defined there."""
        self._uses = 0
        return tuple(self._expand(text, presence, TRUE, MAX_VARIANTS))

    def _expand(
        self, text: str, presence: Condition, arm: Condition, depth: int
    ) -> Iterator[Expansion]:
        self._line = 0
        try:
            result = self._scan(text, presence, frozenset(), 0, decide=depth == 0)
        except _Undecided as choice:
            for macro in choice.variants[:MAX_VARIANTS]:
                inside = conjoin((presence, macro.presence))
                yield from self._expand(text, inside, conjoin((arm, macro.presence)), depth - 1)
        else:
            yield Expansion(arm, result, self._line)

    def _scan(
        self, text: str, presence: Condition, hidden: frozenset[str], depth: int, *, decide: bool
    ) -> str:
        """The text with its macros replaced, those in `hidden` excepted."""
        if not self.mentions(text):
            return text
        parts: list[str] = []
        position = length = 0
        live = self._live
        for match in _PIECE.finditer(text):
            name = match[1]
            if name not in live or name in hidden or match.start() < position:
                continue
            found = self._choose(name, presence, decide=decide)
            if found is None or not self._wanted(found, text, match.start()):
                continue
            arguments: tuple[str, ...] = ()
            end = match.end()
            if found.parameters is not None:
                call = _arguments(text, end)
                if call is None:
                    continue
                arguments, end = call
            if depth >= MAX_DEPTH or length > MAX_LENGTH or self._uses > MAX_USES:
                break
            key = (name, arguments, hidden, presence)
            result = self._results.get(key)
            if result is None:
                self._uses += 1
                result = self._result(found, arguments, presence, hidden, depth, decide=decide)
                self._results[key] = result
            parts += (text[position : match.start()], result)
            length += len(result)
            self._line = found.line
            position = end
        parts.append(text[position:])
        return "".join(parts)

    def _result(
        self,
        macro: Macro,
        arguments: tuple[str, ...],
        presence: Condition,
        hidden: frozenset[str],
        depth: int,
        *,
        decide: bool,
    ) -> str:
        """What one use of a macro becomes."""
        body = macro.body
        if macro.parameters is not None:
            expanded = tuple(
                self._scan(item, presence, hidden, depth + 1, decide=decide) for item in arguments
            )
            body = _substitute(body, macro.parameters, arguments, expanded)
        return self._scan(body, presence, hidden | {macro.name}, depth + 1, decide=decide)

    def _choose(self, name: str, presence: Condition, *, decide: bool) -> Macro | None:
        """The definition in force; raises _Undecided where there are several."""
        key = (name, presence)
        found = self._chosen.get(key)
        if found is None:
            found = tuple(
                macro
                for macro in self._live[name]
                if satisfiable(conjoin((presence, macro.presence)))
            )
            self._chosen[key] = found
        if len(found) > 1 and not decide and self._changes(name):
            raise _Undecided(found)
        return found[0] if found else None

    def _wanted(self, macro: Macro, text: str, start: int) -> bool:
        return self._changes(macro.name) or _before(text, start) in ("", ";", "%", ":")

    def _changes(self, name: str) -> bool:
        """Whether a macro stands for something other than a number."""
        verdict = self._verdicts.get(name)
        if verdict is None:
            self._verdicts[name] = False
            verdict = self._verdicts[name] = any(
                not macro.body
                or _is_code(macro.body)
                or any(
                    self._changes(word) for word in _WORD.findall(macro.body) if word in self._live
                )
                for macro in self._live[name]
            )
        return verdict


@lru_cache(maxsize=1 << 12)
def _is_code(body: str) -> bool:
    if "%" in body or "##" in body or "$" in body or ";" in body:
        return True
    value = expression(body)
    if _addresses(value):
        return True
    return value.kind in (Kind.UNKNOWN, Kind.STRING) or (
        value.kind is Kind.IDENTIFIER and not value.name.isupper()
    )


def _addresses(value: Expr) -> bool:
    """Whether it holds what reads as a call of a name in lower case: `8*i(base)`, an address."""
    if value.kind is Kind.CALL and value.args[0].name[:1].islower():
        return True
    return any(_addresses(part) for part in value.args)


def _before(text: str, start: int) -> str:
    """The last character before a place that is no blank, `""` at the begin."""
    while start and text[start - 1].isspace():
        start -= 1
    return text[start - 1 : start]


def _arguments(text: str, start: int) -> tuple[tuple[str, ...], int] | None:
    """Arguments of a call whose name ends at `start`, and where the call ends."""
    match = _OPENING.match(text, start)
    if match is None:
        return None
    opening = match.end() - 1
    items: list[str] = []
    depth, begin = 0, opening + 1
    for match in _BRACKETS.finditer(text, opening):
        match match[0]:
            case "(":
                depth += 1
            case ")" if depth == 1:
                items.append(text[begin : match.start()].strip())
                return tuple(items), match.end()
            case ")":
                depth -= 1
            case "," if depth == 1:
                items.append(text[begin : match.start()].strip())
                begin = match.end()
            case _:
                pass
    return None


def _substitute(
    body: str, parameters: tuple[str, ...], raw: tuple[str, ...], expanded: tuple[str, ...]
) -> str:
    """The body with arguments for parameters; `#` and `##` take them as written."""
    if parameters and parameters[-1].endswith("..."):
        fixed = len(parameters) - 1
        raw = (*raw[:fixed], ", ".join(raw[fixed:]))
        expanded = (*expanded[:fixed], ", ".join(expanded[fixed:]))
    given = {_Use.VALUE: expanded, _Use.SPELLED: raw, _Use.STRING: raw}
    parts: list[str] = []
    template = _template(body, parameters)
    if len(template) * max((len(item) for item in (*raw, *expanded)), default=0) > 16 * MAX_LENGTH:
        return body
    for use, text, at in template:
        if use is _Use.LITERAL:
            parts.append(text)
        elif at < len(raw):
            value = given[use][at]
            parts.append(f'"{value}"' if use is _Use.STRING else value)
    return "".join(parts)


@lru_cache(maxsize=1 << 12)
def _template(body: str, parameters: tuple[str, ...]) -> tuple[tuple[_Use, str, int], ...]:
    """A body cut into text and uses of its parameters, by their place in the list."""
    names = {_parameter_name(item): at for at, item in enumerate(parameters)}
    choices = "|".join(re.escape(name) for name in names) or r"(?!)"
    pattern = re.compile(
        rf"(?P<pasted>\s*\#\#\s*)|\#\s*(?P<string>{choices})\b|\b(?P<name>{choices})\b"
    )
    found: list[tuple[_Use, str, int]] = []
    position = 0
    for match in pattern.finditer(body):
        found.append((_Use.LITERAL, body[position : match.start()], 0))
        position = match.end()
        if name := match["string"]:
            found.append((_Use.STRING, "", names[name]))
        elif name := match["name"]:
            pasted = _before(body, match.start()) == "#" or _PASTED.match(body, position)
            found.append((_Use.SPELLED if pasted else _Use.VALUE, "", names[name]))
    found.append((_Use.LITERAL, body[position:], 0))
    return tuple(found)


def _parameter_name(parameter: str) -> str:
    return "__VA_ARGS__" if parameter == "..." else parameter.removesuffix("...").strip()
