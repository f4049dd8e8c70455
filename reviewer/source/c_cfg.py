"""C functions as control-flow graphs.

`lower` takes the function_definition nodes that tree-sitter made of one definition (several where
an `#if` splits a construct) and gives one Function. Every path that some configuration and some
input can take is in its graph; constants make no false branches. The blocks of code that cannot
be reached are kept.

Guards of TRUE and FALSE edges are without the `!` around them: `if (!a) b();` has `b()` behind
FALSE of `a`. A CASE edge without a guard is `default`, or past a switch that has none. Exits of
`guard()`, `__free()` and their kin are CALLs of `guard exit` wherever control leaves the scope.

Not modelled: what `setjmp` and its kin do; exits of guards on the way of a computed or asm goto;
what a macro does. Code nested deeper than MAX_DEPTH is kept only as the calls in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.finding import Location
from reviewer.source.c_declare import parameters
from reviewer.source.c_notes import Variant
from reviewer.source.c_statements import Statements
from reviewer.source.cfg_builder import GraphBuilder
from reviewer.source.conditions import TRUE
from reviewer.source.types import Flow, Function, Language, Parameter
from reviewer.source.unit import Definition


def lower(
    definition: Definition,
    variants: Sequence[Variant],
    path: str,
    noreturn: frozenset[str] = frozenset(),
) -> Function:
    """The function that `definition` locates; `variants` are its parses, at least one.

    A call of a name in `noreturn` has nothing after it. Several variants are joined at the entry
    by PRESENCE edges with their conditions.
    """
    graph = GraphBuilder(definition.line, definition.end_line)
    found: tuple[Parameter, ...] = ()
    names: set[str] = set()
    for variant in variants:
        if variant.condition != TRUE or len(variants) > 1:
            block = graph.block("variant", definition.line)
            graph.link(graph.entry, block, Flow.PRESENCE, None, variant.condition, definition.line)
            graph.move(block)
        found = found or parameters(variant.node, variant.source)
        names |= _lower_variant(graph, variant, noreturn)
    return Function(
        name=definition.name,
        language=Language.C,
        parameters=found,
        attributes=definition.attributes,
        location=Location(path, definition.line),
        end_line=definition.end_line,
        presence=definition.presence,
        locals=frozenset(names),
        cfg=graph.graph(),
        flattened=tuple(dict.fromkeys(graph.flattened)),
    )


def _lower_variant(graph: GraphBuilder, variant: Variant, noreturn: frozenset[str]) -> set[str]:
    """Lowers one parse from the cursor to the exit; the names that are local in it."""
    names = [item.name for item in parameters(variant.node, variant.source) if item.name]
    code = Statements(graph, variant.node, variant.source, names, noreturn)
    body = variant.node.child_by_field_name("body")
    if body is not None:
        code.statement(body)
    graph.goto(graph.exit)
    code.labels.finish()
    return code.scopes.locals
