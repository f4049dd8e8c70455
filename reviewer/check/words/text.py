"""The words of one patch: its changelog by paragraphs and the comments that its hunks show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from reviewer.check.words.defines import declared, definitions, functions
from reviewer.finding import Location
from reviewer.patch.late import late
from reviewer.patch.types import FileDiff, FileReview, Line, LineKind, Patch, Series

CODE_SUFFIXES = (".c", ".h", ".S")
#: Lines of a changelog that are no prose: indented, quoted, logs, code, tables, commands.
_NO_PROSE = late(
    r"\t|    |>|[+-]\S|\$ |# |\|"
    r"|\s*(?:\[ *\d+\.\d+\]|/\*|\*/|//|\*(?: |$)|#(?:define|include|if|endif))"
    r"|\s*(?:@@|diff |---|===|\.\.\.)"
    r"|.*(?:[;{}\\]|\*/|->|-{4,}|={4,})\s*$"
    r"|.*(?:\S {3,}\S|\s-+>|<-+\s| = |\|\||&&|0x[0-9a-f]{8,}\S* 0x)"
)
_TRAILER = late(
    r"[A-Za-z][\w-]*-(?:by|to|of|tested|acked): |(?:Cc|Fixes|Link|Closes|Bug): ", re.IGNORECASE
)
_WORD = late(r"\w+")
_QUOTED = late(r"(?<!\w)\"[^\"]{1,200}\"(?!\w)|\u201c[^\u201d]{1,200}\u201d")
#: What stands beyond this column of a line is not read: no person wrote it.
MAX_LINE = 500


class TextLine(Struct, frozen=True):
    """A line of words; `text` has no comment marks. `added` is False for a comment's context."""

    text: str
    location: Location
    mail: Location | None
    added: bool = True


class Paragraph(Struct, frozen=True):
    """Lines between empty ones; `prose` is False for code, logs, quotes, tables and trailers."""

    lines: tuple[TextLine, ...]
    prose: bool

    @property
    def text(self) -> str:
        """The words on one line."""
        return " ".join(" ".join(line.text for line in self.lines).split())


class Spoken(Struct, frozen=True):
    """A line in which the author speaks, with its words: what stands in quotation marks blanked."""

    line: TextLine
    words: str


class Comment(Struct, frozen=True):
    """A comment on the new side of a hunk, as far as the hunk shows it.

    `begun` and `ended` say whether the hunk shows its first and last line.
    """

    lines: tuple[TextLine, ...]
    begun: bool
    ended: bool

    @property
    def touched(self) -> bool:
        """Whether the patch adds a line of it."""
        return any(line.added for line in self.lines)

    @property
    def paragraphs(self) -> tuple[tuple[TextLine, ...], ...]:
        """The lines between empty ones."""
        return tuple(_split(self.lines))


class SeriesText(Struct, frozen=True, dict=True):
    """A series whose patches are each read once, however many of its checks ask."""

    series: Series

    @cached_property
    def patches(self) -> tuple[PatchText, ...]:
        """The patches, without their files."""
        return tuple(PatchText(self.series, patch, (), self) for patch in self.series.patches)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the diffs but for added comments."""
        return frozenset().union(*(patch.words for patch in self.patches))


class PatchText(Struct, frozen=True, dict=True):
    """One patch of a series with its words; `reviews` are its files on both sides, if rebuilt.

    `whole` is the series, for what is asked of all its patches.
    """

    series: Series
    patch: Patch
    reviews: tuple[FileReview, ...] = ()
    whole: SeriesText | None = None

    @cached_property
    def around(self) -> SeriesText:
        """The series."""
        return self.whole or SeriesText(self.series)

    @property
    def fellows(self) -> tuple[PatchText, ...]:
        """The patches of the series, this one among them."""
        return self.around.patches

    @cached_property
    def definitions(self) -> tuple[frozenset[str], frozenset[str]]:
        """Names that the patch defines, and every word of the lines that it finds."""
        return definitions(self.patch)

    @cached_property
    def functions(self) -> frozenset[str]:
        """Functions that the patch newly defines, for every file to see."""
        return functions(self.patch) - self.definitions[1]

    @cached_property
    def declared(self) -> frozenset[str]:
        """Functions that the patch declares."""
        return declared(self.patch)

    @cached_property
    def changelog(self) -> tuple[TextLine, ...]:
        """The lines of the changelog, each with its line of the mail."""
        name = self.source or "changelog"
        lines = self.patch.changelog.split("\n") if self.patch.changelog else []
        numbers = self.patch.changelog_lines
        if len(numbers) != len(lines):
            numbers = tuple(range(1, len(lines) + 1))
        places = [Location(name, number) for number in numbers]
        return tuple(
            TextLine(text[:MAX_LINE], place, place if self.source else None)
            for text, place in zip(lines, places, strict=True)
        )

    @cached_property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """The changelog by paragraphs."""
        return tuple(Paragraph(lines, _is_prose(lines)) for lines in _split(self.changelog))

    @cached_property
    def prose(self) -> tuple[Paragraph, ...]:
        """The paragraphs that are prose."""
        return tuple(paragraph for paragraph in self.paragraphs if paragraph.prose)

    @cached_property
    def subject(self) -> TextLine:
        """The subject, with its line of the mail."""
        place = Location(self.source or "changelog", self.patch.subject_line)
        return TextLine(self.patch.subject[:MAX_LINE], place, place if self.source else None)

    @cached_property
    def said(self) -> str:
        """Subject and changelog in lower case, for what is looked for before anything is parsed."""
        return f"{self.patch.subject}\n{self.patch.changelog}".lower()

    @property
    def all_words(self) -> Iterator[str]:
        """The subject and every line in which the author speaks."""
        yield self.subject.text
        yield from (spoken.words for spoken in self.spoken)

    @cached_property
    def spoken(self) -> tuple[Spoken, ...]:
        """The prose of the changelog and the added comments, without titles and quotations."""
        return tuple(
            Spoken(line, words)
            for lines in (
                *(paragraph.lines for paragraph in self.prose),
                *(lines for comment in self.comments for lines in comment.paragraphs),
            )
            for line, words in zip(lines, _unquoted(lines), strict=True)
            if line.added
        )

    @cached_property
    def comments(self) -> tuple[Comment, ...]:
        """Comments of C and assembly files in which the patch adds a line."""
        return tuple(
            comment
            for diff in self.code
            for number in range(len(diff.hunks))
            for comment in _comments(diff, number, self)
            if comment.touched
        )

    @property
    def code(self) -> tuple[FileDiff, ...]:
        """The changes of C and assembly files."""
        return tuple(diff for diff in self.patch.files if diff.path.endswith(CODE_SUFFIXES))

    @property
    def source(self) -> str:
        """The name of the mail's file, `""` where there is none."""
        return Path(self.patch.source).name

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the diff: of its lines but for added comments, of headings and paths."""
        found: set[str] = set()
        for diff in self.patch.files:
            found.update(_WORD.findall(f"{diff.old_path} {diff.new_path}"))
            for hunk in diff.hunks:
                found.update(_WORD.findall(hunk.section))
                for line in hunk.lines:
                    added = line.kind is LineKind.ADDED
                    found.update(_WORD.findall(code_of(line.text) if added else line.text))
        return frozenset(found)

    @cached_property
    def everything(self) -> frozenset[str]:
        """Every word of the diff, added comments among them."""
        added = (word for line in self.lines(LineKind.ADDED) for word in _WORD.findall(line.text))
        return self.words.union(added)

    @cached_property
    def removed(self) -> frozenset[str]:
        """The removed lines, white space folded."""
        return frozenset(
            folded(line.text) for line in self.lines(LineKind.REMOVED) if line.text.strip()
        )

    @property
    def all_lines(self) -> Iterator[Line]:
        """The lines of every file."""
        for diff in self.patch.files:
            for hunk in diff.hunks:
                yield from hunk.lines

    def lines(self, kind: LineKind) -> Iterator[Line]:
        """The lines of that kind in every file."""
        return (line for line in self.all_lines if line.kind is kind)

    def mail(self, line: Line) -> Location | None:
        """Where the line of the diff stands in the mail."""
        return Location(self.source, line.mail_line) if self.source and line.mail_line else None


def code_of(text: str) -> str:
    """The line without its comment; a line that begins with `*` is one."""
    if text.lstrip().startswith(("*", "/*", "//")):
        return ""
    return text.partition("/*")[0].partition("//")[0]


def folded(text: str) -> str:
    """The text without its comment marks, white space folded."""
    return " ".join(text.strip().strip("/*").split())


def _unquoted(lines: tuple[TextLine, ...]) -> list[str]:
    """The lines with blanks for what stands in quotation marks, also over the ends of lines."""
    text = "\n".join(line.text for line in lines)
    if '"' not in text and "\u201c" not in text:
        return [line.text for line in lines]
    return _QUOTED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text).split("\n")


def _split(lines: tuple[TextLine, ...]) -> Iterator[tuple[TextLine, ...]]:
    block: list[TextLine] = []
    for line in lines:
        if line.text.strip():
            block.append(line)
        elif block:
            yield tuple(block)
            block = []
    if block:
        yield tuple(block)


def _is_prose(lines: tuple[TextLine, ...]) -> bool:
    if any(_TRAILER.match(line.text) for line in lines):
        return False
    return not any(_NO_PROSE.match(line.text) for line in lines)


def _comments(diff: FileDiff, number: int, patch: PatchText) -> Iterator[Comment]:
    """The block comments of a hunk's new side; one that ends before any begins began above it."""
    shown = [line for line in diff.hunks[number].lines if line.kind is not LineKind.REMOVED]
    block: list[TextLine] = []
    begun = inside = False
    first = next((mark for line in shown for mark in _MARK.findall(line.text)), "")
    if first == "*/" or (first == "" and shown and all(_STAR.match(line.text) for line in shown)):
        inside = True
    for line in shown:
        text = line.text[:MAX_LINE]
        if not inside:
            at = text.find("/*")
            if at < 0 or '"' in text[:at] or "//" in text[:at]:
                continue
            inside = begun = True
            block = []
            text = text[at + 2 :]
        elif match := _STAR.match(text):
            text = text[match.end() :]
        end = text.find("*/")
        words = text if end < 0 else text[:end]
        place = Location(diff.path, line.new or 0)
        added = line.kind is LineKind.ADDED
        block.append(TextLine(words.strip(" \t*"), place, patch.mail(line), added))
        if end >= 0:
            yield Comment(tuple(block), begun, ended=True)
            block, inside = [], False
    if inside and block:
        yield Comment(tuple(block), begun, ended=False)


_MARK = late(r"/\*|\*/")
_STAR = late(r"\s*\*(?!/)")
