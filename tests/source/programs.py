"""Random C programs for tests: their text, and what they do by a reference interpreter.

Statements and expressions are nested tuples that begin with their kind; every call has a name of
its own, so that a branch's value is that of its call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from hypothesis import strategies as st

Tree = tuple[object, ...]

#: Calls after which a run ends.
FUEL = 60

_UNARY = ("!", "sizeof", "likely")
_BINARY = ("&&", "||", "+", "?", ",", "({")


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> Tree:
    """An expression whose leaves are calls, a few of them constants."""
    kind = draw(st.sampled_from(("call", "call", "0", "1", "?:", *_UNARY, *_BINARY)))
    if kind in ("0", "1"):
        return (kind,)
    if kind == "call" or depth == 0:
        return ("call", "")
    count = 3 if kind == "?:" else 2 if kind in _BINARY else 1
    return (kind, *(draw(expressions(depth - 1)) for _ in range(count)))


@st.composite
def statements(draw: st.DrawFn, depth: int = 2) -> Tree:
    """A statement; deep ones hold simple ones only."""
    simple = ("do", "do", "do", "assign", "assign", "return", "break", "continue")
    compound = ("if", "ifelse", "while", "dowhile", "for", "switch", "guard")
    kind = draw(st.sampled_from(simple + compound if depth else simple))
    match kind:
        case "break" | "continue":
            return (kind,)
        case "do" | "assign" | "return":
            return (kind, draw(expressions()))
        case "if" | "while" | "dowhile":
            return (kind, draw(expressions()), draw(blocks(depth - 1)))
        case "ifelse":
            return (kind, draw(expressions()), draw(blocks(depth - 1)), draw(blocks(depth - 1)))
        case "for":
            parts = [draw(expressions(1)) for _ in range(3)]
            return (kind, *parts, draw(blocks(depth - 1)))
        case "switch":
            labels = draw(st.permutations((0, 1, 2, None)))[: draw(st.integers(0, 4))]
            return (kind, tuple((label, draw(blocks(depth - 1))) for label in labels))
        case _:
            return (kind, draw(blocks(depth - 1)))


@st.composite
def blocks(draw: st.DrawFn, depth: int) -> Tree:
    """Up to three statements."""
    return tuple(draw(statements(depth)) for _ in range(draw(st.integers(0, 3))))


def programs() -> st.SearchStrategy[Tree]:
    """Statements whose calls all have different names."""
    return blocks(2).map(lambda block: _sub(_renumbered(block, _numbers())))


def _renumbered(tree: object, counter: Iterator[int]) -> object:
    if not isinstance(tree, tuple):
        return tree
    if tree[:1] == ("call",):
        return ("call", f"c{next(counter)}")
    return tuple(_renumbered(part, counter) for part in tree)


def _numbers() -> Iterator[int]:
    index = 0
    while True:
        yield index
        index += 1


def _sub(tree: object) -> Tree:
    assert isinstance(tree, tuple)
    return tree


def spell(tree: Tree) -> str:
    """An expression as C."""
    parts = [spell(_sub(part)) for part in tree[1:]] if tree[0] != "call" else []
    match tree[0]:
        case "call":
            return f"{tree[1]}()"
        case "&&" | "||" | "+" | "," as sign:
            return f"({parts[0]} {sign} {parts[1]})"
        case "?:":
            return f"({parts[0]} ? {parts[1]} : {parts[2]})"
        case "?":
            return f"({parts[0]} ?: {parts[1]})"
        case "({":
            return f"({{ {parts[0]}; {parts[1]}; }})"
        case "!":
            return f"!{parts[0]}"
        case "sizeof" | "likely" as name:
            return f"{name}({parts[0]})"
        case constant:
            return str(constant)


def write(block: Sequence[object]) -> Iterator[str]:
    """Statements as lines of C."""
    for item in block:
        match _sub(item):
            case ("do", test):
                yield f"{spell(_sub(test))};"
            case ("break" | "continue" as word,):
                yield f"{word};"
            case ("return", test):
                yield f"return {spell(_sub(test))};"
            case ("assign", test):
                yield f"x = {spell(_sub(test))};"
            case ("if", test, body):
                yield f"if ({spell(_sub(test))}) {{"
                yield from write(_sub(body))
                yield "}"
            case ("ifelse", test, body, other):
                yield f"if ({spell(_sub(test))}) {{"
                yield from write(_sub(body))
                yield "} else {"
                yield from write(_sub(other))
                yield "}"
            case ("while", test, body):
                yield f"while ({spell(_sub(test))}) {{"
                yield from write(_sub(body))
                yield "}"
            case ("dowhile", test, body):
                yield "do {"
                yield from write(_sub(body))
                yield f"}} while ({spell(_sub(test))});"
            case ("for", first, test, last, body):
                parts = [spell(_sub(part)) for part in (first, test, last)]
                yield f"for ({parts[0]}; {parts[1]}; {parts[2]}) {{"
                yield from write(_sub(body))
                yield "}"
            case ("switch", cases):
                yield "switch (s()) {"
                for case in _sub(cases):
                    label, body = _sub(case)
                    yield "default:" if label is None else f"case {label}:"
                    yield from write(_sub(body))
                yield "}"
            case ("guard", body):
                yield "scoped_guard(k) {"
                yield from write(_sub(body))
                yield "}"


class Stop(Exception):
    """The trace is long enough."""


class Leave(Exception):
    """Control leaves: break, continue or return."""


@dataclass
class Trace:
    """Calls as they happen; their values come from `choices`, then they are 0."""

    choices: Sequence[int]
    calls: list[str] = field(default_factory=list)

    def call(self, name: str) -> int:
        if len(self.calls) >= FUEL:
            raise Stop
        self.calls.append(name)
        index = len(self.calls) - 1
        value = self.choices[index % len(self.choices)] if index < FUEL // 2 else 0
        return value if name == "s" else value % 2


def value(tree: Tree, trace: Trace) -> int:
    """The reference semantics of an expression."""
    args = [_sub(part) for part in tree[1:]] if tree[0] != "call" else []
    match tree[0]:
        case "call":
            return trace.call(str(tree[1]))
        case "&&":
            return int(bool(value(args[0], trace)) and bool(value(args[1], trace)))
        case "||":
            return int(bool(value(args[0], trace)) or bool(value(args[1], trace)))
        case "+":
            return value(args[0], trace) + value(args[1], trace)
        case "," | "({":
            value(args[0], trace)
            return value(args[1], trace)
        case "!":
            return int(not value(args[0], trace))
        case "?:":
            return value(args[1] if value(args[0], trace) else args[2], trace)
        case "?":
            return value(args[0], trace) or value(args[1], trace)
        case "sizeof":
            return 1
        case "likely":
            return value(args[0], trace)
        case constant:
            return int(str(constant))


def execute(block: Sequence[object], trace: Trace) -> None:
    """The reference semantics of statements."""
    for item in block:
        match _sub(item):
            case ("do" | "assign", test):
                value(_sub(test), trace)
            case ("break" | "continue" as word,):
                raise Leave(word)
            case ("return", test):
                value(_sub(test), trace)
                raise Leave("return")
            case ("if", test, body):
                if value(_sub(test), trace):
                    execute(_sub(body), trace)
            case ("ifelse", test, body, other):
                execute(_sub(body if value(_sub(test), trace) else other), trace)
            case ("while", test, body):
                _loop(partial(value, _sub(test), trace), _sub(body), trace, lambda: 0)
            case ("dowhile", test, body):
                _loop(_after_one(_sub(test), trace), _sub(body), trace, lambda: 0)
            case ("for", begin, test, last, body):
                value(_sub(begin), trace)
                _loop(
                    partial(value, _sub(test), trace),
                    _sub(body),
                    trace,
                    partial(value, _sub(last), trace),
                )
            case ("switch", cases):
                _switch(trace.call("s"), [_sub(case) for case in _sub(cases)], trace)
            case ("guard", body):
                _guarded(_sub(body), trace)


def _after_one(test: Tree, trace: Trace) -> Callable[[], int]:
    """True once, then what `test` is each time."""
    turns = _numbers()
    return lambda: 1 if next(turns) == 0 else value(test, trace)


def _loop(
    test: Callable[[], int], body: Sequence[object], trace: Trace, post: Callable[[], int]
) -> None:
    turns = 0
    while test():
        turns += 1
        if turns > FUEL:
            raise Stop
        try:
            execute(body, trace)
        except Leave as leave:
            if leave.args[0] == "break":
                return
            if leave.args[0] == "return":
                raise
        post()


def _switch(selected: int, cases: list[Tree], trace: Trace) -> None:
    labels = [label for label, _ in cases]
    start = selected if selected in labels else None
    if start not in labels:
        return
    try:
        for _, body in cases[labels.index(start) :]:
            execute(_sub(body), trace)
    except Leave as leave:
        if leave.args[0] != "break":
            raise


def _guarded(body: Sequence[object], trace: Trace) -> None:
    trace.call("scoped_guard")
    try:
        execute(body, trace)
    except Leave as leave:
        trace.call("guard exit")
        if leave.args[0] == "return":
            raise
        return
    trace.call("guard exit")
