"""Findings in code of which a hunk failed."""

from __future__ import annotations

from msgspec.structs import replace

from reviewer.finding import Finding, Location, Severity, Status, Step, Trace
from reviewer.patch.types import Applied, Context, HunkFate
from reviewer.review.doubt import doubted
from reviewer.review.types import FileNote, Report


def report(*fates: HunkFate) -> Report:
    """One file a patch, with one finding of each status in each patch."""
    return Report(
        None,
        tuple(
            Finding(
                rule="r",
                severity=Severity.ERROR,
                message="wrong",
                location=Location("a.c", number),
                function="f",
                subject="s",
                text="t",
                condition="",
                trace=Trace(),
                status=status,
                patch=number,
            )
            for number in range(1, len(fates) + 1)
            for status in (Status.INTRODUCED, Status.EXISTING)
        ),
        (),
        tuple(
            FileNote("a.c", number, Context.FULL, (Applied(1, fate),), analysed=True)
            for number, fate in enumerate(fates, 1)
        ),
    )


def severities(found: Report) -> list[tuple[int | None, Status, Severity]]:
    return [(each.patch, each.status, each.severity) for each in found.findings]


def test_what_applies_is_believed() -> None:
    found = report(HunkFate.EXACT, HunkFate.FUZZ)
    assert doubted(found) == found


def test_other_files_are_believed() -> None:
    found = report(HunkFate.FAILED)
    elsewhere = replace(found.findings[0], location=Location("b.c", 1))
    through = replace(elsewhere, trace=Trace((Step(Location("a.c", 2), "f", "t", ""),)))
    judged = doubted(replace(found, findings=(elsewhere, through)))
    assert [each.severity for each in judged.findings] == [Severity.ERROR, Severity.INFO]


def test_new_findings_from_the_patch_that_failed_on_are_remarks() -> None:
    found = doubted(report(HunkFate.EXACT, HunkFate.FAILED, HunkFate.EXACT))
    assert severities(found) == [
        (1, Status.INTRODUCED, Severity.ERROR),
        (1, Status.EXISTING, Severity.ERROR),
        (2, Status.INTRODUCED, Severity.INFO),
        (2, Status.EXISTING, Severity.ERROR),
        (3, Status.INTRODUCED, Severity.INFO),
        (3, Status.EXISTING, Severity.ERROR),
    ]
    assert found.findings[4].message == "wrong (patch 2 does not apply as a whole: may be wrong)"
