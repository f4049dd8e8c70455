"""What the simulator says of series against the miniature kernel."""

from __future__ import annotations

import re
from pathlib import Path
from shutil import copytree

import pytest

from reviewer.finding import Severity
from reviewer.patch.intake import read
from reviewer.patch.rebuild import rebuild
from reviewer.patch.tree import open_tree
from reviewer.review.behaviour import Behaviour, behaviour
from reviewer.review.scope import is_code
from tests.review.edits import Change, Edit, mailbox, series_of

PROCESS = "arch/x86/kernel/process.c"
KEXEC = "arch/x86/kernel/machine_kexec_64.c"
SEAM = "arch/x86/virt/seam.c"
RELOCATE = "arch/x86/kernel/relocate_kernel_64.S"
STOP = "\tif (this_cpu_read(cache_state_incoherent))\n\t\twbinvd();\n"
READ = "if (this_cpu_read(cache_state_incoherent))\n\t\tflags"
ASKED = "if (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))\n\t\tflags"

NO_FLUSH = Edit(RELOCATE, "\twbinvd\n", "\tnop\n")
FLUSH = Edit(RELOCATE, "\tnop\n", "\twbinvd\n")
QUIET = Edit(
    PROCESS, "struct cpumask cpus_stop_mask;", "/* Those. */\nstruct cpumask cpus_stop_mask;"
)


def said(root: Path, *edits: Edit, changelog: str = "Words.") -> Behaviour:
    return behaviour(*series_of(root, Change(changelog, edits)))


def texts(found: Behaviour, platform: str, scenario: str = "kexec-stop") -> list[str]:
    return [
        change.text
        for change in found.changes
        if (change.scenario, change.platform) == (scenario, platform)
    ]


def test_a_flush_that_goes_is_a_change_with_a_run_of_each_side(minikernel: Path) -> None:
    found = said(minikernel, NO_FLUSH)
    assert texts(found, "sme-supported") == [
        "kexec CPU now hands over without WBINVD, no longer after WBINVD in identity_mapped()"
    ]
    change = next(each for each in found.changes if each.platform == "sme-supported")
    before, after = change.before.steps, change.after.steps
    assert before[-1].text == after[-1].text == "call swap_pages"
    assert "WBINVD begins" in [step.note for step in before if step.actor == "CPU 0"]
    assert "WBINVD begins" not in [step.note for step in after if step.actor == "CPU 0"]


def test_a_violation_is_an_error_at_what_the_patch_changed(minikernel: Path) -> None:
    edit = Edit(PROCESS, STOP, "")
    (finding,) = (
        each for each in said(minikernel, edit).findings if each.subject == "no-stale-write-back"
    )
    assert (finding.severity, finding.patch) == (Severity.ERROR, 1)
    assert finding.location.path == PROCESS
    assert finding.trace.steps[-1].note == "breaks no-stale-write-back"


def test_what_a_later_patch_puts_right_is_said(minikernel: Path) -> None:
    series = series_of(minikernel, Change("Break.", (NO_FLUSH,)), Change("Mend.", (FLUSH,)))
    found = behaviour(*series)
    mended = {
        each.text for each in found.changes if each.patch == 2 and each.platform == "sme-active"
    }
    assert "no-stale-write-back no longer breaks" in mended
    assert {each.patch for each in found.findings} == {1}


def test_no_functional_change_is_denied_with_the_run_that_shows_it(minikernel: Path) -> None:
    edit = Edit(KEXEC, READ, ASKED)
    found = said(minikernel, edit, changelog="Simplify.\n\nNo functional change intended.")
    (finding,) = (each for each in found.findings if each.subject == "no functional change")
    assert finding.severity is Severity.WARNING
    assert finding.location.path == KEXEC
    assert "on sme-supported, sme-enabled" in finding.message
    assert finding.trace.steps
    assert all(change.contradicts for change in found.changes if " now " in change.text)


def test_no_other_functional_change_is_a_question(minikernel: Path) -> None:
    edit = Edit(KEXEC, READ, ASKED)
    found = said(minikernel, edit, changelog="Ask the platform.\n\nNo other functional change.")
    (finding,) = (each for each in found.findings if each.subject.startswith("no other"))
    assert finding.severity is Severity.INFO
    assert "is each of these among them?" in finding.message
    assert not any(change.contradicts for change in found.changes)


@pytest.mark.parametrize("changelog", ["Simplify.", "This functional change is intended."])
def test_a_change_that_nobody_denies_is_no_finding(minikernel: Path, changelog: str) -> None:
    found = said(minikernel, Edit(KEXEC, READ, ASKED), changelog=changelog)
    assert not [each for each in found.findings if each.subject == "no functional change"]
    assert not any(change.contradicts for change in found.changes)


SAME = {
    "a comment": QUIET,
    "another line for the same test": Edit(
        PROCESS, STOP, "\tif (this_cpu_read(\n\t\t\tcache_state_incoherent))\n\t\twbinvd();\n"
    ),
    "a helper": Edit(
        PROCESS,
        "struct cpumask cpus_stop_mask;",
        "struct cpumask cpus_stop_mask;\n\nstatic inline void unused(void) { wbinvd(); }",
    ),
    "a local variable": Edit(
        PROCESS,
        STOP,
        "\tbool wanted = this_cpu_read(cache_state_incoherent);\n\n\tif (wanted)\n\t\twbinvd();\n",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_what_changes_nothing_is_no_change(minikernel: Path, name: str) -> None:
    found = said(minikernel, SAME[name], changelog="No functional change.")
    assert found.changes == ()
    assert found.findings == ()


def test_verdicts_are_those_after_the_series_at_its_lines(minikernel: Path) -> None:
    found = said(minikernel, QUIET)
    plain = said(
        minikernel,
        Edit(PROCESS, "struct cpumask cpus_stop_mask;", "struct cpumask  cpus_stop_mask;"),
    )
    assert len(found.verdicts) == len(plain.verdicts) > 10
    moved = [
        (step.location.line, other.location.line)
        for one, two in zip(plain.verdicts, found.verdicts, strict=True)
        for violation, same in zip(one.violations, two.violations, strict=True)
        for step, other in zip(violation.trace.steps, same.trace.steps, strict=True)
        if step.location.path == PROCESS
    ]
    assert moved
    assert all(after == before + 1 for before, after in moved)


def test_a_hunk_that_does_not_apply_leaves_the_scenarios_unrun(
    minikernel: Path, tmp_path: Path
) -> None:
    root = tmp_path / "linux"
    copytree(minikernel, root)
    mails = mailbox(root, [Change("Words.", (NO_FLUSH, Edit(RELOCATE, "%r12\n\n", "%r12\n\n\n")))])
    file = root / RELOCATE
    file.write_text(
        file.read_text().replace("swap_pages", "move_pages").replace("wbinvd", "wbnoinvd")
    )
    (series,) = read([Path("-")], mails).series
    found = behaviour(series, rebuild(series, open_tree(root), wanted=is_code))
    assert (found.findings, found.verdicts, found.changes) == ((), (), ())
    (skip,) = found.skips
    few = r"kexec-call-depth, [\w-]+ and \d+ more"
    assert re.fullmatch(rf"hunk 2 does not apply: \d+ scenarios are not run \({few}\)", skip.reason)
    assert (skip.path, skip.patch) == (RELOCATE, 1)


def test_what_the_tree_has_no_code_for_is_no_gap(minikernel: Path, tmp_path: Path) -> None:
    root = tmp_path / "linux"
    copytree(minikernel, root)
    (root / SEAM).unlink()
    found = said(root, QUIET)
    assert "sme-active" in {verdict.platform for verdict in found.verdicts}
    assert "private-guests" not in {verdict.platform for verdict in found.verdicts}
    assert found.skips == ()


def test_code_that_the_series_takes_away_is_a_gap(minikernel: Path) -> None:
    found = said(minikernel, Edit(SEAM, "u64 seam_page_add(", "u64 seam_page_donate("))
    assert {
        "scenario kexec-stop was not run for private-guests: "
        "no file of the scenario defines seam_page_add()"
    } <= {skip.reason for skip in found.skips}


def test_code_that_is_not_understood_is_a_skip_and_no_verdict(minikernel: Path) -> None:
    edit = Edit(PROCESS, STOP, f"{'if (cpu) {' * 100}\n\twbinvd();\n{'}' * 100}\n")
    found = said(minikernel, edit)
    reasons = [skip.reason for skip in found.skips if skip.path == PROCESS]
    assert all(
        "stop_this_cpu() holds a statement that is nested too deep" in each for each in reasons
    )
    assert any("scenario kexec-stop was not run for sme-active" in each for each in reasons)
    assert "kexec-stop" not in {verdict.scenario for verdict in found.verdicts}
