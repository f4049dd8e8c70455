from __future__ import annotations

from msgspec.structs import replace

from reviewer.finding import Status
from reviewer.report.style import Style
from reviewer.report.text import render
from reviewer.review.types import Report
from tests.report.values import FINDING, REPORT, SCAN, SERIES

ALL = frozenset(Status)


def test_report_of_a_series() -> None:
    assert (
        render(REPORT)
        == """\
arch/mini/kexec.c:12: error: bad() is called after reset() [no-call]
    introduced by patch 2/3 "mini: reset earlier"
    where CONFIG_MINI && !CONFIG_TINY
    path:
      1. arch/mini/kexec.c:10 jump(): reset();  (opens the window)
      2. arch/mini/kexec.c:12 jump(): bad();
    cause: arch/mini/kexec.c:10: + reset();
    explain with: reviewer explain no-call

arch/mini/kexec.c:40-43: not analysed: does not parse
series: not analysed: patch 3 of 3 is missing

v3 "mini: reset earlier", 2 patches of 3: 1 error introduced; 1 existing (--show existing); \
1 fixed (--show fixed)
base: commit 0123456789ab
2/3 arch/mini/kexec.c: hunks only, 2 hunks: 1 offset (+4), 1 failed (#2, nearest line 9)
analysed with the whole file: 1 change, every hunk where it belongs
not looked at: 1 change to a file that is not C
not analysed: 2 places named above
"""
    )


def test_every_status_says_what_the_patch_has_to_do_with_it() -> None:
    text = render(REPORT, Style(show=ALL))
    assert "    was there before the series\n" in text
    assert '    fixed by patch 2/3 "mini: reset earlier"\n' in text
    assert "--show" not in text


def test_fixed_finding_is_no_error() -> None:
    text = render(REPORT, Style(show=frozenset({Status.FIXED})))
    assert "arch/mini/kexec.c:30: note: bad() is called after reset() [no-call]\n" in text
    assert "error:" not in text


def test_bisection_hazard_names_both_patches() -> None:
    series = replace(SERIES, missing=())
    report = Report(series, (replace(FINDING, patch=1, gone_by=2),), ())
    assert (
        'introduced by patch 1/3 "mini: prepare", gone by patch 2/3 "mini: reset earlier": '
        "a bisection can stop between them\n"
    ) in render(report)


def test_scan_shows_everything() -> None:
    text = render(SCAN)
    assert text.startswith("arch/mini/kexec.c:12: error: bad() is called after reset() [no-call]\n")
    assert text.endswith("7 files scanned: 1 error\n")


def test_clean_series() -> None:
    assert render(Report(replace(SERIES, missing=(), total=2), (), ())) == (
        'v3 "mini: reset earlier", 2 patches: no findings introduced\n'
    )


def test_brief_is_silent_when_clean_and_keeps_skips() -> None:
    assert render(Report(SERIES, (), ()), Style(brief=True)) == ""
    assert "does not parse" in render(REPORT, Style(brief=True))


def test_full_names_every_file() -> None:
    text = render(REPORT, Style(full=True))
    assert "1/3 arch/mini/kexec.c: whole file, 1 hunk: 1 exact\n" in text
    assert "2/3 Documentation/mini.rst: not analysed\n" in text


def test_colour_changes_nothing_but_colour() -> None:
    coloured = render(REPORT, Style(colour=True))
    assert coloured != render(REPORT)
    for code in ("1", "1;31", "1;35", "1;36", "32", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == render(REPORT)
