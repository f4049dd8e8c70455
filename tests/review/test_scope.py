from __future__ import annotations

from contextlib import nullcontext

import pytest
from msgspec.structs import replace

from reviewer.errors import AnalysisError
from reviewer.finding import Skip
from reviewer.patch.types import FileChange, FileDiff, Patch, Series, SourceFile
from reviewer.review.scope import is_code, touches_code, without_code
from reviewer.source.read import read


def series(*paths: tuple[str | None, str | None]) -> Series:
    files = tuple(FileDiff(FileChange.MODIFY, old, new) for old, new in paths)
    return Series("mini", 1, 1, (Patch(1, "mini", "", "", files),))


@pytest.mark.parametrize("path", ["a.c", "a/b.h", "a.S", "a.s", "a.rs", "Makefile", "a.c.rst", "c"])
def test_code_is_what_the_front_ends_read(path: str) -> None:
    with nullcontext() if is_code(path) else pytest.raises(AnalysisError):
        read(SourceFile(path, b""))


def test_touches_code_on_either_side() -> None:
    assert touches_code(series(("a.c", "a.txt")))
    assert touches_code(series((None, "a.h")))
    assert touches_code(series(("Kconfig", "Kconfig"), ("a.S", None)))
    assert not touches_code(series(("Kconfig", "Kconfig"), ("a.rst", None)))


def test_report_of_a_series_without_code_names_its_files_and_skips() -> None:
    broken = replace(
        series(("Kconfig", "Kconfig")), total=7, missing=(1, 3, 4, 5), skips=(Skip("", 0, "odd"),)
    )
    report = without_code(broken)
    assert [(note.path, note.analysed) for note in report.files] == [("Kconfig", False)]
    assert [skip.reason for skip in report.skips] == ["odd", "patches 1, 3-5 of 7 are missing"]
