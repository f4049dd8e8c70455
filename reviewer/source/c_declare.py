"""Declarations inside C functions: which names they declare, and the parameters of a function."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from reviewer.source.c_expr import read
from reviewer.source.c_notes import Cleaned, Rewrite
from reviewer.source.types import Parameter

_NAMES = ("identifier", "field_identifier", "type_identifier")


def declared_name(declarator: Node) -> Node | None:
    """The name that a declarator declares as a variable; None for a function's prototype."""
    node: Node | None = declarator
    while node is not None and node.type not in _NAMES:
        inner = _inside(node)
        if node.type == "function_declarator" and inner is not None and inner.type in _NAMES:
            return None
        node = inner
    return node


def function_declarator(node: Node) -> Node | None:
    """The declarator with the name and the parameters in a function definition."""
    found: Node | None = node.child_by_field_name("declarator")
    while found is not None:
        inner = _inside(found)
        if found.type == "function_declarator" and (
            inner is None or inner.type != "parenthesized_declarator"
        ):
            return found
        found = inner
    return None


def array_sizes(declarator: Node) -> Iterator[Node]:
    """The expressions between brackets in a declarator."""
    node: Node | None = declarator
    while node is not None and node.type not in _NAMES:
        size = node.child_by_field_name("size")
        if size is not None:
            yield size
        node = _inside(node)


def storage(declaration: Node, source: Cleaned) -> frozenset[str]:
    """The storage classes of a declaration: `static`, `extern`, ..."""
    return frozenset(
        source.read(child)
        for child in declaration.named_children
        if child.type == "storage_class_specifier"
    )


def parameters(function: Node, source: Cleaned) -> tuple[Parameter, ...]:
    """The parameters of a function definition, as written or as its macro defines them."""
    declarator = function_declarator(function)
    if declarator is None:
        return ()
    note = source.notes.get(declarator.start_byte)
    if note is not None and note.rewrite is Rewrite.HEADING:
        return tuple(Parameter(name, text) for text, name in note.parameters)
    found = declarator.child_by_field_name("parameters")
    items = [] if found is None else found.named_children
    return tuple(parameter for item in items if (parameter := _parameter(item, source)) is not None)


def _parameter(node: Node, source: Cleaned) -> Parameter | None:
    match node.type:
        case "parameter_declaration":
            declarator = node.child_by_field_name("declarator")
            name = None if declarator is None else declared_name(declarator)
            text = read(node, source)
            if name is None:
                return Parameter("", text) if text != "void" else None
            spelled = source.read(name)
            return Parameter(spelled, _without_name(node, name, source))
        case "identifier":
            return Parameter(source.read(node), "")
        case "variadic_parameter":
            return Parameter("...", "")
        case _:
            return None


def _without_name(node: Node, name: Node, source: Cleaned) -> str:
    text = (
        source.plain[node.start_byte : name.start_byte]
        + source.plain[name.end_byte : node.end_byte]
    )
    return " ".join(text.decode("utf-8", "replace").split())


def _inside(declarator: Node) -> Node | None:
    inner = declarator.child_by_field_name("declarator")
    if inner is None and declarator.type.endswith("_declarator"):
        inner = next(
            (
                child
                for child in declarator.named_children
                if child.type in _NAMES or child.type.endswith("_declarator")
            ),
            None,
        )
    return inner
