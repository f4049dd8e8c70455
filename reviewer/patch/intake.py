"""Files, folders and standard input to series.

Read are mailboxes, single mails, patch files and bare diffs, Maildirs, folders of any of these,
folders that a quilt `series` file orders, and public-inbox repositories; each file also packed by
gzip, xz or bzip2. Folders in folders are not searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.finding import Skip
from reviewer.patch import mail as mails
from reviewer.patch import mbox, public_inbox, subject
from reviewer.patch.late import late
from reviewer.patch.mail import Mail
from reviewer.patch.mailfile import contents, is_mboxrd, mail_files, quilt_order, unpacked
from reviewer.patch.series import assemble, in_order
from reviewer.patch.types import Series

STDIN = Path("-")
# No patch is larger, nor a mail that a list lets through; a mailbox may be.
MAX_MAIL_BYTES = 32 << 20
_REMEDY = "give a mail, an mbox, a Maildir or what git format-patch writes"
_CODE = frozenset({".c", ".h", ".S"})
_NUMBERED_NAME = late(r"\d{4,}-")


class Intake(Struct, frozen=True):
    """Everything that was read.

    `mails` counts it all, `patch_mails` what holds a patch or says so, `duplicates` what repeats
    an earlier one; the rest are covers, comments, replies. `skips` are the inputs that could not
    be read.
    """

    series: tuple[Series, ...]
    mails: int
    patch_mails: int
    duplicates: int
    skips: tuple[Skip, ...]


def read(paths: Sequence[Path], stdin: bytes | None = None) -> Intake:
    """The series in the files and folders named; `-` stands for `stdin`.

    What cannot be read among other input is a Skip.

    Raises:
        InputError: nothing named holds a patch.
    """
    reading = _Reading(stdin or b"")
    ordered = [series for path in paths if (series := reading.quilt(path))]
    assembly = assemble(reading.mails(paths))
    ordered += reading.numbered_files()
    in_files = sum(len(series.patches) for series in ordered)
    found = (*assembly.series, *ordered)
    if not found:
        raise reading.error(paths, assembly.mails)
    return Intake(
        found,
        assembly.mails + in_files,
        assembly.patch_mails + in_files,
        assembly.duplicates,
        tuple(Skip(error.path, error.line, error.message) for error in reading.errors),
    )


class _Reading:
    """One call of `read`: what went wrong, and the files that their names put in order."""

    def __init__(self, stdin: bytes) -> None:
        self.stdin = stdin
        self.errors: list[InputError] = []
        self._numbered: dict[Path, list[Mail]] = {}
        self._quilts: set[Path] = set()

    def quilt(self, path: Path) -> Series | None:
        """The patches of a quilt folder as one series, None for everything else."""
        try:
            files = quilt_order(path) if path != STDIN else None
        except InputError as error:
            self._quilts.add(path)
            self.errors.append(error)
            return None
        if files is None:
            return None
        self._quilts.add(path)
        series = in_order([mail for file in files for mail in self._file(file)], path.name)
        return series if series.patches else None

    def mails(self, paths: Sequence[Path]) -> Iterator[Mail]:
        """The mails of all inputs in order, except those that `quilt` and `numbered_files` give."""
        for path in paths:
            if path in self._quilts:
                continue
            if path != STDIN and path.is_dir() and (archive := public_inbox.epochs(path)):
                yield from self._archived(archive)
                continue
            for file in self._files(path):
                found = self._file(file)
                first = next(found, None)
                if first is None:
                    continue
                second = next(found, None)
                if second is None and _is_ordered_by_name(first, file):
                    self._numbered.setdefault(file.parent, []).append(first)
                    continue
                yield first
                if second is not None:
                    yield second
                yield from found

    def numbered_files(self) -> list[Series]:
        """The files named 0001-..., 0002-... whose mails do not count: a series for each folder."""
        found: list[Series] = []
        for folder, group in self._numbered.items():
            group.sort(key=lambda mail: Path(mail.source).name)
            first = in_order(group[:1], "").patches
            title = first[0].subject if len(group) == 1 and first else folder.resolve().name
            found.append(in_order(group, title))
        return [series for series in found if series.patches]

    def error(self, paths: Sequence[Path], mails: int) -> InputError:
        """Why there is nothing to review."""
        if self.errors:
            return self.errors[0]
        path = str(paths[0]) if len(paths) == 1 else ""
        what = "the mail holds" if mails == 1 else f"its {mails} mails hold"
        return InputError(
            f"{what} no patch" if mails else "there is no mail in it", path=path, remedy=_REMEDY
        )

    def _archived(self, epochs: Sequence[Path]) -> Iterator[Mail]:
        """The mails of an archive; one that is no mail is left out, there are such."""
        for epoch in epochs:
            for raw in public_inbox.read(epoch):
                mail = mails.read(raw, source=epoch.name)
                if mail.is_mail and len(raw.data) <= MAX_MAIL_BYTES:
                    yield mail

    def _files(self, path: Path) -> list[Path]:
        if path == STDIN or not path.is_dir():
            return [path]
        try:
            return mail_files(path)
        except InputError as error:
            self.errors.append(error)
            return []

    def _file(self, path: Path) -> Iterator[Mail]:
        """The mails in a file; why there is none goes to `errors`."""
        try:
            data = unpacked(self.stdin, path) if path == STDIN else contents(path)
        except InputError as error:
            self.errors.append(error)
            return
        for raw in mbox.split(data, mboxrd=is_mboxrd(path)):
            if len(raw.data) > MAX_MAIL_BYTES:
                self._refuse(f"a mail of {len(raw.data) >> 20} MiB is not read", path, raw.line)
                continue
            mail = mails.read(raw, source=str(path))
            if mail.is_mail:
                yield mail
            elif mail.has_diff or mail.quotes_diff:
                yield replace(mail, subject=mail.subject or path.stem)
            else:
                self._refuse("neither a mail nor a diff", path, raw.line)

    def _refuse(self, reason: str, path: Path, line: int) -> None:
        audit = f"`reviewer scan {path}` audits code as it stands"
        remedy = audit if path.suffix in _CODE else _REMEDY
        self.errors.append(InputError(reason, path=str(path), line=line, remedy=remedy))


def _is_ordered_by_name(mail: Mail, path: Path) -> bool:
    """Whether git format-patch -N or quilt wrote the file, so that its name holds the counter."""
    return (
        _NUMBERED_NAME.match(path.name) is not None
        and not mail.message_id
        and subject.parse(mail.subject).counter_inferred
    )
