"""The functions and macros that a file shows, as event graphs on demand.

A macro is read as a function of its replacement list, so its arguments count where they are
written and its body at the line of its `#define`. Macros of included files are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from reviewer.event.extract import Callee, Inlining, extract
from reviewer.event.match import Matcher
from reviewer.event.types import Event, EventGraph
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import Condition
from reviewer.source.read import read
from reviewer.source.types import Function, Language, Macro, Operation
from reviewer.source.unit import Definition, Unit

_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_CODE = re.compile(r"[(=]|\+\+|--")
#: Longer replacement lists are left alone: a call of such a macro stays a call.
MAX_MACRO = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One definition of a name: a function, or a macro made into one; equal only to itself."""

    name: str
    line: int
    presence: Condition
    inlining: Inlining
    noreturn: bool
    words: frozenset[str]
    text: bytes
    source: Definition | Macro

    @property
    def is_function(self) -> bool:
        """Whether control can start in it: not a macro."""
        return isinstance(self.source, Definition)

    @property
    def takes_arguments(self) -> bool:
        """Whether a use of it is written as a call."""
        return isinstance(self.source, Definition) or self.source.parameters is not None


@dataclass(eq=False)
class Bodies:
    """Every body of a unit by name; `graph` lowers and names its events once."""

    unit: Unit
    matcher: Matcher
    _graphs: dict[Body, EventGraph | None] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Body, ...]]:
        """Definitions of each name, in the order of the file."""
        found: dict[str, list[Body]] = {}
        for body in self._all():
            found.setdefault(body.name, []).append(body)
        return {name: tuple(bodies) for name, bodies in found.items()}

    @cached_property
    def callees(self) -> Mapping[str, Callee]:
        """What a call of each name is; of several definitions the one most like a call counts."""
        order = list(Inlining)
        return {
            name: Callee(
                max((body.inlining for body in bodies), key=order.index),
                all(body.noreturn for body in bodies),
            )
            for name, bodies in self.by_name.items()
        }

    def used(self, event: Event) -> tuple[Body, ...]:
        """What the event's callee stands for in the way it is used; nothing for a known event."""
        bodies = self.by_name.get(event.callee, ()) if not event.known else ()
        called = event.op.operation is Operation.CALL
        return tuple(body for body in bodies if body.takes_arguments is called)

    def graph(self, body: Body) -> EventGraph | None:
        """The events of the body, None for a macro that does not read as statements."""
        if body not in self._graphs:
            function = self._function(body)
            self._graphs[body] = extract(function, self.matcher, self.callees) if function else None
        return self._graphs[body]

    def reaching(
        self, alternatives: Iterable[frozenset[str]], wanted: Callable[[Event], bool]
    ) -> frozenset[str]:
        """Names of bodies with a wanted event, and of those that use such a name in some way.

        Only bodies that hold all literals of an alternative are looked at for the event.
        """
        literals = [[item.encode() for item in alternative] for alternative in alternatives]
        users: dict[str, set[str]] = {}
        reached: dict[str, None] = {}
        for name, bodies in self.by_name.items():
            for body in bodies:
                for word in body.words & self.by_name.keys():
                    users.setdefault(word, set()).add(name)
                if name not in reached and self._holds(body, literals, wanted):
                    reached[name] = None
        pending = list(reached)
        while pending:
            for user in users.get(pending.pop(), ()):
                if user not in reached:
                    reached[user] = None
                    pending.append(user)
        return frozenset(reached)

    def _holds(
        self, body: Body, literals: list[list[bytes]], wanted: Callable[[Event], bool]
    ) -> bool:
        if not any(all(item in body.text for item in items) for items in literals):
            return False
        graph = self.graph(body)
        return graph is not None and any(wanted(event) for block in graph.blocks for event in block)

    def _all(self) -> Iterable[Body]:
        text = self.unit.file.text
        for item in self.unit.definitions:
            yield _body(item, _inlining(item), text[item.start_byte : item.end_byte])
        if self.unit.language is Language.C:
            for macro in self.unit.macros:
                if _expandable(macro):
                    yield _body(macro, Inlining.ALWAYS, macro.body.encode())

    def _function(self, body: Body) -> Function | None:
        if isinstance(body.source, Definition):
            return self.unit.lower(body.source)
        return _expand(self.unit.path, body.source)


def _body(source: Definition | Macro, inlining: Inlining, text: bytes) -> Body:
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


def _inlining(definition: Definition) -> Inlining:
    attributes = definition.attributes
    if "__always_inline" in attributes:
        return Inlining.ALWAYS
    inline = attributes & {"inline", "__inline", "__inline__"}
    return Inlining.PERHAPS if inline else Inlining.NEVER


def _expandable(macro: Macro) -> bool:
    """Whether uses of the macro can be code of their own: it has parameters or does something."""
    if len(macro.body) > MAX_MACRO:
        return False
    return macro.parameters is not None or bool(_CODE.search(macro.body))


def _expand(path: str, macro: Macro) -> Function | None:
    """The macro as a function: its body a statement, its parameters untyped."""
    parameters = ", ".join(
        f"int {name}" for name in macro.parameters or () if _NAME.fullmatch(name)
    )
    above = "\n" * (macro.line - 1)
    body = macro.body.replace("##", " ")
    text = f"{above}void {macro.name}({parameters}) {{ {body}; }}\n"
    unit = read(SourceFile(path, text.encode("utf-8", "surrogateescape")))
    if unit.skips or len(unit.definitions) != 1:
        return None
    return unit.lower(unit.definitions[0])
