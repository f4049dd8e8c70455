"""The definitions of one name in one text, cut out without parsing the rest of the file.

Relies on the kernel's style: a function's heading starts in the first column and its closing brace
stands there, or the whole definition ends on the line of its opening brace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from string import ascii_letters

from reviewer.source.conditions import FALSE
from reviewer.source.index.facts import Directive, nest_at, plain
from reviewer.source.index.types import FoundFunction
from reviewer.source.presence import parse
from reviewer.source.types import Macro

#: Lines of a heading looked back over, and bytes of a definition looked at.
MAX_HEADING = 12
MAX_DEFINITION = 200_000

_MACRO = re.compile(r"\s*(\w+)(?:\(([^()]*)\))?\s*(.*)", re.DOTALL)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_NOTHING = re.compile(rb"(?:\s|/\*.*?\*/|//[^\n]*)*", re.DOTALL)
_TRAILING = re.compile(
    rb"(?:\s|/\*.*?\*/|[A-Za-z_]\w*\s*(?:\((?:[^()]|\([^()]*\))*\))?)*", re.DOTALL
)
_OPENING = re.compile(rb"[ \t]*\(")
#: What stands before a name that is a member's, or only the end of a longer name.
_JOINED = frozenset(b"._>0123456789" + ascii_letters.encode())
_NOT_HEADING = (b"#", b"}", b" *", b"\t", b"/*", b"//")


def macros(text: bytes, lines: Iterable[Directive], name: str) -> Iterator[Macro]:
    """The `#define`s of the name among a text's directives, each under the nest around it."""
    key = name.encode()
    for directive in lines:
        if directive.keyword != "define" or key not in directive.text:
            continue
        match = _MACRO.match(plain(directive.text))
        if not match or match[1] != name:
            continue
        parameters = None if match[2] is None else _parameters(match[2])
        line = text.count(b"\n", 0, directive.start) + 1
        presence = parse(directive.condition)
        if presence != FALSE:
            yield Macro(name, parameters, " ".join(match[3].split()), line, presence)


def _parameters(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",")) if names.strip() else ()


def functions(text: bytes, name: str, path: str) -> Iterator[FoundFunction]:
    """The function definitions of the name, cut out of the text."""
    for start, opening in _called(text, name):
        found = _definition(text, start, opening, name, path)
        if found is not None:
            yield found


def declared(text: bytes, name: str) -> int:
    """The first line that speaks of the name as a function from the first column on, 0 for none."""
    for start, _ in _called(text, name):
        if _heading(text, start) >= 0:
            return text.count(b"\n", 0, start) + 1
    return 0


def _called(text: bytes, name: str) -> Iterator[tuple[int, int]]:
    """Where the name is followed by a parenthesis, and the offset of that.

    Looks for the bytes first: most texts that are asked do not have them, and a regular expression
    that starts by looking behind tries every offset.
    """
    word = name.encode()
    start = text.find(word)
    while start >= 0:
        opening = _OPENING.match(text, start + len(word))
        if opening and (not start or text[start - 1] not in _JOINED):
            yield start, opening.end() - 1
            start = text.find(word, opening.end())
        else:
            start = text.find(word, start + 1)


def _definition(
    text: bytes, place: int, parenthesis: int, name: str, path: str
) -> FoundFunction | None:
    start = _heading(text, place)
    if start < 0:
        return None
    closing = _closing(text, parenthesis)
    if closing < 0:
        return None
    trailing = _TRAILING.match(text, closing)
    opening = trailing.end() if trailing else closing
    if text[opening : opening + 1] != b"{":
        return None
    end = _end(text, opening)
    if end < 0:
        return None
    heading = text[start:place] + b" " + text[closing:opening]
    attributes = frozenset(word.decode() for word in _WORD.findall(heading))
    line = text.count(b"\n", 0, start) + 1
    presence = parse(nest_at(text, start))
    return FoundFunction(path, name, line, text[start:end], attributes, presence)


def _heading(text: bytes, offset: int) -> int:
    """Where the heading that the name stands in begins, -1 where it stands in none."""
    start = text.rfind(b"\n", 0, offset) + 1
    before = text[start:offset]
    if before[:1].isspace() or before.startswith(_NOT_HEADING) or not _is_heading(before):
        return -1
    for _ in range(MAX_HEADING):
        above = text.rfind(b"\n", 0, max(start - 1, 0)) + 1
        line = text[above : start - 1].strip()
        if start == 0 or not line or line.startswith(_NOT_HEADING):
            break
        if text[above : above + 1].isspace() or not _is_heading(line + b" "):
            break
        if line[-1:] in b";:{}\\,/":
            break
        start = above
    return start if _WORD.search(text, start, offset) else -1


def _is_heading(text: bytes) -> bool:
    return not any(mark in text for mark in (b"=", b";", b"{", b'"', b"return ", b"else"))


def _closing(text: bytes, offset: int) -> int:
    """The offset after the parenthesis that closes the one at `offset`, -1 for none."""
    depth = 0
    for match in re.compile(rb"[()]").finditer(text, offset, offset + 4000):
        depth += 1 if match[0] == b"(" else -1
        if depth == 0:
            return match.end()
    return -1


def _end(text: bytes, opening: int) -> int:
    line_end = text.find(b"\n", opening)
    line_end = len(text) if line_end < 0 else line_end
    line = text[opening:line_end]
    if line.count(b"{") == line.count(b"}"):
        return opening + line.rfind(b"}") + 1
    end = text.find(b"\n}", opening, opening + MAX_DEFINITION)
    return end + 2 if end >= 0 else -1
