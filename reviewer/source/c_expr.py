"""Expressions of C: a tree-sitter node as an Expr, without its effects.

`operands` and `compose` say once what the parts of an expression are and what it makes of them;
`expression` uses them on the whole tree, and the lowering of effects (c_ops) does so step by step.

Parentheses are not kept. `_Generic` is UNKNOWN with its arms as args: which one is selected is not
known without types. Beyond MAX_DEPTH levels an expression is UNKNOWN, so no consumer needs more
stack than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tree_sitter import Node

from reviewer.source.c_lex import unwrapped
from reviewer.source.c_notes import Cleaned, Rewrite
from reviewer.source.types import Expr, Kind

#: Nesting of an Expr, and of the calls that build it.
MAX_DEPTH = 90

#: Longest text kept of a source range: of an operation, or of an UNKNOWN expression.
MAX_TEXT = 200

#: Bytes looked at for such a text; indentation and blanked comments do not count towards it.
_WINDOW = 8 * MAX_TEXT

#: Words that make a macro argument a type where a declaration would need them.
TYPE_WORDS = frozenset(
    {
        "_Bool",
        "bool",
        "char",
        "const",
        "double",
        "enum",
        "float",
        "int",
        "long",
        "short",
        "signed",
        "struct",
        "union",
        "unsigned",
        "void",
        "volatile",
    }
)

#: Operators of the language and its compilers that look like calls and never evaluate operands.
UNEVALUATED = frozenset(
    {
        "_Alignof",
        "_Static_assert",
        "__alignof",
        "__alignof__",
        "__builtin_constant_p",
        "__builtin_offsetof",
        "__builtin_types_compatible_p",
        "__typeof",
        "__typeof__",
        "offsetof",
        "sizeof",
        "typeof",
        "typeof_unqual",
    }
)

Compose = Callable[[Node, Sequence[Expr], Cleaned], Expr]


def read(node: Node, source: Cleaned) -> str:
    """The source of a node, white space folded, cut at MAX_TEXT characters."""
    return read_range(node.start_byte, node.end_byte, source)


def read_range(start: int, end: int, source: Cleaned) -> str:
    """The source between two offsets, white space folded, cut at MAX_TEXT characters."""
    text = source.plain[start : min(end, start + _WINDOW)].decode("utf-8", "replace")
    if "\n" in text:
        text = unwrapped(text)
    return " ".join(text.split())[:MAX_TEXT]


def unknown(node: Node, source: Cleaned, args: Sequence[Expr] = ()) -> Expr:
    """An expression of which only the text is known, and `args` that stand somewhere in it."""
    return Expr(Kind.UNKNOWN, read(node, source), tuple(args))


def strip(node: Node) -> Node:
    """The expression inside parentheses and `__extension__`."""
    while node.type in ("parenthesized_expression", "extension_expression"):
        inside = [child for child in node.named_children if child.type != "comment"]
        if len(inside) != 1 or inside[0].type == "compound_statement":
            break
        node = inside[0]
    return node


def statement_body(node: Node) -> Node | None:
    """The block of a statement expression `({ ... })`, None for anything else."""
    if node.type == "parenthesized_expression" and node.named_child_count:
        inside = node.named_children[0]
        return inside if inside.type == "compound_statement" else None
    return node if node.type == "compound_statement" else None


def statement_value(body: Node) -> Node | None:
    """The expression whose value a statement expression has, None where it has none."""
    last = body.named_children[-1] if body.named_child_count else None
    while last is not None and last.type == "labeled_statement":
        last = last.named_children[-1] if last.named_child_count else None
    if last is None or last.type != "expression_statement" or not last.named_child_count:
        return None
    return last.named_children[0]


def callee_name(node: Node, source: Cleaned) -> str:
    """The name that a call expression calls by, `""` where it calls something else."""
    function = node.child_by_field_name("function")
    if function is None:
        return ""
    function = strip(function)
    return source.read(function) if function.type == "identifier" else ""


def unevaluated(node: Node, source: Cleaned) -> bool:
    """Whether nothing in the expression is evaluated."""
    if node.type == "call_expression":
        return callee_name(node, source) in UNEVALUATED
    return node.type in ("sizeof_expression", "alignof_expression", "offsetof_expression")


def is_type(text: str) -> bool:
    """Whether the text, where an expression should be, can only be a type name."""
    return not text.isidentifier() or text in TYPE_WORDS


#: Kinds of node that are string literals.
STRINGS = ("string_literal", "concatenated_string")

#: Kinds of node whose children are no expressions.
_LEAVES = (
    "char_literal",
    "concatenated_string",
    "enum_specifier",
    "identifier",
    "number_literal",
    "string_literal",
    "struct_specifier",
    "type_descriptor",
    "union_specifier",
)


def operands(node: Node) -> list[Node]:
    """The parts of an expression that are expressions, in source order."""
    fields = _OPERANDS.get(node.type)
    if fields is None:
        return _named(node)
    found = [node.child_by_field_name(name) for name in fields]
    parts = [part for part in found if part is not None]
    if node.type == "call_expression":
        arguments = parts.pop() if parts and parts[-1].type == "argument_list" else None
        parts += _named(arguments) if arguments is not None else []
    if node.has_error:
        parts += [child for child in node.children if child.is_error]
    return parts


def comma_parts(node: Node) -> list[Node]:
    """The expressions that a chain of commas joins."""
    parts: list[Node] = []
    while node.type == "comma_expression":
        found = operands(node)
        if len(found) != 2:
            break
        parts.append(found[0])
        node = found[1]
    return [*parts, node]


def _named(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


_OPERANDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_LEAVES, ()),
    "assignment_expression": ("left", "right"),
    "binary_expression": ("left", "right"),
    "call_expression": ("function", "arguments"),
    "cast_expression": ("value",),
    "compound_literal_expression": ("value",),
    "conditional_expression": ("condition", "consequence", "alternative"),
    "field_expression": ("argument",),
    "initializer_pair": ("value",),
    "pointer_expression": ("argument",),
    "subscript_expression": ("argument", "index"),
    "unary_expression": ("argument",),
    "update_expression": ("argument",),
}

#: Kinds of node whose number of operands does not vary.
_FIXED = _OPERANDS.keys() - {"call_expression", "conditional_expression", *_LEAVES}


def compose(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    """The expression that `node` makes of its operands, given as expressions.

    UNKNOWN for a node with too few or too many of them, which only a syntax error makes.
    """
    kind = node.type
    rule = _COMPOSE.get(kind)
    if rule is None or (kind in _FIXED and len(args) != len(_OPERANDS[kind])):
        return unknown(node, source, args)
    return rule(node, args, source)


def expression(node: Node, source: Cleaned, depth: int = 0) -> Expr:
    """The expression a node stands for; nothing in it is evaluated."""
    node = strip(node)
    if depth > MAX_DEPTH:
        return unknown(node, source)
    body = statement_body(node)
    if body is not None:
        value = statement_value(body)
        args = () if value is None else (expression(value, source, depth + 1),)
        return Expr(Kind.STATEMENT, "", args)
    if unevaluated(node, source):
        return size(node, source, depth)
    parts = [expression(part, source, depth + 1) for part in operands(node)]
    return compose(node, parts, source)


def size(node: Node, source: Cleaned, depth: int) -> Expr:
    """`sizeof x`, `typeof(x)`, `offsetof(t, f)`: name the operator, args its operands."""
    parts = operands(node)
    if node.type == "call_expression":
        name, parts = callee_name(node, source), parts[1:]
    else:
        name = source.read(node.children[0])
    args = tuple(expression(part, source, depth + 1) for part in parts)
    return Expr(Kind.SIZEOF, name, args)


def string_text(node: Node, source: Cleaned) -> str:
    """What adjacent string literals say together; a macro name between them stays as text."""
    if node.type == "string_literal":
        text = source.plain[node.start_byte : node.end_byte].decode("utf-8", "replace")
        return text[text.find('"') + 1 :].removesuffix('"')
    return "".join(
        string_text(part, source) if part.type == "string_literal" else f" {source.read(part)} "
        for part in _named(node)
    )


def operator(node: Node) -> str:
    """The operator of an expression, as written."""
    sign = node.child_by_field_name("operator")
    return "" if sign is None else sign.type


def identifier(node: Node, source: Cleaned) -> Expr:
    """A name: IDENTIFIER, or TYPE where it can only be one."""
    text = source.plain[node.start_byte : node.end_byte].decode("utf-8", "replace")
    if not text.isidentifier():
        text = source.read(node)
    if node.is_missing or not text:
        return Expr(Kind.UNKNOWN)
    note = source.notes.get(node.start_byte)
    known = note is not None and note.rewrite is Rewrite.TYPE
    return Expr(Kind.TYPE if known or is_type(text) else Kind.IDENTIFIER, text)


def _identifier(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return identifier(node, source)


def _literal(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return Expr(Kind.NUMBER, source.read(node))


def _string(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return Expr(Kind.STRING, string_text(node, source))


def _type(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return Expr(Kind.TYPE, read(node, source))


def _call(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    if args and args[0].kind is Kind.STRING:
        return Expr(Kind.FIELD, args[0].name, tuple(args[1:]))
    return Expr(Kind.CALL, "", tuple(args))


def _field(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    field = node.child_by_field_name("field")
    name = "" if field is None else source.read(field)
    kind = Kind.ARROW if operator(node) == "->" else Kind.MEMBER
    return Expr(kind, name, tuple(args))


def _index(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return Expr(Kind.INDEX, "", tuple(args))


def _unary(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    match args:
        case [Expr(Kind.UNARY, "&", (Expr(Kind.IDENTIFIER, name),))] if (
            read(node, source) == f"&&{name}"
        ):
            return Expr(Kind.UNARY, "&&", args[0].args)
    return Expr(Kind.UNARY, operator(node), tuple(args))


def _update(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    sign = operator(node)
    prefix = bool(node.children) and not node.children[0].is_named
    return Expr(Kind.UNARY, sign if prefix else f"post{sign}", tuple(args))


def _binary(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return Expr(Kind.BINARY, operator(node), tuple(args))


def _assign(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return Expr(Kind.ASSIGN, operator(node), tuple(args))


def _comma(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    match args:
        case [first, Expr(Kind.COMMA, _, rest)]:
            return Expr(Kind.COMMA, "", (first, *rest))
    return Expr(Kind.COMMA, "", tuple(args))


def _conditional(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    match args:
        case [condition, otherwise]:
            return Expr(Kind.CONDITIONAL, "", (condition, condition, otherwise))
        case [_, _, _]:
            return Expr(Kind.CONDITIONAL, "", tuple(args))
        case _:
            return unknown(node, source, args)


def _cast(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    target = node.child_by_field_name("type")
    return Expr(Kind.CAST, "" if target is None else read(target, source), tuple(args))


def _initializer(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    return Expr(Kind.INITIALIZER, "", tuple(args))


def _pair(node: Node, args: Sequence[Expr], source: Cleaned) -> Expr:
    designators = node.children_by_field_name("designator")
    names = [source.read(designator) for designator in designators]
    if not names and node.children:
        names = [source.read(node.children[0])]
    return Expr(Kind.FIELD, "".join(names).removeprefix("."), tuple(args))


_COMPOSE: dict[str, Compose] = {
    "assignment_expression": _assign,
    "binary_expression": _binary,
    "call_expression": _call,
    "cast_expression": _cast,
    "char_literal": _literal,
    "comma_expression": _comma,
    "compound_literal_expression": _cast,
    "concatenated_string": _string,
    "conditional_expression": _conditional,
    "false": _literal,
    "field_expression": _field,
    "field_identifier": _identifier,
    "identifier": _identifier,
    "initializer_list": _initializer,
    "initializer_pair": _pair,
    "null": _literal,
    "number_literal": _literal,
    "pointer_expression": _unary,
    "primitive_type": _type,
    "sized_type_specifier": _type,
    "string_literal": _string,
    "struct_specifier": _type,
    "subscript_expression": _index,
    "true": _literal,
    "type_descriptor": _type,
    "type_identifier": _identifier,
    "unary_expression": _unary,
    "union_specifier": _type,
    "update_expression": _update,
}
