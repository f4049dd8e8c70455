"""What was sent: a series of patches as values, and the files they change.

Text is `str`, decoded once; bytes that are not UTF-8 in a diff survive as surrogate escapes, so
`text.encode("utf-8", "surrogateescape")` gives the bytes back. Nothing here is safe to print:
the reports escape control and bidirectional characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from reviewer.finding import Location, Skip


class LineKind(StrEnum):
    """The sign of a line of a hunk."""

    CONTEXT = " "
    ADDED = "+"
    REMOVED = "-"


class Line(Struct, frozen=True):
    r"""One line of a hunk, without its sign and its line end.

    `old` and `new` are its line numbers in the two files, None on the side it is not on;
    `mail_line` is its line in the mail or patch file (from 1, 0 where there is none).
    `newline` is False for the line that "\ No newline at end of file" speaks of.
    """

    kind: LineKind
    text: str
    old: int | None
    new: int | None
    mail_line: int = 0
    newline: bool = True


class Hunk(Struct, frozen=True):
    """`@@ -old_start,old_count +new_start,new_count @@ section` and its lines."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    lines: tuple[Line, ...]
    mail_line: int = 0

    @property
    def added(self) -> int:
        """How many lines it adds."""
        return sum(line.kind is LineKind.ADDED for line in self.lines)

    @property
    def removed(self) -> int:
        """How many lines it removes."""
        return sum(line.kind is LineKind.REMOVED for line in self.lines)


class FileChange(StrEnum):
    """What a diff does to a file as a whole."""

    MODIFY = "modify"
    ADD = "add"
    DELETE = "delete"
    RENAME = "rename"
    COPY = "copy"
    MODE = "mode"
    BINARY = "binary"


class FileDiff(Struct, frozen=True):
    """The change of one file. Paths are tree-relative, without `a/` and `b/`, unquoted.

    `old_path` is None for a new file and `new_path` for a deleted one; blobs are the abbreviated
    hashes of the `index` line, `""` where there is none; modes are octal text, `""` likewise.
    A `binary` change has no hunks.
    """

    change: FileChange
    old_path: str | None
    new_path: str | None
    hunks: tuple[Hunk, ...] = ()
    old_blob: str = ""
    new_blob: str = ""
    old_mode: str = ""
    new_mode: str = ""
    mail_line: int = 0

    @property
    def path(self) -> str:
        """The path to show: the new one, the old one for a deleted file."""
        return self.new_path or self.old_path or ""

    @property
    def lines(self) -> Iterator[Line]:
        """The lines of its hunks, one after the other."""
        return (line for hunk in self.hunks for line in hunk.lines)

    @property
    def added(self) -> int:
        """How many lines it adds."""
        return sum(hunk.added for hunk in self.hunks)

    @property
    def removed(self) -> int:
        """How many lines it removes."""
        return sum(hunk.removed for hunk in self.hunks)


class Trailer(Struct, frozen=True):
    """`key: value` of the last paragraph of the changelog, in order of appearance."""

    key: str
    value: str


class Remark(Struct, frozen=True):
    """A reviewer's comment between quoted lines.

    `text` is his words; `after` the quoted line they follow, without its `> `; `location` the
    place in the patched file that line stands for, None when it follows the changelog or the
    cover of the mail; `mail_line` is the comment's first line in the mail.
    """

    text: str
    after: str
    location: Location | None
    mail_line: int


class Envelope(Struct, frozen=True):
    """The headers of a patch's mail that an answer to it needs.

    `subject` has its brackets; `recipients` are To and Cc as they stand, folded and encoded;
    `references` the message-ids of the thread above the patch; `sender` who mailed it.
    """

    subject: str
    recipients: str = ""
    references: tuple[str, ...] = ()
    sender: str = ""


class Patch(Struct, frozen=True):
    """One patch: mail, file or commit.

    `number` counts from 1 within the series. `subject` has no prefix brackets. `changelog` is the
    commit message without trailers' paragraph removed nor in-body headers; `notes` what stands
    between the first `---` and the diff. `collapsed` says that the mail lost its white space
    (tabs became blanks, runs of blanks one), so that the text must be matched modulo white space.
    `remarks` come from a reply that quotes the patch. `skips` is what could not be read in it.
    `envelope` is None for what came by no mail.
    `changelog_lines` are the lines of the mail that the changelog's lines stand on, empty where
    there is no mail; `subject_line` is that of the subject's header, 0 where it has none.
    """

    number: int
    subject: str
    author: str
    changelog: str
    files: tuple[FileDiff, ...]
    trailers: tuple[Trailer, ...] = ()
    notes: str = ""
    message_id: str = ""
    commit: str = ""
    parent: str = ""
    source: str = ""
    collapsed: bool = False
    remarks: tuple[Remark, ...] = ()
    skips: tuple[Skip, ...] = ()
    changelog_lines: tuple[int, ...] = ()
    envelope: Envelope | None = None
    subject_line: int = 0

    @property
    def added(self) -> int:
        """How many lines it adds."""
        return sum(diff.added for diff in self.files)

    @property
    def removed(self) -> int:
        """How many lines it removes."""
        return sum(diff.removed for diff in self.files)

    @property
    def hunks(self) -> int:
        """How many hunks its files have."""
        return sum(len(diff.hunks) for diff in self.files)


class Cover(Struct, frozen=True):
    """The cover letter: its subject without brackets, its text and its message-id."""

    subject: str
    author: str
    body: str
    message_id: str = ""


class Series(Struct, frozen=True):
    """A patch series, patches in order of their numbers.

    `version` and `total` are 1 and the number of patches where the subject does not say.
    `prefixes` are the words of the brackets other than PATCH, version
    and counter (RFC, RESEND, net-next). `missing` are the counters nobody sent.
    `base_commit` is `""` when the mail names none; `prerequisites` are the patch-ids of what must
    be applied to it first.
    """

    title: str
    version: int
    total: int
    patches: tuple[Patch, ...]
    cover: Cover | None = None
    base_commit: str = ""
    change_id: str = ""
    message_id: str = ""
    prefixes: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    skips: tuple[Skip, ...] = ()
    prerequisites: tuple[str, ...] = ()


class Context(StrEnum):
    """What a file under review was rebuilt from; least knowledge last."""

    FULL = "full"
    BLOB = "blob"
    HUNK = "hunk"


class SourceFile(Struct, frozen=True):
    """One side of a file.

    `changed` are the lines (from 1, of this side) that the patch added (after) or removed
    (before). With context `hunk`, `text` holds the hunks' lines at their line numbers and empty
    lines between; `known` are then the inclusive line ranges that are real (else it is empty and
    all lines are), and `sections` the function heading that each range's `@@` line names, `""`
    where it names none.
    """

    path: str
    text: bytes
    context: Context = Context.FULL
    changed: frozenset[int] = frozenset()
    known: tuple[tuple[int, int], ...] = ()
    sections: tuple[str, ...] = ()


class HunkFate(StrEnum):
    """How a hunk went in."""

    EXACT = "exact"
    OFFSET = "offset"
    FUZZ = "fuzz"
    WHITESPACE = "whitespace"
    PRESENT = "present"
    FAILED = "failed"


class Applied(Struct, frozen=True):
    """How one hunk of a file was applied.

    `offset` is in lines against the hunk's own numbers, `fuzz` the context lines ignored;
    `reason` and `nearest` (the line whose surroundings resemble the hunk most) are for FAILED.
    """

    index: int
    fate: HunkFate
    offset: int = 0
    fuzz: int = 0
    reason: str = ""
    nearest: Location | None = None


class FileReview(Struct, frozen=True):
    """A file as one patch finds it and leaves it; `before` is None for a new file."""

    diff: FileDiff
    before: SourceFile | None
    after: SourceFile | None
    hunks: tuple[Applied, ...] = ()

    @property
    def context(self) -> Context:
        """What the side that is left was rebuilt from."""
        side = self.after or self.before
        return side.context if side else Context.HUNK
