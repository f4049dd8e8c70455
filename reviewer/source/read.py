"""From a file to a Unit, by the file's language."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from reviewer.errors import AnalysisError
from reviewer.patch.types import SourceFile
from reviewer.source import c
from reviewer.source.types import Language
from reviewer.source.unit import Unit

if TYPE_CHECKING:
    from reviewer.source.index.index import Index

LANGUAGES = {".c": Language.C, ".h": Language.C, ".S": Language.GAS}


def read(
    file: SourceFile, *, noreturn: frozenset[str] = frozenset(), index: Index | None = None
) -> Unit:
    """The file as code; functions are lowered on demand.

    `noreturn` are functions known not to return. With an index of the tree, assembly has the
    macros of its headers. Raises AnalysisError for a file that is neither C
    nor assembly; everything else that cannot be read is a Skip of the unit.
    """
    match LANGUAGES.get(PurePosixPath(file.path).suffix):
        case Language.C:
            return c.read(file, noreturn=noreturn)
        case Language.GAS:
            from reviewer.source import gas  # most reviews meet no assembly

            headers = index.scope(file.path, file.text, assembly=True) if index else None
            return gas.read(file, noreturn=noreturn, headers=headers)
        case _:
            raise AnalysisError("neither C nor assembly", path=file.path)
