"""Series on real trees that break nothing: nobody may be told that they do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest
from _pytest.mark import ParameterSet

from tests.cli.mini import run
from tests.real.benign_series import Batch, Series, load

pytestmark = pytest.mark.real
BATCHES = ("a_kexec", "a_stop", "a_tdx", "a_context", "a_old", "b_kexec", "b_other")
TREES = {
    "7": "REVIEWER_KERNEL_7",
    "6.12": "REVIEWER_KERNEL_6_12",
    "6.1": "REVIEWER_KERNEL_6_1",
}
#: Series of which something is said, and it is true.
TRUE = {
    "x86/sme: Flush by a per-CPU flag": "Hygon CPUs support SME as well, and nobody sets it there",
    "x86/smpboot: Use READ_ONCE() for the family in hlt_play_dead()": "it uses this_cpu_read()",
    "x86/kexec: Ask for host memory encryption before load_segments()": "mended, simulated as well",
}
#: Series of which something is said, and it is wrong.
WRONG = {
    "x86/kexec: Use a conditional expression for the flags": "`?:` is not seen to guard a flag",
    "x86/kexec: Hold the state of the handover in a structure": "a member is not known to be the "
    "pointer that is jumped through",
    "x86/process: Halt stopped CPUs in one place": "a loop in a macro is not modelled",
    "x86/smp: Use cpumask_andnot() to fill the stop mask": "only cpumask_copy() fills the mask",
    "x86/virt/tdx: Write the retry loop as a for loop": "that a loop runs once is not known",
}


#: How many are drawn where there is no time for all; the same ones every time.
SAMPLE = 20


def every() -> list[tuple[Batch, Series]]:
    batches = [load(name) for name in BATCHES]
    return [(batch, each) for batch in batches for each in batch.series]


def part(*, drawn: bool) -> list[ParameterSet]:
    sample = set(Random(7).sample(range(len(every())), SAMPLE))
    return [
        pytest.param(*each, id=each[1].title)
        for number, each in enumerate(every())
        if (number in sample) is drawn
    ]


@pytest.mark.parametrize(("batch", "series"), part(drawn=True))
def test_nothing_is_said(batch: Batch, series: Series, tmp_path: Path) -> None:
    assert_silent(batch, series, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(("batch", "series"), part(drawn=False))
def test_nothing_is_said_of_the_others(batch: Batch, series: Series, tmp_path: Path) -> None:
    assert_silent(batch, series, tmp_path)


def assert_silent(batch: Batch, series: Series, tmp_path: Path) -> None:
    folder = os.environ.get(TREES[series.release])
    if not folder:
        pytest.skip(f"{TREES[series.release]} names no kernel tree")
    mailbox = tmp_path / "series.mbox"
    mailbox.write_text(series.mails(Path(folder), batch.files))
    result = run("check", mailbox, "--tree", folder, "--format", "json", "--fail-on", "never")
    assert result.code == 0, result.err
    report = json.loads(result.out)
    grave = [each for each in report["findings"] if each["severity"] != "info"]
    said = [each["message"] for each in grave if each["status"] == "introduced"]
    said += [each["text"] for each in report["behaviour_changes"]]
    said += [each["reason"] for each in report["skips"]]
    mended = {each["rule"] for each in grave if each["status"] == "fixed"}
    if series.title in TRUE or series.title in WRONG:
        assert said, "nothing is said any more: take the series out of the table"
    else:
        assert (said, mended) == ([], set(series.fixes))


def test_the_batches_are_whole() -> None:
    titles = [series.title for _, series in every()]
    assert len(titles) == 130
    assert (TRUE.keys() | WRONG.keys()) <= set(titles)
