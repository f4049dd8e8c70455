from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from reviewer.errors import InputError
from reviewer.finding import Status
from reviewer.patch.types import Context, FileChange, FileDiff, FileReview, SourceFile
from reviewer.review.baseline import against
from reviewer.review.suppress import Entry, comments_in, judged, read_list, suppress, unused
from reviewer.review.types import Report, Suppression
from tests.report.values import SERIES
from tests.review.values import PATH, finding, sides

ASKS = "/* reviewer: ignore no-call: a macro */"


def reviewed(*versions: str) -> list[tuple[FileReview, ...]]:
    """Patches that make each version of a file out of the one before."""
    patches: list[tuple[FileReview, ...]] = []
    for old, new in pairwise(versions):
        both = sides(old, new)
        diff = FileDiff(FileChange.MODIFY, PATH, PATH)
        patches.append((FileReview(diff, both.before.file, both.after.file),))
    return patches


def introduced(line: int, patch: int = 1) -> Report:
    found = replace(finding(line), status=Status.INTRODUCED, patch=patch)
    return Report(SERIES, (found,), ())


def test_a_comment_of_the_base_counts() -> None:
    base = f"jump()\n{ASKS}\nreset();\n}}"
    patch = reviewed(base, f"jump()\n{ASKS}\nhelper();\n}}")
    (apart,) = suppress(introduced(3), (), patch).suppressed
    assert (apart.where, apart.reason) == (Suppression.SOURCE, "a macro")


@pytest.mark.parametrize(
    "base",
    ["jump()\none();\nreset();\n}", f"{ASKS}\njump()\none();\nreset();\n}}"],
    ids=["added", "moved"],
)
def test_a_comment_of_the_series_does_not_and_is_told(base: str) -> None:
    patch = reviewed(base, f"jump()\none();\n{ASKS}\nhelper();\nreset();\n}}")
    report = suppress(introduced(4), (), patch)
    assert report.suppressed == ()
    assert report.findings[0].message.endswith("(a comment that the series adds asks to ignore it)")


def test_a_comment_of_an_earlier_patch_does_not_count_either() -> None:
    first, second, third = "jump()\n}", f"jump()\n{ASKS}\n}}", f"jump()\n{ASKS}\nhelper();\n}}"
    report = suppress(introduced(3, patch=2), (), reviewed(first, second, third))
    assert report.suppressed == ()
    older = suppress(introduced(3, patch=2), (), reviewed(second, second, third))
    assert len(older.suppressed) == 1


def test_of_a_new_file_no_comment_counts() -> None:
    text = f"jump()\n{ASKS}\nhelper();\n}}".encode()
    new = SourceFile(PATH, text, Context.FULL, frozenset({1, 2, 3, 4}))
    diff = FileDiff(FileChange.ADD, None, PATH)
    report = suppress(introduced(3), (), [(FileReview(diff, None, new),)])
    assert report.suppressed == ()


def test_a_fixed_finding_is_none_to_suppress() -> None:
    base = f"jump()\n{ASKS}\nhelper();\n}}"
    fixed = replace(introduced(3).findings[0], status=Status.FIXED)
    report = suppress(Report(SERIES, (fixed,), ()), (), reviewed(base, base))
    assert report.findings == (fixed,)


def test_comments_of_a_file_as_it_stands() -> None:
    text = f"{ASKS}\nhelper();\n{ASKS}\nfine();\n".encode()
    found = judged([finding(2), finding(9)], PATH, text)
    assert [each.location.line for each in found.kept] == [9]
    assert [each.finding.location.line for each in found.apart] == [2]
    assert [(each.location.line, each.name) for each in found.idle] == [(3, "no-call")]


def test_a_comment_needs_a_rule_and_a_reason() -> None:
    assert comments_in(b"/* reviewer: ignore no-call: */\n/* reviewer: ignore: x */\n") == ()
    assert comments_in(ASKS.encode())[0].reason == "a macro"


def test_entries_that_suppress_nothing() -> None:
    entries = (Entry("01234567", "ours", 1), Entry("89abcdef", "gone", 4))
    (idle,) = unused(entries, {"0123456789abcdef"}, "list")
    assert (idle.location.path, idle.location.line, idle.reason) == ("list", 4, "gone")


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_list(tmp_path)


def test_a_baseline_tells_new_from_known() -> None:
    known, new = (
        replace(finding(1), fingerprint="0" * 16),
        replace(finding(2), fingerprint="1" * 16),
    )
    report = against(Report(None, (known, new), ()), (Entry("0" * 16, "was there", 1),))
    assert [each.status for each in report.findings] == [Status.EXISTING, Status.INTRODUCED]
    assert report.compared


def test_what_a_series_introduces_can_be_in_the_baseline() -> None:
    report = introduced(3)
    name = report.findings[0].fingerprint
    assert against(report, (Entry(name, "", 1),)).findings[0].status is Status.EXISTING
    assert against(report, ()).findings == report.findings
