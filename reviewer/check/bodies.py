"""The functions and macros that a file shows or includes, as event graphs on demand.

A macro is read as a function of its replacement list, so its arguments count where they are
written and its body at the line of its `#define`. What included files define is seen where the
tree is at hand; a function that they only declare is a body that does nothing but call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from reviewer.check.body import Body, Use, body_of, expandable, inlining, used
from reviewer.check.stand_in import as_function, calling, opaque, through_pointers
from reviewer.event.extract import NO_CALLEES, Callee, Inlining, extract
from reviewer.event.match import Matcher
from reviewer.event.types import Event, EventGraph
from reviewer.rule.types import Plain
from reviewer.source.asm_text import operand
from reviewer.source.conditions import disjoin, negate, satisfiable
from reviewer.source.index.definition import declared
from reviewer.source.resolve.expand import expand, hangs_on_names
from reviewer.source.resolve.pointers import Target, called_by, targets
from reviewer.source.resolve.sight import Form, Meaning, Sight
from reviewer.source.types import (
    Expr,
    Function,
    Kind,
    Language,
    Macro,
    Operation,
)
from reviewer.source.unit import Definition, Unit

__all__ = ["Bodies", "Body", "holds"]


class Bodies(Struct, eq=False, dict=True):
    """Every body of a unit by name; `graph` lowers and names its events once.

    `sight` resolves the names that the unit does not define, None where there is no tree and for
    assembly, to which they are symbols. `headers` are known to be included where there is no tree.
    """

    unit: Unit
    matcher: Matcher
    sight: Sight | None = None
    headers: tuple[Bodies, ...] = ()
    _graphs: dict[Body, EventGraph | None] = field(default_factory=dict)
    _uses: dict[Use, Body] = field(default_factory=dict)
    _made: dict[tuple[Body, tuple[Expr, ...]], Body] = field(default_factory=dict)
    _homes: dict[str, Bodies] = field(default_factory=dict)
    _files: dict[str, Bodies] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Body, ...]]:
        """Definitions of each name, in the order of the file."""
        found: dict[str, list[Body]] = {}
        for body in self._all():
            found.setdefault(body.name, []).append(body)
        return {name: tuple(bodies) for name, bodies in found.items()}

    @cached_property
    def _pointers(self) -> frozenset[str]:
        """Variables of the file a call of which is one through a pointer."""
        return frozenset(each.name for each in self.unit.variables if "*" in each.type)

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
            if not isinstance(meaning.source, Macro) or called or expandable(meaning.source)
        )

    def _use(self, use: Use) -> Body:
        found = self._uses.get(use)
        if found is None:
            found = self._uses[use] = used(use)
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
        arguments = event.op.expr.args[1:] if called else ()
        if bodies is None:
            return self._in_headers(event) or self._foreign(event.callee, arguments, called=called)
        own = tuple(
            self._pasted(body, arguments) for body in bodies if body.takes_arguments is called
        )
        return (*own, *self._declared(event.callee, own)) if called else own

    def _in_headers(self, event: Event) -> tuple[Body, ...]:
        """The inline functions of the headers that the event calls."""
        found: list[Body] = []
        for header in self.headers:
            for body in header.by_name.get(event.callee, ()):
                if body.is_static and event.op.operation is Operation.CALL:
                    self._graphs[body] = header.graph(body)
                    found.append(body)
        return tuple(found)

    def _pasted(self, body: Body, arguments: tuple[Expr, ...]) -> Body:
        """The body as these arguments make it: of a macro that pastes or calls them."""
        macro = body.source
        if not isinstance(macro, Macro) or not hangs_on_names(macro):
            return body
        key = (body, arguments)
        if key not in self._made:
            made = expand(macro, arguments)
            source = replace(macro, parameters=made.locals, body=made.text) if made else macro
            self._made[key] = body_of(source, body.inlining, body.text)
        return self._made[key]

    def _declared(self, name: str, own: tuple[Body, ...]) -> tuple[Body, ...]:
        """The external function that is called where none of the file's macros stands for it."""
        if not own or not all(body.is_macro for body in own):
            return ()
        rest = negate(disjoin(body.presence for body in own))
        line = declared(self.unit.file.text, name) if satisfiable(rest) else 0
        if not line:
            return ()
        return (self._use(Use(Meaning(name, Form.EXTERN, self.unit.path, line, rest), ())),)

    def abroad(self, name: str) -> tuple[tuple[Bodies, Body], ...]:
        """The function's definitions in other files, each with all the bodies that file sees."""
        if self.sight is None or not name:
            return ()
        homes = [self._home(self.sight, path) for path in self.sight.defining(name)]
        return tuple(
            (home, body)
            for home in homes
            for body in home._foreign(name, (), called=True)
            if body.foreign and body.path == home.unit.path
        )

    def pointed_to(self, body: Body, event: Event) -> tuple[Target, ...]:
        """The functions that a call through a pointer, or one that is patched, may reach."""
        graph = self.graph(body)
        if self.sight is None or graph is None:
            return ()
        match event.op.operation:
            case Operation.CALL if Plain.INDIRECT in event.names:
                return targets(self.sight, graph.function, event.op.expr.args[0])
            case Operation.CALL if called_by(event.callee):
                return targets(self.sight, graph.function, event.op.expr)
            case Operation.ASM:
                called = dict(event.bindings).get("subject")
                if called is None:
                    return ()
                pointer = operand(event.op.expr, called)
                found = targets(self.sight, graph.function, pointer)
                return tuple(target for target in found if target.name != event.subject)
            case _:
                return ()

    def in_file(self, path: str, name: str) -> tuple[tuple[Bodies, Body], ...]:
        """What the name of a function stands for in that file, each with what is seen there."""
        if self.sight is None:
            return ()
        home = self._home(self.sight, path)
        own = tuple((home, body) for body in home._foreign(name, (), called=True))
        return tuple(each for each in own if not each[1].is_external) or home.abroad(name)

    def _home(self, sight: Sight, path: str) -> Bodies:
        """The bodies that another file sees; graphs and further files are shared."""
        if path not in self._homes:
            unit, seen = sight.of_file(path)
            self._homes[path] = Bodies(
                unit, self.matcher, seen, _graphs=self._graphs, _homes=self._homes
            )
        return self._homes[path]

    def files_defining(self, name: str) -> tuple[tuple[Bodies, Body], ...]:
        """The function's definitions in other files, each with the bodies of its whole file."""
        if self.sight is None or not name:
            return ()
        homes = [self.file(path) for path in self.sight.defining(name, headers=True)]
        return tuple(
            (home, body)
            for home in homes
            for body in home.by_name.get(name, ())
            if body.is_function
        )

    def file(self, path: str) -> Bodies:
        """The bodies of a whole other file; graphs and further files are shared."""
        self._files.setdefault(self.unit.path, self)
        if path not in self._files:
            if self.sight is None:
                raise AssertionError(f"{path} was asked for without a tree")
            unit, seen = self.sight.of_file(path, shown=True)
            self._files[path] = Bodies(
                unit, self.matcher, seen, _graphs=self._graphs, _files=self._files
            )
        return self._files[path]

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
            if function is not None:
                function = through_pointers(function, self._pointers)
                function = self.sight.settled(function) if self.sight else function
            callees = NO_CALLEES if body.is_external else self.callees
            graph = extract(function, self.matcher, callees) if function else None
            self._graphs[body] = opaque(graph) if graph and body.is_external else graph
        return self._graphs[body]

    def events(self, body: Body) -> Iterator[Event]:
        """The events of a function or macro, block by block; none where it has no graph."""
        graph = self.graph(body)
        return iter(()) if graph is None else graph.events

    def functions(self) -> Iterator[Body]:
        """The functions of the file, without its macros."""
        return (body for found in self.by_name.values() for body in found if body.is_function)

    def event(self, body: Body, block: int, index: int) -> Event:
        """The event at a place of a body that was looked into."""
        graph = self.graph(body)
        if graph is None:
            raise AssertionError(f"{body.name} was searched without a graph")
        return graph.blocks[block][index]

    def reaching(
        self, alternatives: Iterable[frozenset[str]], wanted: Callable[[Event], bool]
    ) -> frozenset[str]:
        """Names of bodies with a wanted event, and of those that use such a name in some way.

        Only bodies that hold all literals of an alternative are looked at for the event.
        """
        reached: dict[str, None] = {}
        for body in self.holding(alternatives):
            if body.name not in reached and self._has(body, wanted):
                reached[body.name] = None
        return self._with_users(reached)

    def using(self, alternatives: Iterable[frozenset[str]]) -> frozenset[str]:
        """Names of bodies that may reach others whose text has all literals of an alternative."""
        return self._with_users({body.name: None for body in self.holding(alternatives)})

    def _with_users(self, reached: dict[str, None]) -> frozenset[str]:
        """The names, and those of the bodies that use them, however indirectly."""
        pending = list(reached)
        while pending:
            for user in self._users.get(pending.pop(), ()):
                if user not in reached:
                    reached[user] = None
                    pending.append(user)
        return frozenset(reached)

    def holding(
        self, alternatives: Iterable[frozenset[str]], *, expanded: bool = False
    ) -> Iterator[Body]:
        """Bodies whose text has all literals of an alternative.

        With `expanded` also those with inline assembly, whose macros may hold more than they show.
        """
        literals = tuple(alternatives)
        for bodies in self.by_name.values():
            for body in bodies:
                if holds(body, literals) or (expanded and b"asm" in body.text):
                    yield body

    @cached_property
    def _users(self) -> Mapping[str, set[str]]:
        """For each name of a body the names of those that use it in some way."""
        users: dict[str, set[str]] = {}
        for name, bodies in self.by_name.items():
            for body in bodies:
                for word in body.words & self.by_name.keys():
                    users.setdefault(word, set()).add(name)
        return users

    def _has(self, body: Body, wanted: Callable[[Event], bool]) -> bool:
        graph = self.graph(body)
        return graph is not None and any(map(wanted, graph.events))

    def _all(self) -> Iterable[Body]:
        for item in self.unit.definitions:
            own = self.unit.text_of(item)
            if self.unit.language is Language.GAS:
                own = _expanded(self.unit.lower(item))
            yield body_of(item, inlining(item), own)
        if self.unit.language is Language.C:
            for macro in self.unit.macros:
                if expandable(macro):
                    yield body_of(macro, Inlining.ALWAYS, macro.body.encode())

    def _function(self, body: Body) -> Function | None:
        match body.source:
            case Definition():
                return self.unit.lower(body.source)
            case Macro():
                return as_function(self.unit.path, body.source)
            case Use(meaning, arguments):
                if meaning.source is None or self.sight is None:
                    return calling(meaning)
                return self.sight.function(meaning, arguments)


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


def holds(body: Body, alternatives: Iterable[frozenset[str]]) -> bool:
    """Whether the body's text has all literals of an alternative."""
    return any(all(item.encode() in body.text for item in each) for each in alternatives)


def _callee(bodies: tuple[Body, ...]) -> Callee:
    order = list(Inlining)
    return Callee(
        max((body.inlining for body in bodies), key=order.index),
        all(body.noreturn for body in bodies),
    )


def _expanded(function: Function) -> bytes:
    """What a function of assembly does: macros spell much of it."""
    lines = (op.text for block in function.cfg.blocks for op in block.ops)
    return "\n".join(lines).encode("utf-8", "surrogateescape")
