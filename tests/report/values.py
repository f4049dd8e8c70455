"""Reports made by hand for the tests of this package."""

from __future__ import annotations

from msgspec.structs import replace

from reviewer.finding import Finding, Location, Severity, Skip, Status, Step, Trace
from reviewer.patch.types import (
    Applied,
    Context,
    FileChange,
    FileDiff,
    Hunk,
    HunkFate,
    Line,
    LineKind,
    Patch,
    Series,
)
from reviewer.review.types import FileNote, Report

PATH = "arch/mini/kexec.c"

FINDING = Finding(
    rule="no-call",
    severity=Severity.ERROR,
    message="bad() is called after reset()",
    location=Location(PATH, 12),
    function="jump",
    subject="bad",
    text="bad();",
    condition="CONFIG_MINI && !CONFIG_TINY",
    trace=Trace(
        (
            Step(Location(PATH, 10), "jump", "reset();", "opens the window"),
            Step(Location(PATH, 12), "jump", "bad();"),
        )
    ),
    status=Status.INTRODUCED,
    patch=2,
    cause=Location(PATH, 10),
    cause_text="+\treset();",
    fingerprint="0123456789abcdef",
)


def patch(number: int, subject: str) -> Patch:
    hunk = Hunk(10, 1, 10, 2, "jump()", (Line(LineKind.ADDED, "\treset();", None, 10),))
    diff = FileDiff(FileChange.MODIFY, PATH, PATH, (hunk,))
    return Patch(number, subject, "A <a@example.org>", "", (diff,))


SERIES = Series(
    title="mini: reset earlier",
    version=3,
    total=3,
    patches=(patch(1, "mini: prepare"), patch(2, "mini: reset earlier")),
    missing=(3,),
)

REPORT = Report(
    series=SERIES,
    findings=(
        replace(FINDING, status=Status.EXISTING, patch=None, location=Location(PATH, 4)),
        FINDING,
        replace(FINDING, status=Status.FIXED, location=Location(PATH, 30), gone_by=None),
    ),
    skips=(
        Skip(PATH, 40, "does not parse", end_line=43, patch=2),
        Skip("", 0, "patch 3 of 3 is missing"),
    ),
    files=(
        FileNote(PATH, 1, Context.FULL, (Applied(1, HunkFate.EXACT),), analysed=True),
        FileNote(
            PATH,
            2,
            Context.HUNK,
            (
                Applied(1, HunkFate.OFFSET, offset=4),
                Applied(2, HunkFate.FAILED, reason="no such lines", nearest=Location(PATH, 9)),
            ),
            analysed=True,
        ),
        FileNote("Documentation/mini.rst", 2, Context.FULL, (), analysed=False),
    ),
    base="commit 0123456789ab",
    rules=("no-call",),
)

SCAN = Report(None, (replace(FINDING, status=Status.EXISTING, patch=None),), (), scanned=7)
