"""Series against real kernel trees; each skips without its tree."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reviewer.finding import Status
from reviewer.patch.intake import read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import open_tree
from reviewer.patch.types import SourceFile
from reviewer.review.pipeline import review
from reviewer.review.scan import scan
from reviewer.review.scope import is_code
from reviewer.review.types import Report
from reviewer.rule.load import load_rules
from tests.cli.mini import diff, mail, mbox

pytestmark = pytest.mark.real
KEXEC = "arch/x86/kernel/machine_kexec_64.c"
CALL = "no-call-after-gs-reset"


def real(variable: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set")
    return Path(value)


def subjects_of(report: Report, *statuses: Status) -> list[str]:
    found = report.with_status(*statuses)
    return [each.subject for each in found if each.rule == CALL and each.severity == "error"]


@pytest.mark.parametrize(
    ("variable", "guilty"),
    [("REVIEWER_KERNEL_6_1", ["cc_platform_has"]), ("REVIEWER_KERNEL_6_12", [])],
)
def test_scan_of_kexec(variable: str, guilty: list[str]) -> None:
    text = open_tree(real(variable)).read(KEXEC)
    assert text is not None
    report = scan([SourceFile(KEXEC, text)], load_rules())
    assert subjects_of(report, Status.EXISTING) == guilty


def test_call_moved_back_behind_the_reset_is_blamed_on_the_right_patch() -> None:
    tree = open_tree(real("REVIEWER_KERNEL_6_12"))
    text = tree.read(KEXEC)
    assert text is not None
    good = text.decode()
    harmless = good.replace(
        "void machine_kexec(struct", "/* No return. */\nvoid machine_kexec(struct"
    )
    test = "cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT)"
    bad = harmless.replace("host_mem_enc_active);", f"{test});")
    assert good != harmless != bad
    mails = (
        mail("kexec: comment", diff(good, harmless, KEXEC), tag="PATCH 1/2", number=1),
        mail("kexec: test late", diff(harmless, bad, KEXEC), tag="PATCH 2/2", number=2),
    )
    (series,) = read([Path("-")], mbox(*mails).encode()).series
    report = review(series, rebuild(series, tree, wanted=is_code), load_rules())
    assert subjects_of(report, Status.INTRODUCED) == ["cc_platform_has"]
    (finding,) = [each for each in report.findings if each.subject == "cc_platform_has"]
    assert finding.patch == 2
    assert test in finding.cause_text


@pytest.mark.parametrize("variable", ["REVIEWER_KERNEL_6_12", "REVIEWER_KERNEL_7"])
def test_seed_mail_says_of_every_file_how_it_went_in(variable: str) -> None:
    (series,) = read([real("REVIEWER_SEED")]).series
    rebuilt = rebuild(series, open_tree(real(variable)), wanted=is_code)
    report = review(series, rebuilt, load_rules())
    assert len(report.files) == 6
    assert all(note.analysed and note.hunks for note in report.files)
    assert sum(len(note.hunks) for note in report.files) == 12
