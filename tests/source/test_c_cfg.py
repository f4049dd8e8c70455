from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.patch.types import SourceFile
from reviewer.source.c import read
from reviewer.source.conditions import Atom, negate
from reviewer.source.format import format
from reviewer.source.types import CFG, Edge, Expr, Flow, Function, Kind, Operation, Parameter
from tests.source.lowering import lower_body, lower_text, lower_variants, paths, reachable, variant
from tests.source.programs import FUEL, Leave, Stop, Trace, Tree, execute, programs, write


def test_a_function_is_described() -> None:
    function = lower_text("static int f(struct s *p, int (*cb)(int), ...)\n{\n\tint x;\n}\n")
    assert function.name == "f"
    assert function.parameters == (
        Parameter("p", "struct s *"),
        Parameter("cb", "int (*)(int)"),
        Parameter("...", ""),
    )
    assert function.locals >= {"p", "cb", "x"}
    assert (function.location.path, function.location.line, function.end_line) == ("f.c", 1, 4)


def test_a_function_without_parameters() -> None:
    assert lower_text("void f(void)\n{\n}\n").parameters == ()


def test_variants_are_joined_at_the_entry() -> None:
    atom = Atom("CONFIG_A")
    function = lower_variants(
        variant("void f(int a)\n{\nif (a)\ng();\n}\n", condition=atom),
        variant("void f(int a)\n{\nif (!a)\ng();\n}\n", condition=negate(atom)),
    )
    assert paths(function) == [
        "#!CONFIG_A +a",
        "#!CONFIG_A -a g()",
        "#CONFIG_A +a g()",
        "#CONFIG_A -a",
    ]


def test_lowering_twice_gives_the_same() -> None:
    text = "for (;;) { if (a && g()) goto out; switch (b) { case 1: continue; } } out: h();"
    assert format(lower_body(text)) == format(lower_body(text))


def walk(graph: CFG, trace: Trace) -> None:
    """Runs the graph as the types say it is to be read."""
    results: dict[str, int] = {}
    block, last, steps = graph.entry, 0, 0
    while block != graph.exit:
        steps += 1
        if steps > 100 * FUEL:
            raise Stop
        for op in graph.blocks[block].ops:
            if op.operation is Operation.CALL and op.expr.args[0].name != "likely":
                name = op.expr.args[0].name
                last = results[name] = trace.call(name)
        leaving = [edge for edge in graph.edges if edge.source == block]
        block = _follow(leaving, results, last).target


def _follow(leaving: list[Edge], results: dict[str, int], selected: int) -> Edge:
    fallback: Edge | None = None
    for edge in leaving:
        match edge.flow:
            case Flow.TRUE | Flow.FALSE:
                assert edge.guard is not None
                if bool(known(edge.guard, results)) is (edge.flow is Flow.TRUE):
                    return edge
            case Flow.CASE if edge.guard is not None:
                if int(edge.guard.name) == selected:
                    return edge
            case _:
                assert fallback is None, "two ways without a condition"
                fallback = edge
    assert fallback is not None, "no way on"
    return fallback


def known(expr: Expr, results: dict[str, int]) -> int:
    """The value of a guard, every call in it having been made."""
    match expr:
        case Expr(Kind.CALL, _, (callee, *rest)):
            return known(rest[0], results) if callee.name == "likely" else results[callee.name]
        case Expr(Kind.NUMBER, name):
            return int(name)
        case Expr(Kind.SIZEOF):
            return 1
        case Expr(Kind.UNARY, "!", (operand,)):
            return int(not known(operand, results))
        case Expr(Kind.BINARY, "&&", (left, right)):
            return int(bool(known(left, results)) and bool(known(right, results)))
        case Expr(Kind.BINARY, "||", (left, right)):
            return int(bool(known(left, results)) or bool(known(right, results)))
        case Expr(Kind.BINARY, "+", (left, right)):
            return known(left, results) + known(right, results)
        case Expr(Kind.CONDITIONAL, _, (test, then, other)):
            return known(then if known(test, results) else other, results)
        case Expr(Kind.COMMA | Kind.STATEMENT, _, (*_, last)):
            return known(last, results)
    raise AssertionError(expr)


def observed(run: Callable[[Trace], None], choices: Sequence[int]) -> list[str]:
    trace = Trace(choices)
    with suppress(Stop, Leave):
        run(trace)
    return trace.calls


def lower_program(program: Tree) -> Function:
    return lower_body("\n".join(write(program)))


@given(programs(), st.lists(st.integers(0, 3), min_size=1, max_size=12))
@settings(max_examples=300, deadline=None)
def test_the_graph_does_what_the_program_does(program: Tree, choices: list[int]) -> None:
    function = lower_program(program)
    expected = observed(lambda trace: execute(program, trace), choices)
    assert observed(lambda trace: walk(function.cfg, trace), choices) == expected


def count_calls(tree: object) -> int:
    """Calls outside of unevaluated operands."""
    if not isinstance(tree, tuple) or tree[:1] == ("sizeof",):
        return 0
    own = tree[:1] in (("call",), ("likely",), ("switch",), ("guard",))
    return own + sum(count_calls(part) for part in tree)


@given(programs())
@settings(max_examples=100, deadline=None)
def test_every_call_is_an_operation_once(program: Tree) -> None:
    function = lower_program(program)
    found = [
        op
        for item in function.cfg.blocks
        for op in item.ops
        if op.operation is Operation.CALL and op.expr.args[0].name != "guard exit"
    ]
    assert len(found) == count_calls(program)


@given(programs())
@settings(max_examples=100, deadline=None)
def test_graphs_are_well_formed(program: Tree) -> None:
    function = lower_program(program)
    well_formed(function.cfg)


def well_formed(graph: CFG) -> None:
    size = len(graph.blocks)
    assert [block.id for block in graph.blocks] == list(range(size))
    assert all(0 <= edge.source < size and 0 <= edge.target < size for edge in graph.edges)
    assert not [edge for edge in graph.edges if edge.source == graph.exit]
    assert not [edge for edge in graph.edges if edge.target == graph.entry]
    assert graph.entry in reachable(graph)


WORDS = """
if else while do for switch case default goto break continue return int struct sizeof typeof asm
guard scoped_guard for_each_cpu x y f g ( ) { } [ ] ; : , = == + - * & && || ! ? . -> ... "s" 1 0
__free(kfree) ({ }) /* */ // @
"""
TOKENS = (*WORDS.split(), "\\", "\0", "\n#if A\n", "\n#else\n", "\n#endif\n", "\n#ifdef B\n")


@given(st.lists(st.sampled_from(TOKENS), max_size=60))
@settings(max_examples=300, deadline=None)
def test_nothing_raises_on_a_soup_of_tokens(tokens: list[str]) -> None:
    try:
        function = lower_body(" ".join(tokens))
    except LookupError:
        return
    well_formed(function.cfg)
    format(function)


@pytest.mark.real
@pytest.mark.parametrize(
    "tree", ["REVIEWER_KERNEL_6_1", "REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7"]
)
def test_every_function_of_a_kernel_architecture_is_lowered(tree: str) -> None:
    root = os.environ.get(tree)
    if root is None:
        pytest.skip(f"{tree} is not set")
    count = 0
    for path in sorted(Path(root, "arch/x86/kernel").rglob("*.c")):
        unit = read(SourceFile(path.name, path.read_bytes()))
        for definition in unit.definitions:
            well_formed(unit.lower(definition).cfg)
            count += 1
    assert count > 3000
