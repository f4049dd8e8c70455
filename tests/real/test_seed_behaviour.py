"""The patch that one review answered, against the tree it fits best, with its behaviour changes.

What of the quoted patch applies to 6.12 is taken from the mail. Its other hunks meet code that has
other lines there; what they do is written anew for that tree.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from reviewer.finding import Severity
from reviewer.patch.intake import read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import open_tree
from reviewer.review.behaviour import Behaviour, behaviour
from reviewer.review.scope import is_code
from tests.review.edits import Change, Edit, series_of

pytestmark = pytest.mark.real

KEXEC = "arch/x86/kernel/machine_kexec_64.c"
PROCESS = "arch/x86/kernel/process.c"
RELOCATE = "arch/x86/kernel/relocate_kernel_64.S"
#: Of hunks that do not apply: what they take away, and what takes its place.
ANEW = (
    Edit(KEXEC, "unsigned int host_mem_enc_active;", "unsigned int cache_incoherent;"),
    Edit(
        KEXEC,
        "host_mem_enc_active = cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT);",
        "cache_incoherent = this_cpu_read(cache_state_incoherent);",
    ),
    Edit(
        PROCESS,
        "if (c->extended_cpuid_level >= 0x8000001f && (cpuid_eax(0x8000001f) & BIT(0)))\n"
        "\t\tnative_wbinvd();",
        "if (this_cpu_read(cache_state_incoherent))\n\t\tnative_wbinvd();",
    ),
)


def place(variable: str) -> Path:
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} is not set")
    return Path(found)


@cache
def changed() -> Behaviour:
    """What the simulator says of the patch on 6.12."""
    root = place("REVIEWER_KERNEL_6_12")
    (quoted,) = read([place("REVIEWER_SEED")]).series
    (reviews,) = rebuild(quoted, open_tree(root), wanted=is_code).patches
    texts = {
        each.after.path: each.after.text.decode("utf-8", "surrogateescape")
        for each in reviews
        if each.after
    }
    for edit in ANEW:
        assert texts[edit.path].count(edit.old) == 1, edit
        texts[edit.path] = texts[edit.path].replace(edit.old, edit.new)
    edits = tuple(
        Edit(path, (root / path).read_text("utf-8", "surrogateescape"), text)
        for path, text in texts.items()
    )
    changelog = quoted.patches[0].changelog
    assert "No other functional change intended." in changelog
    return behaviour(*series_of(root, Change(changelog, edits)))


def said(scenario: str, platform: str) -> list[str]:
    return [
        change.text
        for change in changed().changes
        if (change.scenario, change.platform) == (scenario, platform)
    ]


def test_supported_but_not_active_now_flushes_before_the_new_kernel_runs() -> None:
    for platform in ("sme-supported", "sme-enabled"):
        assert said("kexec-stop", platform) == [
            "kexec CPU now hands over after WBINVD in identity_mapped(), no longer without WBINVD"
        ]


def test_the_runs_of_both_sides_show_it() -> None:
    change = next(
        each
        for each in changed().changes
        if (each.scenario, each.platform) == ("kexec-stop", "sme-supported")
    )
    flushed = [
        [step.location.path for step in run.steps if "WBINVD begins" in step.note]
        for run in (change.before, change.after)
    ]
    assert flushed == [[PROCESS], [PROCESS, RELOCATE]]
    assert all("memory belongs" in run.steps[-1].note for run in (change.before, change.after))


def test_what_the_changelog_says_is_all_is_held_against_it() -> None:
    """It announces one of the changes in words of its own, and says that there is no other."""
    (finding,) = (each for each in changed().findings if each.subject.startswith("no other"))
    assert finding.severity is Severity.INFO
    assert finding.location.path in (KEXEC, PROCESS)
    assert "on sme-supported, sme-enabled" in finding.message
    assert "hands over without WBINVD (on sme-active" in finding.message


def test_where_encryption_is_active_the_stop_is_as_before() -> None:
    assert said("kexec-stop", "sme-active") == []
    assert said("kexec-stop", "plain") == []


def test_a_crash_before_the_flag_is_set_no_longer_flushes() -> None:
    """The question of the review, with its proof."""
    assert said("kexec-crash-early", "sme-active") == ["kexec CPU now hands over without WBINVD"]
    (finding,) = (each for each in changed().findings if each.subject == "no-stale-write-back")
    assert finding.rule == "kexec-crash-early"
    texts = [step.text for step in finding.trace.steps]
    assert "cache_incoherent = this_cpu_read(cache_state_incoherent)" in texts
    assert texts[-2:] == ["call swap_pages", "<a stale line is written back>"]
    assert not [text for text in texts if "wbinvd" in text]


def test_a_cpu_that_comes_up_late_is_no_worse_off() -> None:
    """It is not stopped, with the patch or without: no flag of its own can help it."""
    assert said("kexec-late-cpu", "sme-active") == []
    before = [each for each in changed().verdicts if each.scenario == "kexec-late-cpu"]
    assert {each.platform: bool(each.violations) for each in before}["sme-active"]


def test_nothing_is_left_unsaid() -> None:
    """That this tree has no code of private guests is no gap of the review."""
    assert changed().skips == ()
