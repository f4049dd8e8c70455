"""A review that was made before, said again while nothing that it looked at has changed.

What it looked at is all that it asked of the tree; the series, the rules, what the person chose
and the program itself name it. No engine is loaded for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

import reviewer
from reviewer.finding import Finding, Skip
from reviewer.model.types import Verdict
from reviewer.patch.alarm import rung
from reviewer.patch.tree import Directory, Tree
from reviewer.patch.types import Series
from reviewer.patch.watched import Answer, Log, place, stands, watched
from reviewer.review.types import BehaviourChange, FileNote, Idle, Report, Suppressed
from reviewer.rule.files import shipped_folder
from reviewer.source.index.kept import Kept


class Said(Struct, frozen=True, array_like=True):
    """A report without its series, which is known to who asks, and the answers it hangs on."""

    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...]
    skips: tuple[Skip, ...]
    files: tuple[FileNote, ...]
    base: str
    rules: tuple[str, ...]
    scanned: int
    verdicts: tuple[Verdict, ...]
    behaviour_changes: tuple[BehaviourChange, ...]
    suppressed: tuple[Suppressed, ...]
    compared: bool
    idle: tuple[Idle, ...]
    impossible: tuple[Finding, ...]


def remembered(
    series: Series, tree: Tree, asked: str, kept: Kept, review: Callable[[Tree], Report]
) -> Report:
    """The review of the series in the tree: the one from before if it still holds, else a new one.

    `asked` is everything else that the review hangs on, in words.

    Raises:
        Damaged: what was kept is not what was written.
    """
    key = _key(program(), asked, place(tree), repr(series))
    known = _decoded(kept.get(key))
    if known is not None and stands(tree, known.answers):
        return _report(known, series)
    log, alarms = Log(), rung()
    report = review(watched(tree, log))
    if rung() == alarms:
        _keep(report, log, kept, key)
    return report


def remembered_scan(
    tree: Directory,
    asked: str,
    state: Callable[[], str],
    log: Log,
    kept: Kept,
    scan: Callable[[], Report],
) -> Report:
    """What is said of files of a directory: what was said before if it still holds, else anew.

    `state` names the files as they are, `log` is told by the scan what else it looks at. With
    protocols audited it is not kept: these are no part of what is.

    Raises:
        Damaged: what was kept is not what was written.
    """
    before = state()
    key = _key("scan", program(), asked, place(tree), before)
    known = _decoded(kept.get(key))
    if known is not None and stands(tree, known.answers):
        return _report(known, None)
    alarms = rung()
    report = scan()
    if log.whole and rung() == alarms and not report.audits and state() == before:
        _keep(report, log, kept, key)
    return report


def _keep(report: Report, log: Log, kept: Kept, key: bytes) -> None:
    value = _encoded(report, log)
    if value is not None:
        kept.put(key, value)


def _report(said: Said, series: Series | None) -> Report:
    fields = msgspec.structs.asdict(said)
    del fields["answers"]
    return Report(series, **fields)


def _encoded(report: Report, log: Log) -> bytes | None:
    """The report as it is kept, None for one with text that is no Unicode."""
    fields = {name: getattr(report, name) for name in Said.__struct_fields__[1:]}
    try:
        return Encoder().encode(Said(tuple(log.answers.values()), **fields))
    except UnicodeEncodeError:
        return None


def _decoded(value: bytes | None) -> Said | None:
    """The report that was kept, None where there is none or it is another version's."""
    try:
        return None if value is None else Decoder(Said).decode(value)
    except msgspec.DecodeError:
        return None


def _key(*parts: str) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        text = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(text) + text)
    return digest.digest()


@lru_cache(maxsize=1)
def program() -> str:
    """What names the program as it is installed: its files, its rules and where libraries are."""
    package = Path(reviewer.__file__).parent
    libraries = Path(msgspec.__file__).parent.parent
    folders = dict.fromkeys((package, shipped_folder()))
    said = [f"{libraries} {libraries.stat().st_mtime_ns}"]
    said += sorted(line for folder in folders for line in _stamps(os.fspath(folder)))
    return "\n".join(said)


def _stamps(folder: str) -> Iterator[str]:
    """Names, sizes and times of the files below a folder that make the program what it is."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and entry.name != "__pycache__":
                yield from _stamps(entry.path)
            elif entry.name.endswith((".py", ".toml")):
                status = entry.stat()
                yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"
