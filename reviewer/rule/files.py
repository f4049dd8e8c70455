"""The files that rules stand in, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

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
    paths = sorted(root.rglob("*.toml")) if root.is_dir() else [root]
    for path in paths:
        relative = path.relative_to(root).as_posix() if root.is_dir() else path.name
        name = f"{shown}/{relative}" if root.is_dir() else shown
        if PurePosixPath(relative).parts[0] in _FOREIGN:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise RuleErrors((RuleError(f"cannot be read: {reason}", path=name),)) from error
        yield RuleFile(name, relative, text)


def digest_of(files: Iterable[RuleFile]) -> str:
    """12 hex digits over all files."""
    text = "".join(f"{file.relative}\0{file.text}\0" for file in files)
    return sha256(text.encode()).hexdigest()[:12]
