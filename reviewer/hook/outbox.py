"""The mails of one `git send-email`, gathered until the last one so that a series is judged whole.

git calls once a mail, before any is sent. From 2.41 it counts the mails; before that each patch is
judged alone. Mails are kept in the repository's own folder by working directory and process group.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from reviewer.hook.place import git
from reviewer.patch import intake, mail, subject
from reviewer.patch.mbox import RawMail
from reviewer.patch.types import Series


def sent(path: Path, top: Path, environment: Mapping[str, str]) -> tuple[Series, ...]:
    """The series that the mail completes, none while others are to come.

    Raises:
        InputError: what is sent holds no patch and is not a cover letter.
    """
    count = environment.get("GIT_SENDEMAIL_FILE_COUNTER", "")
    total = environment.get("GIT_SENDEMAIL_FILE_TOTAL", "")
    if not (count.isdecimal() and total.isdecimal()):
        return _read([path])
    folder = _folder(top)
    if int(count) == 1:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, folder / f"{int(count):06}.eml")
    if int(count) < int(total):
        return ()
    try:
        return _read(sorted(folder.iterdir()))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read(paths: Sequence[Path]) -> tuple[Series, ...]:
    if all(_is_cover(path) for path in paths):
        return ()
    return intake.read(paths).series


def _is_cover(path: Path) -> bool:
    """Whether the file is a mail that announces a series (0 of n)."""
    return subject.parse(mail.read(RawMail(path.read_bytes())).subject).is_cover


def _folder(top: Path) -> Path:
    """Where this run of `git send-email` gathers; all its hooks are of one process group."""
    name = f"{Path.cwd()}\0{os.getpgrp()}".encode("utf-8", "surrogateescape")
    own = top / git(top, "rev-parse", "--git-path", "reviewer/outbox").strip()
    return own / sha256(name).hexdigest()[:16]
