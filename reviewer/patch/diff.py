"""Lines of a mail to values: the files a diff changes, hunk by hunk.

unidiff parses the hunks, one file at a time, and is given only what the pre-pass found sound; the
rest of a diff's troubles is a Skip that names the mail, the file and the line. Context diffs
(`***`) and ed scripts are prose here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
from unidiff.constants import LINE_TYPE_NO_NEWLINE
from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as UnidiffHunk
from unidiff.patch import PatchSet

from reviewer.errors import PatchError
from reviewer.finding import Skip
from reviewer.patch.diff_names import Names, names, refusal, tops
from reviewer.patch.diff_prepass import Section, prelude, sections
from reviewer.patch.diffstat import diffstat, lists
from reviewer.patch.hunk import HunkText
from reviewer.patch.transport import Numbered, repaired
from reviewer.patch.types import FileChange, FileDiff, Hunk, Line, LineKind

_KINDS = {kind.value: kind for kind in LineKind}


class ParsedDiff(Struct, frozen=True):
    """The files of a diff and what of it could not be read.

    `start` and `end` are the indices of its first line and of the one after its last among the
    lines given; both are their number where there is no diff.
    """

    files: tuple[FileDiff, ...]
    skips: tuple[Skip, ...]
    start: int
    end: int


def parse(lines: Sequence[str], *, first_line: int = 1, source: str = "") -> ParsedDiff:
    """The diff in `lines`, which may begin and end with prose.

    Lines come without their line ends, except for a carriage return where the mail kept it; an
    empty one is an empty line of the mail and may be context. `first_line` is the number of the
    first line in `source`, the name Skips give the mail.
    """
    numbers = range(first_line, first_line + len(lines))
    return parse_numbered(Numbered(lines, numbers), source=source)


def parse_numbered(text: Numbered, *, source: str, quoted: bool = False) -> ParsedDiff:
    """The diff in `text`; of a quotation, hunks cut short are kept as far as they go."""
    sound = repaired(text)
    found = sections(sound.lines, quoted=quoted)
    over = tops(found)
    named = [(section, names(section, over)) for section in found]
    examples = _examples(sound.lines, named)
    files: list[FileDiff] = []
    skips: list[Skip] = []
    for section, pair in named:
        where = _shown(section, pair)
        for reason, at, end in section.problems:
            bounds = sound.numbers[at], sound.numbers[end - 1]
            skips.append(Skip(source, bounds[0], f"{where}: {reason}", bounds[1]))
        try:
            if section in examples:
                raise PatchError("an example: it stands above the diffstat, which leaves it out")
            diff = _file_diff(section, pair, sound.numbers)
        except PatchError as error:
            bounds = sound.numbers[section.at], sound.numbers[section.end - 1]
            skips.append(Skip(source, bounds[0], f"{where}: {error.message}", bounds[1]))
            continue
        if diff:
            files.append(diff)
    own = [section for section in found if section not in examples]
    start = end = len(text.lines)
    if own:
        first = sound.numbers[prelude(sound.lines, own[0].at)]
        start = bisect_left(text.numbers, first)
        end = bisect_left(text.numbers, sound.numbers[own[-1].end - 1]) + 1
    return ParsedDiff(tuple(files), tuple(skips), start, end)


def _examples(lines: Sequence[str], named: Sequence[tuple[Section, Names]]) -> frozenset[Section]:
    """The sections above the first diffstat that it does not list or that come again below it."""
    stat = diffstat(lines) if named else None
    if stat is None:
        return frozenset()
    below = {_shown(section, pair) for section, pair in named if section.at > stat.line}
    return frozenset(
        section
        for section, pair in named
        if below
        and section.at < stat.line
        and ((path := _shown(section, pair)) in below or not lists(stat, path))
    )


def _shown(section: Section, pair: Names) -> str:
    """The best name for the file of a section, also of one that is refused."""
    if not section.headed:
        return "hunk without a file header"
    old, new = pair
    return new or old or "file without a name"


def _file_diff(section: Section, pair: Names, numbers: Sequence[int]) -> FileDiff | None:
    """The section as a value, None when all its hunks are lost.

    Raises:
        PatchError: the section cannot stand for a file of the tree.
    """
    if section.combined:
        raise PatchError("combined diff of a merge")
    if not section.headed:
        raise PatchError("its lines belong to no file")
    old, new = pair
    if reason := refusal(section, old, new):
        raise PatchError(reason)
    if section.problems and not section.hunks:
        return None
    change = _change(section, old, new)
    modes = section.extended
    old_blob, new_blob, mode = section.blobs
    old_mode = modes.get("old_mode", modes.get("deleted", mode))
    new_mode = modes.get("new_mode", modes.get("added", mode))
    return FileDiff(
        change,
        old,
        new,
        hunks=() if change is FileChange.BINARY else _hunks(section.hunks, numbers),
        old_blob=old_blob,
        new_blob=new_blob,
        old_mode=old_mode if old else "",
        new_mode=new_mode if new else "",
        mail_line=numbers[section.at],
    )


def _change(section: Section, old: str | None, new: str | None) -> FileChange:
    """What the section does to its file.

    Raises:
        PatchError: it does nothing.
    """
    modes = section.extended
    if section.binary:
        return FileChange.BINARY
    if "copy_from" in modes:
        return FileChange.COPY
    if "rename_from" in modes or (old and new and old != new):
        return FileChange.RENAME
    if old is None and (section.hunks or "added" in modes):
        return FileChange.ADD
    if new is None and (section.hunks or "deleted" in modes):
        return FileChange.DELETE
    if section.hunks:
        return FileChange.MODIFY
    if modes.get("old_mode") != modes.get("new_mode"):
        return FileChange.MODE
    raise PatchError("no change follows its header")


def _hunks(texts: Sequence[HunkText], numbers: Sequence[int]) -> tuple[Hunk, ...]:
    """The hunks of one file through unidiff.

    Raises:
        PatchError: unidiff refuses them, which would be a fault of the pre-pass.
    """
    if not texts:
        return ()
    lines = ["--- a/file\n", "+++ b/file\n"]
    origins = [0, 0]
    for text in texts:
        lines.append(f"{text.header}\n")
        lines.extend(f"{line}\n" for line in text.lines)
        origins += [text.origin, *text.origins]
    try:
        parsed = PatchSet(lines)[0]
    except UnidiffParseError as error:
        raise PatchError(f"unidiff cannot parse it: {error}") from error
    mail_lines = [numbers[origin] for origin in origins]
    return tuple(
        Hunk(
            text.header.old_start,
            text.header.old_count,
            text.header.new_start,
            text.header.new_count,
            text.header.section,
            _lines(hunk, mail_lines),
            numbers[text.origin],
        )
        for text, hunk in zip(texts, parsed, strict=True)
    )


def _lines(hunk: UnidiffHunk, mail_lines: Sequence[int]) -> tuple[Line, ...]:
    """The lines of unidiff's hunk; its line n of the diff is `mail_lines[n - 1]` of the mail."""
    lines: list[Line] = []
    for line in hunk:
        if line.line_type == LINE_TYPE_NO_NEWLINE:
            lines[-1] = replace(lines[-1], newline=False)
            continue
        lines.append(
            Line(
                _KINDS[line.line_type],
                line.value.removesuffix("\n"),
                line.source_line_no,
                line.target_line_no,
                mail_lines[(line.diff_line_no or 1) - 1],
            )
        )
    return tuple(lines)
