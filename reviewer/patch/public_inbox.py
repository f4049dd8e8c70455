"""public-inbox repositories (version 2) to the mails in them.

An epoch is a bare repository with a commit for each mail, whose tree holds the mail as `m`; a
commit that holds `d` instead takes back the mail of that blob. The folder of an archive keeps its
epochs as `git/0.git`, `git/1.git` and so on. https://public-inbox.org/public-inbox-v2-format.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from reviewer.patch.invocation import run
from reviewer.patch.mbox import RawMail

#: Mails that are held in memory at a time.
_CHUNK = 1000


def epochs(path: Path) -> tuple[Path, ...]:
    """The epochs of an archive in their order, `()` for a folder that is none."""
    numbered = [each for each in (path / "git").glob("*.git") if each.stem.isdecimal()]
    if numbered:
        return tuple(sorted(numbered, key=lambda each: int(each.stem)))
    return (path,) if _is_bare(path) and _holds_mail(path) else ()


def read(epoch: Path) -> Iterator[RawMail]:
    """The mails of an epoch, oldest first, without those that were taken back.

    Raises:
        InputError: git refuses the repository.
        AnalysisError: git fails.
    """
    commits = run(epoch, "rev-list", "--reverse", "HEAD", "--").decode().split()
    gone = set(_taken_back(epoch, commits))
    for start in range(0, len(commits), _CHUNK):
        chunk = commits[start : start + _CHUNK]
        for name, data in _blobs(epoch, chunk):
            if name not in gone:
                yield RawMail(data)


def _is_bare(path: Path) -> bool:
    return all((path / name).exists() for name in ("HEAD", "objects", "refs"))


def _holds_mail(path: Path) -> bool:
    """Whether the last commit holds a mail, or takes one back."""
    found = run(path, "cat-file", "--batch-check", stdin=b"HEAD:m\nHEAD:d\n")
    return b" blob " in found


def _taken_back(epoch: Path, commits: Sequence[str]) -> Iterator[bytes]:
    asked = "".join(f"{commit}:d\n" for commit in commits).encode()
    for line in run(epoch, "cat-file", "--batch-check", stdin=asked).splitlines():
        name, _, kind = line.partition(b" ")
        if kind.startswith(b"blob"):
            yield name


def _blobs(epoch: Path, commits: Sequence[str]) -> Iterator[tuple[bytes, bytes]]:
    """The mail of each commit that holds one, and the name of its blob."""
    asked = "".join(f"{commit}:m\n" for commit in commits).encode()
    output = run(epoch, "cat-file", "--batch", stdin=asked)
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        header = output[at:end].split()
        at = end + 1
        if len(header) == 3 and header[1] == b"blob":
            size = int(header[2])
            yield header[0], output[at : at + size]
            at += size + 1
