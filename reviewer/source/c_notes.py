"""What became of C text that was made fit for tree-sitter-c, and where."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import tree_sitter
from msgspec import Struct

from reviewer.source.conditions import Condition


class Rewrite(StrEnum):
    """What stood where the cleaned text has something else; in brackets what stands there now."""

    LOOP = "loop"  # iterator macro `for_each_cpu(a, b) body` [`while (a, b) body`]
    SCOPED = "scoped"  # `scoped_guard(a, b) body`: body runs once [`while (a, b) body`]
    COND_GUARD = "cond-guard"  # `scoped_cond_guard(a, fail, b) body` [`while (a, 0, b) body`]
    IF_GUARD = "if-guard"  # `if_not_guard(a, b) body` [`if (a, b) body`]
    ASM = "asm"  # asm statement [call `asm("", "=r"(x), "r"(y), "memory", label)`]
    CASE_RANGE = "case-range"  # `case a ... b:` [`case a + b:`], keyed by the operator
    HEADING = "heading"  # `SYSCALL_DEFINE2(f, int, a, long, b)` [`long sys_f()`], keyed by the name
    CLEANUP = "cleanup"  # `__free(kfree)` in a declaration [blanks], keyed by its own start
    TYPE = "type"  # `struct a *` as a macro's argument [identifier `T_________`]
    GOTO = "goto"  # computed `goto *p;` [`return p;`]
    EXIT = "exit"  # `CHECK(x, return y)`, `goto l`, `break` as an argument [`y`, `l`, `0`]
    INVOCATION = "invocation"  # `NAME(args)` at file scope [blanks, or `int x` before `= ...`]


class Note(Struct, frozen=True):
    """One rewritten construct: `name` is the macro as written, `start` and `end` bound it.

    ASM: `start`..`end` is the asm from its keyword to its closing parenthesis (the qualifiers
    `volatile`, `goto`, `inline` are in `original` there); `parts` are the offsets of the opening
    parenthesis, of each `:` that separates a section, and of the closing parenthesis. The
    template is `plain[parts[0] + 1 : parts[1]]`; an argument node that starts between
    `parts[1]` and `parts[2]` is an output, then inputs, clobbers, goto labels. In the parse an
    operand `[name] "=r" (x)` is a call whose function is the string; the template is `""` and
    the callee `ASM`.
    COND_GUARD: `parts` bound the statement that runs on failure.
    INVOCATION: `parts` are the offsets of the parentheses.
    HEADING: `parameters` are (type, name) of the function that the macro defines, without
    attributes.
    """

    rewrite: Rewrite
    name: str
    start: int
    end: int
    parts: tuple[int, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


class Cleaned(Struct, frozen=True):
    """Three texts of equal length with newlines at the same places, and notes by byte offset.

    `original` is the file. `plain` is the same without comments, directives and the arms that
    were not chosen (blanks instead), every string and macro as written: read names, strings and
    texts to show from it. `text` is what is parsed: contents of strings are filled, attributes
    blanked, macros rewritten. Directives that nest well around whole statements of a function
    stand in `text` (not in `plain`), so the parse has `preproc_if` and `preproc_ifdef` nodes there.
    """

    text: bytes
    plain: bytes
    original: bytes
    notes: Mapping[int, Note]

    def read(self, node: tree_sitter.Node) -> str:
        """The source of a node, white space folded, comments and directives left out."""
        return " ".join(
            self.plain[node.start_byte : node.end_byte].decode("utf-8", "replace").split()
        )


class Variant(Struct, frozen=True):
    """A function with one choice among arms that split a construct.

    `node` is its `function_definition`, parsed from `source.text`; `condition` is the choice,
    TRUE where the function has no such arms. The condition of the definition is not in it.
    """

    node: tree_sitter.Node
    source: Cleaned
    condition: Condition
