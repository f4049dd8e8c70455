"""Code as control flow, for C and assembly alike, without any rule.

A function is a graph of blocks; a block is a sequence of operations in evaluation order; an
operation holds an expression. Not modelled: values (other than by name), aliasing, exceptions
that the hardware raises.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from reviewer.finding import Location
from reviewer.source.conditions import TRUE, Condition


class Language(StrEnum):
    """What a file is written in."""

    C = "c"
    GAS = "gas"


class Kind(StrEnum):
    """The shape of an expression; what `name` and `args` of an Expr hold for it."""

    IDENTIFIER = "identifier"  # name
    NUMBER = "number"  # name: the literal as written
    STRING = "string"  # name: the text between the quotes, adjacent literals joined
    CALL = "call"  # args[0] the callee, the rest its arguments
    MEMBER = "member"  # name the field, args[0] the object: o.f
    ARROW = "arrow"  # name the field, args[0] the pointer: p->f
    INDEX = "index"  # args: array, index
    UNARY = "unary"  # name the operator (prefix; p++ and p-- as "post++", "post--")
    BINARY = "binary"  # name the operator
    ASSIGN = "assign"  # name the operator (=, +=, ...)
    CONDITIONAL = "conditional"  # args: condition, then, else
    CAST = "cast"  # name the type as written, args[0]
    COMMA = "comma"
    SIZEOF = "sizeof"  # sizeof, typeof, _Alignof, offsetof: never evaluated
    STATEMENT = "statement"  # a statement expression ({ ... }); its effects are operations
    INITIALIZER = "initializer"  # { ... }; args with name "field" wrapped in FIELD
    FIELD = "field"  # .name = args[0]
    ASM = "asm"  # name: the template, lines joined by newline; args: operands
    INSTRUCTION = "instruction"  # one machine instruction: name the mnemonic, args the operands
    REGISTER = "register"  # name, without %
    MEMORY = "memory"  # name: segment register or "", args: displacement, base, index, scale
    TYPE = "type"  # a type name as a macro argument
    UNKNOWN = "unknown"  # name: the source text


class Expr(Struct, frozen=True):
    """An expression as a value; equal expressions are equal values wherever they stand."""

    kind: Kind
    name: str = ""
    args: tuple[Expr, ...] = ()


class Operation(StrEnum):
    """What an operation plainly is; the last name of every event."""

    CALL = "call"
    LOAD = "load"
    STORE = "store"
    ASM = "asm"
    INSTRUCTION = "instruction"
    RETURN = "return"
    DECLARE = "declare"


class Op(Struct, frozen=True):
    """One operation: `line` counts from 1 in the file, `text` is its source, white space folded.

    CALL: `expr` is the call. LOAD: a read of an identifier that is neither a parameter nor a
    local, or of a member through one. STORE: `expr` is the assignment (or ++, --).
    ASM: an inline asm statement. INSTRUCTION: one instruction of an assembly file.
    `indirect` marks a call through a pointer (a local, a parameter, a member, a dereference).
    `macro_line` is the line inside the macro that spells it when a macro of an assembly file or
    of a header of it was expanded; `line` is then that of the outermost use. 0 elsewhere.
    """

    operation: Operation
    expr: Expr
    line: int
    text: str
    indirect: bool = False
    macro_line: int = 0


class Flow(StrEnum):
    """Why control goes along an edge."""

    NEXT = "next"
    TRUE = "true"
    FALSE = "false"
    CASE = "case"
    GOTO = "goto"
    BACK = "back"
    PRESENCE = "presence"


class Edge(Struct, frozen=True):
    """Control passes from block `source` to block `target`.

    `guard` is the branch condition for TRUE and FALSE (short-circuit operators already split
    into branches of their own), the case label's expression for CASE. `presence` is the
    preprocessor condition for PRESENCE edges, TRUE elsewhere.
    """

    source: int
    target: int
    flow: Flow = Flow.NEXT
    guard: Expr | None = None
    presence: Condition = TRUE
    line: int = 0


class Block(Struct, frozen=True):
    """Straight-line code; `kind` names where it came from (`entry`, `if.then`, `loop.head`)."""

    id: int
    kind: str
    ops: tuple[Op, ...]
    line: int


class CFG(Struct, frozen=True):
    """Blocks by id (`blocks[i].id == i`), edges, the entry block and the exit block.

    Every return leads to `exit`; a call that does not return has no edge out of its block.
    Blocks that nothing reaches are kept: dead code is code.
    """

    blocks: tuple[Block, ...]
    edges: tuple[Edge, ...]
    entry: int
    exit: int


class Parameter(Struct, frozen=True):
    """A parameter of a function: its name and its type as written."""

    name: str
    type: str


class Function(Struct, frozen=True):
    """A function definition with its graph.

    `attributes` are the specifiers and attribute macros before its name, as written (`static`,
    `inline`, `__always_inline`, `noinstr`, `__noreturn`); of one in assembly the macros that begin
    and annotate it, and its section. `presence` is the condition of the
    definition. `locals` are the names of parameters and local variables. `flattened` are lines of
    code that is nested too deep: of it only the calls are kept, one after the other.
    """

    name: str
    language: Language
    parameters: tuple[Parameter, ...]
    attributes: frozenset[str]
    location: Location
    end_line: int
    presence: Condition
    locals: frozenset[str]
    cfg: CFG
    flattened: tuple[int, ...] = ()


class Macro(Struct, frozen=True):
    """A `#define`: `parameters` is None for an object-like macro; `body` has its lines joined."""

    name: str
    parameters: tuple[str, ...] | None
    body: str
    line: int
    presence: Condition


class VariableKind(StrEnum):
    """One for all CPUs, or one for each."""

    GLOBAL = "global"
    PER_CPU = "per-cpu"


class Variable(Struct, frozen=True):
    """A file-scope variable or per-CPU variable, defined or only declared."""

    name: str
    type: str
    kind: VariableKind
    line: int
    definition: bool
    attributes: frozenset[str]
    presence: Condition
    initializer: Expr | None = None
