"""What one file includes and which names it may define, from its text alone.

One pass of regular expressions over the lines that matter: directives, and lines that begin in the
first column, where the kernel's style puts the heading of every function. The names are a superset;
`definition` looks closer at those that somebody asks for.
"""

from __future__ import annotations

import re

from msgspec import Struct

#: Bump when facts of the same text change, so that stored ones are not used.
VERSION = 5

_DIRECTIVE = re.compile(
    rb"^[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif|include_next|include|define)\b"
    rb"((?:[^\\\n]|\\(?:\r?\n|.)?)*)",
    re.MULTILINE,
)
_PLAIN = ("define", "include", "include_next")
_COMMENT = re.compile(rb"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
_CONTINUED = re.compile(rb"\\\r?\n")
_INCLUDED = re.compile(rb'\s*(?:<([^>\n]+)>|"([^"\n]+)")')
_NAME = re.compile(rb"\s*([A-Za-z_]\w*)")
_HEADING = re.compile(rb"^[A-Za-z_][^\n]*", re.MULTILINE)
_CALLED = re.compile(rb"([A-Za-z_]\w*)[ \t]*\(")


class Included(Struct, frozen=True):
    """`#include`: `condition` is the nest around it as one `#if` expression, `""` for none."""

    path: str
    system: bool
    condition: str
    next: bool = False


class Facts(Struct, frozen=True):
    """What a file includes, the macros it defines, and names in headings of its functions."""

    includes: tuple[Included, ...]
    macros: frozenset[str]
    functions: frozenset[str]


class Directive(Struct, frozen=True):
    """A directive that is not part of a conditional, with the nest it stands in."""

    keyword: str
    text: bytes
    start: int
    condition: str


def directives(text: bytes) -> list[Directive]:
    """Every `#define` and `#include` in order, each under its condition."""
    found: list[Directive] = []
    nest: list[tuple[str, str]] = []
    for match in _DIRECTIVE.finditer(text):
        keyword = match[1].decode()
        if keyword in _PLAIN:
            found.append(Directive(keyword, match[2], match.start(), _joined(nest)))
        else:
            _descend(nest, keyword, match[2])
    return found


def nest_at(text: bytes, offset: int) -> str:
    """The condition of the `#if` nest around an offset."""
    nest: list[tuple[str, str]] = []
    for match in _DIRECTIVE.finditer(text, 0, offset):
        keyword = match[1].decode()
        if keyword not in _PLAIN:
            _descend(nest, keyword, match[2])
    return _joined(nest)


def _descend(nest: list[tuple[str, str]], keyword: str, rest: bytes) -> None:
    """Follows a directive of a conditional: each level is what its arms before say, and its arm."""
    if keyword in ("if", "ifdef", "ifndef"):
        nest.append(("", _opening(keyword, rest)))
    elif nest:
        before, arm = nest.pop()
        if keyword != "endif":
            before = f"{before} && !({arm})" if before else f"!({arm})"
            nest.append((before, "" if keyword == "else" else plain(rest)))


def _opening(keyword: str, rest: bytes) -> str:
    if keyword == "if":
        return plain(rest)
    name = _NAME.match(rest)
    word = name[1].decode() if name else ""
    return f"defined({word})" if keyword == "ifdef" else f"!defined({word})"


def _joined(nest: list[tuple[str, str]]) -> str:
    parts = [f"({arm})" for _, arm in nest if arm]
    parts += [before for before, _ in nest if before]
    return " && ".join(parts)


def plain(text: bytes) -> str:
    """A directive's text on one line, without comments."""
    if b"\\" in text:
        text = _CONTINUED.sub(b" ", text)
    if b"/" in text:
        text = _COMMENT.sub(b" ", text)
    return " ".join(text.decode("utf-8", "replace").split())


def facts(text: bytes) -> Facts:
    """The facts of a file."""
    includes: list[Included] = []
    macros: set[bytes] = set()
    for directive in directives(text):
        if directive.keyword == "define":
            name = _NAME.match(directive.text)
            if name:
                macros.add(name[1])
            continue
        match = _INCLUDED.match(directive.text)
        if match:
            path = (match[1] or match[2]).decode("utf-8", "replace")
            following = directive.keyword == "include_next"
            includes.append(Included(path, match[1] is not None, directive.condition, following))
    functions: set[bytes] = set()
    for heading in _HEADING.findall(text):
        if b"(" in heading:
            functions.update(_CALLED.findall(heading))
    return Facts(tuple(includes), _decoded(macros), _decoded(functions))


def _decoded(names: set[bytes]) -> frozenset[str]:
    return frozenset(name.decode() for name in names)
