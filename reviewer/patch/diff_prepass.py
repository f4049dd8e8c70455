"""The file sections of a diff amid prose: what is said of each file, and the text of its hunks.

Written for what unidiff does not survive. A section is a `diff --git` header, or `--- old` and
`+++ new` right before a hunk header, both at the start of a line; so quoted or indented examples
and prose that begins with `+++` are none. Combined diffs are found and not read.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from reviewer.patch.hunk import HunkText, read_hunk
from reviewer.patch.hunk_header import header_at, is_cut, is_names, is_signature
from reviewer.patch.late import late
from reviewer.patch.paths import git_names

_INDEX = late(r"index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: (\d{6}))?")
_COMBINED = ("diff --cc ", "diff --combined ")
_PRELUDE = ("Index: ", "=====", "diff -")
_BLOCK = late(r"(?:literal|delta) \d{1,12}")
# Extended header lines of git-diff's "generating patch text", by the field that keeps them.
_EXTENDED = {
    "old mode ": "old_mode",
    "new mode ": "new_mode",
    "deleted file mode ": "deleted",
    "new file mode ": "added",
    "copy from ": "copy_from",
    "copy to ": "copy_to",
    "rename from ": "rename_from",
    "rename to ": "rename_to",
    "rename old ": "rename_from",
    "rename new ": "rename_to",
    "similarity index ": "similarity",
    "dissimilarity index ": "similarity",
}


class Section(Struct, eq=False):
    """The lines of one file's change, as they stand: names with prefixes and quotes.

    `names` are those of the `diff --git` line, `old` and `new` the rests of the `---` and `+++`
    lines, `""` where there is none. `at` and `end` are indices; `end` is after the last line used.
    `problems` are hunks that were not read, or not in full: why, first index, index after.
    """

    at: int
    end: int
    names: tuple[str, str] | None = None
    old: str = ""
    new: str = ""
    extended: dict[str, str] = field(default_factory=dict)
    blobs: tuple[str, str, str] = ("", "", "")
    binary: bool = False
    combined: bool = False
    headed: bool = True
    hunks: list[HunkText] = field(default_factory=list)
    problems: list[tuple[str, int, int]] = field(default_factory=list)


def sections(lines: Sequence[str], *, quoted: bool = False) -> list[Section]:
    """The file sections of `lines` in order.

    A hunk without a file header comes back as a section with `headed` False and no hunks.
    """
    found: list[Section] = []
    at = 0
    while at < len(lines):
        section = _section(lines, at, quoted=quoted)
        if section is None:
            at += 1
            continue
        if section.headed and not section.combined:
            at = _hunks(lines, section, quoted=quoted)
        else:
            at = section.end
        found.append(section)
    return found


def prelude(lines: Sequence[str], at: int) -> int:
    """The index of the first `Index:`, `=====` or `diff` line right above the section at `at`."""
    while at > 0 and lines[at - 1].startswith(_PRELUDE):
        at -= 1
    return at


def _section(lines: Sequence[str], at: int, *, quoted: bool) -> Section | None:
    """The header that starts at `at`, read as far as its first hunk."""
    line = lines[at]
    match line[:1]:
        case "d" if line.startswith("diff --git "):
            return _git_header(lines, at, quoted=quoted)
        case "d" if line.startswith(_COMBINED):
            return _combined(lines, at)
        case "-" if is_names(lines, at):
            return Section(at, at + 2, old=_rest(lines[at]), new=_rest(lines[at + 1]))
        case "@" if header_at(lines, at):
            read = read_hunk(lines, at)
            return Section(at, read.end if read else at + 1, headed=False)
        case _:
            return None


def _git_header(lines: Sequence[str], at: int, *, quoted: bool) -> Section | None:
    names = git_names(lines[at][len("diff --git ") :])
    end = at + 1
    if names is None and end < len(lines):
        wrapped = git_names(f"{_clean(lines[at])} {_clean(lines[end])}"[len("diff --git ") :])
        if wrapped and not lines[end].startswith(tuple(_EXTENDED)):
            names, end = wrapped, end + 1
    section = Section(at, end, names)
    end = _extended(lines, section)
    if names is None and end == section.at + 1 and not _old_new(lines, end):
        return None
    end = _left_out(lines, end) if quoted else end
    section.end = end = _file_names(lines, section, end)
    if end < len(lines) and _is_binary(lines, end):
        section.binary = True
        section.end = _after_binary(lines, end)
    return section


def _extended(lines: Sequence[str], section: Section) -> int:
    """The index after the extended header lines, which are stored in `section`."""
    at = section.end
    while at < len(lines):
        line = _clean(lines[at])
        index = _INDEX.fullmatch(line)
        key = next((key for key in _EXTENDED if line.startswith(key)), None)
        if index:
            section.blobs = (index[1], index[2], index[3] or "")
        elif key:
            section.extended[_EXTENDED[key]] = line[len(key) :]
        else:
            break
        at += 1
    return at


def _file_names(lines: Sequence[str], section: Section, at: int) -> int:
    """The index after the `---` and `+++` lines that follow a git header, wrapped or whole."""
    for sign in ("---", "+++"):
        if at < len(lines) and lines[at].startswith(f"{sign} "):
            rest, at = _rest(lines[at]), at + 1
        elif at + 1 < len(lines) and _clean(lines[at]) == sign and "/" in lines[at + 1][:4096]:
            rest, at = _clean(lines[at + 1]), at + 2
        else:
            continue
        if sign == "---":
            section.old = rest
        else:
            section.new = rest
    return at


def _hunks(lines: Sequence[str], section: Section, *, quoted: bool) -> int:
    """The index from which to look for the next section; hunks and problems go to `section`."""
    at = section.end
    if quoted:
        at = _left_out(lines, at)
    while at < len(lines) and (read := read_hunk(lines, at, quoted=quoted)):
        section.hunks.extend(read.hunks)
        section.end = max(read.end, at + 1)
        if read.problem:
            section.problems.append((read.problem, at, read.end))
        at = read.stop
    end = section.end
    if end < len(lines) and lines[end].startswith("@@ -") and not header_at(lines, end):
        section.problems.append(("its hunk header is damaged or cut short", end, end + 1))
    # What follows the last hunk may hold `--- old` of the next file, so it is looked at again.
    return section.end


def _combined(lines: Sequence[str], at: int) -> Section:
    """A merge's diff: everything to the next section, of which only the name is kept."""
    path = _clean(lines[at]).partition(" ")[2].partition(" ")[2]
    end = at + 1
    while end < len(lines) and not (
        lines[end].startswith("diff --") or (lines[end][:2] == "--" and is_signature(lines, end))
    ):
        end += 1
    return Section(at, end, names=(path, path), combined=True)


def _old_new(lines: Sequence[str], at: int) -> bool:
    return at < len(lines) and lines[at].startswith("--- ")


def _left_out(lines: Sequence[str], at: int) -> int:
    """The index after blank lines and a reviewer's marks for lines left out."""
    start = at
    while at < len(lines) and (not lines[at].strip() or is_cut(lines[at])):
        at += 1
    return at if at < len(lines) and header_at(lines, at) else start


def _is_binary(lines: Sequence[str], at: int) -> bool:
    line = _clean(lines[at])
    if line == "GIT binary patch":
        return True
    if not line.startswith("Binary files "):
        return False
    return line.endswith("differ") or (at + 1 < len(lines) and lines[at + 1].endswith("differ"))


def _after_binary(lines: Sequence[str], at: int) -> int:
    """The index after a binary change: its one line, or its literal and delta blocks."""
    if not lines[at].startswith("GIT"):
        return at + 1 if _clean(lines[at]).endswith("differ") else at + 2
    at += 1
    while at < len(lines) and _BLOCK.fullmatch(_clean(lines[at])):
        while at < len(lines) and _clean(lines[at]):
            at += 1
        at += 1
    return min(at, len(lines))


def _rest(line: str) -> str:
    """What follows `--- ` or `+++ `."""
    return _clean(line[4:])


def _clean(line: str) -> str:
    return line.removesuffix("\r")
