"""Statements that only a macro makes: iterators, guards, declarations, calls without a `;`."""

from __future__ import annotations

import re

from reviewer.source import c_macros as macros
from reviewer.source.c_edit import Notes, argument_spans, fill, preceding, word_before
from reviewer.source.c_heading import variable_name
from reviewer.source.c_layout import BALANCED, Layout
from reviewer.source.c_notes import Note, Rewrite

_REST = rb"(?P<arguments>" + BALANCED + rb")(?=(?P<space>\s*+)[{}\w(*+-])"
#: At the start of a line that has no `;`: the macro governs what follows, or lacks its own.
_GOVERNING = re.compile(
    rb"\n[ \t]*+(?:\}?[ \t]*+else[ \t]++)?+(?P<name>[A-Za-z_]\w*+)[ \t]*+(?=\([^\n;]*+\n)" + _REST
)
_NAMED = re.compile(rb"(?P<name>(?:for_each|scoped_guard|scoped_cond_guard)\w*+)\s*+" + _REST)
_CASE_RANGE = re.compile(rb"case\b[^;:{}\n]*?[^\s](\s*\.\.\.)")
_CASE_MACRO = re.compile(rb"\n[ \t]++(\w*CASE\w*+)[ \t]*+" + BALANCED + rb"\s*+:")
_COMPUTED_GOTO = re.compile(rb"goto(\s*+)\*")
_STORED_CALL = re.compile(
    rb"\n([ \t]++)(?:static|extern)[ \t]++(?=[A-Z_]\w*+[ \t]*+" + BALANCED + rb"\s*+;)"
)
_DECLARING = re.compile(
    rb"\n[ \t]++(?:static[ \t]++)?+(?P<name>[A-Z]\w*+)[ \t]*+(?P<arguments>"
    + BALANCED
    + rb")\s*+=\s*+[{\"]"
)
_MEMBER = re.compile(rb"\n[ \t]++((?P<name>\w++)[ \t]*+" + BALANCED + rb"\s*+;)")
_BRACE = re.compile(rb"(?P<do>\bdo\s*+)?\{|\}(?:\s*+(?P<ends>while_\w++)\s*+\()?")
_BARE_WORD = re.compile(rb"\n[ \t]++([A-Za-z_]\w*+)[ \t]*+(?=\n(\s*+)[A-Za-z_}])")


def rewrite_statement_macros(code: bytearray, layout: Layout, notes: Notes) -> None:
    """Macros that govern a statement as `while` or `if`, those that lack a `;` with one."""
    named = b"for_each" in code or b"scoped_" in code
    for pattern in (_NAMED, _GOVERNING) if named else (_GOVERNING,):
        for match in pattern.finditer(code):
            start = match.start("name")
            while code[start - 1] in b"_abcdefghijklmnopqrstuvwxyz0123456789":
                start -= 1
            name = bytes(code[start : match.end("name")])
            if name in macros.KEYWORDS or not layout.in_function(start):
                continue
            if _starts_statement(code, start):
                _govern(code, match, start, name, notes)


def rewrite_loop_ends(code: bytearray, layout: Layout, notes: Notes) -> None:
    """`do { } while_each_thread(a, b);` as `do { } while (a, b);`."""
    if b"while_" not in code:
        return
    opened: list[bool] = []
    for match in _BRACE.finditer(code):
        if not match[0].startswith(b"}"):
            opened.append(match["do"] is not None)
        elif opened and opened.pop() and match["ends"]:
            fill(code, *match.span("ends"), b"while")


def _starts_statement(code: bytearray, start: int) -> bool:
    before = preceding(code, start)
    if code[before] == 0x7B:
        return code[preceding(code, before)] not in b"=,{["
    return code[before] in b";}:)" or word_before(code, before + 1) in (b"else", b"do")


def _govern(code: bytearray, match: re.Match[bytes], start: int, name: bytes, notes: Notes) -> None:
    opened, closed = match.span("arguments")
    after = match.end("space")
    if code[after] != 0x7B and (code[after] == 0x7D or not _governs(code, match, name)):
        _terminate(code, *match.span("space"))
        return
    keyword, rewrite = _rewriting(name)
    if len(name) < len(keyword):
        keyword = b"if"
    if len(name) < len(keyword):
        return
    arguments = argument_spans(code, opened + 1, closed - 1)
    parts: tuple[int, ...] = ()
    if rewrite is Rewrite.COND_GUARD and len(arguments) > 1:
        parts = arguments[1]
        fill(code, *parts, b"0")
    notes[start] = Note(rewrite, name.decode(), start, closed, parts)
    fill(code, start, opened, keyword)
    if not code[opened + 1 : closed - 1].strip() and closed - opened > 2:
        code[opened + 1] = 0x30


def _rewriting(name: bytes) -> tuple[bytes, Rewrite]:
    if macros.COND_GUARD.fullmatch(name):
        return b"while", Rewrite.COND_GUARD
    if macros.IF_GUARD.fullmatch(name):
        return b"if", Rewrite.IF_GUARD
    if macros.SCOPED.fullmatch(name):
        return b"while", Rewrite.SCOPED
    return b"while", Rewrite.LOOP


def _governs(code: bytearray, match: re.Match[bytes], name: bytes) -> bool:
    """Whether the next line is the macro's body: it is an iterator, or the line is deeper."""
    if b"for_each" in name or name.startswith(b"scoped_"):
        return True
    space = match["space"]
    if b"\n" not in space:
        return False
    line = bytes(code[code.rfind(b"\n", 0, match.start("name")) + 1 : match.end("name")])
    line = line.expandtabs(8)
    return len(space[space.rfind(b"\n") + 1 :].expandtabs(8)) > len(line) - len(line.lstrip())


def _terminate(code: bytearray, start: int, end: int) -> None:
    """Put a `;` into white space, where there is some besides newlines."""
    for offset in range(start, end):
        if code[offset] in b" \t":
            code[offset] = 0x3B
            return


def terminate_words(code: bytearray, layout: Layout, notes: Notes) -> None:
    """A `;` after a macro without arguments that stands alone on its line."""
    for match in _BARE_WORD.finditer(code):
        start = match.start(1)
        if match[1] in macros.KEYWORDS or match[1] in macros.SPECIFIERS:
            continue
        if layout.in_function(start) and _starts_statement(code, start):
            _terminate(code, match.end(1), match.end(2))


def rewrite_declarations(code: bytearray, layout: Layout, notes: Notes) -> None:
    """`NAME(a, 4) = { 0 };` in a function as a declaration, `static NAME(a, b);` as a call.

    A macro call among the members of a type is blanked.
    """
    for match in _DECLARING.finditer(code):
        start, end = match.start("name"), match.end("arguments")
        name = variable_name(match["name"], match["arguments"][1:-1])
        if name and end - start > len(name) + 4 and layout.in_function(start):
            fill(code, start, end, b"int " + name)
    for match in _STORED_CALL.finditer(code):
        fill(code, match.end(1), match.end())
    for match in _MEMBER.finditer(code):
        block = layout.block(match.start(1))
        if match["name"] in macros.RESERVED or block is None or block.function:
            continue
        if _starts_statement(code, match.start(1)):
            fill(code, match.start(1), match.end())


def rewrite_jumps(code: bytearray, layout: Layout, notes: Notes) -> None:
    """`case a ... b:` as `case a + b:`, `CASE(a):` as `case (a):`, `goto *x;` as `return x;`."""
    if b"CASE" in code:
        for match in _CASE_MACRO.finditer(code):
            fill(code, *match.span(1), b"case")
    if b"..." in code:
        for match in _CASE_RANGE.finditer(code):
            start = match.end() - 3
            notes[start] = Note(Rewrite.CASE_RANGE, "...", start, start + 3)
            code[start : start + 3] = b"+  "
    if b"goto" in code:
        for match in _COMPUTED_GOTO.finditer(code):
            if len(match[0]) > 5:
                notes[match.start()] = Note(Rewrite.GOTO, "goto", *match.span())
                fill(code, *match.span(), b"return")
