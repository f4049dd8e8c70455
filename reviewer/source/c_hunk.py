"""Fragments of a C file known only from hunks, each completed so that it can be parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.finding import Skip
from reviewer.patch.types import SourceFile
from reviewer.source.c_lex import lex

_BRACE = re.compile(rb"[{}]")
_CLOSING = re.compile(rb"^\}", re.MULTILINE)
_FILE_SCOPE = re.compile(rb"^(?:\{|[A-Za-z_][^\n:]*(?:\n|\Z))", re.MULTILINE)
_DATA = re.compile(r"\s*(?:static\s+|typedef\s+|const\s+)*(?:struct|union|enum)\b[^(]*\Z|[^()]*=")
_ELSE = re.compile(rb"\s*else\b")
_UNTYPED = re.compile(r"\s*[a-z_]\w*\s*[(=]")
_COMMENT_LINE = re.compile(rb"\s*\*(?:\s|/|\Z)")
_OPERATORS = b",&|+-*/=<>?(!"


class Fragment(Struct, frozen=True):
    """A text to parse, the number of its first line, and what had to be left out of it.

    `known` are the lines of it that the file really has, None for all.
    """

    text: bytes
    first_line: int = 1
    skips: tuple[Skip, ...] = ()
    known: tuple[int, int] | None = None


def fragments(file: SourceFile) -> tuple[Fragment, ...]:
    """The known ranges of a file, each with the heading it stands under and closing braces.

    The heading goes on the line before the range, so that the lines of the text keep their
    numbers.
    """
    lines = file.text.split(b"\n")
    sections = file.sections + ("",) * (len(file.known) - len(file.sections))
    return tuple(
        _fragment(file.path, lines[start - 1 : end], start, section)
        for (start, end), section in zip(file.known, sections, strict=False)
    ) or (Fragment(b""),)


def _fragment(path: str, lines: list[bytes], first_line: int, section: str) -> Fragment:
    known = (first_line, first_line + len(lines) - 1)
    text, dropped = _from_whole_lines(lines)
    skips: tuple[Skip, ...] = ()
    if dropped:
        skips = (Skip(path, first_line, "begins inside a macro", first_line + dropped - 1),)
    code = lex(text).code
    opened = b"".join(_openers(code, section))
    data = bool(opened and _DATA.match(section))
    depth = opened.count(b"{") + code.count(b"{") - code.count(b"}")
    end = b"" if data or depth <= 0 else _statement_end(code)
    tail = b"\n" + end + b"}" * depth + (b";" if data else b"")
    if not opened:
        return Fragment(text + tail, first_line, skips, known)
    if first_line == 1:
        return Fragment(opened + b" " + text + tail, first_line, skips, known)
    return Fragment(opened + b"\n" + text + tail, first_line - 1, skips, known)


def _from_whole_lines(lines: list[bytes]) -> tuple[bytes, int]:
    """The text without the end of a comment or `#define` begun before it; lines of the latter."""
    dropped = 0
    if lines and lines[0].rstrip().endswith(b"\\") and not lines[0].lstrip().startswith(b"#"):
        while dropped < len(lines) and lines[dropped].rstrip().endswith(b"\\"):
            dropped += 1
        dropped = min(dropped + 1, len(lines))
    code = dropped
    while code < len(lines) and _COMMENT_LINE.match(lines[code]):
        code += 1
    text = b"\n" * code + b"\n".join(lines[code:])
    closed, opened = text.find(b"*/"), text.find(b"/*")
    if closed >= 0 and (opened < 0 or closed < opened):
        text = b"\n" * text.count(b"\n", 0, closed) + text[closed + 2 :]
    return text, dropped


def _openers(code: bytes, section: str) -> list[bytes]:
    """The heading and the braces that are open where the fragment begins."""
    if not section.strip():
        return []
    closing = _CLOSING.search(code)
    scope = _FILE_SCOPE.search(code)
    if scope and (not closing or scope.start() < closing.start()):
        before = code[: scope.start()].strip()
        continues = scope[0] == b"{" and (not before or before.endswith(b")"))
        return [_typed(section.strip()).encode("utf-8", "surrogateescape")] if continues else []
    body = code[: closing.end()] if closing else code
    unmatched = list(_unmatched(body))
    if closing and not unmatched:
        return []
    inner = unmatched[: -1 if closing else None]
    return [_heading(section), *(_opener(body, offset) for offset in reversed(inner))]


def _unmatched(code: bytes) -> Iterator[int]:
    """Offsets of the closing braces that close something opened before the text."""
    depth = 0
    for match in _BRACE.finditer(code):
        if match[0] == b"{":
            depth += 1
        elif depth:
            depth -= 1
        else:
            yield match.start()


def _opener(code: bytes, closing: int) -> bytes:
    return b" if (unknown) {" if _ELSE.match(code, closing + 1) else b" {"


def _heading(section: str) -> bytes:
    """`section {`, with the parentheses closed that the hunk's heading was cut in."""
    heading = section.strip().rstrip("{").rstrip()
    if not _DATA.match(section):
        if "(" not in heading:
            heading = "void unknown(void)"
        elif heading.count("(") > heading.count(")"):
            heading = heading.rstrip(", ") + ")" * (heading.count("(") - heading.count(")"))
    return _typed(heading).encode("utf-8", "surrogateescape") + b" {"


def _typed(heading: str) -> str:
    """The heading with a type where that stood on the line before."""
    return f"int {heading}" if _UNTYPED.match(heading) else heading


def _statement_end(code: bytes) -> bytes:
    """What completes the last statement of a text that may stop in the middle of it."""
    cut = max(code.rfind(char) for char in (b";", b"{", b"}"))
    rest = code[cut + 1 :].strip()
    if not rest:
        return b""
    operand = b"0" if rest[-1] in _OPERATORS else b""
    return operand + b")" * max(0, rest.count(b"(") - rest.count(b")")) + b";"
