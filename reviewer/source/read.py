"""From a file to a Unit, by the file's language."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from reviewer.errors import AnalysisError
from reviewer.patch.types import SourceFile
from reviewer.source import c, gas
from reviewer.source.unit import Unit

if TYPE_CHECKING:
    from reviewer.source.index.index import Index


class Reader(Protocol):
    """What reads the files of one language."""

    def __call__(self, file: SourceFile, *, noreturn: frozenset[str] = frozenset()) -> Unit:
        """The file as code."""
        ...


READERS: dict[str, Reader] = {".c": c.read, ".h": c.read, ".S": gas.read}


def read(
    file: SourceFile, *, noreturn: frozenset[str] = frozenset(), index: Index | None = None
) -> Unit:
    """The file as code; functions are lowered on demand.

    `noreturn` are functions known not to return. With an index of the tree, assembly has the
    macros of its headers. Raises AnalysisError for a file that is neither C
    nor assembly; everything else that cannot be read is a Skip of the unit.
    """
    reader = READERS.get(PurePosixPath(file.path).suffix)
    if reader is None:
        raise AnalysisError("neither C nor assembly", path=file.path)
    if reader is gas.read and index is not None:
        headers = index.scope(file.path, file.text, assembly=True)
        return gas.read(file, noreturn=noreturn, headers=headers)
    return reader(file, noreturn=noreturn)
