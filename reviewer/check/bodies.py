"""The functions and macros that a file shows or includes, as event graphs on demand.

A macro is read as a function of its replacement list, so its arguments count where they are
written and its body at the line of its `#define`. What included files define is seen where the
tree is at hand; a function that they only declare is a body that does nothing but call it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.event.extract import NO_CALLEES, Callee, Inlining, extract
from reviewer.event.match import Matcher
from reviewer.event.types import Event, EventGraph
from reviewer.finding import Location
from reviewer.patch.types import SourceFile
from reviewer.source.conditions import Condition
from reviewer.source.index.types import FoundFunction
from reviewer.source.read import read
from reviewer.source.resolve.sight import Form, Meaning, Sight
from reviewer.source.types import (
    CFG,
    Block,
    Edge,
    Expr,
    Function,
    Kind,
    Language,
    Macro,
    Op,
    Operation,
)
from reviewer.source.unit import Definition, Unit

_WORD = re.compile(rb"[A-Za-z_]\w*")
_NAME = re.compile(r"[A-Za-z_]\w*")
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
    def takes_arguments(self) -> bool:
        """Whether a use of it is written as a call."""
        return not isinstance(self.source, Macro) or self.source.parameters is not None


class Use(Struct, frozen=True):
    """A definition of another file, as it is used with these arguments."""

    meaning: Meaning
    arguments: tuple[Expr, ...]


class Bodies(Struct, eq=False, dict=True):
    """Every body of a unit by name; `graph` lowers and names its events once.

    `sight` resolves the names that the unit does not define, None where there is no tree.
    """

    unit: Unit
    matcher: Matcher
    sight: Sight | None = None
    _graphs: dict[Body, EventGraph | None] = field(default_factory=dict)
    _uses: dict[Use, Body] = field(default_factory=dict)

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
        own = {name: _callee(bodies) for name, bodies in self.by_name.items()}
        return own if self.sight is None else _Callees(own, self._seen)

    def _seen(self, name: str) -> Callee | None:
        """What a call of a name that the unit does not define is."""
        bodies = self._foreign(name, (), called=True)
        if bodies and all(body.is_external for body in bodies):
            return Callee(Inlining.ALWAYS)
        inner = tuple(body for body in bodies if body.inlining is not Inlining.NEVER)
        return _callee(inner or bodies) if bodies else None

    def _foreign(self, name: str, arguments: tuple[Expr, ...], *, called: bool) -> tuple[Body, ...]:
        """What a name stands for that the unit does not define."""
        if self.sight is None or not name:
            return ()
        meanings = self.sight.meanings(name, called=called)
        if all(meaning.form is Form.EXTERN and meaning.name == name for meaning in meanings):
            return ()
        return tuple(
            self._use(Use(meaning, arguments if isinstance(meaning.source, Macro) else ()))
            for meaning in meanings
            if not isinstance(meaning.source, Macro) or called or _expandable(meaning.source)
        )

    def _use(self, use: Use) -> Body:
        found = self._uses.get(use)
        if found is None:
            found = self._uses[use] = _used(use)
        return found

    def used(self, event: Event) -> tuple[Body, ...]:
        """What the event's callee stands for in the way it is used; nothing for a known event."""
        return () if event.known else self.standing_for(event)

    def standing_for(self, event: Event) -> tuple[Body, ...]:
        """What the event's callee stands for, be it known to the vocabulary or not."""
        if not event.callee:
            return ()
        called = event.op.operation is Operation.CALL
        bodies = self.by_name.get(event.callee)
        if bodies is None:
            arguments = event.op.expr.args[1:] if called else ()
            return self._foreign(event.callee, arguments, called=called)
        return tuple(body for body in bodies if body.takes_arguments is called)

    def called_by_macro(self, event: Event) -> str:
        """The function that a call through what a macro makes is in truth, `""` for a pointer."""
        callee = event.op.expr.args[0] if event.op.expr.args else None
        if self.sight is None or callee is None or callee.kind is not Kind.CALL:
            return ""
        return self.sight.callee(callee)

    def unresolved(self, event: Event) -> bool:
        """Whether a call is of a function that nothing that the file includes speaks of."""
        return (
            self.sight is not None
            and bool(event.callee)
            and not event.known
            and event.op.operation is Operation.CALL
            and event.callee not in self.by_name
            and not self.sight.explains(event.callee)
        )

    def graph(self, body: Body) -> EventGraph | None:
        """The events of the body, None for a macro that does not read as statements."""
        if body not in self._graphs:
            function = self._function(body)
            if function is not None and self.sight is not None:
                function = self.sight.settled(function)
            callees = NO_CALLEES if body.is_external else self.callees
            graph = extract(function, self.matcher, callees) if function else None
            self._graphs[body] = _opaque(graph) if graph and body.is_external else graph
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
        match body.source:
            case Definition():
                return self.unit.lower(body.source)
            case Macro():
                return _expand(self.unit.path, body.source)
            case Use(meaning, arguments):
                if meaning.source is None or self.sight is None:
                    return _calling(meaning)
                return self.sight.function(meaning, arguments)


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


class _Callees(Mapping[str, Callee]):
    """Callees of the unit, and beyond it those that somebody asks for."""

    def __init__(self, own: Mapping[str, Callee], further: Callable[[str], Callee | None]) -> None:
        self._own = own
        self._further = further

    def __getitem__(self, name: str) -> Callee:
        found = self._own.get(name) or self._further(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


def _callee(bodies: tuple[Body, ...]) -> Callee:
    order = list(Inlining)
    return Callee(
        max((body.inlining for body in bodies), key=order.index),
        all(body.noreturn for body in bodies),
    )


_INLINING: Mapping[Form, Inlining] = {
    Form.MACRO: Inlining.ALWAYS,
    Form.ALWAYS_INLINE: Inlining.ALWAYS,
    Form.INLINE: Inlining.PERHAPS,
    Form.FUNCTION: Inlining.NEVER,
    Form.EXTERN: Inlining.NEVER,
}


def _used(use: Use) -> Body:
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
        text=b"",
        source=use,
    )


def _opaque(graph: EventGraph) -> EventGraph:
    """The graph with calls that are not looked into."""
    blocks = tuple(tuple(replace(event, callee="") for event in block) for block in graph.blocks)
    return EventGraph(graph.function, blocks, graph.out)


def _calling(meaning: Meaning) -> Function:
    """A function that only calls the external one."""
    expr = Expr(Kind.CALL, "", (Expr(Kind.IDENTIFIER, meaning.name),))
    op = Op(Operation.CALL, expr, meaning.line, f"{meaning.name}()")
    blocks = (Block(0, "entry", (op,), meaning.line), Block(1, "exit", (), meaning.line))
    return Function(
        name=meaning.name,
        language=Language.C,
        parameters=(),
        attributes=frozenset(),
        location=Location(meaning.path, meaning.line),
        end_line=meaning.line,
        presence=meaning.presence,
        locals=frozenset(),
        cfg=CFG(blocks, (Edge(0, 1),), 0, 1),
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
