"""Expressions that only a macro makes: types, statements and operators as arguments, asm."""

from __future__ import annotations

import re

from reviewer.source import c_macros as macros
from reviewer.source.c_edit import (
    WORD_BYTES,
    Notes,
    closing,
    fill,
    following,
    preceding,
    word_before,
)
from reviewer.source.c_layout import BALANCED, Layout
from reviewer.source.c_notes import Note, Rewrite

_TYPEOF = re.compile(
    rb"(?:typeof|__typeof__|__typeof|typeof_unqual|__unqual_scalar_typeof|TYPEOF_UNQUAL)\s*+"
    + BALANCED
)
_AUTO = re.compile(rb"auto(?=\s++\**+\w++\s*+=)")
_NAMED_OPERATOR = re.compile(rb"(?:offsetof|alignof)(?=_*\s*+\()")
_STAR = rb"(?:\s*+(?:\*|const\b))*+"
_TYPE_ARGUMENT = re.compile(
    rb"[(,]\s*+((?:(?:const|volatile)\s++)*+(?:"
    rb"(?:struct|union|enum)\s++\w++" + _STAR + rb"|(?:unsigned|signed|long|short|int|char|void"
    rb"|float|double|bool|_Bool|size_t|ssize_t|u?int(?:8|16|32|64|ptr)_t|intptr_t|ptrdiff_t)\b"
    rb"(?:\s++(?:unsigned|long|short|int|char|double)\b)*+"
    + _STAR
    + rb"|const\s++\w++"
    + _STAR
    + rb"|\w++\s*+\*"
    + _STAR
    + rb"))(?:\s*+\[[^\[\]]*+\])?+(?=\s*+[,)])"
)
_FUNCTION_POINTER = re.compile(rb"\(\s*\*\s*\w*\s*(?:\[\w*\])?\)\s*\(")
_STATEMENT_ARGUMENT = re.compile(rb",\s*+(return\b|goto\b|break\b|continue\b)(?=[^;{}]{0,300}\))")
_AFTER_STRING = re.compile(rb"\"\s*+([A-Za-z_]\w*+\s*+" + BALANCED + rb")(?=\s*+[\",):;])")
_BEFORE_STRING = re.compile(rb"\)\s*+\"")
_WORDS = re.compile(
    rb"[(,]\s*+[A-Z][A-Z0-9_]*+[ \t]++([A-Z_]\w*+(?:[ \t]++[A-Z_]\w*+)*+(?:"
    + BALANCED
    + rb")?+|\w++"
    + BALANCED
    + rb")(?=\s*+[\",)])"
)
_OPERATOR = re.compile(rb",\s*+(==|!=|<=|>=|&&|\|\||<<|>>|[<>+\-*/|&^]=?|=)(?=\s*+[,)])")
_PASTED = re.compile(rb"[(,]\s*+(\d[0-9A-Za-z]*+_\w*+)(?=\s*+[,)])")
_EMPTY = re.compile(rb",(?=\s*+[,)])|\(\s*+,")
_DESIGNATED = re.compile(rb"\((?:[^(){};=,]*+,)*+\s*+\.\w[\w.\[\]]*+\s*+=")
_DESIGNATOR = re.compile(rb"[(\[{]|[)\]}]|(?<=[(,])\s*+\.")
_ASM = re.compile(
    rb"(?:asm_volatile_goto|asm_goto_output|asm_inline|asm_goto|__asm__|__asm|asm)\b"
    rb"(?:\s*+\b(?:volatile|__volatile__|__volatile|goto|inline|__inline__|__inline)\b)*+\s*+("
    + BALANCED
    + rb")"
)
_ASM_MARK = re.compile(rb"[()\[\]:]")
_OPERAND_NAME = re.compile(rb"\[\s*+\w++\s*+\](?=\s*+[\"A-Z_])")
_QUOTED_OPERAND = re.compile(rb"\[\s*+\w++\s*+\](?=\s*+\")")
_OPERAND_END = re.compile(rb"\"\s*+" + BALANCED + rb"\s*+(:)")
_BRACKETED = re.compile(rb"\(\s*+(\[)\w++(\])\s*+\)")


def rewrite_typeof(code: bytearray, layout: Layout, notes: Notes) -> None:
    """`typeof(x)` and `auto` as `int`, `offsetof` and `__alignof__` as names of functions."""
    if b"auto " in code:
        for match in _AUTO.finditer(code):
            if code[match.start() - 1] not in WORD_BYTES:
                fill(code, *match.span(), b"int")
    if b"typeof" in code or b"TYPEOF" in code:
        for match in _TYPEOF.finditer(code):
            if code[match.start() - 1] not in WORD_BYTES:
                fill(code, *match.span(), b"int")
    if b"offsetof" in code or b"alignof" in code:
        for match in _NAMED_OPERATOR.finditer(code):
            code[match.end() - 1] = 0x46


def rewrite_type_arguments(code: bytearray, layout: Layout, notes: Notes) -> None:
    """A type as an argument of a macro becomes an identifier."""
    for match in _TYPE_ARGUMENT.finditer(code):
        start, end = match.start(1), match.end()
        block = layout.block(start)
        if block is None or (not block.function and code[preceding(code, block.open)] != 0x3D):
            continue
        if _is_argument(code, match.start()):
            line_end = code.find(b"\n", start, end)
            width = (line_end if line_end > 0 else end) - start
            notes[start] = Note(Rewrite.TYPE, "", start, end)
            fill(code, start, end, b"T" + b"_" * (width - 1))


def _is_argument(code: bytearray, before: int) -> bool:
    """Whether the parenthesis or comma belongs to a call, not to a cast or a declaration."""
    if code[before] == 0x28:
        previous = word_before(code, preceding(code, before) + 1)
        return bool(previous) and previous not in macros.TYPE_OPERATORS
    first = max(0, before - 400)
    statement = max(code.rfind(char, first, before) for char in (b";", b"{", b"}"))
    return _FUNCTION_POINTER.search(code, max(statement, first), before) is None


def rewrite_statement_arguments(code: bytearray, layout: Layout, notes: Notes) -> None:
    """`CHECK(x, return -1)`, `CHECK(x, goto out)`: the keyword blanked, or a number instead."""
    for match in _STATEMENT_ARGUMENT.finditer(code):
        keyword = match[1]
        notes[match.start(1)] = Note(Rewrite.EXIT, keyword.decode(), *match.span(1))
        alone = code[match.end(1)] in b",)" or keyword in (b"break", b"continue")
        fill(code, *match.span(1), b"0" if alone else b"")


def rewrite_arguments(code: bytearray, layout: Layout, notes: Notes) -> None:
    """Operators, parts of names, empty arguments and `.member = value` as arguments of a macro."""
    for match in _OPERATOR.finditer(code):
        fill(code, *match.span(1), b"0")
    for match in _PASTED.finditer(code):
        code[match.start(1)] = 0x5F
    for match in _DESIGNATED.finditer(code):
        if layout.in_function(match.start()):
            _flatten(code, match.start(), closing(code, match.start()))
    for match in _EMPTY.finditer(code):
        code[match.end() - 1] = 0x20


def _flatten(code: bytearray, start: int, end: int) -> None:
    depth = 0
    for match in _DESIGNATOR.finditer(code, start, end):
        char = match[0]
        if char in b"([{":
            depth += 1
        elif char in b")]}":
            depth -= 1
        elif depth == 1:
            code[match.end() - 1] = 0x20


def blank_string_macros(code: bytearray, layout: Layout, notes: Notes) -> None:
    """Macros that stand between string literals are strings, too: all but one word blanked."""
    if b'"' in code:
        for match in _AFTER_STRING.finditer(code):
            fill(code, *match.span(1))
        for match in _BEFORE_STRING.finditer(code):
            _blank_call_before(code, match.start())
    for match in _WORDS.finditer(code):
        if layout.in_function(match.start()):
            fill(code, *match.span(1))


def _blank_call_before(code: bytearray, closed: int) -> None:
    opened = code.rfind(b"(", max(0, closed - 200), closed)
    if opened < 0 or closing(code, opened) != closed + 1:
        return
    name = word_before(code, opened)
    before = preceding(code, opened - len(name))
    if name and before >= 0 and code[before] in b"(,=":
        fill(code, opened - len(name), closed + 1)


def rewrite_asm(code: bytearray, layout: Layout, notes: Notes) -> None:
    """An asm statement as a call of its operands; one that names a declared variable as blanks."""
    if b"asm" in code:
        for match in _ASM.finditer(code):
            start, end = match.span()
            before = preceding(code, start)
            previous = word_before(code, before + 1) if before >= 0 else b""
            if start and code[start - 1] in WORD_BYTES:
                continue
            if (previous and previous not in (b"else", b"do")) or code[before] == 0x5D:
                fill(code, start, end)
            else:
                _asm(code, match, notes)
    for match in _QUOTED_OPERAND.finditer(code):
        fill(code, *match.span())
    for match in _OPERAND_END.finditer(code):
        if layout.in_function(match.start()) and code[preceding(code, match.start())] != 0x3F:
            code[match.start(1)] = 0x2C
    for match in _BRACKETED.finditer(code):
        code[match.start(1)] = code[match.start(2)] = 0x20


def _asm(code: bytearray, match: re.Match[bytes], notes: Notes) -> None:
    opened, closed = match.start(1), match.end(1) - 1
    colons, depth = [], 0
    for mark in _ASM_MARK.finditer(code, opened + 1, closed):
        char = mark[0]
        depth += (char in b"([") - (char in b")]")
        if char == b":" and not depth:
            colons.append(mark.start())
    bounds = (opened, *colons, closed)
    notes[match.start()] = Note(Rewrite.ASM, "asm", match.start(), match.end(), bounds)
    fill(code, match.start(), opened, b"ASM")
    template = following(code, opened + 1)
    if bounds[1] - template > 1:
        fill(code, template, bounds[1], b'""')
    else:
        fill(code, opened + 1, bounds[1], b"0")
    for start, end in zip(colons, bounds[2:], strict=True):
        code[start] = 0x2C if code[start + 1 : end].strip() else 0x20
        for name in _OPERAND_NAME.finditer(code, start, end):
            fill(code, *name.span())
