"""The files that rules stand in, as text."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from reviewer.errors import RuleError, RuleErrors

#: Folders of rules/ whose files other loaders read.
_FOREIGN = frozenset({"scenarios"})


class RuleFile(Struct, frozen=True):
    """One TOML file: `path` as a person knows it, `relative` to the folder it was found in."""

    path: str
    relative: str
    text: str


def rule_files(extra: Sequence[Path] = ()) -> tuple[RuleFile, ...]:
    """The shipped files and the extra ones; a folder stands for every file in it.

    Raises RuleErrors for one that cannot be read.
    """
    named = [(path, path.as_posix()) for path in extra]
    roots = [(shipped_folder(), "rules"), *named]
    return tuple(file for root, shown in roots for file in _files_of(root, shown))


def shipped_folder() -> Path:
    """Where the shipped rules are: in the package (wheel) or beside it (checkout)."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def _files_of(root: Path, shown: str) -> Iterator[RuleFile]:
    name = shown
    try:
        if not root.is_dir():
            yield RuleFile(shown, root.name, root.read_text(encoding="utf-8"))
            return
        for parts in sorted(_below(os.fspath(root), ())):
            if parts[0] not in _FOREIGN:
                relative = "/".join(parts)
                name = f"{shown}/{relative}"
                yield RuleFile(name, relative, (root / relative).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
        raise RuleErrors((RuleError(f"cannot be read: {reason}", path=name),)) from error


def _below(folder: str, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The names that lead to each TOML file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path, (*above, entry.name))
            elif entry.name.endswith(".toml"):
                yield (*above, entry.name)


def digest_of(files: Iterable[RuleFile]) -> str:
    """12 hex digits over all files."""
    from hashlib import sha256

    text = "".join(f"{file.relative}\0{file.text}\0" for file in files)
    return sha256(text.encode()).hexdigest()[:12]
