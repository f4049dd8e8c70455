"""An assembly file as logical lines: comments cut out, continued lines joined, conditionals named.

What the C preprocessor and the assembler's reader do before either looks at a statement. Comments
are kept beside the lines: a register comment is part of a function's contract. Not modelled:
trigraphs, `/` as a comment, a quotation mark that spans lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_DIRECTIVES = (
    "include|define|undef|if|ifdef|ifndef|elif|else|endif|error|warning|pragma|line|include_next"
)
_DIRECTIVE = re.compile(rf"\s*#\s*({_DIRECTIVES})\b\s*(.*)", re.DOTALL)
_MARK = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\\n])*"?)
    | (?P<comment>/\*.*?(?:\*/|\Z) | //(?:\\\n|[^\n])*)
    | (?P<char>'(?:\\[^\n]|[^\n\\])'?)
    | (?P<joined>\\[ \t]*\n)
    | (?P<newline>\n)
    | (?P<hash>\#)""",
    re.VERBOSE | re.DOTALL,
)
_HASH_COMMENT = re.compile(r"\#(?:/\*.*?(?:\*/|\Z)|[^\n])*", re.DOTALL)


class Line(Struct, frozen=True):
    """A logical line: `line` and `end_line` from 1, `text` without comments.

    `directive` is the preprocessor's word (`ifdef`, `define`), `""` for assembler text; `text` is
    then what follows it.
    """

    line: int
    end_line: int
    text: str
    directive: str = ""


class Comment(Struct, frozen=True):
    """A comment with its marks removed, one string a line; `trailing` if code precedes it."""

    line: int
    end_line: int
    lines: tuple[str, ...]
    trailing: bool


def read_lines(text: str) -> tuple[tuple[Line, ...], tuple[Comment, ...]]:
    """The logical lines that hold anything, and the comments."""
    comments: list[Comment] = []
    lines = tuple(
        _classify(first, last, joined) for first, last, joined in _logical(text, comments)
    )
    return lines, tuple(comments)


def _logical(text: str, comments: list[Comment]) -> Iterator[tuple[int, int, str]]:
    parts: list[str] = []
    position, line, first = 0, 1, 1
    blank = True
    directive: bool | None = None

    def take(part: str) -> None:
        nonlocal blank, directive, first
        parts.append(part)
        if blank and part and not part.isspace():
            blank, first = False, line
            directive = bool(directive)

    while match := _MARK.search(text, position):
        start, end = match.span()
        take(text[position:start])
        match match.lastgroup:
            case "string" | "char":
                take(match[0])
            case "comment":
                parts.append(" ")
                lines_in = match[0].count("\n")
                comments.append(_comment(match[0], line, line + lines_in, trailing=not blank))
                line += lines_in
            case "joined":
                parts.append(" ")
                line += 1
            case "newline":
                if not blank:
                    yield first, line, "".join(parts)
                line += 1
                parts.clear()
                blank, directive = True, None
            case _:
                if blank and directive is None:
                    directive = _DIRECTIVE.match(text, start) is not None
                if directive:
                    take("#")
                elif (found := _HASH_COMMENT.match(text, start)) is not None:
                    end = found.end()
                    lines_in = found[0].count("\n")
                    comments.append(_comment(found[0], line, line + lines_in, trailing=not blank))
                    line += lines_in
        position = end
    take(text[position:])
    if not blank:
        yield first, line, "".join(parts)


def _classify(line: int, end_line: int, text: str) -> Line:
    if match := _DIRECTIVE.match(text):
        return Line(line, end_line, match[2].strip(), match[1])
    return Line(line, end_line, text.strip())


def _comment(text: str, line: int, end_line: int, *, trailing: bool) -> Comment:
    body = text.removeprefix("/*").removesuffix("*/") if text.startswith("/*") else text
    marks = "*" if text.startswith("/*") else "#/"
    lines = tuple(part.strip().lstrip(marks).strip() for part in body.splitlines())
    return Comment(line, end_line, lines, trailing)
