"""File scope: headings of functions made plain C, macro calls blanked or made declarations."""

from __future__ import annotations

import re

from reviewer.source import c_macros as macros
from reviewer.source.c_edit import Notes, fill, preceding, split_arguments
from reviewer.source.c_layout import BALANCED, Layout
from reviewer.source.c_notes import Note, Rewrite

_INVOCATION = (
    rb"[ \t]*+(?P<storage>(?:(?:static|extern|const)\s++)*+)(?P<name>[A-Za-z_]\w*+)[ \t]*+"
    rb"(?P<arguments>" + BALANCED + rb")(?=(?P<space>\s*+))"
)
_FIRST_LINE = re.compile(_INVOCATION)
_LINE = re.compile(rb"\n" + _INVOCATION)
_PLAIN = re.compile(
    rb"\s*+(?:(?:static|inline|extern|const)\s++)*+(?:(?:struct|union|enum)\s++\w++"
    rb"|unsigned\s++(?:int|long|char|short)|(?:void|int|bool|long|char|unsigned|u8|u16|u32|u64"
    rb"|\w+_t)\b)[\s*]++\w++\s*+\([^()]*+\)\s*+"
)
_MACRO = re.compile(
    rb"\s*+(?:(?:static|inline|extern)\s++)*+(?P<name>[A-Za-z_]\w*+)\s*+"
    rb"(?P<arguments>" + BALANCED + rb")\s*+"
)
_TOKEN = re.compile(rb"(?P<word>[A-Za-z_]\w*+)|(?P<group>" + BALANCED + rb")|\*|\S")
_TYPE_NAME = re.compile(rb"\w+_t|[us](?:8|16|32|64)|__[us](?:8|16|32|64)")
_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_NOT_WORD = re.compile(rb"[^\w\n]")


def rewrite_file_scope(code: bytearray, layout: Layout, notes: Notes) -> None:
    """Macro calls at file scope: blanked, or a variable where an initialiser follows."""
    openings = {block.open for block in layout.blocks if block.function}
    for start, end in layout.gaps(len(code)):
        if code.find(b"(", start, end) < 0:
            continue
        first = _FIRST_LINE.match(code, start, end)
        for match in (*((first,) if first else ()), *_LINE.finditer(code, start, end)):
            if match["name"] in macros.RESERVED or match.end("space") in openings:
                continue
            before = preceding(code, match.start("storage"))
            if before < 0 or code[before] in b";}":
                _invocation(code, match, notes)


def _invocation(code: bytearray, match: re.Match[bytes], notes: Notes) -> None:
    start, name, end = match.start("storage"), match.start("name"), match.end("arguments")
    parts = (match.start("arguments"), end - 1)
    notes[start] = Note(Rewrite.INVOCATION, match["name"].decode(), start, end, parts)
    after = code[match.end("space") : match.end("space") + 1]
    variable = variable_name(match["name"], match["arguments"][1:-1])
    if after == b"=" and variable and end - name > len(variable) + 4:
        fill(code, name, end, b"int " + variable)
    elif after == b"{" and end - name > 6:
        fill(code, name, end, b"struct")
    else:
        fill(code, start, end)


def variable_name(macro: bytes, arguments: bytes) -> bytes:
    """The name a declaring macro's arguments give: the last for per-CPU ones, else the first."""
    parts = split_arguments(arguments)
    part = parts[-1] if macros.PER_CPU.fullmatch(macro) else parts[0]
    match = _IDENTIFIER.search(part)
    return match[0] if match else b""


def rewrite_headings(code: bytearray, layout: Layout, notes: Notes) -> None:
    """Every function's heading as specifiers, one type, declarator and parameters."""
    for block in layout.blocks:
        if block.function and not _PLAIN.fullmatch(code, block.start, block.open):
            macro = _MACRO.fullmatch(code, block.start, block.open)
            if macro:
                _macro_heading(code, macro, notes)
            else:
                _heading(code, block.start, block.open)


def _macro_heading(code: bytearray, macro: re.Match[bytes], notes: Notes) -> None:
    """`SYSCALL_DEFINE1(f, int, a)` as `long sys_f()`, its parameters in a note."""
    arguments = split_arguments(macro["arguments"][1:-1])
    function = _IDENTIFIER.fullmatch(arguments[0])
    name, start, end = macro["name"], macro.start("name"), macro.end("arguments")
    paired = macros.PAIRED_HEADING.fullmatch(name)
    kind = b"long " if paired else b"void "
    text = kind + _prefix(name) + (function[0] if function else b"") + b"()"
    if function is None or len(text) > end - start:
        _without_type(code, macro)
        return
    fill(code, start, end, text)
    parameters = _paired(arguments[1:]) if paired else _implied(name)
    notes[start + len(kind)] = Note(Rewrite.HEADING, name.decode(), start, end, (), parameters)


def _prefix(macro: bytes) -> bytes:
    return next((prefix for like, prefix in macros.PREFIXES if like.fullmatch(macro)), b"")


def _without_type(code: bytearray, heading: re.Match[bytes]) -> None:
    """A function of the old kind that names no type: `int` in the blanks before its name."""
    room = code.rfind(b"    ", heading.start(), heading.start("name"))
    if room >= 0:
        code[room : room + 3] = b"int"


def _paired(arguments: list[bytes]) -> tuple[tuple[str, str], ...]:
    texts = [" ".join(item.decode("utf-8", "replace").split()) for item in arguments]
    return tuple(zip(texts[::2], texts[1::2], strict=False))


def _implied(name: bytes) -> tuple[tuple[str, str], ...]:
    for pattern, parameters in macros.HEADINGS:
        if pattern.fullmatch(name):
            return parameters
    return ()


def _heading(code: bytearray, start: int, end: int) -> None:
    """Blank the words of a heading that are neither specifier, type nor declarator."""
    tokens = list(_TOKEN.finditer(code, start, end))
    index = _declarator(tokens)
    if index is None:
        return
    trailing = tokens[index + 2 :]
    if trailing and trailing[0].lastgroup == "group":
        name = slice(tokens[index].start(), tokens[index + 1].end())
        code[name] = _NOT_WORD.sub(b"_", code[name])
        trailing = trailing[1:]
    for token in (*trailing, *_surplus(tokens[:index])):
        if token.lastgroup:
            fill(code, *token.span())


def _declarator(tokens: list[re.Match[bytes]]) -> int | None:
    """The index of the function's name among the words in front of a parenthesis.

    The last one with a plain type or a `*` before it, else the first that has any word before it.
    """
    typed = False
    first = None
    for index, token in enumerate(tokens[:-1]):
        if token.lastgroup == "word":
            if typed and tokens[index + 1].lastgroup == "group":
                if _is_type(tokens, index - 1):
                    return index
                first = index if first is None else first
            typed = typed or token[0] not in macros.STORAGE
        elif token.lastgroup is None and token[0] != b"*":
            return None
    return first


def _is_type(tokens: list[re.Match[bytes]], index: int) -> bool:
    word = tokens[index][0]
    if word == b"*" or word in macros.BASIC_TYPES or _TYPE_NAME.fullmatch(word):
        return True
    return index > 0 and tokens[index - 1][0] in macros.TAGS


def _surplus(tokens: list[re.Match[bytes]]) -> list[re.Match[bytes]]:
    """The tokens in front of the name that leave one type when they are gone."""
    types: list[list[re.Match[bytes]]] = []
    surplus: list[re.Match[bytes]] = []
    tagged = False
    for token in tokens:
        word = token[0]
        if token.lastgroup == "group":
            surplus.append(token)
        elif token.lastgroup == "word" and word not in macros.STORAGE:
            basic = word in macros.BASIC_TYPES
            if tagged or (basic and types and types[-1][-1][0] in macros.BASIC_TYPES):
                types[-1].append(token)
            else:
                types.append([token])
            tagged = word in macros.TAGS
    if len(types) > 1:
        kept = max(range(len(types)), key=lambda index: (_rank(types[index]), index))
        surplus += [token for index, unit in enumerate(types) if index != kept for token in unit]
    return surplus


def _rank(unit: list[re.Match[bytes]]) -> int:
    word = unit[0][0]
    if len(unit) > 1 or word in macros.BASIC_TYPES:
        return 2
    return 1 if _TYPE_NAME.fullmatch(word) else 0
