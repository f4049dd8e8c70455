"""The findings that were printed last, in the cache, so that a fingerprint alone can be explained.

Formats for tools print a fingerprint and no proof. One small file a finding: several reviews may
run at once, as b4's do. Anything may delete the files at any time.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from reviewer.review.types import Report

#: Files kept, and findings of one report that are.
_MOST = 1000
_MOST_OF_ONE = 200


def remember(report: Report) -> None:
    """Writes down the report's findings, the worst first, where the cache can be written."""
    scan = report.series is None
    new = [each for each in report.findings if each.fingerprint and (scan or each.patch)]
    folder = _folder() if new else None
    if folder is None:
        return
    from reviewer.report.text import Paint, finding_lines

    new.sort(key=lambda finding: finding.severity.rank)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        for finding in new[:_MOST_OF_ONE]:
            lines = finding_lines(finding, report.series, Paint(colour=False))
            _write(folder, finding.fingerprint, "\n".join([finding.rule, *lines]) + "\n")
        _forget(folder)


def recall(fingerprint: str) -> tuple[str, list[str]] | None:
    """The rule and the words of the finding whose fingerprint begins so, None where forgotten."""
    folder = _folder()
    if folder is None:
        return None
    with suppress(OSError, UnicodeDecodeError):
        for path in sorted(folder.glob(f"{fingerprint}*")):
            rule, *lines = path.read_text(encoding="utf-8").splitlines()
            return rule, lines
    return None


def _folder() -> Path | None:
    from reviewer.source.index.cache import default_path

    store = default_path()
    return store.parent / "findings" if store else None


def _write(folder: Path, name: str, text: str) -> None:
    """Writes a whole file or none."""
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile("w", dir=folder, prefix=".", encoding="utf-8", delete=False) as new:
        new.write(text)
    Path(new.name).replace(folder / name)


def _forget(folder: Path) -> None:
    """Deletes the oldest files above the most that are kept."""
    paths = list(folder.iterdir())
    if len(paths) > _MOST:
        paths.sort(key=lambda path: path.stat().st_mtime)
        for path in paths[: len(paths) - _MOST]:
            path.unlink(missing_ok=True)
