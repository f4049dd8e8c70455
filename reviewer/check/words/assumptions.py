"""What a changelog says is over: names no longer needed, and events that no longer happen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from reviewer.check.words.names import around
from reviewer.check.words.text import PatchText, TextLine, code_of
from reviewer.check.words.types import Hit, Question
from reviewer.finding import Location
from reviewer.patch.late import late
from reviewer.patch.tree import NoTree, Tree
from reviewer.patch.types import Context, LineKind

_NEEDLESS = late(
    r"(?<![\w.>/-])`?'?([A-Za-z_]\w*_\w+|[a-z]\w{4,}(?=\(\)))(?:\(\))?'?`? "
    r"(?:(?:function|macro|variable|helper|field|flag|argument|parameter) )?(?:is|are) "
    r"(?:(?:now |also )?(?:unused|unneeded)"
    r"|(?:no longer|not) (?:needed|used|required|necessary)(?: any ?more| any longer)?|dead code)"
    r"(?=\s*(?:[.,;]|and (?:can|should|may|is)\b|so\b|$))"
)
_NO_MORE = late(
    r"\bno (?:more |other |further )([A-Z]{4,}[A-Z0-9_]*s?|\w+\(\)) (?:\w+ ){0,3}?"
    r"(?:after|once|following|past) ((?:\S+ ){0,3}?\S+?)(?=[,.;]|$)"
)
_NO_CALL = late(
    r"\bno\s+(?:(?:more|other|further)\s+)?(?:(?:function|direct|indirect)\s+)?calls?\s+"
    r"(?:\w+\s+){0,4}?(?:after|once|following|past)\s+`?'?\w+\(\)",
    re.IGNORECASE,
)
_LINE_END = late(rb"(?<!\\)\n")
_STRING = late(rb'"(?:[^"\\\n]|\\.)*"')
#: Places that are named with an assumption; more are counted.
SHOWN = 3
#: So many bytes of a tree are read to find the places.
MAX_BYTES = 48 << 20


def still_needed(question: Question) -> Iterator[Hit]:
    """A name that the changelog says nothing needs, and a line of code that still uses it.

    Only names on lines that the patch removes, and files of the patch that are known whole.
    """
    patch = question.patch
    gone = {
        word for line in patch.lines(LineKind.REMOVED) for word in re.findall(r"\w+", line.text)
    }
    told: set[str] = set()
    for paragraph in patch.prose:
        for name, line in _matches(paragraph.lines):
            if name in told or name not in gone:
                continue
            told.add(name)
            use = _use(patch, name)
            if use:
                place, text = use
                detail = f"`{text}` ({place.path}:{place.line})"
                yield Hit(name, line.text.strip(), line.location, line.mail, detail)


def _matches(lines: tuple[TextLine, ...]) -> Iterator[tuple[str, TextLine]]:
    """The names of the claims in a paragraph, each with the line that it stands on."""
    text = " ".join(line.text for line in lines)
    for match in _NEEDLESS.finditer(text):
        yield match[1], _line_at(lines, match.start(1))


def _line_at(lines: tuple[TextLine, ...], offset: int) -> TextLine:
    """The line with that character of the lines joined by spaces."""
    at = 0
    for line in lines:
        at += len(line.text) + 1
        if offset < at:
            return line
    return lines[-1]


def _use(patch: PatchText, name: str) -> tuple[Location, str] | None:
    """The first line of code that uses the name after the patch."""
    word = re.compile(rf"(?<![\w.>\"/]){re.escape(name)}\b")
    for each in patch.reviews:
        after = each.after
        if after is None or after.context is Context.HUNK or name.encode() not in after.text:
            continue
        for number, raw in enumerate(after.text.split(b"\n"), 1):
            text = code_of(raw.decode(errors="replace"))
            if word.search(re.sub(r'"[^"]*"', '""', text)):
                return Location(after.path, number), text.strip()
    return None


def no_more(question: Question) -> Iterator[Hit]:
    """The words "no more A after B", as the assumption they are, with the code that has an A.

    The places are calls of functions named after A, in the folders around the patch, that the
    patch leaves; whether control reaches them after B is for the reader to say. That no call at all
    comes after B() has no such places: the rules whose windows B() opens are held against it.
    """
    for paragraph in question.patch.prose:
        text = paragraph.text
        for match in _NO_MORE.finditer(text):
            line = _line_of(paragraph.lines, match[1])
            root = match[1].removesuffix("()")
            root = root.lower().removesuffix("s") if root.isupper() or root[:-1].isupper() else root
            places = _places(root, question)
            claim = " ".join(match[0].split())
            yield Hit(claim, line.text.strip(), line.location, line.mail, _shown(places))
        text = " ".join(line.text for line in paragraph.lines)
        for match in _NO_CALL.finditer(text):
            line = _line_at(paragraph.lines, match.end() - 1)
            claim = " ".join(match[0].split())
            yield Hit(claim, line.text.strip(), line.location, line.mail, _shown([]))


def _line_of(lines: tuple[TextLine, ...], word: str) -> TextLine:
    return next((line for line in lines if word in line.text), lines[0])


class _Place(Struct, frozen=True):
    """A call in the tree."""

    location: Location
    call: str


def _shown(places: list[_Place]) -> str:
    if not places:
        return "nothing here shows it"
    spread = sorted({place.call: place for place in reversed(places)}.values(), key=_where)
    spread += [place for place in places if place not in spread]
    first = ", ".join(
        f"{place.call}() at {place.location.path}:{place.location.line}" for place in spread[:SHOWN]
    )
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return f"{first}{more}"


def _where(place: _Place) -> Location:
    return place.location


def _places(root: str, question: Question) -> list[_Place]:
    """Calls of functions whose name has the root, in the tree or on the lines that hunks show."""
    call = re.compile(rb"(?<![\w.>])(\w*" + re.escape(root.encode()) + rb"\w*)\(", re.IGNORECASE)
    found: list[_Place] = []
    if isinstance(question.tree, NoTree):
        return found
    left = MAX_BYTES
    for path in _files(question.tree, question.patch):
        text = question.tree.read(path) or b""
        left -= len(text)
        if left < 0:
            break
        if root.encode() in text.lower():
            found += _calls(path, text, call)
    return found


def _calls(path: str, text: bytes, call: re.Pattern[bytes]) -> Iterator[_Place]:
    """Calls inside functions: on indented lines that are no comment and define nothing.

    A function of the file that has the name of A, but calls nothing that does A, only speaks of it.
    """
    doers: dict[bytes, bool] = {}
    for number, line in enumerate(text.split(b"\n"), 1):
        if line[:1] != b"\t" or line.lstrip()[:1] in (b"*", b"/", b"#"):
            continue
        match = call.search(_STRING.sub(b'""', line))
        if match and _does(match[1], text, call, doers):
            yield _Place(Location(path, number), match[1].decode())


def _does(name: bytes, text: bytes, call: re.Pattern[bytes], doers: dict[bytes, bool]) -> bool:
    """Whether the function does A: where the file defines it, by what its body names."""
    if name not in doers:
        doers[name] = False
        heading = rb"^(?:#[ \t]*define[ \t]+|[A-Za-z_][^\n;={}#]*\b)" + re.escape(name) + rb"\("
        bodies = [
            body
            for match in re.finditer(heading, text, re.MULTILINE)
            if (body := _body(text, match.start()))
        ]
        root = re.compile(call.pattern.removesuffix(rb"\("), re.IGNORECASE)
        doers[name] = not bodies or any(
            other != name and _does(other, text, call, doers)
            for body in bodies
            for other in root.findall(_STRING.sub(b'""', body))
        )
    return doers[name]


def _body(text: bytes, start: int) -> bytes:
    """What follows the heading of a macro or a function; nothing for a declaration."""
    if text.startswith(b"#", start):
        last = _LINE_END.search(text, start)
        return text[start : last.start() if last else len(text)]
    opening, ending = text.find(b"{", start), text.find(b";", start)
    if opening < 0 or 0 <= ending < opening:
        return b""
    end = text.find(b"\n}", opening)
    return text[opening : end if end >= 0 else len(text)]


def _files(tree: Tree, patch: PatchText) -> Iterator[str]:
    seen: set[str] = set()
    paths = [diff.path for diff in patch.patch.files]
    for folder in around(paths):
        if folder.startswith(("arch/", "drivers/", "fs/", "virt")) or folder in _own(paths):
            for path in tree.paths(folder):
                if path.endswith(".c") and path not in seen:
                    seen.add(path)
                    yield path


def _own(paths: list[str]) -> frozenset[str]:
    return frozenset(path.rpartition("/")[0] for path in paths)
