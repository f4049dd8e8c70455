"""The control-flow graph of a function in assembly.

Blocks end at labels, jumps and conditionals. A conditional jump is no operation of its own: it
is the guard of its TRUE and FALSE edges, and what set the flags stays in the block before. A jump
or a fall into another symbol is a tail call: CALL, then the exit. `hlt` goes on, `ud2` does not.
Each arm of an undecided conditional is entered by a PRESENCE edge, each arm of ALTERNATIVE by a
TRUE or FALSE edge whose guard names the feature.

A jump through a register, or a return, whose target is an address that the same straight line of
code has taken goes there; others leave the function. Code that an instruction may fault in goes on
at the fix-up that the file gives for it, from the end of its block. Not modelled: jump tables,
other exceptions, code that is patched while it runs except ALTERNATIVE.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from reviewer.source.cfg_builder import GraphBuilder
from reviewer.source.conditions import FALSE, TRUE, Condition
from reviewer.source.gas_cpp import Branch, Step
from reviewer.source.gas_flow import Addresses, Transfer, mnemonic, target, transfer
from reviewer.source.gas_items import Item, ItemKind, Stream
from reviewer.source.gas_labels import Labels
from reviewer.source.gas_operands import head, operands, statement
from reviewer.source.types import CFG, Block, Edge, Expr, Flow, Kind, Op, Operation

#: Macros for an entry of the table of exceptions: where it happens, and where to go.
_FIX_UP = "_ASM_EXTABLE"


class Symbol(Struct, frozen=True):
    """A function that code falls into: its name, the text and line of its begin, its last item."""

    name: str
    text: str
    line: int
    end: int


class Surroundings(Struct, frozen=True):
    """What a function's graph needs to know of the rest of the file and of the world.

    `known` says whether a name is a function of the file; `follower` is the symbol that code
    which runs off the end falls into; `nested` are functions whole inside this one, by the item
    they begin at: they are left out.
    """

    known: Callable[[str], bool]
    noreturn: frozenset[str]
    follower: Symbol | None
    nested: Mapping[int, Symbol]


def build(
    items: Sequence[Stream], start: int, end: int, end_line: int, around: Surroundings
) -> tuple[CFG, dict[str, int]]:
    """The graph of the items from `start` to `end`, and the block of each named label."""
    return _Lowering(items, start, end, end_line, around).run()


def entered_at(graph: CFG, entry: int) -> CFG:
    """The part of a graph that is reached from another entry, renumbered."""
    order = _reachable(graph, entry)
    order = [entry, *(block for block in order if block not in (entry, graph.exit)), graph.exit]
    number = {old: new for new, old in enumerate(order)}
    blocks = tuple(
        Block(number[old], graph.blocks[old].kind, graph.blocks[old].ops, graph.blocks[old].line)
        for old in order
    )
    edges = tuple(
        Edge(
            number[edge.source],
            number[edge.target],
            edge.flow,
            edge.guard,
            edge.presence,
            edge.line,
        )
        for edge in graph.edges
        if edge.source in number and edge.target in number
    )
    return CFG(blocks, edges, 0, number[graph.exit])


def _reachable(graph: CFG, entry: int) -> list[int]:
    after: dict[int, list[int]] = {}
    for edge in graph.edges:
        after.setdefault(edge.source, []).append(edge.target)
    seen = {entry}
    pending = [entry]
    while pending:
        for following in after.get(pending.pop(), ()):
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return sorted(seen)


class _Fork(Struct):
    """A conditional being followed: the block before it, and the ends of its arms."""

    before: int | None
    guard: Expr | None
    ends: list[int]


class _Lowering:
    def __init__(
        self, items: Sequence[Stream], start: int, end: int, end_line: int, around: Surroundings
    ) -> None:
        first = items[start]
        self._line = first.line
        self._graph = GraphBuilder(first.line, end_line)
        self._items = items
        self._start, self._end = start, end
        self._around = around
        self._section = first.section if isinstance(first, Item) else ""
        self._forks: list[_Fork] = []
        self._open: dict[str, int | None] = {}
        self._index = start
        own = (pair for pair in self._own() if pair[0] not in around.nested)
        self._labels = Labels(own, start, self._graph)
        self._addresses = Addresses(lambda name: name[0].isdigit() or around.known(name))

    def run(self) -> tuple[CFG, dict[str, int]]:
        for index, item in self._own():
            self._index = index
            if isinstance(item, Branch):
                self._branch(item, index)
            elif index in self._around.nested:
                self._fall(self._around.nested[index])
            else:
                self._item(item)
        while self._forks:
            self._join(FALSE, 0)
        self._finish()
        return self._graph.graph(), self._labels.entries()

    def _own(self) -> Iterator[tuple[int, Stream]]:
        """The items that are this function's, and of each nested function the first."""
        index = self._start
        while index < self._end:
            yield index, self._items[index]
            nested = self._around.nested.get(index)
            index = max(nested.end if nested else 0, index + 1)

    def _item(self, item: Item) -> None:
        if item.section != self._section:
            self._switch(item.section)
        match item.kind:
            case ItemKind.CODE:
                self._code(item)
            case ItemKind.DATA:
                word, rest = head(item.text)
                self._emit(Expr(Kind.INSTRUCTION, word, operands(rest)), item)
            case ItemKind.NOTE if item.by.startswith(_FIX_UP):
                self._fix_up(item)
            case ItemKind.LABEL | ItemKind.INNER | ItemKind.START if self._index > self._start:
                self._graph.proceed(self._labels.block(self._index))
                self._addresses.forget()
            case _:
                pass

    def _fix_up(self, item: Item) -> None:
        """An instruction that faults goes on where the table of exceptions says."""
        places = statement(item.text).args[:2]
        if len(places) == 2:
            for fault in self._labels.targets(places[0], self._index):
                for target_ in self._labels.targets(places[1], self._index):
                    self._graph.link(fault.block, target_.block, Flow.GOTO, line=item.line)

    def _switch(self, section: str) -> None:
        """Leaves the code of one section where it is and goes on in that of another."""
        self._open[self._section] = self._graph.cursor if self._graph.live else None
        back = self._open.get(section)
        if back is None:
            self._graph.stop()
        else:
            self._graph.move(back)
        self._section = section

    def _emit(self, expr: Expr, item: Item) -> None:
        self._graph.emit(
            Op(Operation.INSTRUCTION, expr, item.line, item.text, False, item.macro_line)
        )

    def _code(self, item: Item) -> None:
        expr, way = _decoded(item.text)
        match way:
            case Transfer.NEXT:
                self._emit(expr, item)
                self._addresses.follow(expr)
            case Transfer.CALL:
                self._call(expr, item)
            case Transfer.JUMP:
                self._jump(expr, item)
            case Transfer.BRANCH:
                self._conditional(expr, item)
            case Transfer.RETURN:
                self._return(expr, item)
            case Transfer.STOP:
                self._emit(expr, item)
                self._graph.stop()

    def _call(self, expr: Expr, item: Item) -> None:
        callee, indirect = target(expr)
        self._emit_call(callee, item, indirect=indirect)
        inside = self._labels.targets(callee, self._index)
        if inside:
            for place in inside:
                self._graph.jump(place.block, Flow.GOTO, line=item.line)
            self._graph.proceed(self._graph.block("call.next", item.line))
        elif callee.kind is Kind.IDENTIFIER and callee.name in self._around.noreturn:
            self._graph.stop()
        self._addresses.forget()

    def _emit_call(self, callee: Expr, item: Item, *, indirect: bool) -> None:
        call = Expr(Kind.CALL, args=(callee,))
        self._graph.emit(Op(Operation.CALL, call, item.line, item.text, indirect, item.macro_line))

    def _jump(self, expr: Expr, item: Item) -> None:
        place, indirect = target(expr)
        if indirect and place.kind is Kind.REGISTER and (label := self._addresses.held(place.name)):
            place = Expr(Kind.IDENTIFIER, label)
        self._leave(place, item, indirect=indirect)

    def _leave(self, place: Expr, item: Item, *, indirect: bool) -> None:
        """Goes to a place: inside the function by an edge, elsewhere by a tail call."""
        if _is_here(place):
            self._graph.proceed(self._graph.block("self", item.line))
            self._graph.goto(self._graph.cursor, Flow.BACK, item.line)
        elif inside := self._labels.targets(place, self._index):
            for label in inside:
                flow = Flow.BACK if label.index <= self._index else Flow.GOTO
                self._graph.jump(label.block, flow, line=item.line)
            self._graph.stop()
        elif not _is_next(place):
            self._emit_call(place, item, indirect=indirect)
            self._graph.goto(self._graph.exit, line=item.line)
        self._addresses.forget()

    def _conditional(self, expr: Expr, item: Item) -> None:
        if mnemonic(expr.name).startswith(("loop", "xbegin")):
            self._emit(expr, item)
        place, _ = target(expr)
        inside = self._labels.targets(place, self._index)
        for label in inside:
            self._graph.jump(label.block, Flow.TRUE, expr, line=item.line)
        following = self._graph.block("jump.next", item.line)
        if not inside and not _is_next(place):
            away = self._graph.block("jump.away", item.line)
            self._graph.jump(away, Flow.TRUE, expr, line=item.line)
            self._graph.jump(following, Flow.FALSE, expr, line=item.line)
            self._graph.move(away)
            self._emit_call(place, item, indirect=False)
            self._graph.goto(self._graph.exit, line=item.line)
        else:
            self._graph.jump(following, Flow.FALSE, expr, line=item.line)
        self._graph.move(following)

    def _return(self, expr: Expr, item: Item) -> None:
        label = self._addresses.pushed
        if label and mnemonic(expr.name) != "INTERRUPT_RETURN":
            self._leave(Expr(Kind.IDENTIFIER, label), item, indirect=True)
            return
        self._graph.emit(Op(Operation.RETURN, expr, item.line, item.text, False, item.macro_line))
        self._graph.goto(self._graph.exit, line=item.line)
        self._addresses.forget()

    def _branch(self, branch: Branch, index: int) -> None:
        self._labels.step(branch, index)
        self._addresses.forget()
        match branch.step:
            case Step.IF:
                before = self._graph.cursor if self._graph.live else None
                self._forks.append(_Fork(before, branch.guard, []))
                self._arm(branch, Flow.TRUE)
            case Step.ELSE:
                if not self._forks:
                    self._forks.append(_Fork(None, None, []))
                self._end_arm()
                self._arm(branch, Flow.FALSE)
            case Step.END:
                self._join(branch.condition, branch.line)

    def _arm(self, branch: Branch, taken: Flow) -> None:
        fork = self._forks[-1]
        block = self._graph.block("arm", branch.line)
        if fork.before is not None and branch.condition != FALSE:
            if fork.guard is not None:
                self._graph.link(fork.before, block, taken, fork.guard, TRUE, branch.line)
            else:
                self._graph.link(
                    fork.before, block, Flow.PRESENCE, None, branch.condition, branch.line
                )
            self._graph.move(block)
        else:
            self._graph.stop()

    def _end_arm(self) -> None:
        if self._graph.live:
            self._forks[-1].ends.append(self._graph.cursor)

    def _join(self, none: Condition, line: int) -> None:
        """Ends a conditional; `none` is the condition of taking none of its arms."""
        if not self._forks:
            return
        self._end_arm()
        fork = self._forks.pop()
        if not fork.ends and (fork.before is None or none == FALSE):
            self._graph.stop()
            return
        after = self._graph.block("join", line)
        for end in fork.ends:
            self._graph.link(end, after)
        if fork.before is not None and none != FALSE:
            self._graph.link(fork.before, after, Flow.PRESENCE, None, none, line)
        self._graph.move(after)

    def _finish(self) -> None:
        """Code that runs off the end falls into the symbol that follows."""
        if not self._graph.live:
            return
        last = self._graph.cursor
        graph = self._graph.graph()
        if last not in _reachable(graph, graph.entry):
            return
        if self._around.follower is not None:
            self._fall(self._around.follower)
        else:
            self._graph.goto(self._graph.exit)

    def _fall(self, symbol: Symbol) -> None:
        """Code that another function follows goes on there and does not come back here."""
        if self._graph.live:
            call = Expr(Kind.CALL, args=(Expr(Kind.IDENTIFIER, symbol.name),))
            self._graph.emit(Op(Operation.CALL, call, symbol.line, symbol.text))
            self._graph.goto(self._graph.exit)


@lru_cache(maxsize=1 << 16)
def _decoded(text: str) -> tuple[Expr, Transfer]:
    expr = statement(text)
    return expr, transfer(expr)


def _is_here(place: Expr) -> bool:
    return place == Expr(Kind.IDENTIFIER, ".")


def _is_next(place: Expr) -> bool:
    """A jump over its own bytes, `jmp .+2`, goes to what follows."""
    return place.kind is Kind.BINARY and _is_here(place.args[0])
